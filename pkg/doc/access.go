package doc

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// HostConfig is how a host is reached.
type HostConfig struct {
	// Connection is "ssh" (the default) or "local": this machine, which is
	// never meant unless it is declared.
	Connection string `json:"connection,omitzero"`
	// Hostname is what one would write after `ssh`: a DNS name, an IP address, or
	// a name that ssh's own config knows. hk-eval sets it to the name of the host
	// where it is not given. Empty with connection "local".
	Hostname string `json:"hostname,omitzero"`
	// User is the login name; empty means the one that ssh's config gives, or
	// the name of the user running HostKit.
	User string `json:"user,omitzero"`
	// Sudo runs everything on the host under one sudo.
	Sudo Switch[Sudo] `json:"sudo,omitzero"`
	// Doas runs everything on the host under one doas. Only one of Sudo and Doas
	// may be on.
	Doas Switch[Doas] `json:"doas,omitzero"`
	SSH  *SSH         `json:"ssh,omitzero"`
}

// Sudo says as whom everything runs, and what sudo may ask for.
type Sudo struct {
	// User is whom to become; empty means root.
	User UserName `json:"user,omitzero"`
	// Password is sent if, and only if, sudo asks for one; once.
	Password *SecretRef `json:"password,omitzero"`
}

// Doas says as whom everything runs. doas takes a password from a terminal
// alone, and there is none: doas.conf(5) must say nopass.
type Doas struct {
	// User is whom to become; empty means root.
	User UserName `json:"user,omitzero"`
}

// SSH is how a host is logged in to. What stands here wins over ssh's own
// config files, flags win over both. Paths begin with "/", "~/", or are relative
// to --base of the command that opens them.
type SSH struct {
	// UseConfig, unless false, takes what is not given here from ssh's own
	// config: ~/.ssh/config and /etc/ssh/ssh_config.
	UseConfig *bool `json:"use_config,omitzero"`
	// Port is where the host's sshd listens, 22 when nothing says otherwise.
	Port Port `json:"port,omitzero"`
	// Jump is the hosts to go through, the first of them first.
	Jump []Jump `json:"jump,omitzero"`

	// IdentityFile is an OpenSSH private key, or the public key of one that the
	// agent holds. A certificate beside it, FILE-cert.pub, is offered before it.
	IdentityFile string `json:"identity_file,omitzero"`
	// Passphrase opens IdentityFile where it is encrypted. Without it a person is
	// asked, once, if there is a terminal.
	Passphrase *SecretRef `json:"passphrase,omitzero"`
	// UseAgent, unless false, offers the keys of the agent at SSH_AUTH_SOCK. The
	// agent is never forwarded.
	UseAgent *bool `json:"use_agent,omitzero"`
	// Password answers the methods password and keyboard-interactive, once.
	Password *SecretRef `json:"password,omitzero"`

	// KnownHosts is an OpenSSH known_hosts file; empty means
	// ~/.ssh/known_hosts.
	KnownHosts string `json:"known_hosts,omitzero"`
	// HostKeyAlias is the name to look up in KnownHosts instead of the hostname.
	HostKeyAlias string `json:"host_key_alias,omitzero"`
	// HostKey is the one key that the host may have. KnownHosts is asked for
	// revoked keys only then.
	HostKey Fingerprint `json:"host_key,omitzero"`
	// SilentlyAcceptHosts lets hk-facts, never hk-apply, record the key of a
	// host that known_hosts does not have. A changed key is always refused.
	SilentlyAcceptHosts bool `json:"silently_accept_hosts,omitzero"`

	// ConnectTimeout bounds the TCP connection, 10s when nothing says otherwise.
	ConnectTimeout Duration `json:"connect_timeout,omitzero"`
	// ServerAliveInterval is how long a host may be silent before it is asked for
	// a sign of life, 15s when nothing says otherwise.
	ServerAliveInterval Duration `json:"server_alive_interval,omitzero"`
	// Retry is how often to try to connect; nil means once. A server that hangs
	// up before it says who it is, as sshd does with too many logins at once
	// (MaxStartups), is asked again in any case.
	Retry *Retry `json:"retry,omitzero"`
}

// Jump is a host that connections go through. A person may also write it as ssh
// -J takes it, "user@host:port". In a config, a hostname that is the name of one
// of its hosts means that host; what is given here wins. Its SSH holds neither
// Jump nor Retry: the chain is one list.
type Jump struct {
	Hostname string `json:"hostname"`
	User     string `json:"user,omitzero"`
	SSH      *SSH   `json:"ssh,omitzero"`
}

// Retry is how a connection is tried again that could not be established. It
// never repeats a login that was refused, a host key that was not known, or
// anything that ran on the host.
type Retry struct {
	// Attempts is how often to try in all, 1 to 100.
	Attempts int `json:"attempts"`
	// BaseDelay (250ms) comes after the first attempt; it doubles from one to the
	// next up to MaxDelay (2s), each shortened at random by up to half.
	BaseDelay Duration `json:"base_delay,omitzero"`
	MaxDelay  Duration `json:"max_delay,omitzero"`
}

// Switch is written as true, or as an object that says more.
type Switch[T comparable] struct {
	On   bool
	With T
}

// MarshalJSON writes the object only where it says something.
func (s Switch[T]) MarshalJSON() ([]byte, error) {
	var nothing T
	if s.On && s.With != nothing {
		return json.Marshal(s.With)
	}
	return json.Marshal(s.On)
}

// UnmarshalJSON reads both forms; an object means on.
func (s *Switch[T]) UnmarshalJSON(raw []byte) error {
	var read Switch[T]
	if jsontext.Value(raw).Kind() == '{' {
		read.On = true
		if err := json.Unmarshal(raw, &read.With); err != nil {
			return err
		}
		*s = read
		return Complete(raw, read.With)
	}
	if err := json.Unmarshal(raw, &read.On); err != nil {
		return errors.New("want true, false, or an object")
	}
	*s = read
	return nil
}

// OneOfShapes lists the two forms, for schemas and checks.
func (Switch[T]) OneOfShapes() []any { var with T; return []any{false, with} }

// UserName is a login name on a host. Names with other characters exist; they
// can't be passed through every login shell.
type UserName string

// UserNamePattern is what a login name looks like, for schemas.
const UserNamePattern = `^[A-Za-z0-9_][A-Za-z0-9_.-]*$`

var userNameForm = regexp.MustCompile(UserNamePattern)

// UnmarshalText refuses what is not a login name.
func (u *UserName) UnmarshalText(text []byte) error {
	if !userNameForm.Match(text) {
		return fmt.Errorf("%q is not a login name", text)
	}
	*u = UserName(text)
	return nil
}

// Fingerprint is a public key as ssh-keygen -l prints it, "SHA256:" and unpadded
// base64, perhaps after its type and a space: "ssh-ed25519 SHA256:…". Without the
// type the server is asked for the types that ssh prefers.
type Fingerprint string

// FingerprintPattern is what a fingerprint looks like, for schemas.
const FingerprintPattern = `^([a-z0-9@.-]+ )?SHA256:[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]$`

var fingerprintForm = regexp.MustCompile(FingerprintPattern)

// UnmarshalText refuses what is not a fingerprint.
func (f *Fingerprint) UnmarshalText(text []byte) error {
	if !fingerprintForm.Match(text) {
		return fmt.Errorf("%q is not a fingerprint: want SHA256:… as `ssh-keygen -l` prints it", text)
	}
	*f = Fingerprint(text)
	return nil
}

// Split gives the key type, which may be empty, and the part from "SHA256:".
func (f Fingerprint) Split() (keyType, sum string) {
	if before, after, ok := strings.Cut(string(f), " "); ok {
		return before, after
	}
	return "", string(f)
}

// Duration is a positive time in Go's notation: "250ms", "1m30s".
type Duration time.Duration

// DurationPattern is what a duration looks like, for schemas.
const DurationPattern = `^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$`

var durationForm = regexp.MustCompile(DurationPattern)

// MarshalText writes Go's notation.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText refuses what is not a positive time.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	if err != nil || parsed <= 0 || !durationForm.Match(text) {
		return fmt.Errorf(`%q is not a time: want one like "10s", "250ms", "1m30s"`, text)
	}
	*d = Duration(parsed)
	return nil
}

// UnmarshalJSON reads both forms. The text is ssh's: "[user@]host[:port]" or
// "ssh://[user@]host[:port]", an IPv6 address before a port in brackets.
func (j *Jump) UnmarshalJSON(raw []byte) error {
	if jsontext.Value(raw).Kind() != '"' {
		type plain Jump
		var p plain
		if err := json.Unmarshal(raw, &p); err != nil {
			return err
		}
		*j = Jump(p)
		return Complete(raw, p)
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return err
	}
	read, err := ParseJump(text)
	if err == nil {
		*j = read
	}
	return err
}

// OneOfShapes lists the two forms, for schemas and checks.
func (Jump) OneOfShapes() []any { type plain Jump; return []any{"", plain{}} }

// ParseJump reads one hop of ssh -J.
func ParseJump(text string) (Jump, error) {
	refuse := fmt.Errorf("%q is not a jump host: want user@host:port, the user and the port only where needed", text)
	rest := strings.TrimSuffix(strings.TrimPrefix(text, "ssh://"), "/")
	var j Jump
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		if j.User, rest = rest[:i], rest[i+1:]; j.User == "" {
			return Jump{}, refuse
		}
	}
	host, port := rest, ""
	switch inner, after, bracketed := strings.Cut(strings.TrimPrefix(rest, "["), "]"); {
	case strings.HasPrefix(rest, "["):
		if !bracketed || after != "" && after[0] != ':' {
			return Jump{}, refuse
		}
		host, port = inner, after
	case strings.Count(rest, ":") == 1:
		i := strings.IndexByte(rest, ':')
		host, port = rest[:i], rest[i:]
	}
	if host == "" || strings.ContainsAny(host, " ,/") || port == ":" {
		return Jump{}, refuse
	}
	j.Hostname = host
	if port != "" {
		n, err := strconv.Atoi(port[1:])
		if err != nil || n < 1 || n > 65535 {
			return Jump{}, refuse
		}
		j.SSH = &SSH{Port: Port(n)}
	}
	return j, nil
}

// Secrets lists every secret that reaching the host takes, each with the place
// of its reference in the document: "host.ssh.password".
func (h Host) Secrets() []SecretUse {
	var uses []SecretUse
	add := func(ref *SecretRef, at string) {
		if ref == nil {
			return
		}
		for i := range uses {
			if sameSource(uses[i].Secret, ref.Secret) {
				uses[i].UsedBy = append(uses[i].UsedBy, at)
				return
			}
		}
		uses = append(uses, SecretUse{SecretRef: *ref, UsedBy: []string{at}})
	}
	ssh := func(s *SSH, at string) {
		if s != nil {
			add(s.Passphrase, at+".passphrase")
			add(s.Password, at+".password")
		}
	}
	if h.SSH != nil {
		for i, jump := range h.SSH.Jump {
			ssh(jump.SSH, fmt.Sprintf("host.ssh.jump[%d].ssh", i))
		}
	}
	ssh(h.SSH, "host.ssh")
	add(h.Sudo.With.Password, "host.sudo.password")
	return uses
}

func sameSource(a, b SecretSource) bool {
	return a.Env == b.Env && a.File == b.File && slices.Equal(a.Command, b.Command)
}
