package e2e

import (
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
