package e2e

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"hostkit/pkg/doc"
	"hostkit/tests/lab"
)

// A lock that was pinned from a host's real index is what the host gets, now and
// when it has moved, and then there is nothing more to change.
func TestAPinnedLockBringsThatVersion(t *testing.T) {
	t.Parallel()
	s := newArchiveSite(t, true, lab.Options{})
	wants := packages("hk-one")
	locked := func() planned {
		raw := s.must(s.facts(wants), "hk-plan", "--package-lock", "lock")
		return planned{raw, decode[doc.Plan](s.tb, raw)}
	}
	s.must(s.facts(wants), "hk-resolve", "--write-package-lock", "lock", "--pin")
	for _, step := range []struct {
		name, before string
		plan         []string
	}{
		{"a host without it", "true", []string{"create package:hk-one missing"}},
		{"a host with an older one", "apt-get -q -y --allow-downgrades install hk-one=1.0", []string{"update package:hk-one version"}},
	} {
		s.exec(step.before)
		p := locked()
		if got := changesOf(p); !slices.Equal(got, step.plan) {
			t.Fatalf("%s: planned %q, want %q\n%s", step.name, got, step.plan, p.raw)
		}
		if got := transactionOf(s.applied(p)); !slices.Equal(got, []string{"hk-one 1.1"}) {
			t.Errorf("%s: the report has %q", step.name, got)
		}
		if again := locked(); len(again.Changes) > 0 {
			t.Errorf("%s: a second plan has %q", step.name, changesOf(again))
		}
	}
	// Without the lock any version will do.
	s.exec("apt-get -q -y --allow-downgrades install hk-one=1.0")
	s.mustHaveNoChange(wants)
}

// A name that only a lock knows is asked of the host's index when hk-facts gets the
// lock: then it is known whether the host can have the package, and at which
// version --pin may pin it.
func TestFactsAskAboutLockedNames(t *testing.T) {
	t.Parallel()
	s := newArchiveSite(t, true, lab.Options{})
	wants := packages("my_thing")
	s.writeLocal("lock", []byte(`{"schema": "hostkit.package-lock/v1", "repositories": {"debian_12": {"packages": {
		"my_thing": {"package": "hk-one", "source": "repology", "rule": "binname equals srcname", "project": "my-thing"}}}}}`))
	candidate := func(args ...string) string {
		facts := s.must(s.document(wants), "hk-facts", args...)
		raw := s.must(facts, "hk-plan", "--package-lock", "lock")
		for _, c := range decode[doc.Plan](s.tb, raw).Changes {
			if c.Address == "package:my_thing" {
				var after struct{ Candidate string }
				if err := json.Unmarshal(c.After, &after); err != nil {
					t.Fatal(err)
				}
				return after.Candidate
			}
		}
		t.Fatalf("no change of the package\n%s", raw)
		return ""
	}
	if got := candidate(); got != "" {
		t.Errorf("without the lock: the index was asked, and has %s", got)
	}
	if got := candidate("--package-lock", "lock"); got != "1.1" {
		t.Errorf("with the lock: candidate %q, want 1.1", got)
	}
	// A lock that is yet to be written is no reason to stop.
	if o := s.run(s.document(wants), "hk-facts", "--package-lock", "none"); o.exit != 0 || !strings.Contains(string(o.stderr), "there is no package lock none yet") {
		t.Errorf("%s", o)
	}
}

// A host that has all its packages is not asked what its index offers, unless
// hk-facts is told to; without, the hint says so.
func TestWhatIsInstalledCanBePinned(t *testing.T) {
	t.Parallel()
	s := newArchiveSite(t, true, lab.Options{})
	wants := packages("hk-one")
	s.exec("apt-get -q -y install hk-one=1.0")
	o := s.run(s.facts(wants), "hk-resolve", "--write-package-lock", "lock", "--pin")
	if o.exit != 3 || !strings.Contains(o.stderr, "hint: run hk-facts with --ask-index, then hk-resolve --pin again") {
		t.Fatalf("%s", o)
	}
	asked := s.must(s.document(wants), "hk-facts", "--ask-index")
	s.must(asked, "hk-resolve", "--write-package-lock", "lock", "--pin")
	raw := s.must(asked, "hk-plan", "--package-lock", "lock")
	p := planned{raw, decode[doc.Plan](s.tb, raw)}
	if got := changesOf(p); !slices.Equal(got, []string{"update package:hk-one version"}) || !strings.Contains(string(p.Changes[0].After), `"1.1"`) {
		t.Errorf("planned %q", got)
	}
}
