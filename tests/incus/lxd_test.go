package incus_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hostkit/tests/lxd"
)

// One day with a real LXD: nothing, an instance of somebody else, ours, the same again,
// after a stop, and nothing.
func TestLXD(t *testing.T) {
	t.Parallel()
	before := interfaces(t)
	d := lxd.Run(t)
	s := newSession(t, d.Command, "INCUS=lxc", "HOSTKIT_INCUS_IMAGE="+lxd.Image)
	s.keep("id_ed25519")
	s.wants("ip of none", s.vm("ip"), `…error: hostkit-test: there is no such instance
incus_integration_vm: hint: scripts/incus_integration_vm.sh ensure
[exit status 1]`)
	s.wants("init", s.vm("init"), "…incus_integration_vm: gave lxc storage and a network")
	s.wants("init", s.vm("init"), "incus_integration_vm: lxc has storage already")
	if err := d.Uplink(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.wants("its bridge", s.run("ip", "-o", "link", "show", "lxdbr0"), "…: lxdbr0: …")
	if after := interfaces(t); after != before {
		t.Errorf("this machine has the network interfaces %s, and had %s", after, before)
	}

	s.replay("lxc", "made.txt")
	s.wants("its address", s.run("lxc", "exec", "somebodys", "--", "sh", "-c",
		`for i in $(seq 300); do ip -4 -o address show eth0 | grep -q "inet 10" && exit; sleep 0.1; done; exit 1`), "")
	theirs := *s
	theirs.env = append(theirs.env, "HOSTKIT_INCUS_INSTANCE=somebodys")
	for _, command := range []string{"ensure", "create", "ip", "ssh-config", "destroy"} {
		s.wants(command+" of somebody's", theirs.vm(command), `…error: somebodys: an instance of this name is here that this script did not make
incus_integration_vm: hint: take another name: HOSTKIT_INCUS_INSTANCE=hostkit-test-2
[exit status 1]`)
	}
	s.wants("status of somebody's", theirs.vm("status"), "somebodys: running, not ours, 10.…, ssh does not answer\n[exit status 1]")
	s.replay("lxc", "deleted.txt")

	s.wants("status of none", s.vm("status"), "hostkit-test: absent\n[exit status 1]")
	s.wants("ensure", s.vm("ensure"), `incus_integration_vm: lxc has storage already
incus_integration_vm: making hostkit-test from lab/debian
…incus_integration_vm: letting root log in with `+s.home+`/.ssh/id_ed25519.pub
instance: installing an SSH server
incus_integration_vm: hostkit-test is ready at 10.…`)
	s.reachable()
	s.again()
	s.gone()
}

// interfaces are those of this machine's network, which LXD's bridge is none of.
func interfaces(t *testing.T) string {
	t.Helper()
	all, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, i := range all {
		names = append(names, i.Name)
	}
	return strings.Join(names, " ")
}

// reachable logs in by key, and in no other way.
func (s *session) reachable() {
	s.t.Helper()
	address := s.vm("ip")
	s.wants("ip", address, "10.…")
	s.wants("status", s.vm("status"), "hostkit-test: running, ours, "+address+", ssh answers")
	config := s.vm("ssh-config")
	s.wants("ssh-config", config, `Host hostkit-test
  HostName `+address+`
  User root
  IdentityFile "`+s.home+`/.ssh/id_ed25519"
  IdentitiesOnly yes
  HostKeyAlias hostkit-test
  UserKnownHostsFile "`+s.home+`/.ssh/known_hosts.hostkit-test"
  StrictHostKeyChecking yes`)
	file := filepath.Join(s.home, ".ssh", "config")
	if err := os.WriteFile(file, []byte(config+"\n"), 0o600); err != nil {
		s.t.Fatal(err)
	}
	s.wants("ssh", s.run("ssh", "-F", file, "hostkit-test", "hostname; id -un"), "hostkit-test\nroot")
	s.wants("ssh without a key", s.run("ssh", "-F", file, "-o", "PubkeyAuthentication=no", "-o", "NumberOfPasswordPrompts=0", "hostkit-test", "true"),
		"root@"+address+": Permission denied (publickey).\n[exit status 255]")
}

// again makes sure that what is there stays, and comes back after a stop.
func (s *session) again() {
	s.t.Helper()
	file := filepath.Join(s.home, ".ssh", "config")
	look := "cat /root/.ssh/authorized_keys /proc/sys/kernel/random/boot_id; stat -c %i/%Y /etc/ssh/ssh_host_* /etc/ssh/sshd_config.d/*; systemctl show -p MainPID ssh"
	before := s.run("ssh", "-F", file, "hostkit-test", look)
	s.wants("ensure again", s.vm("ensure"), `incus_integration_vm: lxc has storage already
incus_integration_vm: hostkit-test is running already
incus_integration_vm: letting root log in with `+s.home+`/.ssh/id_ed25519.pub
incus_integration_vm: hostkit-test is ready at 10.…`)
	if after := s.run("ssh", "-F", file, "hostkit-test", look); after != before {
		s.t.Errorf("the second ensure has changed\n%s\nto\n%s", before, after)
	}
	s.wants("stop", s.run("lxc", "stop", "--force", "hostkit-test"), "")
	s.wants("status of a stopped one", s.vm("status"), "hostkit-test: stopped, ours, no address\n[exit status 1]")
	s.wants("ip of a stopped one", s.vm("ip"), `…error: hostkit-test: has no address, it is STOPPED
incus_integration_vm: hint: scripts/incus_integration_vm.sh ensure
[exit status 1]`)
	s.wants("create of a stopped one", s.vm("create"), "incus_integration_vm: starting hostkit-test\n…\nincus_integration_vm: hostkit-test is ready at 10.…")
	s.wants("ssh after the stop", s.run("ssh", "-F", file, "hostkit-test", "id -un"), "root")
}

// gone deletes it, twice.
func (s *session) gone() {
	s.t.Helper()
	s.wants("destroy", s.vm("destroy"), "incus_integration_vm: deleted hostkit-test")
	s.wants("destroy again", s.vm("destroy"), "incus_integration_vm: hostkit-test is absent already")
	s.wants("instances", s.run("lxc", "list", "--format", "csv"), "")
	left := s.run("ls", filepath.Join(s.home, ".ssh"))
	if strings.Contains(left, "known_hosts") {
		s.t.Errorf("left behind: %s", left)
	}
}
