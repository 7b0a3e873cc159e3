package lab_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hostkit/tests/lab"
)

// cgroupsOf are the folders of this machine's cgroups that have the name of a host's
// folder.
func cgroupsOf(t *testing.T, dir string) []string {
	t.Helper()
	var found []string
	for _, pattern := range []string{"/sys/fs/cgroup/", "/sys/fs/cgroup/*/"} {
		names, err := filepath.Glob(pattern + "*" + filepath.Base(dir))
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, names...)
	}
	return found
}

// systemd is PID 1, sshd its unit, a login a session of logind; a power cut and a
// boot later too, and nothing is left of it.
func TestSystemd(t *testing.T) {
	lab.Require(t)
	h, err := lab.Start(t.Context(), lab.Options{
		Systemd: true, NoIndex: true, Users: []lab.User{{Name: "ben", Sudo: lab.SudoNoPassword}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = h.Stop() }()
	for range 2 {
		got := ssh(t, h, "ben", `cat /proc/1/comm
systemctl is-system-running
systemctl show --property=MainPID,ActiveState ssh | grep -c '=[1-9a]'
sed -n 's/^0:://p' /proc/self/cgroup | tr -d '0-9'
loginctl show-user --property=State --value ben
sudo systemctl --failed --no-legend`)
		if want := "systemd\nrunning\n2\n/user.slice/user-.slice/session-.scope\nactive"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if got := cgroupsOf(t, h.Dir); len(got) != 1 {
			t.Errorf("its cgroups are %q", got)
		}
		if err := h.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got := mountsWith(t, h.Dir); got != "" {
		t.Errorf("mounts of a running host are seen outside it:\n%s", got)
	}
	namespace, err := os.Readlink(strings.TrimSuffix(h.Root(), "root/") + "ns/pid")
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Stop(); err != nil {
		t.Fatal(err)
	}
	if got := append(namespaceProcesses(t, namespace), cgroupsOf(t, h.Dir)...); len(got) != 0 {
		t.Errorf("left behind: %q", got)
	}
}
