package resource

import (
	"errors"
	"strings"
	"testing"

	"hostkit/pkg/doc"
	"hostkit/pkg/manager"
	"hostkit/pkg/shell"
)

// surveyed gives every manager's probes of a host what its program answers.
func surveyed(t *testing.T, f *doc.Facts, installed, index map[string]shell.Result) {
	t.Helper()
	probes, err := packages{}.Survey([]doc.Resource{packageResource("tree", doc.Present, "")}, Site{})
	if err != nil {
		t.Fatal(err)
	}
	answer := func(said map[string]shell.Result, name string) shell.Result {
		if r, ok := said[name]; ok {
			return r
		}
		return shell.Result{Status: manager.NotHere}
	}
	for i, m := range manager.All {
		for j, said := range []map[string]shell.Result{installed, index} {
			if err := probes[2*i+j].Read(answer(said, m.Name()), f); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// Debian has a package dnf, which says what rpm has there: nothing of it is the
// host's. The same the other way round.
func TestPackageFactsAreThoseOfTheHostsOwnManager(t *testing.T) {
	installed := map[string]shell.Result{
		"apt": {Stdout: []byte("amd64\ninstalled ok dpkg amd64 1.21 install\n")},
		"dnf": {Stdout: []byte("x86_64\nrpm x86_64 4.18-1 1\n")},
		"apk": {Stdout: []byte("%arch x86_64\n%world\n\n%installed\nP:musl\nV:1-r0\n")},
	}
	index := map[string]shell.Result{
		"apt": {Stdout: []byte("%index present\n%policy\ntree:\n  Candidate: 2.1\n")},
		"dnf": {Status: 1, Stderr: []byte("hostkit: dnf is neither version 4 nor 5\n")},
		"apk": {Stdout: []byte("%index absent\n")},
	}
	for name, test := range map[string]struct{ has, candidate, failure string }{
		"apt": {"dpkg", "2.1", ""},
		"dnf": {"rpm", "", "unsupported"},
		"apk": {"musl", "", ""},
	} {
		f := doc.Facts{PackageManager: name}
		surveyed(t, &f, installed, index)
		if f.PackageManager != name || len(f.Packages.Installed) != 1 || f.Packages.Installed[test.has] == "" || f.Packages.Available["tree"] != test.candidate {
			t.Errorf("%s: %+v", name, f.Packages)
		}
		if e := f.Packages.Error; (e != nil) != (test.failure != "") || e != nil && e.Code != test.failure {
			t.Errorf("%s: %v, want %q", name, e, test.failure)
		}
	}
}

// A host that has dnf and no rpm was said to have no package manager at all.
func TestHalfAPackageManagerIsNamed(t *testing.T) {
	f := doc.Facts{PackageManager: "dnf"}
	surveyed(t, &f, nil, nil)
	if e := f.Packages.Error; e == nil || e.Code != halfManager || !strings.Contains(e.Message, "the host has dnf, but not all the programs") {
		t.Errorf("%+v", f.Packages)
	}
	var fact *doc.FactError
	_, err := packages{}.Compare(packageResource("tree", doc.Present, ""), World{Facts: f, Names: map[string]doc.PackageName{"tree": {Package: "tree"}}})
	if !errors.As(err, &fact) || fact.Code != halfManager {
		t.Errorf("planned: %v", err)
	}
}
