package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"hostkit/pkg/doc"
	"hostkit/tests/lab"
)

func packages(elements ...any) object { return object{"packages": elements} }

// What dpkg knew before and after is what the report says of the transaction.
func TestATransactionInTheReportIsWhatDpkgDid(t *testing.T) {
	t.Parallel()
	s := newArchiveSite(t, true, lab.Options{})
	for _, step := range []struct {
		name        string
		wants       object
		plan        []string
		transaction []string
	}{
		{
			"an exact version that is not the newest", packages(object{"name": "hk-one", "version": "1.0"}),
			[]string{"create package:hk-one missing"},
			[]string{"hk-one 1.0"},
		},
		{
			"any version: the old one will do", packages("hk-one"),
			nil, nil,
		},
		{
			"with what it depends on", packages("hk-needs", "hk_two"),
			[]string{"create package:hk-needs missing", "create package:hk_two missing"},
			[]string{"hk-dep 1.0", "hk-needs 2:3.0-1", "hk-two 1.0"},
		},
		{
			"a newer exact version", packages(object{"name": "hk-one", "version": "1.1"}),
			[]string{"update package:hk-one version"},
			[]string{"hk-one 1.1"},
		},
		{
			"an older exact version and a removal at once",
			packages(object{"name": "hk-one", "version": "1.0"}, object{"name": "second", "as": "hk-two", "state": "absent"}),
			[]string{"update package:hk-one version", "delete package:second not wanted"},
			[]string{"hk-one 1.0", "hk-two (removed)"},
		},
	} {
		before := s.snapshot()
		p := s.plan(step.wants)
		if got := changesOf(p); !slices.Equal(got, step.plan) {
			t.Fatalf("%s: planned %q, want %q\n%s", step.name, got, step.plan, p.raw)
		}
		report := s.applied(p)
		if got := transactionOf(report); !slices.Equal(got, step.transaction) {
			t.Errorf("%s: the report has %q, want %q", step.name, got, step.transaction)
		}
		differences := before.Diff(s.snapshot())
		if got := packageDifferences(differences); !slices.Equal(got, step.transaction) {
			t.Errorf("%s: dpkg has %q, want %q", step.name, got, step.transaction)
		}
		if err := exact(p.Plan, withoutPackageFiles(differences)); err != nil {
			t.Errorf("%s: %v", step.name, err)
		}
		s.mustHaveNoChange(step.wants)
	}
}

// On a host that has no index, fetching it is a change of its own.
func TestFetchingTheIndexIsAChangeOfItsOwn(t *testing.T) {
	t.Parallel()
	s := newArchiveSite(t, false, lab.Options{})
	// A name that nothing knows could not be looked up yet: it is given.
	wants := packages(object{"name": "hk-one", "as": "hk-one"})
	p := s.plan(wants)
	if got, want := changesOf(p), []string{"create package_index:apt missing", "create package:hk-one missing"}; !slices.Equal(got, want) {
		t.Fatalf("planned %q, want %q\n%s", got, want, p.raw)
	}
	before := s.snapshot()
	if got, want := transactionOf(s.applied(p)), []string{"hk-one 1.1"}; !slices.Equal(got, want) {
		t.Errorf("the report has %q, want %q", got, want)
	}
	if err := exact(p.Plan, withoutPackageFiles(before.Diff(s.snapshot()))); err != nil {
		t.Error(err)
	}
	s.mustHaveNoChange(wants)
}

// The one test that needs Debian's archive: the index of the lab's base, and a
// package over the network.
func TestInstallsFromDebian(t *testing.T) {
	t.Parallel()
	s := newSite(t, lab.Options{})
	wants := packages("tree", "ca_certificates", "bash")
	p := s.plan(wants)
	if got, want := changesOf(p), []string{"create package:tree missing"}; !slices.Equal(got, want) {
		t.Fatalf("planned %q, want %q\n%s", got, want, p.raw)
	}
	before := s.snapshot()
	report := s.applied(p)
	differences := before.Diff(s.snapshot())
	if got, want := packageDifferences(differences), transactionOf(report); !slices.Equal(got, want) || len(got) != 1 {
		t.Errorf("dpkg has %q, the report %q", got, want)
	}
	if err := exact(p.Plan, withoutPackageFiles(differences)); err != nil {
		t.Error(err)
	}
	s.mustHaveNoChange(wants)
}

// changesOf shows a plan as "action address reason".
func changesOf(p planned) []string {
	var lines []string
	for _, c := range p.Changes {
		lines = append(lines, fmt.Sprintf("%s %s %s", c.Action, c.Address, c.Reason))
	}
	return lines
}

func transactionOf(r doc.Report) []string {
	var all []string
	for _, c := range r.Changes {
		all = append(all, c.Transaction...)
	}
	slices.Sort(all)
	return all
}

// packageDifferences is what dpkg knows now and did not before, as a report
// spells it.
func packageDifferences(differences []lab.Difference) []string {
	var lines []string
	for _, d := range differences {
		name, isPackage := strings.CutPrefix(d.Path, "package:")
		if !isPackage {
			continue
		}
		name, _, _ = strings.Cut(name, ":")
		version, status, _ := strings.Cut(d.Fields[0].After, " ")
		switch {
		case d.Change == "removed":
			version = "(removed)"
		case strings.TrimSpace(status) != "ii":
			version += " " + status
		}
		lines = append(lines, name+" "+version)
	}
	slices.Sort(lines)
	return lines
}

// packageFiles are where packages, apt and dpkg put files when they work.
var packageFiles = []string{
	"package:", "/usr/", "/var/lib/dpkg/", "/var/lib/apt/", "/var/cache/", "/var/log/apt/", "/var/log/dpkg.log",
}

func withoutPackageFiles(differences []lab.Difference) []lab.Difference {
	return slices.DeleteFunc(slices.Clone(differences), func(d lab.Difference) bool {
		return slices.ContainsFunc(packageFiles, func(prefix string) bool { return strings.HasPrefix(d.Path, prefix) })
	})
}
