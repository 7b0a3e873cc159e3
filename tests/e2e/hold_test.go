package e2e

import (
	"slices"
	"strings"
	"testing"

	"hostkit/pkg/doc"
	"hostkit/tests/lab"
)

// From state to state, a hold is as the config says, and what is held is changed
// only where the config says so.
func TestAHeldPackageIsKeptAsItIs(t *testing.T) {
	t.Parallel()
	s := newArchiveSite(t, true, lab.Options{})
	for _, step := range []struct {
		name              string
		wants             object
		plan, transaction []string
		held              string
	}{
		{
			"installed and held at once", packages(object{"name": "hk-one", "version": "1.0", "hold": true}),
			[]string{"create package:hk-one missing"},
			[]string{"hk-one (held)", "hk-one 1.0"},
			"hk-one",
		},
		{
			"nothing is said of the hold", packages("hk-one", "hk-two"),
			[]string{"create package:hk-two missing"},
			[]string{"hk-two 1.0"},
			"hk-one",
		},
		{
			"changed, and held again", packages(object{"name": "hk-one", "state": "latest", "hold": true}),
			[]string{"update package:hk-one outdated"},
			[]string{"hk-one (held)", "hk-one 1.1"},
			"hk-one",
		},
		{
			"one held, one released", packages(object{"name": "hk-one", "hold": false}, object{"name": "hk-two", "hold": true}),
			[]string{"update package:hk-one held", "update package:hk-two not held"},
			[]string{"hk-one (released)", "hk-two (held)"},
			"hk-two",
		},
	} {
		p := s.plan(step.wants)
		if got := changesOf(p); !slices.Equal(got, step.plan) {
			t.Fatalf("%s: planned %q, want %q\n%s", step.name, got, step.plan, p.raw)
		}
		if got := transactionOf(s.applied(p)); !slices.Equal(got, step.transaction) {
			t.Errorf("%s: the report has %q, want %q", step.name, got, step.transaction)
		}
		if got := strings.Join(strings.Fields(s.exec("apt-mark showhold")), " "); got != step.held {
			t.Errorf("%s: apt holds %q, want %q", step.name, got, step.held)
		}
		s.mustHaveNoChange(step.wants)
	}
}

// A hold that the config says nothing of was somebody's will: it is told, and
// nothing is changed.
func TestAHoldThatNobodyDeclaredIsRefused(t *testing.T) {
	t.Parallel()
	s := newArchiveSite(t, true, lab.Options{})
	s.exec("apt-get -q -y install hk-one=1.0 && apt-mark hold hk-one")
	for name, test := range map[string]struct {
		wants object
		says  string
	}{
		"a version": {
			packages(object{"name": "hk-one", "version": "1.1"}),
			"hk-one is held on the host, and the plan would update it (config.json#/services/all/packages/0)\nhk-plan: hint: write \"hold\": true to have it changed and held again, or \"hold\": false to release it\n",
		},
		"the latest":   {packages(latest("hk-one")), "hk-one is held on the host, and the plan would update it"},
		"a removal":    {packages(object{"name": "hk-one", "state": "absent"}), "hk-one is held on the host, and the plan would delete it (config.json#/services/all/packages/0)\nhk-plan: hint: release it first"},
		"by another's": {packages("hk-clash"), "Conflicts: hk-one"},
	} {
		o := s.run(s.facts(test.wants), "hk-plan")
		if o.exit == 0 {
			o, _ = s.apply(planned{raw: o.stdout})
		}
		if o.exit == 0 || !strings.Contains(o.stderr, test.says) {
			t.Errorf("%s: does not say %q:\n%s", name, test.says, o)
		}
	}
	// Held after the plan was made.
	s.exec("apt-mark unhold hk-one")
	p := s.plan(packages(object{"name": "hk-one", "version": "1.1"}))
	s.exec("apt-mark hold hk-one")
	if o, report := s.apply(p); o.exit != 1 || report.Error.Code != "held" {
		t.Errorf("%s", o)
	}
	if got := s.exec("dpkg-query -W -f='${db:Status-Want} ${Version}' hk-one"); got != "hold 1.0" {
		t.Errorf("hk-one is %s", got)
	}
}

// A change that waits for others is refused before these are made.
func TestAHoldIsFoundBeforeWhatComesFirst(t *testing.T) {
	t.Parallel()
	s := newArchiveSite(t, true, lab.Options{})
	wants := packages("hk-two")
	wants["files"] = object{"/etc/two.conf": object{"content": "two\n", "depends_on": []string{"package:hk-two"}}}
	up, _ := s.reported(s.plan(wants))
	s.exec("apt-mark hold hk-two")
	back := s.down(up)
	for _, flags := range [][]string{{"--confirm"}, {"--dry-run"}} {
		o := s.run(back.raw, "hk-apply", flags...)
		report := decode[doc.Report](t, o.stdout)
		if o.exit != 1 || report.Error.Code != "held" ||
			!strings.Contains(o.stderr, "hk-two is held on the host, and the plan would delete it; nothing was changed\n") ||
			!strings.Contains(o.stderr, "hint: apt-mark unhold hk-two on the host lets go of it") {
			t.Errorf("%q: %s", flags, o)
		}
	}
	if got := s.exec("cat /etc/two.conf"); got != "two\n" {
		t.Errorf("/etc/two.conf holds %q", got)
	}
	s.exec("apt-mark unhold hk-two")
	s.applied(back)
}

// What is held and not installed is not to be: it is installed only where the config
// says what becomes of the hold, and the way back holds it again.
func TestAHoldOnWhatIsNotInstalled(t *testing.T) {
	t.Parallel()
	s := newArchiveSite(t, true, lab.Options{})
	s.exec("apt-mark hold hk-two")
	o := s.run(s.facts(packages("hk-two")), "hk-plan")
	if o.exit != 3 || !strings.Contains(o.stderr, "hk-two is not installed, and held on the host so that it stays so") {
		t.Errorf("%s", o)
	}
	s.mustHaveNoChange(packages(object{"name": "hk-two", "state": "absent"}))
	p := s.plan(packages(object{"name": "hk-two", "hold": false}))
	o, report := s.apply(p)
	if got, want := transactionOf(report), []string{"hk-two (released)", "hk-two 1.0"}; o.exit != 0 || !slices.Equal(got, want) {
		t.Fatalf("the report has %q, want %q\n%s", got, want, o)
	}
	raw := s.must(o.stdout, "hk-down")
	s.applied(planned{raw, decode[doc.Plan](t, raw)})
	if got := s.exec("dpkg -l hk-two | grep -o '^h[a-z]'; apt-mark showhold"); got != "hn\nhk-two\n" {
		t.Errorf("after the way back: %q", got)
	}
}
