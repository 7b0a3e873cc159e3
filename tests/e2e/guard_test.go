package e2e

import (
	"os"
	"strings"
	"testing"

	"hostkit/pkg/doc"
	"hostkit/tests/lab"
)

// guardedSite is a host on which deploy, who is root by sudo, applies.
func guardedSite(t *testing.T) *site {
	t.Helper()
	s := newSite(t, lab.Options{NoIndex: true, Users: []lab.User{{Name: "deploy", Sudo: lab.SudoNoPassword}}})
	return s.with(func(s *site) { s.reach["user"], s.reach["sudo"] = "deploy", true })
}

// mustLeaveNoSwitch says that neither a process nor a file of the switch is left; it
// looks each second whether it was disarmed.
func (s *site) mustLeaveNoSwitch() {
	s.Helper()
	left := s.exec(`tries=0
while [ "$tries" -lt 100 ]; do
	tries=$((tries + 1))
	found=$(grep -l "hostkit/switch/progra[m]" /proc/[0-9]*/cmdline 2>/dev/null || :)
	[ -n "$found" ] || break
	sleep 0.1
done
echo $found
find /etc /run/hostkit /root /home -name '.hostkit.*' -o -name 'switch*' -path '/run/*'`)
	if strings.TrimSpace(left) != "" {
		s.Errorf("left behind:\n%s", left)
	}
}

// A sudoers file that is right in itself, and takes the right of whoever applies,
// is found out by the new login, whose sudo fails.
func TestSudoersThatTakeTheLoginsRightAreRolledBack(t *testing.T) {
	t.Parallel()
	s := guardedSite(t)
	p := s.plan(object{"files": object{
		"/etc/sudoers.d/zz-lockdown": object{"content": "deploy ALL=(ALL) !ALL\n", "mode": "0440"},
		"/etc/motd":                  object{"content": "welcome\n"},
	}})
	o, report := s.apply(p)
	if o.exit != 1 || report.Status != doc.StatusRolledBack || report.Verified {
		t.Fatalf("%s", o)
	}
	for _, c := range report.Changes {
		want := doc.ChangeRolledBack
		if c.Address == "file:/etc/motd" {
			want = doc.ChangeDone
		}
		if c.Status != want {
			t.Errorf("%s is %s\n%s", c.Address, c.Status, o)
		}
	}
	if !strings.Contains(report.Error.Message, "a new login fails: sudo asks for a password") ||
		!strings.Contains(report.Error.Message, "put back /etc/sudoers.d/zz-lockdown") {
		t.Errorf("%s", o)
	}
	s.mustLeaveNoSwitch()
	// The way in is there again, and what was put back with it.
	if p := s.plan(object{"files": object{"/etc/sudoers.d/zz-lockdown": object{"state": "absent"}}}); len(p.Changes) != 0 {
		t.Errorf("%s", p.raw)
	}
}

// What does no harm stays, and its switch is disarmed.
func TestGuardedChangeThatDoesNoHarmStays(t *testing.T) {
	t.Parallel()
	s := guardedSite(t)
	wants := object{"files": object{
		"/etc/sudoers.d/zz-harmless": object{"content": "deploy ALL=(ALL) NOPASSWD: ALL\n", "mode": "0440"},
	}}
	o, report := s.apply(s.plan(wants))
	if o.exit != 0 || report.Status != doc.StatusApplied || !report.Verified ||
		!strings.Contains(o.stderr, "a dead-man switch is armed") || !strings.Contains(o.stderr, "disarmed: a new login works") {
		t.Fatalf("%s", o)
	}
	s.mustLeaveNoSwitch()
	s.mustHaveNoChange(wants)
}

// The key of whoever applies goes: nobody could log in any more.
func TestTheLoginsOwnKeyIsPutBack(t *testing.T) {
	t.Parallel()
	s := guardedSite(t)
	for _, wants := range []object{
		{"files": object{"/home/deploy/.ssh/authorized_keys": object{"content": "# nobody\n"}}},
		{"files": object{"/home/deploy/.ssh/authorized_keys": object{"state": "absent"}}},
		// sshd takes no keys from a home that others may write to (StrictModes).
		{"directories": object{"/home/deploy": object{"mode": "0777"}}},
	} {
		look := "cd /home/deploy && stat -c '%n %a %U %G' . .ssh .ssh/* && stat -c '%s %Y' .ssh/* && cat .ssh/*"
		before := s.exec(look)
		o, report := s.apply(s.plan(wants))
		if o.exit != 1 || report.Status != doc.StatusRolledBack || len(report.Changes) != 1 ||
			report.Changes[0].Status != doc.ChangeRolledBack || !strings.Contains(o.stderr, "a new login fails: login as") {
			t.Errorf("%s", o)
		}
		if after := s.exec(look); after != before {
			t.Errorf("it was\n%s\nand is\n%s", before, after)
		}
		s.mustLeaveNoSwitch()
	}
}

// What sshd or visudo can't read never stays, and where its content says so already,
// nothing is changed.
func TestWhatTheServiceRefusesIsNotPutInPlace(t *testing.T) {
	t.Parallel()
	s := newSite(t, lab.Options{NoIndex: true})
	s.exec("mkdir -p /etc/ssh/sshd_config.d && echo 'PrintMotd no' >/etc/ssh/sshd_config.d/a.conf")
	for name, c := range map[string]struct {
		wants object
		code  string
		says  string
	}{
		"a sudoers file with an error": {
			object{"files": object{"/etc/sudoers.d/a": object{"content": "root ALL=(ALL\n", "mode": "0440"}}},
			"invalid_content", "syntax error",
		},
		"an sshd setting that there is not": {
			object{"files": object{"/etc/ssh/sshd_config.d/a.conf": object{"content": "PermitRuutLogin yes\n"}}},
			"invalid_content", "Bad configuration option: PermitRuutLogin",
		},
		"settings that contradict each other": {
			object{"files": object{"/etc/ssh/sshd_config.d/a.conf": object{"content": "AuthorizedKeysCommand /bin/true\n"}}},
			"change_failed", "sshd refuses it, and what was there is put back",
		},
		"a new file that contradicts": {
			object{"files": object{"/etc/ssh/sshd_config.d/b.conf": object{"content": "AuthorizedKeysCommand /bin/true\n"}}},
			"change_failed", "sshd refuses it, and what was there is put back",
		},
		"a sudoers file that others may write to": {
			object{"files": object{"/etc/sudoers": object{"content": "root ALL=(ALL:ALL) ALL\n", "mode": "0666"}}},
			"change_failed", "bad permissions",
		},
		"a link to what are no sudoers": {
			object{"symlinks": object{"/etc/sudoers.d/b": object{"to": "/etc/passwd"}}},
			"change_failed", "visudo refuses it",
		},
	} {
		look := "cd /etc && find ssh sudoers sudoers.d -printf '%p %m %u %g %y\\n' && find ssh sudoers sudoers.d -type f -exec sha256sum {} + -printf '%t\\n'"
		before := s.exec(look)
		o, report := s.apply(s.plan(c.wants))
		if o.exit != 1 || report.Status != doc.StatusFailed || report.Error.Code != c.code || !strings.Contains(report.Error.Message, c.says) {
			t.Errorf("%s:\n%s", name, o)
		}
		if after := s.exec(look); after != before {
			t.Errorf("%s: it was\n%s\nand is\n%s", name, before, after)
		}
	}
	s.mustLeaveNoSwitch()
}

// hk-apply is killed while a login is being proven: nobody disarms the switch, which
// fires by itself. Until then the host is busy.
func TestASwitchThatNobodyDisarmsFires(t *testing.T) {
	t.Parallel()
	s := guardedSite(t)
	root := s.with(func(s *site) { s.reach["user"], s.reach["sudo"] = "root", false })
	// Each login waits for its own rc.
	p := s.plan(object{"files": object{"/home/deploy/.ssh/rc": object{"content": "exec sleep 600\n"}}})
	other := root.plan(object{"directories": object{"/srv/other": object{}}})
	run(t, invocation{stdin: p.raw, dir: s.base, env: s.env, during: func(first *os.Process) {
		s.exec(`tries=0
until [ -e /run/hostkit/switch/armed ] && [ -e /home/deploy/.ssh/rc ] && grep -q "[.]ssh/rc" /proc/[0-9]*/cmdline; do
	tries=$((tries + 1)); [ "$tries" -lt 600 ]; sleep 0.1
done`)
		if err := first.Kill(); err != nil {
			t.Error(err)
		}
		for _, flag := range []string{"--confirm", "--dry-run"} {
			o := run(t, invocation{stdin: other.raw, dir: s.base, env: s.env}, "hk-apply", flag)
			if o.exit != 6 || !strings.Contains(o.stderr, "a dead-man switch is armed: another plan was cut off, and what it changed is put back in ") {
				t.Errorf("%s", o)
			}
		}
	}}, "hk-apply", "--confirm", "--rollback-after", "20s")
	o, report := root.apply(other, "--wait", "1m")
	if o.exit != 0 || report.Status != doc.StatusApplied ||
		strings.Count(o.stderr, "since no new login forbade it: /home/deploy/.ssh/rc") != 1 {
		t.Errorf("%s", o)
	}
	s.mustLeaveNoSwitch()
	// A run that has nothing to do tells of it too, and once.
	s.exec("mkdir -p -m 700 /run/hostkit/switch/kept; cd /run/hostkit/switch; printf '/etc/x#' >kept/1.path; echo back 1 >report; echo sha256:1 >plan; : >fired")
	o, report = root.apply(other)
	if report.Status != doc.StatusNothingToDo || !strings.Contains(o.stderr, "since no new login forbade it: /etc/x") {
		t.Errorf("%s", o)
	}
	s.mustLeaveNoSwitch()
	if p := s.plan(object{"files": object{"/home/deploy/.ssh/rc": object{"state": "absent"}}}); len(p.Changes) != 0 {
		t.Errorf("%s", p.raw)
	}
}

// sudo does not go where whoever applies is root by it.
func TestTheProgramsOfTheLoginAreNotRemoved(t *testing.T) {
	t.Parallel()
	s := guardedSite(t)
	p := s.plan(object{"packages": []object{{"name": "sudo", "state": "absent"}}})
	for _, flag := range []string{"--confirm", "--dry-run"} {
		o := s.run(p.raw, "hk-apply", flag)
		if o.exit != 1 || !strings.Contains(o.stderr, "this login needs the package sudo for sudo") {
			t.Errorf("%s", o)
		}
	}
	s.exec("sudo -V >/dev/null")
}

// Where systemd is in charge the switch is a unit of its own, which no end of a session
// takes along. The lab's host has none, so that what stands for systemd-run says how
// it was called.
func TestTheSwitchIsAUnitWhereSystemdIs(t *testing.T) {
	t.Parallel()
	const systemdRun = "#!/bin/sh\necho \"$*\" >>/root/units\nshift 2\nsetsid \"$@\" </dev/null >/dev/null 2>&1 &\n"
	s := newSite(t, lab.Options{NoIndex: true, Files: []lab.File{{Path: "/usr/local/bin/systemd-run", Content: systemdRun, Mode: 0o755}}})
	s.exec("mkdir -p /run/systemd/system")
	o, report := s.apply(s.plan(object{"files": object{"/root/.ssh/authorized_keys": object{"state": "absent"}}}))
	if o.exit != 1 || report.Status != doc.StatusRolledBack {
		t.Errorf("%s", o)
	}
	if units := s.exec("cat /root/units"); !strings.HasPrefix(units, "--quiet --unit=hostkit-switch-") ||
		!strings.HasSuffix(units, " /bin/sh /run/hostkit/switch/program\n") {
		t.Errorf("%q", units)
	}
	s.mustLeaveNoSwitch()
}
