package transport

import (
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"

	"hostkit/pkg/doc"
	"hostkit/pkg/secret"
)

const defaultPort = 22

// Target is where to log in and with what. Make one with NewTarget.
type Target struct {
	// Name is the host's name in its document, for errors.
	Name string
	// Local means this machine: no SSH, and only Name and User are read.
	Local bool
	// Hostname is a DNS name or an IP address without brackets.
	Hostname string
	// Port is 1 to 65535.
	Port int
	// User is the login name.
	User string
	// IdentityFile is the path of an OpenSSH private key; empty means none. It is
	// offered before Password.
	IdentityFile string
	// KnownHosts are the paths of known_hosts files; a file that is not there is
	// empty. A new key is recorded in the first.
	KnownHosts []string
	// Password is the login password; the zero Value means none.
	Password secret.Value
}

// NewTarget returns how to reach host. Paths that begin with "~/" are taken from
// the user's home, other relative ones from base. password is the resolved
// host.SSH.Password. An error is a *TargetError.
func NewTarget(host doc.Host, base string, password secret.Value) (Target, error) {
	t := Target{Name: host.Name, Hostname: host.Hostname, User: host.User, Password: password}
	switch host.Connection {
	case "", "ssh":
	case "local":
		t.Local = true
		return t, nil
	default:
		return t, &TargetError{
			Name: host.Name, Why: "connection " + strconv.Quote(host.Connection) + " is not known",
			Advice: `write "ssh" or "local"`,
		}
	}
	ssh := doc.SSH{}
	if host.SSH != nil {
		ssh = *host.SSH
	}
	if t.Port = int(ssh.Port); t.Port == 0 {
		t.Port = defaultPort
	}
	paths := pathsOf{base: base}
	t.IdentityFile = paths.expand(ssh.IdentityFile)
	if ssh.KnownHosts != "" {
		t.KnownHosts = []string{paths.expand(ssh.KnownHosts)}
	} else {
		// What ssh reads by default (ssh_config(5), UserKnownHostsFile and
		// GlobalKnownHostsFile).
		t.KnownHosts = []string{paths.expand("~/.ssh/known_hosts"), "/etc/ssh/ssh_known_hosts"}
	}
	if paths.err != nil {
		return t, &TargetError{
			Name: host.Name, Why: "no home folder for a path that begins with ~/: " + paths.err.Error(),
			Advice: "set HOME, or write absolute paths",
		}
	}
	if t.User == "" {
		t.User = currentUser()
	}
	return t, t.check()
}

// pathsOf expands the paths of a document and remembers the first error.
type pathsOf struct {
	base string
	err  error
}

func (p *pathsOf) expand(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	rest, ok := strings.CutPrefix(path, "~/")
	if !ok {
		return filepath.Join(p.base, path)
	}
	home, err := os.UserHomeDir()
	if err != nil && p.err == nil {
		p.err = err
	}
	return filepath.Join(home, rest)
}

func currentUser() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return os.Getenv("USER")
}

// check refuses what can't be dialled and what would mean something else in a
// known_hosts line, where commas, spaces, "*", "!" and "|" have a meaning.
func (t Target) check() error {
	switch {
	case t.Hostname == "":
		return &TargetError{Name: t.Name, Why: "it has no hostname", Advice: "set hostname to a DNS name or an IP address"}
	case strings.HasPrefix(t.Hostname, "-") || strings.Trim(t.Hostname, hostnameBytes) != "":
		return &TargetError{
			Name: t.Name, Why: "hostname " + strconv.Quote(t.Hostname) + " is neither a DNS name nor an IP address",
			Advice: "write an address without brackets and port, and a name in ASCII (xn--…)",
		}
	case t.Port < 1 || t.Port > 65535:
		return &TargetError{Name: t.Name, Why: "port " + strconv.Itoa(t.Port) + " is not between 1 and 65535"}
	case t.User == "":
		return &TargetError{Name: t.Name, Why: "it has no user", Advice: "set user"}
	}
	return nil
}

const hostnameBytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:%"

// Address is host:port, an IPv6 address in brackets, the name in lower case as
// in known_hosts.
func (t Target) Address() string {
	return net.JoinHostPort(strings.ToLower(t.Hostname), strconv.Itoa(t.Port))
}
