package e2e

import (
	"slices"
	"strings"
	"testing"

	"hostkit/pkg/doc"
	"hostkit/tests/archive"
	"hostkit/tests/lab"
)

func latest(name string) object { return object{"name": name, "state": "latest"} }

// "latest" is the version that the host's index offers: the plan says which, and
// is empty once it is there.
func TestLatestIsWhatTheIndexOffers(t *testing.T) {
	t.Parallel()
	s := newArchiveSite(t, true, lab.Options{})
	s.exec("apt-get -q -y install hk-one=1.0 hk-two")
	wants := packages(latest("hk-one"), latest("hk-two"), latest("hk-dep"))
	p := s.plan(wants)
	if got, want := changesOf(p), []string{"create package:hk-dep missing", "update package:hk-one outdated"}; !slices.Equal(got, want) {
		t.Fatalf("planned %q, want %q\n%s", got, want, p.raw)
	}
	if after := string(p.Changes[1].After); !strings.Contains(after, `"version": "1.1"`) {
		t.Errorf("the plan does not say which version is the latest: %s", after)
	}
	if got, want := transactionOf(s.applied(p)), []string{"hk-dep 1.0", "hk-one 1.1"}; !slices.Equal(got, want) {
		t.Errorf("the report has %q, want %q", got, want)
	}
	s.mustHaveNoChange(wants)

	// A version that the index offers no more was promised by the plan.
	s.exec("apt-get -q -y --allow-downgrades install hk-one=1.0")
	p = s.plan(wants)
	s.withoutVersion("hk-one", "1.1")
	o, report := s.apply(p)
	if o.exit != 1 || report.Error.Code != "version_not_available" || !strings.Contains(o.stderr, "the package index has no version 1.1 of hk-one; nothing was changed") {
		t.Errorf("%s", o)
	}
	// What is installed may be newer than what the index has: that is no downgrade.
	s.mustHaveNoChange(wants)
}

// withoutVersion takes a version out of the archive's index.
func (s *site) withoutVersion(name, version string) {
	s.Helper()
	s.exec(`awk -v RS= -v ORS='\n\n' -v p="Package: $1\nVersion: $2\n" 'index($0 "\n", p) != 1' "$3" >/run/Packages
		cp /run/Packages "$3"
		apt-get -q update`, name, version, archive.Path+"/Packages")
}

// Without an index nobody knows what is the latest: that is planned as unknown,
// behind the refresh, and settled when it is made.
func TestLatestIsSettledAfterTheRefresh(t *testing.T) {
	t.Parallel()
	s := newArchiveSite(t, true, lab.Options{})
	s.exec("apt-get -q -y install hk-one=1.0 hk-two && rm -rf /var/lib/apt/lists/*")
	wants := packages(latest("hk-one"), latest("hk-two"), object{"name": "hk_dep", "as": "hk-dep", "state": "latest"})
	for i := range wants["packages"].([]any)[:2] {
		element := wants["packages"].([]any)[i].(object)
		element["as"] = element["name"]
	}
	p := s.plan(wants)
	want := []string{
		"create package_index:apt missing", "unknown package:hk-one latest not known yet",
		"unknown package:hk-two latest not known yet", "create package:hk_dep missing",
	}
	if got := changesOf(p); !slices.Equal(got, want) {
		t.Fatalf("planned %q, want %q\n%s", got, want, p.raw)
	}
	report := s.applied(p)
	if got, want := transactionOf(report), []string{"hk-dep 1.0", "hk-one 1.1"}; !slices.Equal(got, want) {
		t.Errorf("the report has %q, want %q", got, want)
	}
	for _, c := range report.Changes {
		want := doc.ChangeDone
		if c.Address == "package:hk-two" {
			want = doc.ChangeAlready
		}
		if c.Status != want {
			t.Errorf("%s is %s, want %s", c.Address, c.Status, want)
		}
	}
	s.mustHaveNoChange(wants)
}
