package e2e

import (
	"slices"
	"strings"
	"testing"
)

// dnf's latest and holds, from state to state.
func TestDnfLatestAndHolds(t *testing.T) {
	t.Parallel()
	s := newDnfSite(t)
	for _, step := range []struct {
		name              string
		wants             object
		plan, transaction []string
		rpms              []string
		locked            string
	}{
		{
			"installed and held at once", packages(pack("lab-one", "version", "1.0-1", "hold", true)),
			[]string{"create package_index:dnf missing", "create package:lab-one missing"},
			[]string{"lab-one (held)", "lab-one 1.0-1"},
			[]string{"lab-one-1.0-1"},
			"lab-one-0:1.0-1.*",
		},
		{
			"nothing is said of the hold", packages("lab-one", "lab-dep"),
			[]string{"create package:lab-dep missing"},
			[]string{"lab-dep 1.0-1"},
			[]string{"lab-dep-1.0-1", "lab-one-1.0-1"},
			"lab-one-0:1.0-1.*",
		},
		{
			"changed, and held again", packages(pack("lab-one", "state", "latest", "hold", true)),
			[]string{"update package:lab-one outdated"},
			[]string{"lab-one (held)", "lab-one 2.0-1"},
			[]string{"lab-dep-1.0-1", "lab-one-2.0-1"},
			"lab-one-0:2.0-1.*",
		},
		{
			"one held, one released", packages(pack("lab-one", "hold", false), pack("lab-dep", "hold", true)),
			[]string{"update package:lab-dep not held", "update package:lab-one held"},
			[]string{"lab-dep (held)", "lab-one (released)"},
			[]string{"lab-dep-1.0-1", "lab-one-2.0-1"},
			"lab-dep-0:1.0-1.*",
		},
		{
			"released and downgraded", packages(pack("lab-one", "version", "1.1-1", "hold", false), pack("lab-dep", "hold", false)),
			[]string{"update package:lab-dep held", "update package:lab-one version"},
			[]string{"lab-dep (released)", "lab-one 1.1-1"},
			[]string{"lab-dep-1.0-1", "lab-one-1.1-1"},
			"",
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
		if got := strings.TrimSpace(s.exec("dnf -q -C versionlock list 2>/dev/null")); got != step.locked {
			t.Errorf("%s: dnf locks %q, want %q", step.name, got, step.locked)
		}
		s.mustHaveNoChange(step.wants)
	}
}

// What the config does not say of a hold is refused, and where nothing can hold
// that is told before anything is done.
func TestDnfHoldRefusals(t *testing.T) {
	t.Parallel()
	s := newDnfSite(t)
	s.exec("dnf -q makecache 2>/dev/null && dnf -q -y install lab-one-1.0 lab-dep && dnf -q -C versionlock add lab-one && dnf -q -C versionlock add --raw 'lab-d*'")
	for _, test := range []struct {
		name, before string
		wants        object
		says         string
	}{
		{
			"a version", "", packages(pack("lab-one", "version", "2.0-1")),
			"lab-one is held on the host, and the plan would update it",
		},
		{
			"a removal", "", packages(pack("lab-one", "state", "absent")),
			"lab-one is held on the host, and the plan would delete it",
		},
		{
			"held by a pattern", "", packages(pack("lab-dep", "hold", false)),
			"lab-dep is held by the pattern lab-d* of dnf versionlock, which may hold others too; nothing was changed",
		},
		{
			"no plugin", "sed -i s/1/0/ /etc/dnf/plugins/versionlock.conf", packages(pack("lab-one", "hold", true)),
			"the host's dnf can't hold lab-one: it lacks the plugin versionlock, or that is disabled; nothing was changed",
		},
	} {
		if test.before != "" {
			s.exec(test.before)
		}
		o := s.run(s.facts(test.wants), "hk-plan")
		if o.exit == 0 {
			o, _ = s.apply(planned{raw: o.stdout})
		}
		if (o.exit == 0) != (test.says == "") || !strings.Contains(o.stderr, test.says) {
			t.Errorf("%s: does not say %q:\n%s", test.name, test.says, o)
		}
	}
}

// Without metadata nobody knows what is the latest; and what is installed may be
// newer than what the repository has.
func TestDnfLatestIsSettledAfterTheRefresh(t *testing.T) {
	t.Parallel()
	s := newDnfSite(t)
	s.exec("dnf -q makecache 2>/dev/null && dnf -q -y install lab-one-1.0 lab-dep lab-slow-1.0 && rm -rf /var/cache/dnf")
	wants := packages(pack("lab-one", "state", "latest"), pack("lab-dep", "state", "latest"))
	p := s.plan(wants)
	if got, want := changesOf(p), []string{
		"create package_index:dnf missing", "unknown package:lab-dep latest not known yet", "unknown package:lab-one latest not known yet",
	}; !slices.Equal(got, want) {
		t.Fatalf("planned %q, want %q", got, want)
	}
	report := s.applied(p)
	if got, want := transactionOf(report), []string{"lab-one 2.0-1"}; !slices.Equal(got, want) {
		t.Errorf("the report has %q, want %q", got, want)
	}
	if report.Changes[1].Status != "already" || report.Changes[2].Status != "done" {
		t.Errorf("%+v", report.Changes)
	}
	s.mustHaveNoChange(wants)

	s.exec("rm /srv/repo/noarch/lab-one-2.0-1.noarch.rpm && createrepo_c -q /srv/repo && rm -rf /var/cache/dnf")
	wants = packages(pack("lab-one", "state", "latest"), pack("lab-slow", "state", "latest"))
	if got, want := transactionOf(s.applied(s.plan(wants))), []string{"lab-slow 2.0-1"}; !slices.Equal(got, want) {
		t.Errorf("the report has %q, want %q", got, want)
	}
	if got, want := s.rpms(), []string{"lab-dep-1.0-1", "lab-one-2.0-1", "lab-slow-2.0-1"}; !slices.Equal(got, want) {
		t.Errorf("rpm has %q, want %q", got, want)
	}
	s.mustHaveNoChange(wants)
}
