package e2e

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hostkit/tests/lab"
)

// free are packages of our archive that others neither need nor exclude, with
// their versions.
var free = map[string][]string{"hk-one": {"1.0", "1.1"}, "hk-two": {"1.0"}, "hk-dep": {"1.0~rc1+b1", "1.0"}}

// Whatever is installed and whatever is wanted: the transaction is dpkg's, and a
// second plan is empty.
func TestPackagesOfAnyStateConverge(t *testing.T) {
	t.Parallel()
	s := newArchiveSite(t, true, lab.Options{})
	rapid.Check(t, func(rt *rapid.T) {
		s.with(func(s *site) { s.tb = rt }).packagesConverge(rt)
	})
}

func (s *site) packagesConverge(rt *rapid.T) {
	installed, wanted, wants := drawPackages(rt)
	s.exec(`dpkg --purge --force-depends "$@"`, "hk-one", "hk-two", "hk-dep")
	if len(installed) > 0 {
		s.exec(`apt-get -q -y install "$@"`, installed...)
	}
	before := s.snapshot()
	p := s.plan(wants)
	report := s.applied(p)
	mustReportThePlan(s, p, report)
	after := s.snapshot()
	differences := before.Diff(after)
	if got, want := transactionOf(report), packageDifferences(differences); !slices.Equal(got, want) {
		s.Errorf("the report has %q, dpkg %q", got, want)
	}
	if err := exact(p.Plan, withoutPackageFiles(differences)); err != nil {
		s.Errorf("%v", err)
	}
	for name, version := range wanted {
		if got := after.Packages[name+":all"]; !strings.HasPrefix(got, version) || (version == "") != (got == "") {
			s.Errorf("%s is %q, wanted %q", name, got, version)
		}
	}
	s.mustHaveNoChange(wants)
}

// drawPackages gives what apt-get is to install before, the config, and what dpkg
// should have afterwards: a version, or "" for none. What is not in it does not
// matter.
func drawPackages(t *rapid.T) (installed []string, wanted map[string]string, wants object) {
	wanted = make(map[string]string)
	elements := []any{"bash"}
	for _, name := range []string{"hk-one", "hk-two", "hk-dep"} {
		version := rapid.SampledFrom(free[name])
		if rapid.Bool().Draw(t, "is installed") {
			installed = append(installed, name+"="+version.Draw(t, "at"))
		}
		switch rapid.SampledFrom([]string{"any", "exact", "absent", "unmanaged"}).Draw(t, name) {
		case "any":
			elements = append(elements, name)
		case "exact":
			wanted[name] = version.Draw(t, "version")
			elements = append(elements, object{"name": name, "version": wanted[name]})
		case "absent":
			wanted[name] = ""
			elements = append(elements, object{"name": name, "state": "absent"})
		}
	}
	return installed, wanted, packages(elements...)
}
