package e2e

import (
	"slices"
	"strings"
	"testing"

	"hostkit/pkg/doc"
	"hostkit/tests/lab"
)

// refreshed is a plan that has the index fetched anew.
func (s *site) refreshed(wants object) planned {
	s.Helper()
	raw := s.must(s.facts(wants), "hk-plan", "--refresh-index")
	return planned{raw, decode[doc.Plan](s.tb, raw)}
}

// What the archive has by now and the host's index lacks is refused with the flag
// that helps, and had with it.
func TestAnOldIndexIsFetchedAnewWhenAskedFor(t *testing.T) {
	t.Parallel()
	s := newArchiveSite(t, true, lab.Options{})
	by := newSigner(t, "vendor")
	at, publish := serve(t, vendor(t, by, "1.0"))
	repository := s.vendorWants(at, by)
	tool := func(version string) object {
		return repositories(repository, object{"name": "vendor_tool", "as": "hk-vendor", "version": version})
	}
	s.applied(s.plan(tool("1.0")))
	publish(vendor(t, by, "2.0"))
	wants := tool("2.0")
	const flag = "hk-plan --refresh-index has it fetched anew"
	if o := s.run(s.facts(wants), "hk-plan"); o.exit != 3 || !strings.Contains(o.stderr, flag) {
		t.Fatalf("%s", o)
	}
	p := s.refreshed(wants)
	if got, want := changesOf(p), []string{"update package_index:apt asked for", "update package:vendor_tool version"}; !slices.Equal(got, want) {
		t.Fatalf("planned %q, want %q\n%s", got, want, p.raw)
	}
	if got, want := transactionOf(s.applied(p)), []string{"hk-vendor 2.0"}; !slices.Equal(got, want) {
		t.Errorf("the report has %q, want %q", got, want)
	}
	// Nothing is fetched for a plan in which no package changes, and the same plan
	// again finds that all of it is done.
	if again := s.refreshed(wants); len(again.Changes) > 0 {
		t.Errorf("%s", again.raw)
	}
	if report := s.applied(p); report.Status != doc.StatusNothingToDo {
		t.Errorf("applied again: %+v", report)
	}
}

// A package that the archive has dropped since is told for what it is, and a
// refresh that fails leaves the packages alone.
func TestAStaleIndexIsToldFromAMissingPackage(t *testing.T) {
	t.Parallel()
	s := newArchiveSite(t, true, lab.Options{})
	by := newSigner(t, "vendor")
	files := vendor(t, by, "1.0")
	at, publish := serve(t, files)
	repository := s.vendorWants(at, by)
	s.applied(s.plan(repositories(repository)))
	wants := repositories(repository, object{"name": "vendor_tool", "as": "hk-vendor"})
	old := s.plan(wants)
	publish(vendor(t, by, "2.0"))
	s.mustFail(old, []string{"package:vendor_tool failed"}, "no longer has", "which the host's index names")

	p := s.refreshed(wants)
	publish(map[string]string{})
	s.mustFail(p, []string{"package_index:apt failed", "package:vendor_tool not_reached"}, "the package archive")
	publish(vendor(t, by, "2.0"))
	if got, want := transactionOf(s.applied(p)), []string{"hk-vendor 2.0"}; !slices.Equal(got, want) {
		t.Errorf("the report has %q, want %q", got, want)
	}
}

// The same on a host with dnf.
func TestOldMetadataIsFetchedAnewWhenAskedFor(t *testing.T) {
	t.Parallel()
	s := newDnfSite(t)
	s.applied(s.plan(packages(pack("lab-one", "version", "1.0-1"))))
	wants := packages(pack("lab-one", "version", "2.0-1"))
	p := s.refreshed(wants)
	if got, want := changesOf(p), []string{"update package_index:dnf asked for", "update package:lab-one version"}; !slices.Equal(got, want) {
		t.Fatalf("planned %q, want %q\n%s", got, want, p.raw)
	}
	if got, want := transactionOf(s.applied(p)), []string{"lab-one 2.0-1"}; !slices.Equal(got, want) {
		t.Errorf("the report has %q, want %q", got, want)
	}
	if report := s.applied(p); report.Status != doc.StatusNothingToDo {
		t.Errorf("applied again: %+v", report)
	}
}
