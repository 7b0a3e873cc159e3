package resource

import (
	"testing"

	"hostkit/pkg/doc"
)

func TestGuardedPaths(t *testing.T) {
	t.Parallel()
	all := Branches([]string{"/home/deploy", "/root", "relative", ""})
	for p, want := range map[string]string{
		"/etc/ssh/sshd_config":             "sshd's settings and keys",
		"/etc/ssh/sshd_config.d/10-x.conf": "sshd's settings and keys",
		"/etc/sudoers":                     "the rights of sudo",
		"/etc/sudoers.d/x":                 "the rights of sudo",
		"/etc/pam.d/sshd":                  "who may log in",
		"/etc/security/access.conf":        "who may log in",
		"/etc/nologin":                     "who may log in",
		"/etc/passwd":                      "the accounts",
		"/etc/nsswitch.conf":               "where accounts are looked up",
		"/etc/network/interfaces":          "the network",
		"/etc/netplan/01.yaml":             "the network",
		"/etc/systemd/network/a.network":   "the network",
		"/etc/NetworkManager/system-connections/a.nmconnection": "the network",
		"/etc/nftables.conf":                              "the firewall",
		"/etc/iptables/rules.v4":                          "the firewall",
		"/etc/hosts.deny":                                 "who may connect",
		"/etc/systemd/system/ssh.service.d/override.conf": "sshd's unit",
		"/home/deploy/.ssh":                               "the keys of the login",
		"/home/deploy/.ssh/authorized_keys":               "the keys of the login",
		"/root/.ssh/authorized_keys2":                     "the keys of the login",
		"/home/deploy":                                    "the keys of the login",
		"/home":                                           "the keys of the login",
		"/etc":                                            "sshd's settings and keys",
		"/etc/systemd":                                    "the network",
	} {
		if why, guarded := GuardedBy(all, p); !guarded || why != want {
			t.Errorf("%s: %q %t, want %q", p, why, guarded, want)
		}
	}
	for _, p := range []string{
		"/etc/motd", "/etc/sudoers2", "/etc/passwd-", "/etc/hosts", "/srv/etc/ssh", "/home/other", "/home/deploy2",
		"/home/deploy/notes", "/home/deploy/.sshx", "/etc/systemd/system/app.service", "/var", "/etc/net",
	} {
		if why, guarded := GuardedBy(all, p); guarded {
			t.Errorf("%s: guarded as %q", p, why)
		}
	}
}

// What is guarded is where it really is, whatever the path says.
func TestTouchesFollowsTheRealFolder(t *testing.T) {
	t.Parallel()
	for _, kind := range []Guarded{files{}, directories{}, symlinks{}} {
		got, err := kind.Touches(doc.Change{
			Address: doc.NewAddress(kind.Name(), "/srv/ssh/sshd_config"),
			Before:  doc.Attributes(`{"state":"absent","real_parent":"/etc/ssh"}`),
			After:   doc.Attributes(`{"state":"present"}`),
		})
		if err != nil || len(got) != 1 || got[0] != "/etc/ssh/sshd_config" {
			t.Errorf("%s: %q %v", kind.Name(), got, err)
		}
	}
}

func TestWhichToolVets(t *testing.T) {
	t.Parallel()
	for p, want := range map[string]string{
		"/etc/ssh/sshd_config": "sshd", "/etc/ssh/sshd_config.d/a.conf": "sshd", "/etc/ssh/ssh_host_rsa_key": "sshd",
		"/etc/ssh": "sshd", "/etc/ssh/ssh_config": "", "/etc/ssh/ssh_config.d/a.conf": "",
		"/etc/sudoers": "visudo", "/etc/sudoers.d/a": "visudo", "/etc/sudoers.d": "visudo", "/etc/motd": "",
	} {
		if got := vetOf(p); got != want {
			t.Errorf("%s: %q, want %q", p, got, want)
		}
	}
}

func TestNeededPackages(t *testing.T) {
	t.Parallel()
	const openssh, dropbear = "SSH-2.0-OpenSSH_9.2p1 Debian-2", "SSH-2.0-dropbear_2022.83"
	for _, c := range []struct{ server, become, name, want string }{
		{openssh, "", "openssh-server", "OpenSSH"},
		{openssh, "sudo", "sudo", "sudo"},
		{openssh, "doas", "opendoas", "doas"},
		{dropbear, "", "dropbear", "dropbear"},
		{dropbear, "", "openssh-server", ""},
		{openssh, "", "sudo", ""},
		{openssh, "doas", "sudo", ""},
		{openssh, "sudo", "openssh-client", ""},
		{"", "", "", ""},
	} {
		if got := NeededBy(c.server, c.become, c.name); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}
