package e2e

import (
	"strings"
	"testing"

	"hostkit/pkg/doc"
	"hostkit/tests/lab"
)

// labSSHD is where a lab host has its sshd's settings.
const labSSHD = "/etc/ssh/sshd_config.d/10-lab.conf"

// sshdWith is what changes these settings and has sshd take them up.
func sshdWith(content string) object {
	return object{
		"files":    object{labSSHD: object{"content": content}},
		"triggers": object{"reload-ssh": object{"reload": "ssh", "on": []string{"file:" + labSSHD}}},
	}
}

// Settings of sshd that are right in themselves and lock everybody out: the login
// that is tried when sshd has taken them up is refused or finds nobody, and the
// switch puts them back for real.
func TestAnSSHDThatLocksEverybodyOutIsRolledBack(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(lines string) string
		says   string
	}{
		"nobody may": {
			func(lines string) string { return "AllowUsers nobody\n" + lines },
			`a new login fails: login as "root" on `,
		},
		"no method": {
			func(lines string) string {
				return "PubkeyAuthentication no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nGSSAPIAuthentication yes\n" + lines
			},
			"a new login fails: login as ",
		},
		"another port": {
			func(lines string) string { return strings.Replace(lines, "Port ", "Port 2\n#", 1) },
			"a new login fails: connect to ",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, lab.Options{NoIndex: true})
			before := s.exec("cat " + labSSHD)
			o, report := s.apply(s.plan(sshdWith(c.change(before))), "--rollback-after", "10s")
			if o.exit != 1 || report.Status != doc.StatusRolledBack || !strings.Contains(report.Error.Message, c.says) ||
				report.Changes[0].Status != doc.ChangeRolledBack || report.Changes[1].Status != doc.ChangeDone {
				t.Errorf("%s", o)
			}
			// The way in works again.
			if p := s.plan(sshdWith(before)); len(p.Changes) != 0 {
				t.Errorf("%s", p.raw)
			}
			s.mustLeaveNoSwitch()
		})
	}
}

// Settings that let the login in stay.
func TestSSHDSettingsThatLetTheLoginInStay(t *testing.T) {
	t.Parallel()
	s := guardedSite(t)
	wants := sshdWith("MaxAuthTries 4\n" + s.exec("cat "+labSSHD))
	o, report := s.apply(s.plan(wants))
	if o.exit != 0 || report.Status != doc.StatusApplied || !report.Verified || !strings.Contains(o.stderr, "disarmed: a new login works") {
		t.Errorf("%s", o)
	}
	s.mustHaveNoChange(wants)
	s.mustLeaveNoSwitch()
}

// What else failed is why the settings were put back, though nobody has tried a login
// with them: the hint is about that, and what is done is counted once, as it is by then.
func TestARollbackForAnotherFailureSaysWhatToMend(t *testing.T) {
	t.Parallel()
	s := newSite(t, lab.Options{NoIndex: true})
	wants := sshdWith("MaxAuthTries 4\n" + s.exec("cat "+labSSHD))
	wants["triggers"].(object)["a"] = object{"run": []string{"/root/there"}, "on": []string{"file:/etc/motd"}}
	wants["files"].(object)["/etc/motd"] = object{"content": "welcome\n"}
	p := s.plan(wants)
	o, report := s.apply(p)
	const says = "server: the run ended before trigger:reload-ssh, without which no login proves anything; " +
		"the dead-man switch has put back " + labSSHD + "; before that, trigger:a: exit status 127: "
	if report.Status != doc.StatusRolledBack || !strings.Contains(o.stderr, says) || strings.Count(o.stderr, "changes are done") != 1 ||
		!strings.HasSuffix(report.Error.Message, "; 1 of 4 changes are done; trigger:a and 1 more stay called for") ||
		!strings.HasPrefix(report.Error.Hint, "it stays called for: mend the cause, then apply the same plan again") {
		t.Errorf("%s", o)
	}
	s.exec("ln -s /bin/true /root/there")
	s.applied(p)
	s.mustHaveNoChange(wants)
}

// The act cuts the very session that does it, as a network does that goes down: the
// switch fires by itself, and hk-apply comes back to read what it did.
func TestASessionCutByItsOwnStepIsRolledBack(t *testing.T) {
	t.Parallel()
	// It cuts the sessions that are there: hk-apply's, and when the switch has put the
	// file back and does the act again, the one that waits for the switch, if it is
	// there already.
	const cut = "#!/bin/sh\nset --\nfor p in /proc/[0-9]*; do\n" +
		"\t! grep -q 'sshd: root@' $p/cmdline || set -- \"$@\" \"${p#/proc/}\"\ndone\n[ $# = 0 ] || kill -9 \"$@\"\n"
	s := newSite(t, lab.Options{NoIndex: true})
	wants := object{
		"files": object{
			"/etc/hosts.deny": object{"content": "# nobody\n"},
			"/root/cut":       object{"mode": "0755", "content": cut},
		},
		"triggers": object{"network": object{"run": []string{"/root/cut"}, "on": []string{"file:/etc/hosts.deny"}, "depends_on": []string{"file:/root/cut"}}},
	}
	o, report := s.apply(s.plan(wants), "--rollback-after", "5s")
	if o.exit != 1 || report.Status != doc.StatusRolledBack || !strings.Contains(report.Error.Message, "the run was cut off: ") ||
		!strings.Contains(report.Error.Message, "put back /etc/hosts.deny; 1 of 3 changes are done") {
		t.Errorf("%s", o)
	}
	if s.exec("cat /etc/hosts.deny") == "# nobody\n" {
		t.Error("/etc/hosts.deny is not put back")
	}
	s.mustLeaveNoSwitch()
}
