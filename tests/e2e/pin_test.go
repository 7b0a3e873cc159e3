package e2e

import (
	"slices"
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
