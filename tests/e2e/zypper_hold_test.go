package e2e

import (
	"slices"
	"strings"
	"testing"
)

// From state to state, a lock of zypper's is as the config says, and what it keeps
// is changed only where the config releases it.
func TestZypperLatestAndHolds(t *testing.T) {
	t.Parallel()
	s := newZypperSite(t)
	for _, step := range []struct {
		name              string
		wants             object
		plan, transaction []string
		rpms, locked      []string
	}{
		{
			"installed and held at once", packages(pack("lab-one", "version", "1.0-1", "hold", true)),
			[]string{"create package_index:zypper missing", "create package:lab-one missing"},
			[]string{"lab-one (held)", "lab-one 1.0-1"},
			[]string{"lab-one-1.0-1"},
			[]string{"lab-one"},
		},
		{
			"changed, and held again", packages(pack("lab-one", "state", "latest", "hold", true), "lab-dep"),
			[]string{"create package:lab-dep missing", "update package:lab-one outdated"},
			[]string{"lab-dep 1.0-1", "lab-one (held)", "lab-one 2.0-1"},
			[]string{"lab-dep-1.0-1", "lab-one-2.0-1"},
			[]string{"lab-one"},
		},
		{
			"one held, one released", packages(pack("lab-one", "hold", false), pack("lab-dep", "hold", true)),
			[]string{"update package:lab-dep not held", "update package:lab-one held"},
			[]string{"lab-dep (held)", "lab-one (released)"},
			[]string{"lab-dep-1.0-1", "lab-one-2.0-1"},
			[]string{"lab-dep"},
		},
		{
			"released and downgraded", packages(pack("lab-one", "version", "1.1-1"), pack("lab-dep", "hold", false)),
			[]string{"update package:lab-dep held", "update package:lab-one version"},
			[]string{"lab-dep (released)", "lab-one 1.1-1"},
			[]string{"lab-dep-1.0-1", "lab-one-1.1-1"},
			nil,
		},
	} {
		p := s.plan(step.wants)
		if got := changesOf(p); !slices.Equal(got, step.plan) {
			t.Fatalf("%s: planned %q, want %q\n%s", step.name, got, step.plan, p.raw)
		}
		if got := transactionOf(s.applied(p)); !slices.Equal(got, step.transaction) {
			t.Errorf("%s: the report has %q, want %q", step.name, got, step.transaction)
		}
		if got := s.rpms(); !slices.Equal(got, step.rpms) {
			t.Errorf("%s: rpm has %q, want %q", step.name, got, step.rpms)
		}
		if got := strings.Fields(s.exec("sed -n 's/^solvable_name: //p' /etc/zypp/locks")); !slices.Equal(got, step.locked) {
			t.Errorf("%s: zypper locks %q, want %q", step.name, got, step.locked)
		}
		s.mustHaveNoChange(step.wants)
	}
}

// What the config does not say of a lock is refused.
func TestZypperHoldRefusals(t *testing.T) {
	t.Parallel()
	s := newZypperSite(t)
	s.exec("zypper -q -n refresh; zypper -q -n install lab-one=1.0 lab-dep; zypper -q -n addlock lab-one; zypper -q -n addlock 'lab-d*' lab-mailer-a")
	before := s.exec("cat /etc/zypp/locks; rpm -qa")
	for says, wants := range map[string]object{
		"lab-one is held on the host, and the plan would update it":      packages(pack("lab-one", "version", "2.0-1")),
		"lab-one is held on the host, and the plan would delete it":      packages(pack("lab-one", "state", "absent")),
		"lab-dep is held by the lock lab-d*, which may hold others too":  packages(pack("lab-dep", "hold", false)),
		"lab-mailer-a is not installed, and held on the host so that it": packages(pack("lab-mailer-a")),
		"it would change a package that is held on the host: lab-one":    packages(pack("lab-rival")),
	} {
		o := s.run(s.facts(wants), "hk-plan")
		if o.exit == 0 {
			o, _ = s.apply(planned{raw: o.stdout})
		}
		if o.exit == 0 || !strings.Contains(o.stderr, says) {
			t.Errorf("does not say %q:\n%s", says, o)
		}
	}
	if after := s.exec("cat /etc/zypp/locks; rpm -qa"); after != before {
		t.Errorf("now:\n%s\nwas:\n%s", after, before)
	}
}
