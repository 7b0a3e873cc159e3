package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"hostkit/tests/lab"
)

// startSlow begins, with the host's own apt, a transaction that waits in hk-slow's
// script, and returns when it is there. What it ran is in /run/slow.pid.
func (s *site) startSlow(arguments string) {
	s.Helper()
	s.exec(`mkfifo /run/hk-slow
		setsid apt-get -q -y -o Dpkg::Use-Pty=0 ` + arguments + ` >/run/slow.log 2>&1 </dev/null &
		echo $! >/run/slow.pid
		timeout 60 sh -c 'until cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\000" " " | grep -q "[h]k-slow.postinst"; do :; done' || { cat /run/slow.log; exit 1; }`)
}

// While another apt is in the middle of a transaction ours waits; it goes on as
// soon as the other is done.
func TestAptWaitsForAnother(t *testing.T) {
	t.Parallel()
	s := newArchiveSite(t, true, lab.Options{})
	p := s.plan(packages("hk-one"))
	s.startSlow("install hk-slow")
	done := make(chan error, 1)
	go func() {
		_, err := s.host.Exec(context.Background(), "/bin/sh", "-euc",
			`timeout 60 sh -c 'until cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\000" " " | grep -q "[L]ock::Timeout=.* hk-one:native"; do :; done'
			echo >/run/hk-slow`)
		done <- err
	}()
	s.applied(p)
	if err := <-done; err != nil {
		t.Error(err)
	}
	if got := s.exec("dpkg-query -W -f='${Package} ${Status}\n' hk-one hk-slow"); got != "hk-one install ok installed\nhk-slow install ok installed\n" {
		t.Error(got)
	}
}

// hastyDate is a clock that is 400 seconds later at each look, so that the five
// minutes are over at once which a lock is waited for.
const hastyDate = `#!/bin/sh
looks=$(cat /run/looks 2>/dev/null)
echo "$((looks + 1))" >/run/looks
echo "$(($(busybox date +%s) + looks * 400))"
`

// Who holds the lock for longer than we wait is named, and nothing is changed.
func TestAptNamesWhoHoldsTheLock(t *testing.T) {
	t.Parallel()
	for _, lock := range []string{"/var/lib/dpkg/lock-frontend", "/var/cache/apt/archives/lock"} {
		s := newArchiveSite(t, true, lab.Options{})
		p := s.plan(packages("hk-one"))
		pid := strings.TrimSpace(s.exec(`mkfifo /run/locked
			setsid python3 -c 'import fcntl, sys, time
f = open(sys.argv[1], "w")
fcntl.lockf(f, fcntl.LOCK_EX)
open("/run/locked", "w").close()
time.sleep(1000)' "$1" >/dev/null 2>&1 </dev/null &
			cat /run/locked
			echo $!`, lock))
		s.exec("cat >/run/date <<'END'\n" + hastyDate + "END\nchmod 755 /run/date && mv /run/date /bin/date")
		want := fmt.Sprintf("hk-apply: error: server: package:hk-one: %s is held by process %s (python3); ", lock, pid)
		report := s.mustFail(p, []string{"package:hk-one failed"}, want)
		if len(transactionOf(report)) > 0 {
			t.Errorf("it changed %q", transactionOf(report))
		}
		s.exec("kill " + pid)
	}
}

// A dpkg that was killed in the middle leaves a package that is there and does not
// work: that is seen, mended where the config has it, and in the way of everything
// else.
func TestAptInterrupted(t *testing.T) {
	t.Parallel()
	s := newArchiveSite(t, true, lab.Options{})
	s.startSlow("install hk-slow=1.0")
	s.exec(`kill -9 "-$(cat /run/slow.pid)"; rm /run/hk-slow`)

	other := packages("hk-one")
	p := s.plan(other)
	before := s.snapshot()
	s.mustFail(p, []string{"package:hk-one not_reached"},
		"the host has packages that are not wholly installed: hk-slow (half-configured); nothing was changed",
		"hint: run dpkg --configure -a on the host, or add them to the config")
	if changed := packageDifferences(before.Diff(s.snapshot())); changed != nil {
		t.Errorf("a refused transaction changed %q", changed)
	}

	wants := packages("hk-slow", "hk-one")
	p = s.plan(wants)
	if got, want := changesOf(p), []string{"create package:hk-one missing", "update package:hk-slow half-configured"}; !slices.Equal(got, want) {
		t.Fatalf("planned %q, want %q", got, want)
	}
	if got, want := transactionOf(s.applied(p)), []string{"hk-one 1.1", "hk-slow 2.0"}; !slices.Equal(got, want) {
		t.Errorf("the report has %q, want %q", got, want)
	}
	s.mustHaveNoChange(wants)

	// At the version that it has, only what was left is done.
	s.startSlow("install --reinstall hk-slow=2.0")
	s.exec(`kill -9 "-$(cat /run/slow.pid)"; rm /run/hk-slow`)
	wants = packages(object{"name": "hk-slow", "version": "2.0"})
	if got, want := transactionOf(s.applied(s.plan(wants))), []string{"hk-slow 2.0"}; !slices.Equal(got, want) {
		t.Errorf("the report has %q, want %q", got, want)
	}
	s.mustHaveNoChange(wants)
}

// A dpkg that was killed while it unpacked.
func TestAptInterruptedWhileUnpacking(t *testing.T) {
	t.Parallel()
	s := newArchiveSite(t, true, lab.Options{})
	s.exec(`apt-get -q -y install hk-one=1.0
		sed -i '/^Package: hk-one$/,/^$/s/^Status: .*/Status: install reinstreq half-installed/' /var/lib/dpkg/status`)
	s.mustFail(s.plan(packages("hk-two")), []string{"package:hk-two not_reached"},
		"the host has packages that are not wholly installed: hk-one (reinst-required); nothing was changed",
		"hint: run dpkg --configure -a on the host, then apt-get --fix-broken install")
	wants := packages("hk-one", "hk-two")
	p := s.plan(wants)
	if got, want := changesOf(p), []string{"update package:hk-one reinst-required", "create package:hk-two missing"}; !slices.Equal(got, want) {
		t.Fatalf("planned %q, want %q", got, want)
	}
	if got, want := transactionOf(s.applied(p)), []string{"hk-one 1.1", "hk-two 1.0"}; !slices.Equal(got, want) {
		t.Errorf("the report has %q, want %q", got, want)
	}
	s.mustHaveNoChange(wants)
}

// Nobody is there to answer dpkg's question about a configuration file that was
// changed on the host: it is kept.
func TestAptKeepsAConfigurationFileThatWasChanged(t *testing.T) {
	t.Parallel()
	s := newArchiveSite(t, true, lab.Options{})
	s.applied(s.plan(packages(object{"name": "hk-conf", "version": "1.0"})))
	s.exec("echo 'as the administrator wants it' >/etc/hk-conf")
	s.applied(s.plan(packages(latest("hk-conf"))))
	if got := s.exec("cat /etc/hk-conf"); got != "as the administrator wants it\n" {
		t.Errorf("it has become %q", got)
	}
}

// A script that is silent for several keepalives long is no stalled host.
func TestASilentPackageIsWaitedFor(t *testing.T) {
	t.Parallel()
	s := newArchiveSite(t, true, lab.Options{}).with(func(s *site) {
		s.reach["ssh"].(object)["server_alive_interval"] = "1s"
	})
	s.applied(s.plan(packages("hk-quiet")))
}
