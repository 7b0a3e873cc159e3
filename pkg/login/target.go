package login

import (
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"hostkit/pkg/doc"
	"hostkit/pkg/secret/source"
	"hostkit/pkg/sshconfig"
	"hostkit/pkg/transport"
)

// target returns how to reach host: what the document says, then what ssh's
// config says of host.Hostname, then what ssh does by default. Flags stand in the
// document already. An error is a *transport.TargetError or an *sshconfig.Error.
func (o *Opener) target(host doc.Host, values source.Values) (transport.Target, error) {
	switch host.Connection {
	case "", "ssh":
	case "local":
		return transport.Target{Name: host.Name, Local: true, User: host.User}, nil
	default:
		return transport.Target{}, &transport.TargetError{
			Name: host.Name, Why: "connection " + strconv.Quote(host.Connection) + " is not known",
			Advice: `write "ssh" or "local"`,
		}
	}
	r := route{opener: o, values: values, seen: map[string]bool{}}
	destination := hop{name: host.Name, hostname: host.Hostname, user: host.User, given: o.given}
	if host.SSH != nil {
		destination.ssh = *host.SSH
	}
	r.useConfig = destination.ssh.UseConfig == nil || *destination.ssh.UseConfig
	if retry := destination.ssh.Retry; retry != nil {
		r.retry = transport.Retry{
			Attempts: retry.Attempts, BaseDelay: time.Duration(retry.BaseDelay), MaxDelay: time.Duration(retry.MaxDelay),
		}
	}
	return r.to(destination)
}

// hop is a host of a chain as the document has it.
type hop struct {
	name, hostname, user string
	ssh                  doc.SSH
	// inner says that the way to it is given by the chain: it is the second hop of
	// one, or a later one.
	inner bool
	// given is empty for a jump host: flags are about the host behind.
	given given
}

// settle returns the target of one hop, without its jumps.
func (r *route) settle(h hop) (transport.Target, sshconfig.Settings, error) {
	ssh := h.ssh
	if !sshconfig.ValidName(h.hostname) {
		// Check has the words for it.
		return transport.Target{}, sshconfig.Settings{}, transport.Target{Name: h.name, Hostname: h.hostname}.Check()
	}
	config := r.opener.defaults
	if ssh.UseConfig != nil && *ssh.UseConfig || ssh.UseConfig == nil && r.useConfig {
		config = r.opener.config
	}
	known, err := config.Lookup(h.hostname, sshconfig.Given{User: h.user, Port: int(ssh.Port), HostKeyAlias: ssh.HostKeyAlias})
	if err != nil {
		return transport.Target{}, known, err
	}
	r.opener.tellDoubts(known.Doubtful)
	if err := refused(h, known); err != nil {
		return transport.Target{}, known, err
	}
	t := transport.Target{
		Name: h.name, Hostname: known.HostName, Port: known.Port, AddressFamily: known.AddressFamily, User: known.User,
		PortFrom: h.given.port, IdentityFrom: h.given.identity,
		HostKeyAlias: known.HostKeyAlias, HostKey: ssh.HostKey,
		ConnectTimeout:      firstOf(ssh.ConnectTimeout, known.ConnectTimeout),
		ServerAliveInterval: firstOf(ssh.ServerAliveInterval, known.ServerAliveInterval),
		Retry:               r.retry,
	}
	if t.Retry == (transport.Retry{}) {
		t.Retry.Attempts = min(known.ConnectionAttempts, doc.MostAttempts)
	}
	if config == r.opener.config {
		t.Entry = r.opener.entry(h.hostname, known)
	}
	switch {
	case t.User == "":
		t.User, t.UserFrom = currentUser(), "none is set, so it is who you are here"
	case h.user == "":
		t.UserFrom = "ssh's config has it"
	case h.given.user != "":
		t.UserFrom = h.given.user + " has it"
	}
	if ssh.Password != nil {
		t.Password = r.values.Of(*ssh.Password)
	}
	if err := r.identify(&t, h, known); err != nil {
		return t, known, err
	}
	if err := r.knowHosts(&t, h, known); err != nil {
		return t, known, err
	}
	return t, known, t.Check()
}

// tellDoubts warns of each doubtful line of ssh's config once.
func (o *Opener) tellDoubts(lines []*sshconfig.Error) {
	for _, line := range lines {
		if _, told := o.doubts.LoadOrStore(line.At, true); !told {
			o.warn(line.Error(), line.Advice)
		}
	}
}

// entry says what ssh's config, which was read, has of a host.
func (o *Opener) entry(name string, known sshconfig.Settings) transport.ConfigEntry {
	switch file := o.configFile; {
	case strings.EqualFold(file, "none"):
		return transport.ConfigEntry{}
	case !known.Unlisted:
		return transport.ConfigEntry{Name: name, File: file}
	default:
		return transport.ConfigEntry{Name: name, File: file, Unlisted: true, Known: o.config.Names()}
	}
}

// refused is the first line of ssh's config that applies and can't be followed,
// unless the document says what is to be done instead.
func refused(h hop, known sshconfig.Settings) error {
	for _, r := range known.Refused {
		instead := false
		switch r.Keyword {
		case "proxycommand":
			instead = h.inner || h.ssh.Jump != nil
		case "pkcs11provider", "certificatefile":
			instead = h.ssh.IdentityFile != ""
		case "knownhostscommand":
			instead = h.ssh.KnownHosts != "" || h.ssh.HostKey != ""
		}
		if !instead {
			return r
		}
	}
	return nil
}

// identify says which keys to log in with. A key of the document is the only
// one beside those of the agent.
func (r *route) identify(t *transport.Target, h hop, known sshconfig.Settings) error {
	ssh := h.ssh
	if !known.NoPublicKeys {
		t.Agent = known.Agent
	}
	t.IdentitiesOnly = known.IdentitiesOnly
	if ssh.UseAgent != nil {
		t.Agent = known.Agent
		if !*ssh.UseAgent {
			t.Agent = ""
		}
	}
	switch {
	case ssh.IdentityFile != "":
		path, err := r.expand(h, ssh.IdentityFile)
		if err != nil {
			return err
		}
		id := transport.Identity{File: path}
		if ssh.Passphrase != nil {
			id.Passphrase = r.values.Of(*ssh.Passphrase)
		}
		t.Identities = []transport.Identity{id}
	case !known.NoPublicKeys:
		for _, id := range known.Identities {
			t.Identities = append(t.Identities, transport.Identity{
				File: id.File, Certificate: id.Certificate,
				Optional: !known.DefaultIdentities, Default: known.DefaultIdentities,
			})
		}
	}
	return nil
}

// knowHosts says where host keys are known from, and whether a new one is
// recorded. StrictHostKeyChecking of ssh's config has no say in that.
func (r *route) knowHosts(t *transport.Target, h hop, known sshconfig.Settings) error {
	t.AcceptNew = r.opener.AcceptNew || r.opener.Recording && h.ssh.SilentlyAcceptHosts
	if h.ssh.KnownHosts != "" {
		path, err := r.expand(h, h.ssh.KnownHosts)
		t.KnownHosts = []string{path}
		return err
	}
	if t.AcceptNew && len(known.UserKnownHosts) == 0 {
		return &transport.TargetError{
			Name: h.name, Why: "new host keys are to be recorded, and there is no file for them (no home, or UserKnownHostsFile none)",
			Advice: "set known_hosts",
		}
	}
	t.KnownHosts = append(append([]string(nil), known.UserKnownHosts...), known.GlobalKnownHosts...)
	return nil
}

// expand gives a path of a document: "~/" is the home folder, other relative
// paths begin at base.
func (r *route) expand(h hop, path string) (string, error) {
	if filepath.IsAbs(path) {
		return path, nil
	}
	rest, ok := strings.CutPrefix(path, "~/")
	if !ok {
		return filepath.Join(r.opener.Base, path), nil
	}
	home, err := sshconfig.Home()
	if err != nil {
		return "", &transport.TargetError{
			Name: h.name, Why: fmt.Sprintf("no home folder for %s: %s", path, err),
			Advice: "set HOME, or write absolute paths",
		}
	}
	return filepath.Join(home, rest), nil
}

func firstOf(given doc.Duration, otherwise time.Duration) time.Duration {
	if given != 0 {
		return time.Duration(given)
	}
	return otherwise
}

func currentUser() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return os.Getenv("USER")
}
