package doc

import (
	"fmt"

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
	Hostname string `json:"hostname,omitzero" called:"address addr ip host fqdn ansible_host"`
	// User is the login name; empty means the one that ssh's config gives, or
	// the name of the user running HostKit.
	User string `json:"user,omitzero" like:"root" called:"username login ansible_user remote_user ssh_user"`
	// Sudo runs everything on the host under one sudo.
	Sudo Switch[Sudo] `json:"sudo,omitzero" called:"become"`
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
	Port Port `json:"port,omitzero" called:"ssh_port ansible_port"`
	// Jump is the hosts to go through, the first of them first; an empty list
	// means none, whatever ssh's config says.
	Jump []Jump `json:"jump,omitzero" called:"proxy_jump jump_host bastion"`

	// IdentityFile is an OpenSSH private key, or the public key of one that the
	// agent holds. A certificate beside it, FILE-cert.pub, is offered before it.
	IdentityFile string `json:"identity_file,omitzero" like:"~/.ssh/id_ed25519" called:"identity key key_file private_key private_key_file ssh_key"`
	// Passphrase opens IdentityFile where it is encrypted. Without it a person is
	// asked, once, if there is a terminal.
	Passphrase *SecretRef `json:"passphrase,omitzero"`
	// UseAgent, unless false, offers the keys of the agent at SSH_AUTH_SOCK, or
	// that IdentityAgent of ssh's config names. The agent is never forwarded.
	UseAgent *bool `json:"use_agent,omitzero"`
	// Password answers the methods password and keyboard-interactive, once.
	Password *SecretRef `json:"password,omitzero"`

	// KnownHosts is an OpenSSH known_hosts file; empty means those that ssh's
	// config names, or ~/.ssh/known_hosts and /etc/ssh/ssh_known_hosts.
	KnownHosts string `json:"known_hosts,omitzero" like:"~/.ssh/known_hosts"`
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

// UnmarshalJSONFrom reads both forms; an object means on. It goes on with the same
// decoder, so that an error knows its place.
func (s *Switch[T]) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	*s = Switch[T]{}
	if d.PeekKind() == jsontext.KindBeginObject {
		s.On = true
		return json.UnmarshalDecode(d, &s.With)
	}
	return json.UnmarshalDecode(d, &s.On)
}

// OneOfShapes lists the two forms, for schemas and checks.
func (Switch[T]) OneOfShapes() []any { var with T; return []any{false, with} }

// Secrets lists every secret that reaching the host takes, each with the place
// of its reference in the document: "host.ssh.password".
func (h Host) Secrets() []SecretUse {
	var uses secretUses
	add := func(ref *SecretRef, at string) {
		if ref != nil {
			uses.add(*ref, at)
		}
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
