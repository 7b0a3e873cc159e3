package e2e

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hostkit/pkg/doc"
	"hostkit/tests/lab"
)

// gathered is what the host is, with the groups named.
func (s *site) gathered(groups string) doc.Facts {
	s.Helper()
	d := decode[doc.HostDocument](s.tb, s.must(s.document(object{}), "hk-facts", "--groups", groups))
	return *d.Facts
}

// number is what a command on the host says, as a number.
func (s *site) number(script string) int64 {
	s.Helper()
	n, err := strconv.ParseInt(strings.TrimSpace(s.exec(script)), 10, 64)
	if err != nil {
		s.Fatalf("%s: %v", script, err)
	}
	return n
}

// The groups say what the host's own tools say, and leave no trace of the asking.
func TestGroupsSayWhatTheHostsToolsSay(t *testing.T) {
	t.Parallel()
	s := newSite(t, lab.Options{NoIndex: true, Users: []lab.User{{Name: "deploy"}}})
	before := s.snapshot()
	f := s.gathered("all")
	s.mustBeUntouched(before, "hk-facts --groups all")
	if want := s.number("getconf _NPROCESSORS_ONLN"); int64(f.CPU.LogicalCores) != want {
		t.Errorf("%d processors, getconf has %d", f.CPU.LogicalCores, want)
	}
	if want := s.number("getconf _PHYS_PAGES") * s.number("getconf PAGESIZE"); f.Memory.TotalBytes != want {
		t.Errorf("%d bytes of memory, getconf has %d", f.Memory.TotalBytes, want)
	}
	if want := s.number("df -P -B1 / | { read -r head; read -r device size rest; echo $size; }"); f.Disks.FileSystems["/"].SizeBytes != want {
		t.Errorf("/ has %d bytes, df says %d", f.Disks.FileSystems["/"].SizeBytes, want)
	}
	if f.Systemd.State != doc.Absent {
		t.Errorf("systemd is %+v", f.Systemd)
	}
	s.sameAccounts(f)
	s.sameListeners(f)
}

func (s *site) sameAccounts(f doc.Facts) {
	s.Helper()
	var lines strings.Builder
	for entry := range strings.Lines(s.exec("getent passwd")) {
		name, _, _ := strings.Cut(entry, ":")
		a := f.Users.Accounts[name]
		fmt.Fprintf(&lines, "%s:x:%d:%d:%s:%s:%s\n", name, a.UID, a.GID, a.Gecos, a.Home, a.Shell)
	}
	if diff := cmp.Diff(s.exec("getent passwd"), lines.String()); diff != "" {
		s.Errorf("the accounts differ from getent's (-getent +facts):\n%s", diff)
	}
	if _, ok := f.Users.Accounts["deploy"]; !ok {
		s.Errorf("no account deploy among %d", len(f.Users.Accounts))
	}
}

// sameListeners compares with ss. Lab hosts share the machine's ports, so others
// may have come and gone; the host's own sshd is there.
func (s *site) sameListeners(f doc.Facts) {
	s.Helper()
	if !strings.Contains(s.exec("ss -Hltn"), fmt.Sprintf("%s:%d ", s.host.IP, s.host.Port)) {
		s.Fatalf("ss does not know the host's sshd")
	}
	want := doc.Listener{Protocol: "tcp", Address: s.host.IP, Port: s.host.Port}
	for _, l := range f.Now.Ports {
		if l.Listener == want {
			if len(l.Processes) == 0 || l.Processes[0].Name != "sshd" {
				s.Errorf("sshd's port is held by %+v", l.Processes)
			}
			return
		}
	}
	s.Errorf("%+v is not among %+v", want, f.Now.Ports)
}

// A host that stays as it is has the same facts; what changes stands apart.
func TestTheSameHostHasTheSameGroups(t *testing.T) {
	t.Parallel()
	s := newSite(t, lab.Options{NoIndex: true})
	var texts []string
	for range 2 {
		f := s.gathered("cpu,memory,disks,users,systemd")
		if f.Now.Load == nil || f.Now.Memory == nil || f.Now.Disks["/"].SizeBytes == 0 {
			t.Errorf("what changes is missing: %+v", f.Now)
		}
		f.Now = doc.Now{}
		raw, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(raw))
	}
	if diff := cmp.Diff(texts[0], texts[1]); diff != "" {
		t.Error(diff)
	}
}

// Without root the same is had, but for the processes of others.
func TestGroupsWithoutPrivilege(t *testing.T) {
	t.Parallel()
	s := newSite(t, lab.Options{NoIndex: true, Users: []lab.User{{Name: "deploy"}}})
	asRoot := s.gathered("cpu,memory,disks,users")
	user := s.with(func(s *site) { s.reach["user"] = "deploy" })
	f := user.gathered("all")
	if f.Ports.Error != nil || len(f.Now.Ports) == 0 || f.Systemd.Error != nil {
		t.Errorf("ports %+v, systemd %+v", f.Ports, f.Systemd)
	}
	for _, l := range f.Now.Ports {
		if l.Port == s.host.Port && l.Address == s.host.IP && len(l.Processes) > 0 {
			t.Errorf("deploy sees who holds root's port: %+v", l)
		}
	}
	if diff := cmp.Diff(asRoot.Disks, f.Disks); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(asRoot.Users, f.Users); diff != "" {
		t.Error(diff)
	}
}

// A group that fails is an error at its place: the host is well, and is planned.
func TestAGroupThatFailsIsNotTheHosts(t *testing.T) {
	t.Parallel()
	s := newSite(t, lab.Options{NoIndex: true})
	s.exec(`printf '#!/bin/sh\necho "no \033[2Jservice" >&2\nexit 3\n' >/usr/local/bin/getent; chmod 755 /usr/local/bin/getent`)
	raw := s.must(s.document(object{}), "hk-facts", "--groups", "users,memory")
	f := decode[doc.HostDocument](t, raw).Facts
	if f.Users.Error == nil || f.Users.Error.Code != "unavailable" || f.Users.Accounts != nil || f.Memory.Error != nil {
		t.Errorf("users %+v, memory %+v", f.Users, f.Memory)
	}
	s.must(raw, "hk-plan")
	shown := string(s.must(raw, "hk-show"))
	if !strings.Contains(strings.Join(strings.Fields(shown), " "), "exit status 3") || strings.Contains(shown, "\x1b") {
		t.Errorf("hk-show says %q", shown)
	}
}
