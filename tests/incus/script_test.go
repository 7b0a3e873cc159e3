package incus_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hostkit/tests/lab"
)

func TestUsage(t *testing.T) {
	t.Parallel()
	s := answering(t, "incus")
	usage := s.vm("--help")
	s.wants("--help", usage, "usage: incus_integration_vm.sh COMMAND\n…127 Incus is not there")
	s.wants("no command", s.vm(), usage+"\n[exit status 2]")
	s.wants("two commands", s.vm("ip", "status"), usage+"\nincus_integration_vm: error: 'status': one argument too many\n"+
		"incus_integration_vm: hint: what the commands mind stands in the environment\n[exit status 2]")
	s.wants("no such command", s.vm("delete"), usage+"\nincus_integration_vm: error: 'delete': no such command\n[exit status 2]")
	for env, want := range map[string]string{
		"HOSTKIT_INCUS_INSTANCE=--all":       "HOSTKIT_INCUS_INSTANCE: '--all' is no name of an instance\nincus_integration_vm: hint: letters, digits and hyphens, a letter first",
		"HOSTKIT_INCUS_IMAGE=--vm":           "HOSTKIT_INCUS_IMAGE: '--vm' is no name of an image",
		"HOSTKIT_INCUS_TYPE=machine":         "HOSTKIT_INCUS_TYPE: 'machine' is neither container nor vm",
		"HOSTKIT_INCUS_SUDO=maybe":           "HOSTKIT_INCUS_SUDO: 'maybe' is neither true nor false",
		"HOSTKIT_INCUS_WAIT=soon":            "HOSTKIT_INCUS_WAIT: 'soon' is no number of seconds from 1 to 9999",
		"HOSTKIT_SSH_PUBLIC_KEY=/none":       "HOSTKIT_SSH_PUBLIC_KEY: /none: can't be read",
		"HOSTKIT_SSH_PUBLIC_KEY=/etc/passwd": "HOSTKIT_SSH_PUBLIC_KEY: /etc/passwd: holds no public key\nincus_integration_vm: hint: name the file that ends in .pub",
		"HOME=":                              "HOME is not set",
	} {
		s.wants(env, s.with(env).vm("ensure"), "incus_integration_vm: error: "+want+"\n[exit status 2]")
	}
	private := s.with("HOSTKIT_SSH_PUBLIC_KEY=" + filepath.Join(s.home, ".ssh", "id_ed25519"))
	s.wants("a private key", private.vm("create"), "…id_ed25519: holds no public key\n…[exit status 2]")
	if err := os.RemoveAll(filepath.Join(s.home, ".ssh")); err != nil {
		t.Fatal(err)
	}
	s.wants("no key", s.vm("ensure"), "incus_integration_vm: error: no public key in "+s.home+
		"/.ssh\nincus_integration_vm: hint: make one with ssh-keygen -t ed25519, or set HOSTKIT_SSH_PUBLIC_KEY\n[exit status 2]")
	s.wants("what the client was called for", s.calls(), "")
}

func TestWithoutIncus(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"init", "ensure", "create", "ip", "ssh-config", "status", "destroy"} {
		s := answering(t)
		s.wants(command, s.vm(command), "incus_integration_vm: error: incus: not found\n"+
			"incus_integration_vm: hint: scripts/incus_integration_vm.sh install, or https://…\n[exit status 127]")
	}
	s := answering(t, "lxc")
	s.wants("with LXD", s.vm("status"), "…hint: LXD is here: INCUS=lxc; or …\n[exit status 127]")
	s = answering(t)
	s.wants("install", s.vm("install"), "incus_integration_vm: error: install: only apt-get is known here\n…hint: https://…\n[exit status 1]")
}

func TestDaemonDoesNotAnswer(t *testing.T) {
	t.Parallel()
	s := answering(t, "incus")
	s.put("down", "")
	s.wants("init", s.vm("init"), "Error: …\nincus_integration_vm: error: incus: its daemon does not answer\n…systemctl start incus…\n[exit status 1]")
	for _, command := range []string{"create", "ip", "status", "destroy"} {
		s.wants(command, s.vm(command), "Error: …\nincus_integration_vm: error: incus: does not answer\n…HOSTKIT_INCUS_SUDO=true…\n[exit status 1]")
	}
}

// A VM is asked for as one, through sudo where that is wanted, and given up where its
// agent does not come.
func TestVM(t *testing.T) {
	t.Parallel()
	s := answering(t, "incus", "sudo").with("HOSTKIT_INCUS_TYPE=vm")
	s.put("deaf", "")
	s.wants("ensure", s.vm("ensure"), `incus_integration_vm: gave incus storage and a network
incus_integration_vm: making hostkit-test from images:ubuntu/24.04
Creating hostkit-test
Starting hostkit-test
incus_integration_vm: error: hostkit-test: it runs commands: not within 1 seconds
incus_integration_vm: hint: look with: incus info hostkit-test --show-log; HOSTKIT_INCUS_WAIT waits longer
[exit status 1]`)
	calls, rest, _ := strings.Cut(s.calls(), "\nincus exec")
	s.wants("calls", calls, `incus admin waitready --timeout 1
incus storage list --format csv
incus admin init --minimal
incus list --format csv --columns s ^hostkit-test$
incus launch images:ubuntu/24.04 hostkit-test --config user.hostkit=integration --vm`)
	for line := range strings.Lines("incus exec" + rest) {
		s.wants("a call while it waits", strings.TrimSpace(line), "incus exec hostkit-test -- true")
	}
	s.with("HOSTKIT_INCUS_SUDO=true").vm("status")
	s.wants("calls", s.calls(), "sudo incus list …")
}

// ssh is set up with the key that was named, and waited for in vain where it does not
// answer.
func TestSSHDoesNotAnswer(t *testing.T) {
	t.Parallel()
	s := answering(t, "incus")
	s.keep("other")
	key := filepath.Join(s.home, ".ssh", "other.pub")
	s.put("6", "fd42::9 (eth0)\n")
	s.wants("create", s.with("HOSTKIT_SSH_PUBLIC_KEY="+key).vm("create"), "…letting root log in with "+key+`
incus_integration_vm: error: hostkit-test: ssh answers: not within 1 seconds
…
[exit status 1]`)
	public, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	s.wants("calls", s.calls(), "…incus exec hostkit-test -- sh -s -- "+strings.TrimSpace(string(public))+"…")
	s.wants("status", s.vm("status"), "hostkit-test: running, ours, 127.0.0.9, ssh does not answer\n[exit status 1]")
	// Docker inside has a bridge too, and some networks have no IPv4.
	s.put("4", "\"172.17.0.1 (docker0)\n10.1.2.3 (eth0)\"\n")
	s.wants("ip", s.vm("ip"), "10.1.2.3")
	s.put("4", "10.1.2.4 (enp5s0)\n")
	s.wants("ip of a VM", s.vm("ip"), "10.1.2.4")
	s.put("4", "\n")
	s.wants("ip without IPv4", s.vm("ip"), "fd42::9")
}

func TestImageIsNotThere(t *testing.T) {
	t.Parallel()
	s := answering(t, "lxc", "lxd").with("INCUS=lxc")
	s.wants("images: of LXD", s.vm("ensure"), `…Error: Failed getting remote image info: Image not found
incus_integration_vm: error: hostkit-test: could not be made from images:ubuntu/24.04
incus_integration_vm: hint: images: serves Incus only; LXD has HOSTKIT_INCUS_IMAGE=ubuntu:24.04
[exit status 1]`)
	s.wants("calls", s.calls(), "lxd waitready --timeout 1\n…lxd init --minimal\n…")
	s.wants("another image", s.with("HOSTKIT_INCUS_IMAGE=nowhere/none").vm("create"),
		"…\nincus_integration_vm: error: hostkit-test: could not be made from nowhere/none\n[exit status 1]")
}

// install installs what its distribution has, once.
func TestInstall(t *testing.T) {
	t.Parallel()
	h := lab.Run(t, lab.Options{WholeIndex: true})
	s := newSession(t, nil)
	for _, name := range []string{"incus_integration_vm.sh", "incus_client.sh"} {
		text, err := os.ReadFile(filepath.Join(filepath.Dir(s.script), name))
		if err != nil {
			t.Fatal(err)
		}
		if err := h.WriteFile("/root/"+name, text, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"…incus_integration_vm: installed lxd", "incus_integration_vm: lxc is here already"} {
		out, err := h.Command(t.Context(), "env", "INCUS=lxc", "/root/incus_integration_vm.sh", "install").CombinedOutput()
		if err != nil {
			t.Fatalf("install: %v: %s", err, out)
		}
		s.wants("install", strings.TrimSpace(string(out)), want)
	}
}
