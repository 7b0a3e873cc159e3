package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hostkit/tests/lab"
)

// The packages of these tests are those of tests/lab/rpm.sh; the manager is the
// real zypper of Debian.

func newZypperSite(t *testing.T) *site {
	t.Helper()
	return newSite(t, lab.Options{Zypper: true})
}

func TestZypperTakesAHostFromStateToState(t *testing.T) {
	t.Parallel()
	newZypperSite(t).goFromStateToState("zypper")
}

func TestZypperRefusals(t *testing.T) {
	t.Parallel()
	newZypperSite(t).refuseWhatCanNotBe()
}

// On a host that never had an index nothing is known of a name: the preview, right
// after the planned refresh, is the one to refuse.
func TestZypperRefusesOnAFreshHostAfterTheRefresh(t *testing.T) {
	t.Parallel()
	for says, wants := range map[string]object{
		"zypper has no package lab-none": packages(pack("lab-none")),
		"lab-mail is no package, but a name that others provide: lab-mailer-a, lab-mailer-b": packages(pack("lab-mail")),
		"the package index has no version 3.0-1 of lab-one":                                  packages(pack("lab-one", "version", "3.0-1")),
		"zypper has no package lab-one-2.0 and would take others for it: lab-one":            packages(pack("lab-one-2.0")),
	} {
		s := newZypperSite(t)
		p := s.plan(wants)
		if got := changesOf(p); got[0] != "create package_index:zypper missing" {
			t.Errorf("planned %q", got)
		}
		o, _ := s.apply(p)
		if o.exit != 1 || !strings.Contains(string(o.stdout)+o.stderr, says) {
			t.Errorf("does not say %q:\n%s", says, o)
		}
		if got := s.rpms(); len(got) != 0 {
			t.Errorf("rpm has %q", got)
		}
	}
}

// To look and to preview writes neither caches nor logs nor anything else. rpm's
// own database has files of SQLite that every reader touches; a login writes some.
func TestZypperLooksWithoutATrace(t *testing.T) {
	t.Parallel()
	s := newZypperSite(t)
	look := func() string {
		return s.exec(`find / /run -xdev \( -path /proc -o -path /sys -o -path /dev \) -prune -o -newer /srv/repo \
			! -name 'rpmdb.sqlite-*' ! -path /tmp ! -path /run ! -path /run/motd.dynamic -printf '%p %s %T@ %C@\n' | sort; ls -A /tmp /run`)
	}
	unchanged := func(before string) {
		t.Helper()
		if diff := cmp.Diff(strings.Split(before, "\n"), strings.Split(look(), "\n")); diff != "" {
			t.Errorf("looking left:\n%s", diff)
		}
	}
	s.facts(packages(pack("lab-one")))
	before := look()
	s.facts(packages(pack("lab-one")))
	unchanged(before)
	if strings.Contains(before, "/var/cache/zypp/") {
		t.Errorf("looking without metadata made a cache:\n%s", before)
	}
	s.exec("zypper -q -n refresh")
	p := s.plan(packages("lab-needs", "lab-one"))
	before = look()
	s.facts(packages(pack("lab-one", "version", "1.0-1"), pack("lab-mail")))
	s.run(p.raw, "hk-apply")
	unchanged(before)
}

// startSlowZypper begins, with the host's own zypper, an upgrade that waits in a
// scriptlet, and returns when it is there. Its process is in /run/slow.pid.
func (s *site) startSlowZypper() {
	s.Helper()
	s.exec(`mkfifo /run/lab-slow
		zypper -n --no-refresh install lab-slow >/run/slow.log 2>&1 </dev/null &
		echo $! >/run/slow.pid
		timeout 60 sh -c 'until rpm -q lab-slow | grep -q 2.0; do :; done' || { cat /run/slow.log; exit 1; }`)
}

// A zypper that was killed in the middle of an upgrade, with the rpm that it runs,
// leaves both versions: that is seen, and the next transaction takes the old one
// off.
func TestZypperInterruptedIsMended(t *testing.T) {
	t.Parallel()
	s := newZypperSite(t)
	s.applied(s.plan(packages(pack("lab-slow", "version", "1.0-1"))))
	s.startSlowZypper()
	// The rpm of a zypper that has gone goes by itself at some time.
	s.exec(`zypper=$(cat /run/slow.pid)
		kill -STOP "$zypper"
		kill -9 $(cat /proc/"$zypper"/task/*/children) "$zypper"
		rm /run/lab-slow`)
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

// While another zypper is in the middle of a transaction ours waits; it goes on as
// soon as the other is done.
func TestZypperWaitsForAnother(t *testing.T) {
	t.Parallel()
	s := newZypperSite(t)
	s.applied(s.plan(packages(pack("lab-slow", "version", "1.0-1"))))
	p := s.plan(packages("lab-one"))
	s.startSlowZypper()
	done := make(chan error, 1)
	go func() {
		// It lets the other one end when ours, which sleeps between its
		// attempts, has found the lock taken.
		_, err := s.host.Exec(context.Background(), "/bin/sh", "-euc",
			`timeout 60 sh -c 'until cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\000" " " | grep -q "sleep [1] "; do :; done'
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

// A key that the host does not trust is not imported: its fingerprint is told.
func TestZypperRefusesAnUnknownKey(t *testing.T) {
	t.Parallel()
	s := newZypperSite(t)
	fingerprint := strings.TrimSpace(s.exec(`export GNUPGHOME=/run/gnupg
		mkdir -m 700 /run/gnupg
		gpg --batch --quiet --passphrase '' --quick-gen-key 'lab <lab@example.org>' rsa2048 sign never 2>/dev/null
		cd /srv/repo/repodata
		gpg --batch --quiet --armor --detach-sign repomd.xml
		gpg --batch --armor --export >repomd.xml.key
		sed -i s/gpgcheck=0/gpgcheck=1/ /etc/zypp/repos.d/lab.repo
		gpg --batch --with-colons --fingerprint | sed -n 's/^fpr:*\([0-9A-F]*\):$/\1/p'
		gpgconf --kill all`))
	p := s.plan(packages(pack("lab-one")))
	o, _ := s.apply(p)
	says := fmt.Sprintf("the host does not trust the key of the repository the lab (15.6): %s", fingerprint)
	if o.exit != 1 || len(fingerprint) != 40 || !strings.Contains(string(o.stdout), says) {
		t.Errorf("does not say %q:\n%s", says, o)
	}
	if got := s.exec(`rpm -qa 'gpg-pubkey*'`); got != "" {
		t.Errorf("imported %q", got)
	}
	// Once it is trusted, the same plan does.
	s.exec(`rpm --import /srv/repo/repodata/repomd.xml.key`)
	s.applied(p)
	s.mustHaveNoChange(packages(pack("lab-one")))
}

// A licence that a package wants to be agreed to is nobody's to agree to for others.
func TestZypperDoesNotAgreeToALicence(t *testing.T) {
	t.Parallel()
	s := newZypperSite(t)
	s.exec(`cd /srv/repo
		id=$(zcat repodata/*-primary.xml.gz | tr '\n' ' ' | sed 's/<package /\n<package /g' | sed -n 's/.*<name>lab-dep<.*pkgid="YES">\([0-9a-f]*\)<.*/\1/p')
		cat >/tmp/susedata.xml <<-DATA
			<?xml version="1.0" encoding="UTF-8"?>
			<susedata xmlns="http://linux.duke.edu/metadata/susedata" packages="1">
			<package pkgid="$id" name="lab-dep" arch="noarch"><version epoch="0" ver="1.0" rel="1"/><eula>You give up everything.</eula></package>
			</susedata>
		DATA
		modifyrepo_c --mdtype=susedata --no-compress /tmp/susedata.xml repodata`)
	o, _ := s.apply(s.plan(packages(pack("lab-needs"))))
	if says := "lab-dep wants a licence to be agreed to"; o.exit != 1 || !strings.Contains(string(o.stdout), says) {
		t.Errorf("does not say %q:\n%s", says, o)
	}
	if got := s.rpms(); len(got) != 0 {
		t.Errorf("rpm has %q", got)
	}
}
