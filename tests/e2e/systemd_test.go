package e2e

import (
	"os"
	"slices"
	"strings"
	"testing"

	"hostkit/pkg/doc"
	"hostkit/tests/lab"
)

// systemdSite is a host whose PID 1 is systemd, of which deploy is root by sudo.
func systemdSite(t *testing.T) *site {
	t.Helper()
	s := newSite(t, lab.Options{Systemd: true, NoIndex: true, Users: []lab.User{{Name: "deploy", Sudo: lab.SudoNoPassword}}})
	return s.with(func(s *site) { s.reach["user"], s.reach["sudo"] = "deploy", true })
}

// mustLeaveNoUnit says that no unit of a switch is left, neither of a process nor as
// failed.
func (s *site) mustLeaveNoUnit() {
	s.Helper()
	s.mustLeaveNoSwitch()
	left := s.exec(`tries=0
while [ "$tries" -lt 50 ]; do
	tries=$((tries + 1))
	found=$(systemctl list-units --all --no-legend --plain 'hostkit*' 2>/dev/null)
	[ -n "$found" ] || break
	sleep 0.1
done
printf '%s\n' "$found"
systemctl list-units --failed --no-legend --plain 2>/dev/null
ls /run/systemd/transient | grep hostkit || :`)
	if strings.TrimSpace(left) != "" {
		s.Errorf("left behind:\n%s", left)
	}
}

// Where systemd is PID 1 it reloads the real ssh.service, and the switch is a unit
// of its own.
func TestSystemdReloadsSSHDUnderTheSwitch(t *testing.T) {
	t.Parallel()
	s := systemdSite(t)
	before := s.exec("cat " + labSSHD)
	wants := sshdWith("MaxAuthTries 4\n" + before)
	o, report := s.apply(s.plan(wants))
	if o.exit != 0 || report.Status != doc.StatusApplied || !report.Verified || !strings.Contains(o.stderr, "disarmed: a new login works") {
		t.Errorf("%s", o)
	}
	s.mustHaveNoChange(wants)
	s.mustLeaveNoUnit()

	o, report = s.apply(s.plan(sshdWith("AllowUsers nobody\n"+before)), "--rollback-after", "10s")
	if o.exit != 1 || report.Status != doc.StatusRolledBack || !strings.Contains(report.Error.Message, `a new login fails: login as "deploy" on `) ||
		report.Changes[0].Status != doc.ChangeRolledBack || report.Changes[1].Status != doc.ChangeDone {
		t.Errorf("%s", o)
	}
	s.mustHaveNoChange(wants)
	s.mustLeaveNoUnit()
	// The two that were called for, and the one of the switch.
	if got := s.exec("journalctl --quiet --no-pager --output=cat --unit=ssh | grep -c '^Received SIGHUP; restarting'"); got != "3\n" {
		t.Errorf("sshd has begun anew %q times", got)
	}
}

// logind kills all that a session has begun, what has a session of its own too, and
// the switch is not in it. hk-apply is killed first, so that nobody comes back.
func TestTheSwitchOutlivesASessionThatLogindEnds(t *testing.T) {
	t.Parallel()
	s := systemdSite(t)
	s.exec("mkdir /etc/systemd/logind.conf.d; printf '[Login]\nKillUserProcesses=yes\n' >/etc/systemd/logind.conf.d/a.conf; systemctl restart systemd-logind")
	before := s.exec("cat " + labSSHD)
	wants := sshdWith("MaxAuthTries 4\n" + before)
	wants["files"].(object)["/srv/slow"] = object{"mode": "0755", "content": "#!/bin/sh\nsetsid sleep 600\n"}
	wants["triggers"].(object)["slow"] = object{
		"run": []string{"/srv/slow"}, "on": []string{"file:/srv/slow"}, "depends_on": []string{"trigger:reload-ssh"},
	}
	p := s.plan(wants)
	run(t, invocation{stdin: p.raw, dir: s.base, env: s.env, during: func(hk *os.Process) {
		s.exec(`tries=0
until pgrep -f '^sleep 600' >/dev/null; do
	tries=$((tries + 1)); [ "$tries" -lt 600 ]; sleep 0.1
done`)
		if err := hk.Kill(); err != nil {
			t.Error(err)
		}
		s.exec("loginctl terminate-user deploy")
		s.exec(`tries=0
while pgrep -f '^sleep 600' >/dev/null; do
	tries=$((tries + 1)); [ "$tries" -lt 600 ]; sleep 0.1
done`)
	}}, "hk-apply", "--confirm", "--rollback-after", "8s")
	other := s.plan(object{"directories": object{"/srv/other": object{}}})
	o, report := s.apply(other, "--wait", "1m")
	if o.exit != 0 || report.Status != doc.StatusApplied || !strings.Contains(o.stderr, "since no new login forbade it: "+labSSHD) {
		t.Errorf("%s", o)
	}
	if got := s.exec("cat " + labSSHD); got != before {
		t.Errorf("%q", got)
	}
	s.mustLeaveNoUnit()
}

// A switch that was killed leaves its unit failed until the next run removes what it
// left.
func TestTheUnitOfAKilledSwitchIsRemoved(t *testing.T) {
	t.Parallel()
	s := systemdSite(t)
	p := s.plan(object{"files": object{"/home/deploy/.ssh/rc": object{"content": "exec sleep 600\n"}}})
	run(t, invocation{stdin: p.raw, dir: s.base, env: s.env, during: func(hk *os.Process) {
		s.exec(`tries=0
until [ -e /run/hostkit/switch/armed ] && [ -e /home/deploy/.ssh/rc ]; do
	tries=$((tries + 1)); [ "$tries" -lt 600 ]; sleep 0.1
done`)
		// While it lives it would begin the switch again.
		if err := hk.Kill(); err != nil {
			t.Error(err)
		}
		s.exec(`systemctl kill --signal=KILL 'hostkit-switch-*'
# That returns before systemd has seen the end of what it killed.
tries=0
until systemctl --quiet is-failed 'hostkit-switch-*'; do
	tries=$((tries + 1)); [ "$tries" -lt 600 ]; sleep 0.1
done`)
	}}, "hk-apply", "--confirm")
	if got := s.exec("systemctl list-units --failed --no-legend --plain"); !strings.HasPrefix(got, "hostkit-switch-") {
		t.Errorf("%q", got)
	}
	s.exec("rm /home/deploy/.ssh/rc")
	o, report := s.apply(s.plan(object{"directories": object{"/srv/other": object{}}}), "--wait", "1m")
	if o.exit != 0 || report.Status != doc.StatusApplied || !strings.Contains(o.stderr, "was ended before it could fire") {
		t.Errorf("%s", o)
	}
	s.mustLeaveNoUnit()
}

// A unit whose file the plan writes: systemd reads it again, and says what is wrong.
func TestSystemdRestartsAUnitOfThePlan(t *testing.T) {
	t.Parallel()
	s := systemdSite(t)
	const path = "/etc/systemd/system/mine.service"
	unit := func(lines, name string) object {
		return object{
			"files":    object{path: object{"content": "[Service]\n" + lines + "\n"}},
			"triggers": object{"mine": object{"restart": name, "on": []string{"file:" + path}}},
		}
	}
	runs := func() string {
		return strings.TrimSpace(s.exec("tr '\\0' ' ' </proc/$(systemctl show --property=MainPID --value mine)/cmdline"))
	}
	const broken = "Type=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sh -c 'echo it is broken >&2; exit 7'"

	// It is new, and nobody has started it.
	report := s.applied(s.plan(unit("ExecStart=/bin/sleep 1001", "mine")))
	if got := report.Changes[1].Message; got != "mine does not run (inactive), so there was nothing to restart" {
		t.Errorf("%q", got)
	}
	s.exec("systemctl start mine")
	s.applied(s.plan(unit("ExecStart=/bin/sleep 1002", "mine")))
	if got := runs(); got != "/bin/sleep 1002" {
		t.Errorf("%q", got)
	}

	// What fails is told with its status, and begun again when it is mended.
	for _, c := range []struct{ lines, says, status string }{
		{broken, "it can't restart mine: Job for mine.service failed because ", "it is broken"},
		{"ExecStart=/no/such/program", "it can't restart mine: it failed as soon as it was begun", "Active: failed"},
		{"ExecStart=/bin/sleep 1\nExecStart=/bin/sleep 2", "it can't restart mine: Failed to try-restart mine.service: Unit mine.service has a bad unit file setting.", "Loaded: bad-setting"},
	} {
		o, report := s.apply(s.plan(unit(c.lines, "mine")))
		if o.exit != 1 || !strings.Contains(report.Error.Message, c.says) || !strings.Contains(o.stderr, c.status) ||
			!strings.Contains(report.Error.Message, "trigger:mine stays called for") {
			t.Errorf("%s", o)
		}
		s.applied(s.plan(unit("ExecStart=/bin/sleep 1003", "mine")))
		if got := runs(); got != "/bin/sleep 1003" {
			t.Errorf("after %q it runs %q", c.lines, got)
		}
	}

	s.mustFail(s.plan(unit("ExecStart=/bin/sleep 1004", "unknown")), []string{"file:" + path + " done", "trigger:mine failed"},
		"the host has no service unknown")
	s.exec("cp " + path + " /lib/systemd/system/other.service; systemctl daemon-reload; systemctl start other; systemctl mask other")
	s.mustFail(s.plan(unit("ExecStart=/bin/sleep 1005", "other")), []string{"file:" + path + " done", "trigger:mine failed"},
		"it can't restart other: the unit is masked")
	if got := strings.Fields(s.exec("systemctl list-units --failed --no-legend --plain")); slices.Contains(got, "mine.service") {
		t.Errorf("failed: %q", got)
	}
}
