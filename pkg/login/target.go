package login

import (
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"

	"hostkit/pkg/doc"
	"hostkit/pkg/secret"
	"hostkit/pkg/transport"
)

const defaultPort = 22

// newTarget returns how to reach host. Paths that begin with "~/" are taken from
// the user's home, other relative ones from base. password is the resolved
// host.SSH.Password. An error is a *transport.TargetError.
func newTarget(host doc.Host, base string, password secret.Value, acceptNew bool) (transport.Target, error) {
	t := transport.Target{
		Name: host.Name, Hostname: host.Hostname, User: host.User, Password: password, AcceptNew: acceptNew,
	}
	switch host.Connection {
	case "", "ssh":
	case "local":
		t.Local = true
		return t, nil
	default:
		return t, &transport.TargetError{
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
	if ssh.IdentityFile != "" {
		t.Identities = []transport.Identity{{File: paths.expand(ssh.IdentityFile)}}
	}
	if ssh.KnownHosts != "" {
		t.KnownHosts = []string{paths.expand(ssh.KnownHosts)}
	} else {
		// What ssh reads by default (ssh_config(5), UserKnownHostsFile and
		// GlobalKnownHostsFile).
		t.KnownHosts = []string{paths.expand("~/.ssh/known_hosts"), "/etc/ssh/ssh_known_hosts"}
	}
	if paths.err != nil {
		return t, &transport.TargetError{
			Name: host.Name, Why: "no home folder for a path that begins with ~/: " + paths.err.Error(),
			Advice: "set HOME, or write absolute paths",
		}
	}
	if t.User == "" {
		t.User = currentUser()
	}
	return t, t.Check()
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
