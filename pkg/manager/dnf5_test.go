package manager

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hostkit/pkg/shell"
)

// dnf5Said is what a real dnf 5 has said: testdata/dnf5/README.md tells when, and of
// which texts that is not so.
func dnf5Said(tb testing.TB, name string) string {
	tb.Helper()
	text, err := os.ReadFile(filepath.Join("testdata/dnf5", name))
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

const dnf5Had = "x86_64\ntree x86_64 2.1.0-8.fc41 1\nlab-one noarch 2.0-1 1\nlab-old noarch 1.0-1 1\nlab-needs noarch 3.0-1 1\nlab-epoch noarch 2:1.0-3 1\naudit-libs x86_64 4.1.4-1.fc44 1\ngpg-pubkey (none) a-b 1\n"

func dnf5Previewed(t *testing.T, tx Transaction, table string) (Effect, error) {
	t.Helper()
	return Dnf{}.ReadPreview(tx, shell.Result{Stdout: []byte("%dnf5\n%have\n" + dnf5Had + "%table\n" + table)})
}

func TestDnf5ReadPreview(t *testing.T) {
	for name, test := range map[string]struct {
		tx   Transaction
		said string
		want Effect
	}{
		"installs": {
			Transaction{Install: []Want{{"snapm", ""}}},
			"install",
			Effect{Installs: []Package{{Name: "boom-boot", Version: "1.6.8-2.fc42"}, {Name: "python3-snapm", Version: "0.7.0-1.fc42"}, {Name: "snapm", Version: "0.7.0-1.fc42"}}},
		},
		"at a version": {
			Transaction{Install: []Want{{"google-chrome-stable", "131.0.6778.69-1"}, {"tree", ""}}},
			"install-wide",
			Effect{Installs: []Package{{Name: "google-chrome-stable", Version: "131.0.6778.69-1"}, {Name: "liberation-fonts-all", Version: "1:2.1.5-12.fc41"}}},
		},
		"upgrades": {
			Transaction{Install: []Want{{"audit-libs", "4.2.1-1.fc44"}}},
			"upgrade-summary",
			Effect{Upgrades: []Package{{Name: "audit-libs", Version: "4.2.1-1.fc44", From: "4.1.4-1.fc44"}}},
		},
		"all at once": {
			Transaction{Install: []Want{{"lab-one", "1.0-1"}, {"lab-heir", ""}}, Remove: []Name{"lab-old"}},
			"written-mixed",
			Effect{
				Installs:   []Package{{Name: "lab-a-name-that-is-longer-than-its-column", Version: "1.0-1"}, {Name: "lab-heir", Version: "1.0-1"}},
				Downgrades: []Package{{Name: "lab-one", Version: "1.0-1", From: "2.0-1"}},
				Removes:    []Package{{Name: "lab-epoch", From: "2:1.0-3"}, {Name: "lab-needs", From: "3.0-1"}, {Name: "lab-old", From: "1.0-1"}},
			},
		},
	} {
		got, err := dnf5Previewed(t, test.tx, dnf5Said(t, test.said))
		if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
			t.Errorf("%s: %s %v", name, diff, err)
		}
	}
	if got, err := dnf5Previewed(t, Transaction{Install: []Want{{"tree", ""}}, Remove: []Name{"nope"}}, "Nothing to do.\n"); err != nil || got.Installs != nil {
		t.Errorf("nothing to do: %+v, %v", got, err)
	}
}

// A table that does not add up is not read as less than it is.
func TestDnf5RefusesATableItDoesNotKnow(t *testing.T) {
	mixed := dnf5Said(t, "written-mixed")
	for what, table := range map[string]string{
		"another headline":     strings.Replace(mixed, "Removing:\n", "Vanishing:\n", 1),
		"a row less":           strings.Replace(mixed, " lab-needs                     noarch 3.0-1                     lab        100.0   B\n", "", 1),
		"a row more":           strings.Replace(mixed, "Installing:         2", "Installing:         1", 1),
		"a column less":        strings.Replace(mixed, "noarch 3.0-1                     lab ", "noarch 3.0-1  ", 1),
		"no count of removals": strings.Replace(mixed, " Removing:           2 packages\n", "", 1),
		"no headline":          strings.Replace(mixed, "Repository ", "Repo       ", 1),
		"a name left alone":    strings.Replace(mixed, "   replacing lab-epoch         noarch 2:1.0-3                   lab        100.0   B\n", " lab-alone\n", 1),
	} {
		_, err := dnf5Previewed(t, Transaction{}, table)
		var f *Failure
		if !errors.As(err, &f) || f.Code != "unsupported" {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestDnf5Refusals(t *testing.T) {
	install := func(name Name, version Version) Transaction { return Transaction{Install: []Want{{name, version}}} }
	for name, test := range map[string]struct {
		tx         Transaction
		said, want string
	}{
		"no such package":   {install("nope", ""), dnf5Said(t, "written-no-match"), "not_available: dnf has no package nope"},
		"taken by another":  {install("snapshots", ""), dnf5Said(t, "install"), "not_available: snapshots is no package, but a name that others provide: boom-boot, python3-snapm, snapm"},
		"an older version":  {install("tree", "1.0-1"), "Nothing to do.\n", "version_not_available: dnf does not take tree to version 1.0-1"},
		"obsoleted itself":  {install("lab-epoch", ""), dnf5Said(t, "written-mixed"), "not_available: lab-epoch is no package, but a name that others provide: lab-a-name-that-is-longer-than-its-column, lab-heir"},
		"a conflict":        {install("x", ""), "Failed to resolve the transaction:\nProblem: conflicting requests\n  - nothing provides y needed by x-1-1.noarch\nYou can try to add to command line:\n  --skip-broken to skip uninstallable packages\n", "conflict: packages do not go together: nothing provides y needed by x-1-1.noarch"},
		"something unheard": {install("x", ""), "Aborted (core dumped)\n", "failed: dnf ended with status 1: Aborted (core dumped)"},
	} {
		_, err := dnf5Previewed(t, test.tx, test.said)
		var f *Failure
		if !errors.As(err, &f) || f.Code+": "+f.Message != test.want {
			t.Errorf("%s: %v, want %s", name, err, test.want)
		}
	}
	for said, want := range map[string]string{
		dnf5Said(t, "lock"): "locked: rpm's database is locked by another process",
		"hostkit: /usr/lib/sysimage/rpm/.rpm.lock is held by process 7 (dnf5)\n" + dnf5Said(t, "lock"): "locked: /usr/lib/sysimage/rpm/.rpm.lock is held by process 7 (dnf5)",
		"hostkit: would_remove lab-needs\n": "would_remove: it would remove a package that the plan does not name: lab-needs",
		" >>> Curl error (6): Could not resolve hostname for https://x [Could not resolve host: mirrors.example.org]\n": "unreachable: the host can't resolve mirrors.example.org",
	} {
		err := Dnf{}.ReadRefresh(shell.Result{Status: 1, Stdout: []byte("%dnf5\n"), Stderr: []byte(said)})
		var f *Failure
		if !errors.As(err, &f) || f.Code+": "+f.Message != want {
			t.Errorf("%s: %v, want %s", said, err, want)
		}
	}
}

func TestDnf5ReadIndex(t *testing.T) {
	asks := []Ask{{Names: []Name{"tree", "nope"}}, {Names: []Name{"lib"}, Version: "1.1-1"}}
	got, err := Dnf{}.ReadIndex(asks, shell.Result{Stdout: []byte("%dnf5\n%index present\n%arch x86_64\n%packages\ntree x86_64 0:2.1.0-8.fc44\n\ntree i686 9-9\nlib noarch 1:1.0-1\nlib noarch 1:1.2-1\n")})
	want := Index{
		Present: true, Candidates: map[string]string{"tree": "2.1.0-8.fc44", "nope": "", "lib": "1:1.2-1"},
		Versions: map[string][]string{"lib": {"1:1.2-1", "1:1.0-1"}},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	for said, present := range map[string]bool{"%index absent\n": false, "%index present\n": true} {
		got, err := Dnf{}.ReadIndex(asks, shell.Result{Stdout: []byte("%dnf5\n" + said)})
		if err != nil || got.Present != present || got.Candidates != nil {
			t.Errorf("%s: %+v, %v", said, got, err)
		}
	}
}

func TestDnf5ReadCommit(t *testing.T) {
	after := strings.NewReplacer("lab-one noarch 2.0-1", "lab-one noarch 1.0-1", "lab-old noarch 1.0-1 1\n", "snapm noarch 0:0.7.0-1.fc42 2\n").Replace(dnf5Had)
	r := shell.Result{Stdout: []byte("%dnf5\n%before\n" + dnf5Had + "\n%after\n" + after)}
	want := Effect{
		Installs:   []Package{{Name: "snapm", Version: "0.7.0-1.fc42"}},
		Downgrades: []Package{{Name: "lab-one", Version: "1.0-1", From: "2.0-1"}},
		Removes:    []Package{{Name: "lab-old", From: "1.0-1"}},
	}
	got, err := Dnf{}.ReadCommit(r)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	r.Status, r.Stderr = 1, []byte(dnf5Said(t, "lock"))
	if got, err = (Dnf{}).ReadCommit(r); cmp.Diff(want, got) != "" || err == nil {
		t.Errorf("%+v, %v", got, err)
	}
}

// FuzzDnf5Answers: whatever a host's dnf 5 and rpm print, reading it ends, and what
// is read holds together.
func FuzzDnf5Answers(f *testing.F) {
	for _, name := range []string{"install", "install-wide", "upgrade-summary", "written-mixed", "written-no-match"} {
		f.Add([]byte("%dnf5\n%have\n"+dnf5Had+"%table\n"+dnf5Said(f, name)), []byte(""), 0)
	}
	f.Add([]byte("%dnf5\n%index present\n%arch x86_64\n%packages\ntree x86_64 1-1\n"), []byte(""), 0)
	f.Add([]byte("%dnf5\n%before\n"+dnf5Had+"\n%after\nx86_64\n"), []byte(dnf5Said(f, "lock")), 1)
	f.Fuzz(func(t *testing.T, stdout, stderr []byte, status int) {
		r := shell.Result{Stdout: stdout, Stderr: stderr, Status: status & 0xff}
		asks := []Ask{{Names: []Name{"curl", "adduser"}}, {Names: []Name{"tree"}, Version: "1-1"}}
		if index, err := (Dnf{}).ReadIndex(asks, r); err == nil {
			checkIndex(t, index)
		}
		_, _ = Dnf{}.ReadPreview(Transaction{Install: []Want{{"snapm", ""}}}, r)
		effect, _ := Dnf{}.ReadCommit(r)
		checkEffect(t, effect)
		_ = Dnf{}.ReadRefresh(r)
	})
}
