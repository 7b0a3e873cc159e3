package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hostkit/pkg/doc"
	"hostkit/tests/lab"
)

// A user who may not is told so, by the step or by sudo, at once and with nothing
// changed: nothing asks for a password that nobody can type.
func TestWhoMayNotIsToldSo(t *testing.T) {
	t.Parallel()
	host := newSite(t, lab.Options{NoIndex: true, Users: []lab.User{
		{Name: "ann"}, {Name: "ben", Password: "ben's own", Sudo: lab.SudoWithPassword},
	}})
	host.exec("chmod 700 /root")
	before := host.snapshot()
	as := func(user string, sudo bool) *site {
		return host.with(func(s *site) { s.reach["user"], s.reach["sudo"] = user, sudo })
	}
	ann := as("ann", false)
	ann.mustFail(ann.plan(folder), []string{"directory:/srv/d failed"}, "/srv/d: permission denied")
	// Planned by root and applied without: the same facts would be gathered again, and
	// again in vain.
	o, _ := ann.apply(host.plan(object{"files": object{"/root/f": object{"content": "f\n"}}}), "--user", "ann")
	if o.exit != 5 || !strings.Contains(o.stderr, "file:/root/f (/root/f can't be looked at: permission denied)") || !strings.Contains(o.stderr, "hint: log in as root, or set sudo") {
		t.Errorf("%s", o)
	}
	for _, user := range []string{"ann", "ben"} {
		s := as(user, true)
		o := s.run(s.document(folder), "hk-facts")
		if o.exit != 4 || !strings.Contains(o.stderr, "sudo") || o.took > 20*time.Second {
			t.Errorf("%s", o)
		}
	}
	host.mustBeUnchanged(before, "refused users")
}

// A host has keys of several types and known_hosts one of them: that one is asked
// for, by hk-facts and by hk-apply.
func TestTheKeyThatIsKnownIsAskedFor(t *testing.T) {
	t.Parallel()
	s := newSite(t, lab.Options{NoIndex: true, NoMachineID: true, HostKeys: []string{"ecdsa", "ed25519", "rsa"}})
	for _, key := range s.host.HostKeys() {
		var line string
		for l := range strings.Lines(s.host.KnownHostsLines()) {
			if strings.Contains(l, " "+key.Type+" ") {
				line = l
			}
		}
		s.writeLocal("known_hosts", []byte(line))
		one := s.with(func(s *site) { s.reach["ssh"].(object)["known_hosts"] = "known_hosts" })
		p := one.plan(object{"directories": object{"/srv/" + key.Type: object{}}})
		if got := p.Target.Identity.HostKey; got == nil || got.Fingerprint != key.Fingerprint || p.Target.Identity.MachineID != "" {
			t.Errorf("the plan is for %+v, wanted %s %s", p.Target.Identity, key.Type, key.Fingerprint)
		}
		one.applied(p)
	}
}

// This machine, when it is declared: the whole pipe without ssh.
func TestADeclaredLocalTargetNeedsNoSSH(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	s := &site{
		tb: t, base: t.TempDir(), reach: object{"connection": "local"},
		env: []string{"HOME=" + t.TempDir()},
	}
	wants := object{
		"directories": object{top + "/d": object{"mode": "0750"}},
		"files":       object{top + "/d/$(id) \n": object{"content": "text\n"}},
		"symlinks":    object{top + "/l": object{"to": "d"}},
	}
	p := s.plan(wants)
	if p.Target.Identity.HostKey != nil || len(p.Changes) != 3 {
		t.Errorf("%s", p.raw)
	}
	if report := s.applied(p); report.Status != doc.StatusApplied {
		t.Errorf("%+v", report)
	}
	if text, err := os.ReadFile(filepath.Join(top, "l", "$(id) \n")); err != nil || string(text) != "text\n" {
		t.Errorf("%q %v", text, err)
	}
	s.mustHaveNoChange(wants)
}
