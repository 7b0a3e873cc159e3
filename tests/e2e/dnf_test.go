package e2e

import (
	"context"
	"slices"
	"strings"
	"testing"

	"hostkit/tests/lab"
)

// The packages of these tests are those of tests/lab/rpm.sh; the manager is the
// real dnf 4 of Debian.

func newDnfSite(t *testing.T) *site {
	t.Helper()
	return newSite(t, lab.Options{Dnf: true})
}

func TestDnfTakesAHostFromStateToState(t *testing.T) {
	t.Parallel()
	newDnfSite(t).goFromStateToState("dnf")
}

func TestDnfRefusals(t *testing.T) {
	t.Parallel()
	newDnfSite(t).refuseWhatCanNotBe()
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
		// list of processes, has found the lock taken more than once.
		_, err := s.host.Exec(context.Background(), "/bin/sh", "-euc",
			`timeout 60 sh -c 'until cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\000" " " | grep -q "[c]ommit 300 "; do :; done'
			sleep 4
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
