package main

import (
	"maps"
	"os"
	"slices"
	"testing"

	"hostkit/tests/binaries"
	"hostkit/tests/lab"
)

func TestMain(m *testing.M) {
	code := m.Run()
	binaries.Remove()
	os.Exit(code)
}

func newTestTarget(t *testing.T) *target {
	t.Helper()
	lab.Require(t)
	target, err := newTarget(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := target.Close(); err != nil {
			t.Error(err)
		}
	})
	return target
}

// README.md shows a third of the bar.
func TestAThousandResourcesTakeLittleMemory(t *testing.T) {
	const most = 64 << 10
	target := newTestTarget(t)
	config, err := target.config(object{"server": target.remote()}, withPackages(1000))
	if err != nil {
		t.Fatal(err)
	}
	found, err := target.measurePeaks(t.Context(), config, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range found {
		t.Logf("%s: %s", one.command, mib(one.kib))
		if one.kib > most {
			t.Errorf("%s took %s, want at most %s", one.command, mib(one.kib), mib(most))
		}
	}
}

// Neither many files nor a large one are held whole more than once.
func TestBringingFilesTakesLittleMemory(t *testing.T) {
	const most = 64 << 10
	target := newTestTarget(t)
	large, err := target.largeFile()
	if err != nil {
		t.Fatal(err)
	}
	for what, service := range map[string]object{"500 files of 2 KiB": smallFiles(500, 'a'), "256 MiB": large} {
		if err := target.before(t.Context(), copied{service: service, tar: true}); err != nil {
			t.Fatal(err)
		}
		config, err := target.config(object{"server": target.remote()}, service)
		if err != nil {
			t.Fatal(err)
		}
		found, err := target.measurePeaks(t.Context(), config, true)
		if err != nil {
			t.Fatal(err)
		}
		kib := found.of("hk-apply")
		t.Logf("%s: %s", what, mib(kib))
		if kib > most {
			t.Errorf("%s: hk-apply took %s, want at most %s", what, mib(kib), mib(most))
		}
	}
}

// The documents that the long stream has more are 13 MiB of text as hk-eval
// writes them, and more behind each stage. The short stream fills hk-facts'
// window of 16 hosts already.
//
// A collector that waits for its turn on a busy machine lets garbage pile up, so that
// what took too much is measured again: what is kept is kept each time.
func TestAStreamTakesNoMoreMemoryThanItsDocuments(t *testing.T) {
	const most, rounds = 10 << 10, 4
	target := newTestTarget(t)
	measured := func(hosts int) peaks {
		config, err := target.config(local(hosts), paths(300))
		if err != nil {
			t.Fatal(err)
		}
		found, err := target.measurePeaks(t.Context(), config, false)
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	short, least := measured(20), map[string]int{}
	tooMuch := func(command string) bool { return least[command] > most }
	for round := range rounds {
		for _, one := range measured(150) {
			more := one.kib - short.of(one.command)
			t.Logf("%s: %s, %s more than for 20 documents", one.command, mib(one.kib), mib(more))
			if known, again := least[one.command]; !again || more < known {
				least[one.command] = more
			}
		}
		if !slices.ContainsFunc(slices.Collect(maps.Keys(least)), tooMuch) {
			return
		}
		t.Logf("round %d: too much", round+1)
	}
	for command, more := range least {
		if tooMuch(command) {
			t.Errorf("%s took %s more for 150 documents than for 20, want at most %s", command, mib(more), mib(most))
		}
	}
}
