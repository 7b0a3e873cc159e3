package resource

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hostkit/pkg/doc"
	"hostkit/pkg/manager"
	"hostkit/pkg/shell"
)

// differenceOf shows a difference in one line, or the refusal.
func differenceOf(d Difference, err error) string {
	var refusal *Refusal
	if errors.As(err, &refusal) {
		return refusal.Code + ": " + refusal.Message
	}
	return strings.TrimSpace(strings.Join([]string{string(d.Action), d.Reason, string(d.Before), string(d.After)}, " "))
}

func TestLatestIsExactWhereTheIndexIsKnown(t *testing.T) {
	const latest, held = `{"latest":true}`, `{"latest":true,"hold":true}`
	known := doc.PackageFacts{
		Index:     doc.Present,
		Installed: map[string]string{"old": "1.9", "same": "1.10", "new": "2:1.0", "gone": "1"},
		Broken:    map[string]string{"half": "unpacked"},
		Held:      []string{"kept"},
		Available: map[string]string{"old": "1.10", "same": "1.10", "new": "1.10", "gone": "", "half": "1.10", "none": "1.10", "nosuch": ""},
	}
	fresh := known
	fresh.Index, fresh.Available = doc.Absent, nil
	for _, test := range []struct {
		facts      doc.PackageFacts
		name, spec string
		want       string
	}{
		{known, "old", latest, `update outdated {"state":"present","package":"old","version":"1.9"} {"state":"present","package":"old","version":"1.10"}`},
		{known, "old", held, `update outdated {"state":"present","package":"old","version":"1.9","held":false} {"state":"present","package":"old","version":"1.10","held":true}`},
		{known, "same", latest, ""},
		{known, "same", held, `update not held {"state":"present","package":"same","held":false} {"state":"present","package":"same","held":true}`},
		{known, "new", latest, ""},
		{known, "gone", latest, ""},
		{known, "half", latest, `update unpacked {"state":"present","package":"half","status":"unpacked"} {"state":"present","package":"half","version":"1.10"}`},
		{known, "none", latest, `create missing {"state":"absent"} {"state":"present","package":"none","version":"1.10"}`},
		{known, "nosuch", latest, "not_available: the host's package index has no nosuch"},
		{fresh, "old", latest, `unknown latest not known yet {"state":"present","package":"old","version":"1.9"} {"state":"present","package":"old","latest":true}`},
		{fresh, "none", latest, `create missing {"state":"absent"} {"state":"present","package":"none","latest":true}`},
	} {
		w := packageWorld(test.facts, map[string]doc.PackageName{test.name: {Package: test.name}})
		got := differenceOf(packages{}.Compare(packageResource(test.name, doc.Present, test.spec), w))
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s %s, index %s:\n%s", test.name, test.spec, test.facts.Index, diff)
		}
	}
	pinned := packageWorld(known, map[string]doc.PackageName{"old": {Package: "old", Version: "1.9", Source: "lock"}})
	const want = "contradiction: the config wants the latest old, and the package lock pins it to 1.9"
	if got := differenceOf(packages{}.Compare(packageResource("old", doc.Present, latest), pinned)); got != want {
		t.Errorf("with a lock: %s", got)
	}
}

func TestHoldIsComparedWhereItIsDeclared(t *testing.T) {
	facts := doc.PackageFacts{
		Index:     doc.Present,
		Installed: map[string]string{"free": "1", "kept": "1"},
		Held:      []string{"kept", "out"},
		Available: map[string]string{"none": "1"},
	}
	for _, test := range []struct {
		name, spec string
		state      doc.Presence
		want       string
	}{
		{"free", "", doc.Present, ""},
		{"kept", "", doc.Present, ""},
		{"kept", `{"hold":true}`, doc.Present, ""},
		{"free", `{"hold":false}`, doc.Present, ""},
		{"free", `{"hold":true}`, doc.Present, `update not held {"state":"present","package":"free","held":false} {"state":"present","package":"free","held":true}`},
		{"kept", `{"hold":false}`, doc.Present, `update held {"state":"present","package":"kept","held":true} {"state":"present","package":"kept","held":false}`},
		{"kept", `{"hold":true,"version":"2"}`, doc.Present, `update version {"state":"present","package":"kept","version":"1","held":true} {"state":"present","package":"kept","version":"2","held":true}`},
		{"none", `{"hold":true}`, doc.Present, `create missing {"state":"absent"} {"state":"present","package":"none","held":true,"candidate":"1"}`},
		{"kept", `{"version":"2"}`, doc.Present, "held: kept is held on the host, and the plan would update it"},
		{"out", "", doc.Present, "held: out is not installed, and held on the host so that it stays so"},
		{"out", `{"hold":true}`, doc.Present, `create missing {"state":"absent","held":true} {"state":"present","package":"out","held":true}`},
		{"out", "", doc.Absent, ""},
		{"kept", "", doc.Absent, "held: kept is held on the host, and the plan would delete it"},
	} {
		w := packageWorld(facts, map[string]doc.PackageName{test.name: {Package: test.name}})
		got := differenceOf(packages{}.Compare(packageResource(test.name, test.state, test.spec), w))
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s %s %s:\n%s", test.name, test.state, test.spec, diff)
		}
	}
}

// Where the manager has no holds the config is refused by its name, whichever way
// it is to be.
func TestHoldIsRefusedWhereTheManagerHasNone(t *testing.T) {
	facts := doc.PackageFacts{Index: doc.Present, Installed: map[string]string{"a1": "1-1"}, Available: map[string]string{}}
	for _, m := range manager.All {
		for _, spec := range []string{`{"hold":true}`, `{"hold":false}`} {
			w := packageWorld(facts, map[string]doc.PackageName{"a1": {Package: "a1"}})
			w.Facts.PackageManager = m.Name()
			got := differenceOf(packages{}.Compare(packageResource("a1", doc.Present, spec), w))
			if refused := strings.HasPrefix(got, "cannot_hold: "+m.Name()+" can't hold a1"); refused == m.CanHold() {
				t.Errorf("%s %s: %s", m.Name(), spec, got)
			}
		}
	}
}

// What stands on the two sides of a change decides what the one transaction does.
func TestATransactionReleasesChangesAndHolds(t *testing.T) {
	change := func(name, before, after string) doc.Change {
		return doc.Change{
			Address: doc.Address("package:" + name), Action: doc.Update,
			Before: doc.Attributes(strings.ReplaceAll(before, "P", `"state":"present","package":"`+name+`"`)),
			After:  doc.Attributes(strings.ReplaceAll(after, "P", `"state":"present","package":"`+name+`"`)),
		}
	}
	cs := []doc.Change{
		change("hold", `{P,"held":false}`, `{P,"held":true}`),
		change("release", `{P,"held":true}`, `{P,"held":false}`),
		change("again", `{P,"version":"1","held":true}`, `{P,"version":"2","held":true}`),
		change("free", `{P,"version":"1","held":true}`, `{P,"version":"2","held":false}`),
		change("newest", `{P,"version":"1"}`, `{P,"latest":true}`),
		change("fresh", `{"state":"absent"}`, `{P,"held":true}`),
		change("half", `{P,"status":"unpacked"}`, `{P}`),
		change("out", `{P,"held":true}`, `{"state":"absent","held":true}`),
	}
	_, got, err := transaction(cs, aptSite)
	want := manager.Transaction{
		Install: []manager.Want{{Name: "again", Version: "2"}, {Name: "free", Version: "2"}, {Name: "newest"}, {Name: "fresh"}, {Name: "half"}},
		Remove:  []manager.Name{"out"},
		Hold:    []manager.Name{"hold", "again", "fresh", "out"},
		Release: []manager.Name{"release", "again", "free", "out"},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Fatal(diff, err)
	}
	if name := transactionName(got); name != "install 5 packages, remove 1 package, hold 4 packages, release 2 packages" {
		t.Error(name)
	}
	if got, want := marked(got), []string{"again (held)", "free (released)", "fresh (held)", "hold (held)", "out (held)", "release (released)"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	w := packageWorld(doc.PackageFacts{Index: doc.Absent}, nil)
	if derived := (packages{}).Derive(cs[:2], w); derived != nil {
		t.Errorf("a hold needs an index: %v", derived)
	}
}

// A change that says no more than "the latest" is looked at with the index, before
// and after.
func TestRecheckAsksTheIndexForTheLatest(t *testing.T) {
	c := doc.Change{
		Address: "package:a1", Action: doc.Unknown,
		Before: doc.Attributes(`{"state":"present","package":"a1","version":"1.0"}`),
		After:  doc.Attributes(`{"state":"present","package":"a1","latest":true}`),
	}
	for _, test := range []struct {
		index, installed string
		before, after    bool
	}{
		{"%index absent\n", "1.0", true, false},
		{"%index present\n%policy\na1:\n  Candidate: 1.1\n", "1.0", true, false},
		{"%index present\n%policy\na1:\n  Candidate: 1.0\n", "1.0", true, true},
		{"%index present\n%policy\na1:\n  Candidate: 1.1\n", "1.1", false, true},
		{"%index present\n%policy\na1:\n  Candidate: 1.1\n", "0.9", false, false},
	} {
		probes, err := packages{}.Recheck([]doc.Change{c}, aptSite)
		if err != nil || len(probes) != 2 {
			t.Fatal(probes, err)
		}
		if _, err := probes[0].Read(shell.Result{Stdout: []byte(test.index)}); err != nil {
			t.Fatal(err)
		}
		found, err := probes[1].Read(shell.Result{Stdout: []byte("amd64\ninstalled ok a1 all " + test.installed + " install\n")})
		if err != nil {
			t.Fatal(err)
		}
		state := found[c.Address]
		if before, after := (packages{}).Holds(c.Before, state), (packages{}).Holds(c.After, state); before != test.before || after != test.after {
			t.Errorf("%s: before %v, after %v", state, before, after)
		}
	}
	works, err := packages{}.Steps([]doc.Change{c}, aptSite)
	if err != nil {
		t.Fatal(err)
	}
	for said, want := range map[string][]doc.Address{
		"amd64\n": {"package:a1"},
		"amd64\n- installed ok a1 all 1.0\n+ installed ok a1 all 1.1\n": nil,
	} {
		outcome, err := works[0].Read(shell.Result{Stdout: []byte(said)})
		if err != nil || !slices.Equal(outcome.Already, want) {
			t.Errorf("%q: %+v, %v", said, outcome, err)
		}
	}
}
