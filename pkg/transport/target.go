package transport

import (
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"hostkit/pkg/doc"
	"hostkit/pkg/secret"
)

// Target is where to log in and with what; package login makes one of a document
// and ssh's own config.
type Target struct {
	// Name is the host's name in its document, for errors.
	Name string
	// Local means this machine: no SSH, and only Name and User are read.
	Local bool
	// Hostname is a DNS name or an IP address without brackets.
	Hostname string
	// Port is 1 to 65535. PortFrom names the flag or the variable that it is from, if
	// it is not from the document.
	Port     int
	PortFrom string
	// AddressFamily is AddressFamily of ssh_config(5), "inet" or "inet6"; empty
	// means any. A jump host that looks the name up does not know of it.
	AddressFamily string
	// User is the login name. UserFrom says where it is from, for people, if not from
	// the document: "ssh's config has it".
	User, UserFrom string
	// Jumps are the hosts to go through, the first of them first. Each is a
	// target of its own, with its own credentials and host key, and no Jumps.
	Jumps []Target

	// Identities are the private keys, in the order in which they are offered.
	// IdentityFrom is like PortFrom.
	Identities   []Identity
	IdentityFrom string
	// Agent is the socket of an ssh-agent; empty means none. Its keys are offered
	// after those of Identities that it holds too, and not at all with
	// IdentitiesOnly.
	Agent          string
	IdentitiesOnly bool
	// Password is the login password, tried after the keys; the zero Value means
	// none.
	Password secret.Value

	// KnownHosts are the paths of known_hosts files; a file that is not there is
	// empty. A new key is recorded in the first.
	KnownHosts []string
	// Entry is what ssh's config has of the host, for hints.
	Entry ConfigEntry
	// HostKeyAlias is looked up in KnownHosts instead of the address.
	HostKeyAlias string
	// HostKey, where it is given, is the one key the host may have: KnownHosts is
	// asked only whether it is revoked.
	HostKey doc.Fingerprint
	// AcceptNew records the key of a host that KnownHosts does not have in the
	// first of them. hk-facts alone may set it. It never accepts a key that
	// differs from a known one.
	AcceptNew bool

	// ConnectTimeout and ServerAliveInterval replace Timeouts.Connect and
	// Keepalive.Interval where they are not 0.
	ConnectTimeout, ServerAliveInterval time.Duration
	// Retry is how often the connection is tried.
	Retry Retry
}

// Identity is a private key.
type Identity struct {
	// File is an OpenSSH private key, or the public key of one that the agent
	// holds.
	File string
	// Certificate is a file with an OpenSSH certificate of the key; empty means
	// File with "-cert.pub", where that exists.
	Certificate string
	// Passphrase opens File; the zero Value means that Options.AskPassphrase is
	// asked, if it is encrypted.
	Passphrase secret.Value
	// Optional says that the login goes on without this key where it is missing or
	// can't be used, as ssh does for the files that its config names.
	Optional bool
	// Default says that nobody named this key: it is one of those that ssh looks
	// for, comes after the agent's keys, and is passed over where it is missing or
	// can't be opened.
	Default bool
}

// Retry is how a connection is tried again that could not be established; what
// comes after the key exchange has begun is never repeated. The zero value tries
// once, but for a server that hangs up before it says who it is, as sshd does
// with too many logins at once (MaxStartups).
type Retry struct {
	// Attempts is how often to try in all.
	Attempts int
	// BaseDelay comes after the first attempt; it doubles from one to the next up
	// to MaxDelay, each shortened at random by up to half.
	BaseDelay, MaxDelay time.Duration
}

// Check refuses what can't be dialled and what would mean something else in a
// known_hosts line, where commas, spaces, "*", "!" and "|" have a meaning.
func (t Target) Check() error {
	switch {
	case t.Hostname == "":
		return &TargetError{Name: t.Name, Why: "it has no hostname", Advice: "set hostname to a DNS name or an IP address"}
	case strings.HasPrefix(t.Hostname, "-") || strings.Trim(t.Hostname, hostnameBytes) != "":
		return &TargetError{
			Name: t.Name, Why: "hostname " + doc.Shown(t.Hostname, doc.LooksLikeName) + " is neither a DNS name nor an IP address",
			Advice: "write an address without brackets and port, and a name in ASCII (xn--…)",
		}
	case strings.Contains(t.Hostname, ":") && !isAddress(t.Hostname):
		// Nothing but an IPv6 address has a colon. A name server would be asked for
		// it, and would know nothing.
		return &TargetError{
			Name: t.Name, Why: "hostname " + doc.Shown(t.Hostname, doc.LooksLikeName) + " is neither a DNS name nor an IP address",
			Advice: `the port goes into "ssh": {"port": …}`,
		}
	case strings.HasPrefix(t.HostKeyAlias, "-") || strings.Trim(t.HostKeyAlias, hostnameBytes+"[]") != "":
		return &TargetError{
			Name: t.Name, Why: "host key alias " + strconv.Quote(t.HostKeyAlias) + " is not a name that known_hosts can have",
			Advice: "write a name of letters, digits, dots and dashes",
		}
	case t.Port < 1 || t.Port > 65535:
		return &TargetError{Name: t.Name, Why: "port " + strconv.Itoa(t.Port) + " is not between 1 and 65535"}
	case t.User == "":
		return &TargetError{Name: t.Name, Why: "it has no user", Advice: "set user"}
	}
	return nil
}

// checkHop is Check for a jump host.
func (t Target) checkHop() error {
	if t.Local || len(t.Jumps) > 0 {
		return &TargetError{
			Name: t.Name, Why: "a jump host is reached by SSH, and has no jump hosts of its own",
			Advice: "name all jump hosts in one list, the first of them first",
		}
	}
	return t.Check()
}

// worded puts what the identity file was named by in the place of the document's member.
func (t Target) worded(advice string) string {
	if t.IdentityFrom == "" {
		return advice
	}
	return strings.ReplaceAll(advice, "ssh.identity_file", t.IdentityFrom)
}

func isAddress(text string) bool {
	_, err := netip.ParseAddr(text)
	return err == nil
}

const hostnameBytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:%"

// Address is host:port, an IPv6 address in brackets, the name in lower case as
// in known_hosts.
func (t Target) Address() string {
	return net.JoinHostPort(strings.ToLower(t.Hostname), strconv.Itoa(t.Port))
}
