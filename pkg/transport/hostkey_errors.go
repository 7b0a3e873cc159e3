package transport

import (
	"os"
	"strconv"
	"strings"

	"hostkit/pkg/doc"
	"hostkit/pkg/shell"
)

// UnknownHostKeyError says that no known_hosts file has the host.
type UnknownHostKeyError struct {
	// Address is the host as known_hosts writes it: "[db1.example]:2222".
	Address string
	// Key is what the server proved to own.
	Key doc.HostKey
	// Line is the known_hosts line that would trust it, without a newline.
	Line string
	// File is the known_hosts file to which it would be added.
	File string
	// NoFolder is the folder of File where it is not there, as on a new machine.
	NoFolder string
	// Unended says that the last line of File lacks its newline.
	Unended bool
	// Pinned says that the key is the plan's.
	Pinned bool
}

func (e *UnknownHostKeyError) Error() string {
	return "host key of " + e.Address + " is not known: it has " + keyText(e.Key) + ", and " + e.File + " has no entry"
}

// Code is the stable word for programs.
func (e *UnknownHostKeyError) Code() string { return "unknown_host_key" }

// Hint is the command that trusts this key and no other: a scan after the
// comparison could be answered with another one.
func (e *UnknownHostKeyError) Hint() string {
	trust := "run: echo " + shell.Quote(e.Line) + " >> " + shell.Quote(e.File)
	switch {
	case e.File == os.DevNull:
		trust = `set ssh.host_key in the config to "` + e.Key.Fingerprint + `", since ` + e.File + " keeps nothing"
	case e.Unended:
		// What echo appends would go on with the last line, and both be lost.
		trust = `run: printf '\n%s\n' ` + shell.Quote(e.Line) + " >> " + shell.Quote(e.File)
	case e.NoFolder != "":
		trust = strings.Replace(trust, "run: ", "run: mkdir -pm 700 "+shell.Quote(e.NoFolder)+" && ", 1)
	}
	hint := "compare the fingerprint with what `ssh-keygen -lf /etc/ssh/ssh_host_" + keyName(e.Key.Type) +
		"_key.pub` says on the host, then " + trust
	if e.Pinned {
		return hint + " (or take the plan's word for it with --trust-plan-host-key)"
	}
	return hint + " (or let hk-facts record it unseen with --silently-accept-hosts)"
}

// Exit is the exit status this failure asks for.
func (e *UnknownHostKeyError) Exit() int { return exitUnreachable }

// ChangedHostKeyError says that known_hosts has other keys for the host. It is
// never accepted: either the host is new under this name, or somebody is in
// between.
type ChangedHostKeyError struct {
	// Address is the host as known_hosts writes it.
	Address string
	// Known are the entries of known_hosts.
	Known []KnownKey
	// Presented is what the server proved to own; nil when it has no key of a
	// type that known_hosts has.
	Presented *doc.HostKey
	// Offered are the algorithms of such a server.
	Offered []string
}

// KnownKey is an entry of a known_hosts file.
type KnownKey struct {
	File string
	Line int
	Key  doc.HostKey
}

func (e *ChangedHostKeyError) Error() string {
	known := make([]string, len(e.Known))
	for i, k := range e.Known {
		known[i] = k.File + ":" + strconv.Itoa(k.Line) + " has " + keyText(k.Key)
	}
	s := "host key of " + e.Address + " has changed: " + strings.Join(known, ", ")
	if e.Presented != nil {
		return s + "; the server has " + keyText(*e.Presented)
	}
	return s + "; the server offers only " + printable(strings.Join(e.Offered, ", "))
}

// Code is the stable word for programs.
func (e *ChangedHostKeyError) Code() string { return "changed_host_key" }

// Hint says how to take the old key back, for whoever knows why it changed.
func (e *ChangedHostKeyError) Hint() string {
	hint := "somebody may be listening in; only if you know why the key changed, remove the old one"
	if len(e.Known) == 0 {
		return hint
	}
	return hint + ": ssh-keygen -R " + shell.Quote(e.Address) + " -f " + shell.Quote(e.Known[0].File)
}

// Exit is the exit status this failure asks for.
func (e *ChangedHostKeyError) Exit() int { return exitUnreachable }

// RevokedHostKeyError says that a @revoked line names the server's key, or the
// authority that signed it.
type RevokedHostKeyError struct {
	Address string
	Key     doc.HostKey
	// At is the line; its File is empty where only a certificate tells.
	At KnownKey
}

func (e *RevokedHostKeyError) Error() string {
	s := "host key of " + e.Address + " is revoked: the server has " + keyText(e.Key)
	if e.At.File != "" {
		s += ", which " + e.At.File + ":" + strconv.Itoa(e.At.Line) + " revokes"
	}
	return s
}

// Code is the stable word for programs.
func (e *RevokedHostKeyError) Code() string { return "revoked_host_key" }

// Hint says what to do.
func (e *RevokedHostKeyError) Hint() string {
	return "the key was declared stolen or retired: give the host a new one"
}

// Exit is the exit status this failure asks for.
func (e *RevokedHostKeyError) Exit() int { return exitUnreachable }

// HostCertificateError says that the server's certificate is not good: another
// authority's, expired, or made for another name.
type HostCertificateError struct {
	Address string
	Key     doc.HostKey
	Err     error
}

func (e *HostCertificateError) Error() string {
	return "host certificate of " + e.Address + " refused: " + plain(e.Err)
}

func (e *HostCertificateError) Unwrap() error { return e.Err }

// Code is the stable word for programs.
func (e *HostCertificateError) Code() string { return "host_certificate_refused" }

// Hint says what to look at.
func (e *HostCertificateError) Hint() string {
	return "look at it with `ssh-keygen -Lf` on the host, and at the @cert-authority lines of known_hosts"
}

// Exit is the exit status this failure asks for.
func (e *HostCertificateError) Exit() int { return exitUnreachable }

// PinnedHostKeyError says that the server is not the one the plan was made for:
// its key is another one than the plan's.
type PinnedHostKeyError struct {
	Address string
	// Want is the plan's key.
	Want doc.HostKey
	// Presented is what the server proved to own; nil when it has no key of that
	// type.
	Presented *doc.HostKey
	// Known is the *ChangedHostKeyError when known_hosts contradicts the server
	// too; nil otherwise.
	Known error
}

func (e *PinnedHostKeyError) Error() string {
	s := "host key of " + e.Address + " is not the plan's: the plan has " + keyText(e.Want)
	if e.Presented == nil {
		return s + "; the server has no key of that type"
	}
	s += "; the server has " + keyText(*e.Presented)
	if e.Known != nil {
		s += "; " + e.Known.Error()
	}
	return s
}

func (e *PinnedHostKeyError) Unwrap() error { return e.Known }

// Keys are the two sides, for a report.
func (e *PinnedHostKeyError) Keys() (planned doc.HostKey, found *doc.HostKey) {
	return e.Want, e.Presented
}

// Code is the stable word for programs.
func (e *PinnedHostKeyError) Code() string { return "stale_host_key" }

// Hint says what to do.
func (e *PinnedHostKeyError) Hint() string {
	return "the host was set up anew, or this is another host: gather facts and plan again"
}

// Exit is 5: the host is not what the plan was made from.
func (e *PinnedHostKeyError) Exit() int { return exitStale }

// ConfiguredHostKeyError says that the server's key is not the one that the config
// gives for it (ssh.host_key). It is never accepted.
type ConfiguredHostKeyError struct {
	// Address is the host as known_hosts writes it.
	Address string
	// Want is the config's.
	Want doc.Fingerprint
	// Presented is what the server proved to own; nil when it has no key of the
	// type that is wanted.
	Presented *doc.HostKey
	// Offered are the algorithms of such a server.
	Offered []string
}

func (e *ConfiguredHostKeyError) Error() string {
	s := "host key of " + e.Address + " is not the configured one: ssh.host_key is " + string(e.Want)
	if e.Presented != nil {
		return s + "; the server has " + keyText(*e.Presented)
	}
	return s + "; the server offers only " + printable(strings.Join(e.Offered, ", "))
}

// Code is the stable word for programs.
func (e *ConfiguredHostKeyError) Code() string { return "configured_host_key_mismatch" }

// Hint says what to do.
func (e *ConfiguredHostKeyError) Hint() string {
	hint := "somebody may be listening in; only if you know why the key changed, correct ssh.host_key"
	if keyType, _ := e.Want.Split(); keyType == "" {
		hint += `; a server with several keys may own this one too: write its type before it ("ssh-ed25519 SHA256:…")`
	}
	return hint
}

// Exit is the exit status this failure asks for.
func (e *ConfiguredHostKeyError) Exit() int { return exitUnreachable }

func keyText(k doc.HostKey) string { return k.Type + " " + k.Fingerprint }

// keyName is the word for a key type in the name of sshd's key files.
func keyName(keyType string) string {
	for _, name := range []string{"ed25519", "ecdsa", "rsa"} {
		if strings.Contains(keyType, name) {
			return name
		}
	}
	return "*"
}
