package e2e

import (
	"context"
	"slices"
	"strings"
	"testing"

	"hostkit/tests/lab"
)

// The packages of these tests are those of tests/lab/dnf.sh; the manager is the
// real dnf 4 of Debian.

func newDnfSite(t *testing.T) *site {
	t.Helper()
	return newSite(t, lab.Options{Dnf: true})
}

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

// From a host without metadata on, each state follows from the one before.
func TestDnfTakesAHostFromStateToState(t *testing.T) {
	t.Parallel()
	s := newDnfSite(t)
	for _, step := range []struct {
		name              string
		wants             object
		plan, transaction []string
		rpms              []string
	}{
		{
			"an exact version, the metadata fetched first", packages(pack("lab-one", "version", "1.0-1")),
			[]string{"create package_index:dnf missing", "create package:lab-one missing"},
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
			t.Fatalf("%s: planned %q, want %q\n%s", step.name, got, step.plan, p.raw)
		}
		report := s.applied(p)
		if got := transactionOf(report); !slices.Equal(got, step.transaction) {
			t.Errorf("%s: the report has %q, want %q", step.name, got, step.transaction)
		}
		if got := s.rpms(); !slices.Equal(got, step.rpms) {
			t.Errorf("%s: rpm has %q, want %q", step.name, got, step.rpms)
		}
		s.mustHaveNoChange(step.wants)
	}
}

// What can't be is refused in one line, by hk-plan or by the preview, and
// nothing is changed.
func TestDnfRefusals(t *testing.T) {
	t.Parallel()
	s := newDnfSite(t)
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
			t.Errorf("%s: does not say %q:\n%s", name, test.says, o)
		}
	}
	if got := s.rpms(); !slices.Equal(got, before) {
		t.Errorf("rpm has %q, had %q", got, before)
	}
}

// To look and to preview writes neither caches nor logs.
func TestDnfLooksWithoutATrace(t *testing.T) {
	t.Parallel()
	s := newDnfSite(t)
	look := func() string {
		return s.exec(`find /var/cache /var/lib /var/log /var/tmp /etc /tmp -newer /srv/repo ! -path /tmp -printf '%p %s %T@\n' | sort`)
	}
	s.facts(packages(pack("lab-one")))
	before := look()
	s.facts(packages(pack("lab-one")))
	if after := look(); after != before || strings.Contains(after, "/var/cache/dnf") {
		t.Errorf("looking without metadata left:\n%s\nwas:\n%s", after, before)
	}
	s.exec("dnf -q makecache")
	before = look()
	s.run(s.plan(packages("lab-needs", "lab-one")).raw, "hk-apply")
	if after := look(); after != before {
		t.Errorf("looking left:\n%s\nwas:\n%s", after, before)
	}
}

// A dnf that was killed in the middle of an upgrade leaves both versions: that is
// seen, and the next transaction takes the old one off.
func TestDnfInterruptedIsMended(t *testing.T) {
	t.Parallel()
	s := newDnfSite(t)
	s.applied(s.plan(packages(pack("lab-slow", "version", "1.0-1"))))
	s.startSlowUpgrade()
	s.exec(`kill -9 "$(cat /run/slow.pid)"`)
	s.exec(`rm /run/lab-slow`)
	if got, want := s.rpms(), []string{"lab-slow-1.0-1", "lab-slow-2.0-1"}; !slices.Equal(got, want) {
		t.Fatalf("after the kill rpm has %q, want %q", got, want)
	}
	wants := packages(pack("lab-slow"))
	p := s.plan(wants)
	if got, want := changesOf(p), []string{"update package:lab-slow duplicated"}; !slices.Equal(got, want) {
		t.Fatalf("planned %q, want %q", got, want)
	}
	if got, want := transactionOf(s.applied(p)), []string{"lab-slow 2.0-1"}; !slices.Equal(got, want) {
		t.Errorf("the report has %q, want %q", got, want)
	}
	if got, want := s.rpms(), []string{"lab-slow-2.0-1"}; !slices.Equal(got, want) {
		t.Errorf("rpm has %q, want %q", got, want)
	}
	s.mustHaveNoChange(wants)
}

// While another dnf is in the middle of a transaction ours waits; it goes on as
// soon as the other is done.
func TestDnfWaitsForAnother(t *testing.T) {
	t.Parallel()
	s := newDnfSite(t)
	s.applied(s.plan(packages(pack("lab-slow", "version", "1.0-1"))))
	p := s.plan(packages("lab-one"))
	s.startSlowUpgrade()
	done := make(chan error, 1)
	go func() {
		// It lets the other one end when ours, whose program is on the host's
		// list of processes, has found the lock taken.
		_, err := s.host.Exec(context.Background(), "/bin/sh", "-euc",
			`timeout 60 sh -c 'until cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\000" " " | grep -q "[c]ommit 300 "; do :; done'
			echo >/run/lab-slow`)
		done <- err
	}()
	s.applied(p)
	if err := <-done; err != nil {
		t.Error(err)
	}
	if got, want := s.rpms(), []string{"lab-one-2.0-1", "lab-slow-2.0-1"}; !slices.Equal(got, want) {
		t.Errorf("rpm has %q, want %q", got, want)
	}
}

// startSlowUpgrade begins, with the host's own dnf, an upgrade that waits in a
// scriptlet, and returns when it is there. Its process is in /run/slow.pid.
func (s *site) startSlowUpgrade() {
	s.Helper()
	s.exec(`mkfifo /run/lab-slow
		dnf -q -y upgrade lab-slow >/run/slow.log 2>&1 </dev/null &
		echo $! >/run/slow.pid
		timeout 60 sh -c 'until rpm -q lab-slow | grep -q 2.0; do :; done' || { cat /run/slow.log; exit 1; }`)
}
