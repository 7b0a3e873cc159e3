package resource

import (
	"slices"
	"strings"

	"hostkit/pkg/doc"
)

// Guarded is a kind whose changes can cut off the way to the host: a wrong line in
// sshd's settings, a sudoers file that takes the right of whoever applies. Before
// such a change hk-apply arms a dead-man switch on the host.
type Guarded interface {
	Kind
	// Touches returns the paths that the steps for c make, change or remove, each
	// as the folder that it is really in and its name. A path has all that the
	// switch needs: what is at it is kept before and put back whole.
	Touches(c doc.Change) ([]string, error)
}

// Branch is something that the way to a host stands on.
type Branch struct {
	// Path is a file, or a folder with all that is in it. A "*" at its end stands
	// for the rest of the name.
	Path string
	// Why is for people: "sshd's settings".
	Why string
}

// branches are what every host may stand on, whatever else it runs. What only some
// daemon's settings name (an AuthorizedKeysFile elsewhere, a PAM module's own file)
// is not known here.
var branches = []Branch{
	{"/etc/ssh", "sshd's settings and keys"},
	{"/etc/dropbear", "dropbear's keys"},
	{"/etc/sudoers", "the rights of sudo"},
	{"/etc/sudoers.d", "the rights of sudo"},
	{"/etc/sudo.conf", "the plugins of sudo"},
	{"/etc/doas.conf", "the rights of doas"},
	{"/etc/pam.conf", "who may log in"},
	{"/etc/pam.d", "who may log in"},
	{"/etc/security", "who may log in"},
	{"/etc/nologin", "who may log in"},
	{"/etc/shells", "who may log in"},
	{"/etc/login.defs", "who may log in"},
	{"/etc/passwd", "the accounts"},
	{"/etc/shadow", "the accounts"},
	{"/etc/group", "the accounts"},
	{"/etc/gshadow", "the accounts"},
	{"/etc/nsswitch.conf", "where accounts are looked up"},
	{"/etc/sssd", "where accounts are looked up"},
	{"/etc/ldap*", "where accounts are looked up"},
	{"/etc/krb5*", "where accounts are looked up"},
	{"/etc/profile", "the login shell's start"},
	{"/etc/profile.d", "the login shell's start"},
	{"/etc/bash.bashrc", "the login shell's start"},
	{"/etc/bashrc", "the login shell's start"},
	{"/etc/environment", "the login shell's start"},
	{"/etc/ld.so*", "how every program starts"},
	{"/etc/network", "the network"},
	{"/etc/netplan", "the network"},
	{"/etc/systemd/network", "the network"},
	{"/etc/systemd/networkd.conf*", "the network"},
	{"/etc/systemd/system/ssh*", "sshd's unit"},
	{"/etc/NetworkManager", "the network"},
	{"/etc/sysconfig/network*", "the network"},
	{"/etc/sysctl.conf", "the network"},
	{"/etc/sysctl.d", "the network"},
	{"/etc/default/ssh", "sshd's settings"},
	{"/etc/sysconfig/sshd", "sshd's settings"},
	{"/etc/nftables*", "the firewall"},
	{"/etc/iptables*", "the firewall"},
	{"/etc/sysconfig/iptables*", "the firewall"},
	{"/etc/sysconfig/ip6tables*", "the firewall"},
	{"/etc/sysconfig/nftables*", "the firewall"},
	{"/etc/firewalld", "the firewall"},
	{"/etc/ufw", "the firewall"},
	{"/etc/fail2ban", "the firewall"},
	{"/etc/hosts.allow", "who may connect"},
	{"/etc/hosts.deny", "who may connect"},
	// sshd and sudo look names up with some settings, and a login then waits until
	// the client gives up.
	{"/etc/resolv.conf", "the names that a login looks up"},
}

// Branches returns what every host may stand on, and what this login does: homes
// are the home folders of whoever logs in and whom he becomes. sshd looks at the
// mode and the owner of a home and of what it is in (StrictModes).
func Branches(homes []string) []Branch {
	all := slices.Clone(branches)
	for _, home := range homes {
		if message, _ := checkPath(home); message == "" {
			all = append(all, Branch{home + "/.ssh", "the keys of the login"})
		}
	}
	return all
}

// GuardedBy returns why a change at p can cut off the way in, and whether it can:
// p is a branch, is in one, or one is in it.
func GuardedBy(all []Branch, p string) (why string, guarded bool) {
	for _, b := range all {
		if b.holds(p) || below(strings.TrimSuffix(b.Path, "*"), p) {
			return b.Why, true
		}
	}
	return "", false
}

func (b Branch) holds(p string) bool {
	if stem, open := strings.CutSuffix(b.Path, "*"); open {
		return strings.HasPrefix(p, stem)
	}
	return below(p, b.Path)
}

// touches is what a kind of paths answers for Touches.
func touches(change doc.Change) ([]string, error) {
	c, err := readPlace(change)
	if err != nil {
		return nil, err
	}
	return []string{c.place()}, nil
}

func (directories) Touches(c doc.Change) ([]string, error) { return touches(c) }
func (files) Touches(c doc.Change) ([]string, error)       { return touches(c) }
func (symlinks) Touches(c doc.Change) ([]string, error)    { return touches(c) }

// Uprooter is a kind whose changes can take away a program that a login needs, which
// no switch puts back.
type Uprooter interface {
	Kind
	// Removes is the package that c removes; empty where it removes none.
	Removes(c doc.Change) (string, error)
}

// loginPackages are those that have the programs of a login, as distributions call
// them, by what the server says of itself and how the user becomes another.
var loginPackages = map[string][]string{
	"OpenSSH":  {"openssh-server", "openssh"},
	"dropbear": {"dropbear", "dropbear-bin"},
	"sudo":     {"sudo", "sudo-ldap", "sudo-rs"},
	"doas":     {"doas", "opendoas"},
}

// NeededBy returns which of the programs a login needs that go with a package; empty
// where none does. server is the SSH server's version line, become "sudo", "doas" or
// empty.
func NeededBy(server, become, name string) string {
	for program, packages := range loginPackages {
		if slices.Contains(packages, name) && (program == become || strings.Contains(server, program)) {
			return program
		}
	}
	return ""
}

func (packages) Removes(c doc.Change) (string, error) {
	before, err := readAttributes[packageState](c.Before)
	if err != nil || c.Action != doc.Delete {
		return "", err
	}
	return before.Package, nil
}
