package e2e

import (
	"slices"
	"strings"
)

// What the managers over rpm have in common. The packages are those of
// tests/lab/rpm.sh.

func pack(name string, more ...any) object {
	o := object{"name": name, "as": name}
	for i := 0; i+1 < len(more); i += 2 {
		o[more[i].(string)] = more[i+1]
	}
	return o
}

// rpms is what rpm has, by its own words.
func (s *site) rpms() []string {
	s.Helper()
	return strings.Fields(s.exec(`rpm -qa --qf '%{NAME}-%{VERSION}-%{RELEASE}\n' | sort`))
}

// goFromStateToState begins at a host without metadata; each state follows from
// the one before. manager is the one that the host has.
func (s *site) goFromStateToState(manager string) {
	s.Helper()
	for _, step := range []struct {
		name              string
		wants             object
		plan, transaction []string
		rpms              []string
	}{
		{
			"an exact version, the metadata fetched first", packages(pack("lab-one", "version", "1.0-1")),
			[]string{"create package_index:" + manager + " missing", "create package:lab-one missing"},
			[]string{"lab-one 1.0-1"},
			[]string{"lab-one-1.0-1"},
		},
		{"any version: the old one will do", packages("lab-one"), nil, nil, []string{"lab-one-1.0-1"}},
		{
			"with what it depends on, and an epoch",
			packages("lab-needs", pack("lab-epoch", "version", "2:1.0-3")),
			[]string{"create package:lab-epoch missing", "create package:lab-needs missing"},
			[]string{"lab-dep 1.0-1", "lab-epoch 2:1.0-3", "lab-needs 3.0-1"},
			[]string{"lab-dep-1.0-1", "lab-epoch-1.0-3", "lab-needs-3.0-1", "lab-one-1.0-1"},
		},
		{
			"a newer exact version", packages(pack("lab-one", "version", "2.0-1")),
			[]string{"update package:lab-one version"},
			[]string{"lab-one 2.0-1"},
			[]string{"lab-dep-1.0-1", "lab-epoch-1.0-3", "lab-needs-3.0-1", "lab-one-2.0-1"},
		},
		{
			"an older exact version and a removal at once",
			packages(pack("lab-one", "version", "1.1-1"), pack("lab-needs", "state", "absent")),
			[]string{"delete package:lab-needs not wanted", "update package:lab-one version"},
			[]string{"lab-needs (removed)", "lab-one 1.1-1"},
			[]string{"lab-dep-1.0-1", "lab-epoch-1.0-3", "lab-one-1.1-1"},
		},
		{
			"one for another that it conflicts with",
			packages(pack("lab-one", "state", "absent"), "lab-rival"),
			[]string{"delete package:lab-one not wanted", "create package:lab-rival missing"},
			[]string{"lab-one (removed)", "lab-rival 1.0-1"},
			[]string{"lab-dep-1.0-1", "lab-epoch-1.0-3", "lab-rival-1.0-1"},
		},
	} {
		p := s.plan(step.wants)
		if got := changesOf(p); !slices.Equal(got, step.plan) {
			s.Fatalf("%s: planned %q, want %q\n%s", step.name, got, step.plan, p.raw)
		}
		report := s.applied(p)
		if got := transactionOf(report); !slices.Equal(got, step.transaction) {
			s.Errorf("%s: the report has %q, want %q", step.name, got, step.transaction)
		}
		if got := s.rpms(); !slices.Equal(got, step.rpms) {
			s.Errorf("%s: rpm has %q, want %q", step.name, got, step.rpms)
		}
		s.mustHaveNoChange(step.wants)
	}
}

// refuseWhatCanNotBe: hk-plan or the preview says in one line why not, and nothing
// is changed.
func (s *site) refuseWhatCanNotBe() {
	s.Helper()
	s.applied(s.plan(packages(pack("lab-one", "version", "1.1-1"), pack("lab-needs"), pack("lab-epoch"))))
	before := s.rpms()
	for name, test := range map[string]struct {
		wants object
		says  string
	}{
		"no such package":        {packages(pack("lab-none")), "the host's package index has no lab-none"},
		"a name others provide":  {packages(pack("lab-mail")), "lab-mail is no package, but a name that others provide: lab-mailer-a, lab-mailer-b"},
		"a name and version":     {packages(pack("lab-one-1.0")), "the host's package index has no lab-one-1.0"},
		"no such version":        {packages(pack("lab-one", "version", "3.0-1")), "the host's package index has no version 3.0-1 of lab-one"},
		"a version, no release":  {packages(pack("lab-one", "version", "1.0")), "has no release"},
		"a conflict":             {packages("lab-rival"), "would remove what the plan does not name: lab-one"},
		"one that obsoletes":     {packages("lab-heir"), "would remove what the plan does not name: lab-epoch"},
		"needed by another":      {packages(pack("lab-dep", "state", "absent")), "would remove what the plan does not name: lab-needs"},
		"a dependency not there": {packages("lab-broken"), "nothing provides nowhere-to-be-had needed by lab-broken"},
	} {
		o := s.run(s.facts(test.wants), "hk-plan")
		if o.exit == 0 {
			o, _ = s.apply(planned{raw: o.stdout})
		}
		if o.exit == 0 || !strings.Contains(string(o.stdout)+string(o.stderr), test.says) {
			s.Errorf("%s: does not say %q:\n%s", name, test.says, o)
		}
	}
	if got := s.rpms(); !slices.Equal(got, before) {
		s.Errorf("rpm has %q, had %q", got, before)
	}
}
