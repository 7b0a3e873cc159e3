package lab

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
)

// Options says what a host is to be. The zero value is a host named "lab" with
// an ed25519 key, a machine-id, a package index, and root logging in by key.
type Options struct {
	// Hostname of the host. Empty means "lab".
	Hostname string
	// HostKeys are the types of its host keys: "ed25519", "ecdsa", "rsa" (which
	// takes a second to make). Empty means ed25519 alone.
	HostKeys []string
	// HostAuthority is the path of a private key on this machine that signs a
	// certificate for each host key, good for the host's name and address. Empty
	// means that the host has plain keys only.
	HostAuthority string
	// AuthorizedKeys are further authorized_keys lines for root; the key at
	// Host.Identity always is one.
	AuthorizedKeys []string
	// RootPassword, where set, lets root log in by password too.
	RootPassword string
	// Users are made beside root.
	Users []User
	// SSHD lines win over the lab's and Debian's sshd settings (of two, sshd
	// takes the first).
	SSHD []string
	// NoMachineID leaves /etc/machine-id out; otherwise it is MachineID, or a
	// fresh one where that is empty.
	NoMachineID bool
	MachineID   string
	// NoIndex leaves apt without package lists, as after debootstrap.
	NoIndex bool
	// WholeIndex has apt know all of Debian. Without it, it knows the packages of
	// HostKit's table and what they need, and takes a seventh of the time. An apt-get
	// update brings no more: apt takes what it has for what the mirror has.
	WholeIndex bool
	// Dnf makes the host one of Fedora to all who look: dnf 4 and rpm in place of
	// apt, and the repository "lab" (dnf.sh) of which it has no metadata yet.
	Dnf bool
	// Zypper makes it one of openSUSE Leap likewise: zypper and rpm, and the
	// repository "lab" (zypper.sh) of which it has no metadata yet.
	Zypper bool
	// Pacman makes it one of Arch likewise: pacman, and the repository "lab"
	// (pacman.sh) of which it has no database yet.
	Pacman bool
	// Systemd makes systemd PID 1, with logind, and sshd its ssh.service.
	Systemd bool
	// LXD makes it a host with systemd that has LXD, whose daemon is not started, and
	// an image for it in /srv/image (lxd.sh).
	LXD bool
	// Python adds Python and its binding of apt, for a second opinion by Ansible. It
	// can't be had together with another manager or systemd.
	Python bool
	// DiskSize puts everything the host writes on a tmpfs of this many bytes, for
	// tests of full disks. Zero means no limit. Such a host can't be restarted.
	DiskSize int64
	// Files are written before sshd starts, parents made as needed.
	Files []File
	// ReadOnly are absolute paths that are mounted read-only over themselves.
	ReadOnly []string
}

// User is a login account of a host. Host.Identity logs into it as well.
type User struct {
	Name string
	// Password may be empty: login by key only.
	Password string
	// Shell is an absolute path; empty means /bin/bash.
	Shell string
	// AuthorizedKeys are lines beside the one of Host.Identity.
	AuthorizedKeys []string
	Sudo           Sudo
	Doas           Doas
}

// Sudo says what a user may do through sudo.
type Sudo int

// What a user may do through sudo.
const (
	NoSudo           Sudo = iota
	SudoNoPassword        // anything, unasked
	SudoWithPassword      // anything, for the user's own password
)

// Doas says what a user may do through doas.
type Doas int

// What a user may do through doas.
const (
	NoDoas           Doas = iota
	DoasNoPassword        // anything, unasked
	DoasWithPassword      // anything, for the user's own password, typed at a terminal
)

// File is written into a host before it starts, owned by root.
type File struct {
	Path    string // absolute
	Content string
	Mode    fs.FileMode // zero means 0644
}

// index is the package index of such a host, one of a base's.
func (o Options) index() string {
	switch {
	case o.NoIndex:
		return ""
	case o.WholeIndex:
		return wholeIndex
	}
	return someIndex
}

var (
	hostnameRE = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$`)
	userRE     = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,30}$`)
)

func (o Options) withDefaults() (Options, error) {
	if o.Hostname == "" {
		o.Hostname = "lab"
	}
	o.Systemd = o.Systemd || o.LXD
	if len(o.HostKeys) == 0 {
		o.HostKeys = []string{"ed25519"}
	}
	var errs []error
	if !hostnameRE.MatchString(o.Hostname) {
		errs = append(errs, fmt.Errorf("host name %q", o.Hostname))
	}
	for _, u := range o.Users {
		if !userRE.MatchString(u.Name) {
			errs = append(errs, fmt.Errorf("user name %q", u.Name))
		}
	}
	for _, f := range o.Files {
		if !strings.HasPrefix(f.Path, "/") {
			errs = append(errs, fmt.Errorf("file path %q is not absolute", f.Path))
		}
	}
	for _, p := range o.ReadOnly {
		if !strings.HasPrefix(p, "/") {
			errs = append(errs, fmt.Errorf("read-only path %q is not absolute", p))
		}
	}
	if len(errs) > 0 {
		return o, fmt.Errorf("lab options: %w", errors.Join(errs...))
	}
	return o, nil
}
