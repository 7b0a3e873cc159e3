package e2e

import (
	"context"
	"slices"
	"strings"
	"testing"

	"hostkit/tests/lab"
)

// The packages of these tests are those of tests/lab/pacman.sh; the manager is
// Debian's real pacman 6.0. The index has lab-one, lab-slow and lab-library at
// 2.0-1; older versions of them are in pacman's cache.

func newPacmanSite(t *testing.T) *site {
	t.Helper()
	return newSite(t, lab.Options{Pacman: true})
}

// arch is what pacman has, by its own words.
func (s *site) arch() []string {
	s.Helper()
	text := strings.TrimSpace(s.exec(`pacman -Q || true`))
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// From a host without an index on, each state follows from the one before.
func TestPacmanTakesAHostFromStateToState(t *testing.T) {
	t.Parallel()
	s := newPacmanSite(t)
	for _, step := range []struct {
		name              string
		wants             object
		plan, transaction []string
		has               []string
	}{
		{
			"an exact version out of the cache, the index fetched first", packages(pack("lab-one", "version", "1.0-1")),
			[]string{"create package_index:pacman missing", "create package:lab-one missing"},
			[]string{"lab-one 1.0-1"},
			[]string{"lab-one 1.0-1"},
		},
		{"any version: the old one will do", packages("lab-one"), nil, nil, []string{"lab-one 1.0-1"}},
		{
			"with what it depends on, and an epoch",
			packages("lab-needs", pack("lab-epoch", "version", "2:1.0-3")),
			[]string{"create package:lab-epoch missing", "create package:lab-needs missing"},
			[]string{"lab-dep 1.0-1", "lab-epoch 2:1.0-3", "lab-needs 3.0-1"},
			[]string{"lab-dep 1.0-1", "lab-epoch 2:1.0-3", "lab-needs 3.0-1", "lab-one 1.0-1"},
		},
		{
			"a newer exact version", packages(pack("lab-one", "version", "2.0-1")),
			[]string{"update package:lab-one version"},
			[]string{"lab-one 2.0-1"},
			[]string{"lab-dep 1.0-1", "lab-epoch 2:1.0-3", "lab-needs 3.0-1", "lab-one 2.0-1"},
		},
		{
			"an older exact version, a removal and an installation at once",
			packages(pack("lab-one", "version", "1.1-1"), pack("lab-needs", "state", "absent"), "lab-mailer-a"),
			[]string{"create package:lab-mailer-a missing", "delete package:lab-needs not wanted", "update package:lab-one version"},
			[]string{"lab-mailer-a 1.0-1", "lab-needs (removed)", "lab-one 1.1-1"},
			[]string{"lab-dep 1.0-1", "lab-epoch 2:1.0-3", "lab-mailer-a 1.0-1", "lab-one 1.1-1"},
		},
		{
			"one for another that it conflicts with",
			packages(pack("lab-one", "state", "absent"), "lab-rival"),
			[]string{"delete package:lab-one not wanted", "create package:lab-rival missing"},
			[]string{"lab-one (removed)", "lab-rival 1.0-1"},
			[]string{"lab-dep 1.0-1", "lab-epoch 2:1.0-3", "lab-mailer-a 1.0-1", "lab-rival 1.0-1"},
		},
		{
			"one of two that provide the same, and what needs it",
			packages("lab-mailer-a", "lab-sends"),
			[]string{"create package:lab-sends missing"},
			[]string{"lab-sends 1.0-1"},
			[]string{"lab-dep 1.0-1", "lab-epoch 2:1.0-3", "lab-mailer-a 1.0-1", "lab-rival 1.0-1", "lab-sends 1.0-1"},
		},
		{
			"an older version than the index has, in place of what conflicts with it",
			packages(pack("lab-one", "version", "1.0-1"), pack("lab-rival", "state", "absent")),
			[]string{"create package:lab-one missing", "delete package:lab-rival not wanted"},
			[]string{"lab-one 1.0-1", "lab-rival (removed)"},
			[]string{"lab-dep 1.0-1", "lab-epoch 2:1.0-3", "lab-mailer-a 1.0-1", "lab-one 1.0-1", "lab-sends 1.0-1"},
		},
		{
			"the latest, and Arch's build essentials",
			packages(pack("lab-one", "state", "latest"), "build_essential"),
			[]string{"create package:build_essential missing", "update package:lab-one outdated"},
			[]string{"base-devel 1-2", "lab-one 2.0-1"},
			[]string{"base-devel 1-2", "lab-dep 1.0-1", "lab-epoch 2:1.0-3", "lab-mailer-a 1.0-1", "lab-one 2.0-1", "lab-sends 1.0-1"},
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
		if got := s.arch(); !slices.Equal(got, step.has) {
			t.Errorf("%s: pacman has %q, want %q", step.name, got, step.has)
		}
		s.mustHaveNoChange(step.wants)
	}
}

// What can't be is refused in one line, by hk-plan or by the preview, and
// nothing is changed.
func TestPacmanRefusals(t *testing.T) {
	t.Parallel()
	s := newPacmanSite(t)
	s.applied(s.plan(packages(pack("lab-one", "version", "1.1-1"), pack("lab-needs"), pack("lab-epoch"))))
	s.exec(`pacman -U --noconfirm /var/cache/pacman/pkg/lab-library-1.0-1-any.pkg.tar.zst`)
	s.exec(`sed -i 's/^HoldPkg.*/HoldPkg = lab-epo*\nIgnorePkg = lab-fir?t/' /etc/pacman.conf`)
	s.exec(`mkdir -p /opt/lab; echo mine >/opt/lab/lab-second`)
	before := s.arch()
	for name, test := range map[string]struct {
		wants object
		says  []string
	}{
		"no such package":        {packages(pack("lab-none")), []string{"the host's package index has no lab-none", "pacman -Syu"}},
		"a name others provide":  {packages(pack("lab-mail")), []string{"lab-mail is no package, but a name that others provide: lab-mailer-a, lab-mailer-b"}},
		"a group":                {packages(pack("lab-group")), []string{"lab-group is no package, but a group of packages: lab-first, lab-second"}},
		"a name and version":     {packages(pack("lab-one-1.0")), []string{"the host's package index has no lab-one-1.0"}},
		"no such version":        {packages(pack("lab-one", "version", "3.0-1")), []string{"the host's package index has no version 3.0-1 of lab-one", "2.0-1, 1.0-1, 1.1-1"}},
		"a version, no release":  {packages(pack("lab-one", "version", "1.0")), []string{"has no release"}},
		"a conflict":             {packages("lab-rival"), []string{"would remove what the plan does not name: lab-one"}},
		"one that replaces":      {packages("lab-heir"), []string{"would remove what the plan does not name: lab-epoch"}},
		"needed by another":      {packages(pack("lab-dep", "state", "absent")), []string{"would remove what the plan does not name: lab-needs"}},
		"a dependency not there": {packages("lab-broken"), []string{"nothing provides nowhere-to-be-had needed by lab-broken"}},
		"two that provide":       {packages("lab-sends"), []string{"several packages provide lab-mail, which is needed: lab-mailer-a, lab-mailer-b", "declare one of them"}},
		"a dependency behind":    {packages("lab-user"), []string{"partial upgrade", "the plan does not name lab-library from 1.0-1 to 2.0-1", "pacman -Syu"}},
		"protected":              {packages(pack("lab-epoch", "state", "absent")), []string{"held", "it would remove a package that pacman.conf protects: lab-epoch"}},
		"ignored":                {packages("lab-first"), []string{"held", "it would change a package that pacman.conf keeps as it is: lab-first"}},
		"a file in the way":      {packages("lab-second"), []string{"lab-second has a file that is on the host already, of no package: /opt/lab/lab-second"}},
	} {
		o := s.run(s.facts(test.wants), "hk-plan")
		if o.exit == 0 {
			o, _ = s.apply(planned{raw: o.stdout})
		}
		for _, says := range test.says {
			if o.exit == 0 || !strings.Contains(string(o.stdout)+string(o.stderr), says) {
				t.Errorf("%s: does not say %q:\n%s", name, says, o)
			}
		}
	}
	if got := s.arch(); !slices.Equal(got, before) {
		t.Errorf("pacman has %q, had %q", got, before)
	}
	// What is behind may be named.
	wants := packages("lab-user", pack("lab-library", "version", "2.0-1"))
	if got, want := transactionOf(s.applied(s.plan(wants))), []string{"lab-library 2.0-1", "lab-user 2.0-1"}; !slices.Equal(got, want) {
		t.Errorf("the report has %q, want %q", got, want)
	}
}

// To look and to preview leaves no trace, with an index and without.
func TestPacmanLooksWithoutATrace(t *testing.T) {
	t.Parallel()
	s := newPacmanSite(t)
	s.exec(`pacman -U --noconfirm /var/cache/pacman/pkg/lab-one-1.0-1-any.pkg.tar.zst`)
	s.looksOnly(packages(pack("lab-needs")))
	s.exec(`pacman -Sy`)
	s.looksOnly(packages("lab-needs", pack("lab-one", "state", "absent"), "lab-rival"))
}

// startSlow begins, with the host's own pacman, an upgrade that waits in a
// scriptlet, and returns when it is there. Its process is in /run/slow.pid.
func (s *site) startSlowPacman() {
	s.Helper()
	s.exec(`mkfifo /run/lab-slow
		pacman -S --noconfirm lab-slow >/run/slow.log 2>&1 </dev/null &
		echo $! >/run/slow.pid
		timeout 60 sh -c 'until pacman -Q lab-slow | grep -q 2.0; do :; done' || { cat /run/slow.log; exit 1; }`)
}

// While another pacman is in the middle of a transaction ours waits; it goes on as
// soon as the other is done, and claims nothing of the other's work.
func TestPacmanWaitsForAnother(t *testing.T) {
	t.Parallel()
	s := newPacmanSite(t)
	s.applied(s.plan(packages(pack("lab-slow", "version", "1.0-1"))))
	p := s.plan(packages("lab-one"))
	s.startSlowPacman()
	done := make(chan error, 1)
	go func() {
		// It lets the other one end when ours has its folder, and so waits.
		_, err := s.host.Exec(context.Background(), "/bin/sh", "-euc",
			`timeout 60 sh -c 'until ls -d /run/hostkit.*/ 2>/dev/null; do :; done'
			timeout 60 sh -c 'until cat /proc/[0-9]*/comm 2>/dev/null | grep -qx sleep; do :; done'
			echo >/run/lab-slow`)
		done <- err
	}()
	report := s.applied(p)
	if err := <-done; err != nil {
		t.Error(err)
	}
	if got, want := transactionOf(report), []string{"lab-one 2.0-1"}; !slices.Equal(got, want) {
		t.Errorf("the report has %q, want %q", got, want)
	}
	if got, want := s.arch(), []string{"lab-one 2.0-1", "lab-slow 2.0-1"}; !slices.Equal(got, want) {
		t.Errorf("pacman has %q, want %q", got, want)
	}
}

// A pacman that was killed leaves its lock: the dry run says so, nothing removes
// it, and what it says mends the host.
func TestPacmanStaleLock(t *testing.T) {
	t.Parallel()
	s := newPacmanSite(t)
	s.applied(s.plan(packages(pack("lab-slow", "version", "1.0-1"))))
	p := s.plan(packages("lab-one"))
	s.startSlowPacman()
	s.exec(`kill -9 "$(cat /run/slow.pid)"; rm /run/lab-slow`)
	for _, flag := range []string{"--dry-run", "--confirm"} {
		o := s.run(p.raw, "hk-apply", flag)
		for _, says := range []string{"/var/lib/pacman/db.lck was left by a pacman that is gone", "rm /var/lib/pacman/db.lck"} {
			if o.exit == 0 || !strings.Contains(string(o.stdout)+string(o.stderr), says) {
				t.Errorf("%s does not say %q:\n%s", flag, says, o)
			}
		}
	}
	s.exec(`rm /var/lib/pacman/db.lck`)
	s.applied(p)
}

// A pacman that was killed between the files of a package and its entry leaves
// half an entry, and with it no other pacman works: that is seen, and what is said
// mends it.
func TestPacmanInterruptedIsToldHowToMend(t *testing.T) {
	t.Parallel()
	s := newPacmanSite(t)
	s.exec(`pacman -Sy
		strace -f -qq -o /dev/null -e trace=openat -e inject=openat:signal=KILL \
			-P /var/lib/pacman/local/lab-one-2.0-1/desc pacman -S --noconfirm lab-one || true
		rm /var/lib/pacman/db.lck`)
	wants := packages("lab-one")
	p := s.plan(wants)
	if got, want := changesOf(p), []string{"update package:lab-one incomplete"}; !slices.Equal(got, want) {
		t.Fatalf("planned %q, want %q", got, want)
	}
	const mend = `rm -r /var/lib/pacman/local/lab-one-2.0-1 && pacman -S --overwrite '*' lab-one`
	o := s.run(p.raw, "hk-apply", "--dry-run")
	for _, says := range []string{"lab-one was left incomplete by a pacman that was interrupted", mend} {
		if o.exit == 0 || !strings.Contains(string(o.stdout)+string(o.stderr), says) {
			t.Errorf("it does not say %q:\n%s", says, o)
		}
	}
	s.exec(strings.Replace(mend, "-S", "-S --noconfirm", 1))
	s.mustHaveNoChange(wants)
}

// An image of last month has no index and old packages: what is fetched is newer
// than they are, and the rest waits for somebody to upgrade the host.
func TestPacmanOnAnOldImageWaitsForItsUpgrade(t *testing.T) {
	t.Parallel()
	s := newPacmanSite(t)
	s.exec(`pacman -U --noconfirm /var/cache/pacman/pkg/lab-library-1.0-1-any.pkg.tar.zst /var/cache/pacman/pkg/lab-one-1.1-1-any.pkg.tar.zst`)
	wants := packages(pack("lab-user"))
	p := s.plan(wants)
	if got, want := changesOf(p), []string{"create package_index:pacman missing", "create package:lab-user missing"}; !slices.Equal(got, want) {
		t.Fatalf("planned %q, want %q", got, want)
	}
	o, report := s.apply(p)
	if o.exit != 1 || report.Error == nil || !strings.Contains(report.Error.Message, "it would be a partial upgrade") || !strings.Contains(report.Error.Hint, "pacman -Syu") {
		t.Errorf("%s", o)
	}
	if got, want := s.arch(), []string{"lab-library 1.0-1", "lab-one 1.1-1"}; !slices.Equal(got, want) {
		t.Errorf("pacman has %q, want %q", got, want)
	}
	// What nothing old is needed for is no partial upgrade.
	s.applied(s.plan(packages(pack("lab-epoch"))))
	// Nor is an index fetched anew over packages that are there.
	o = s.run(s.facts(wants), "hk-plan", "--refresh-index")
	if o.exit != 3 || !strings.Contains(string(o.stderr), "pacman -Syu") {
		t.Errorf("%s", o)
	}
	s.exec(`pacman -Su --noconfirm`)
	s.applied(s.plan(wants))
	s.mustHaveNoChange(wants)
}
