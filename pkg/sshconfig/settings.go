package sshconfig

import (
	"strconv"
	"strings"
	"time"
)

// Settings are what the files say of one host, expanded.
type Settings struct {
	// HostName is the real name or address, in lower case.
	HostName string
	// User is empty where neither the files nor Given say one.
	User string
	// Port is 1 to 65535.
	Port int
	// AddressFamily is "inet", "inet6", or empty for any.
	AddressFamily string

	// Identities are those given, or with DefaultIdentities those that ssh looks
	// for where none is.
	Identities        []Identity
	DefaultIdentities bool
	IdentitiesOnly    bool
	// Agent is the socket; empty means none.
	Agent string
	// NoPublicKeys says that keys are not to be offered at all.
	NoPublicKeys bool

	// ProxyJump has the hosts to go through as written, the first of them first;
	// JumpAt is where that stands.
	ProxyJump []string
	JumpAt    Position

	// UserKnownHosts are files that keys may be recorded in, none for somebody
	// without a home; GlobalKnownHosts are read only.
	UserKnownHosts, GlobalKnownHosts []string
	// HostKeyAlias is in lower case.
	HostKeyAlias string

	// ConnectTimeout and ServerAliveInterval are 0 where nothing is said.
	ConnectTimeout, ServerAliveInterval time.Duration
	// ConnectionAttempts is 0 where nothing is said.
	ConnectionAttempts int

	// Unlisted says that Host lines are about particular hosts, and that none of
	// them, and no Match line, is about this one.
	Unlisted bool

	// Refused are the lines that apply and can't be followed, by their keywords.
	// Who gets by another way what such a line is about may pass over it.
	Refused []*Error

	// Doubtful are the lines whose keyword is not known and that do not apply: ssh
	// would stop at them, whatever host it is asked for.
	Doubtful []*Error
}

// Identity is a private key and its certificate, which may be empty.
type Identity struct{ File, Certificate string }

// settings turns the lines that apply into values.
func (p *pass) settings(host string) (Settings, error) {
	s := Settings{HostName: host, Port: p.given.Port, User: p.given.User, Unlisted: p.others && !p.listed, Doubtful: p.doubts}
	steps := []func(*Settings) error{p.login, p.keys, p.agent, p.knownHosts, p.times, p.jump}
	for _, step := range steps {
		if err := step(&s); err != nil {
			return Settings{}, err
		}
	}
	p.refuse(&s)
	return s, nil
}

func (p *pass) login(s *Settings) error {
	if l, ok := p.first["user"]; ok && s.User == "" {
		// OpenSSH 10 expands tokens here, older ones take them as they stand.
		if s.User = l.args[0]; strings.Contains(s.User, "%") || strings.Contains(s.User, "${") {
			return l.refuse("User has a token, which not every version of ssh expands", "write the name, "+wayOut)
		}
	}
	if l, ok := p.first["port"]; ok && s.Port == 0 {
		n, err := strconv.ParseUint(l.args[0], 10, 16)
		if err != nil || n == 0 {
			return l.refuse("Port "+strconv.Quote(l.args[0])+" is not a number from 1 to 65535", "mend the line, "+wayOut)
		}
		s.Port = int(n)
	}
	if s.Port == 0 {
		s.Port = 22
	}
	if l, ok := p.first["addressfamily"]; ok {
		switch family := strings.ToLower(l.args[0]); family {
		case "inet", "inet6":
			s.AddressFamily = family
		case "any":
		default:
			return l.refuse("AddressFamily "+strconv.Quote(l.args[0])+" is none of any, inet and inet6", "mend the line, "+wayOut)
		}
	}
	if l, ok := p.first["hostkeyalias"]; ok {
		if s.HostKeyAlias = strings.ToLower(l.args[0]); strings.Contains(s.HostKeyAlias, "%") {
			return l.refuse("HostKeyAlias has a token, which ssh does not expand", "write the name, "+wayOut)
		}
	}
	if p.given.HostKeyAlias != "" {
		s.HostKeyAlias = strings.ToLower(p.given.HostKeyAlias)
	}
	return nil
}

func (p *pass) knownHosts(s *Settings) error {
	s.GlobalKnownHosts = []string{"/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"}
	if l, ok := p.first["globalknownhostsfile"]; ok {
		// ssh expands nothing here.
		s.GlobalKnownHosts = unlessNone(l.args)
	}
	l, ok := p.first["userknownhostsfile"]
	if !ok {
		if home := p.config.home; home != "" {
			s.UserKnownHosts = []string{home + "/.ssh/known_hosts", home + "/.ssh/known_hosts2"}
		}
		return nil
	}
	tokens := p.tokens(*s)
	for _, value := range unlessNone(l.args) {
		path, err := p.path(value, tokens)
		if err != nil {
			return l.refuse("UserKnownHostsFile "+err.Error(), "mend the line, "+wayOut)
		}
		s.UserKnownHosts = append(s.UserKnownHosts, path)
	}
	return nil
}

func unlessNone(args []string) []string {
	if len(args) == 1 && strings.EqualFold(args[0], "none") {
		return nil
	}
	return args
}

func (p *pass) flag(keyword string, otherwise bool) (bool, error) {
	l, ok := p.first[keyword]
	if !ok {
		return otherwise, nil
	}
	switch strings.ToLower(l.args[0]) {
	case "yes", "true", "unbound", "host-bound":
		return true, nil
	case "no", "false":
		return false, nil
	}
	return false, l.refuse(l.written+" "+strconv.Quote(l.args[0])+" is neither yes nor no", "mend the line, "+wayOut)
}

func (p *pass) jump(s *Settings) error {
	l, ok := p.first["proxyjump"]
	if !ok {
		return nil
	}
	text, _, _ := strings.Cut(l.rest, "#")
	text = strings.TrimRight(text, whitespace)
	if strings.EqualFold(text, "none") {
		return nil
	}
	if strings.ContainsAny(text, whitespace+"\f\"'\\") {
		return l.refuse("ProxyJump takes no quotes and spaces", "write hosts with commas between them, "+wayOut)
	}
	tokens := p.tokens(*s)
	values := map[byte]string{}
	for _, token := range []byte("hnpr") {
		// What a document gives may be a part of a name, and no other place.
		if !strings.ContainsAny(tokens[token], "@,/[]") {
			values[token] = tokens[token]
		}
	}
	s.JumpAt = l.at
	for hop := range strings.SplitSeq(text, ",") {
		hop, err := expand(hop, values, nil)
		if err != nil {
			return l.refuse("ProxyJump "+err.Error(), "mend the line, "+wayOut)
		}
		s.ProxyJump = append(s.ProxyJump, hop)
	}
	return nil
}
