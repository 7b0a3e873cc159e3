package doc

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Problem is something about a value that its type can't say.
type Problem struct {
	// Pointer is a JSON pointer (RFC 6901) from the value that was checked.
	Pointer string
	// Member says that the name at Pointer is at fault and not its value.
	Member bool
	// Lacks says that the problem is something which is not given.
	Lacks bool
	// Message and Hint are for people: lower case, no full stop.
	Message, Hint string
}

// The bounds of what a document may ask for.
const (
	MostJumps    = 8
	MostAttempts = 100
)

// The delays of a [Retry] that does not give them.
const (
	DefaultBaseDelay = Duration(250 * time.Millisecond)
	DefaultMaxDelay  = Duration(2 * time.Second)
)

// Problems finds what contradicts itself in how a host is reached. Every command
// that reads a document of a host asks, so that one written by hand means no
// more than one that hk-eval wrote.
func (c HostConfig) Problems() []Problem {
	var ps []Problem
	switch c.Connection {
	case "", "ssh":
	case "local":
		ps = c.localProblems()
	default:
		ps = append(ps, Problem{
			Pointer: "/connection",
			Message: Shown(c.Connection, LooksLikeName) + " is not a known connection: want one of ssh, local",
			Hint:    `leave it out for ssh; "local" is this machine`,
		})
	}
	if c.Sudo.On && c.Doas.On {
		ps = append(ps, Problem{Pointer: "/doas", Member: true, Message: "both sudo and doas are on", Hint: "keep one of the two"})
	}
	if c.Connection == "local" {
		return ps
	}
	ps = append(ps, c.nameProblems()...)
	if c.SSH == nil {
		return ps
	}
	for _, p := range c.SSH.problems() {
		ps = append(ps, p.below("/ssh"))
	}
	return ps
}

// nameProblems refuses what has a password beside a name.
func (c HostConfig) nameProblems() []Problem {
	var ps []Problem
	if strings.Contains(c.Hostname, ":") && !LooksLikeName(c.Hostname) {
		ps = append(ps, Problem{Pointer: "/hostname", Message: "this is neither a DNS name nor an IP address", Hint: HostnameAdvice})
	}
	if !IsLogin(c.User) {
		refused := &NotUserError{}
		ps = append(ps, Problem{Pointer: "/user", Message: refused.Error(), Hint: refused.Hint()})
	}
	return ps
}

// localProblems refuses what says how to reach this machine, since it would be
// passed over.
func (c HostConfig) localProblems() []Problem {
	var ps []Problem
	for _, unused := range []struct {
		member string
		given  bool
	}{
		{"hostname", c.Hostname != ""},
		{"user", c.User != ""},
		{"ssh", c.SSH != nil},
	} {
		if unused.given {
			ps = append(ps, Problem{
				Pointer: "/" + unused.member, Member: true,
				Message: "a local connection does not use it", Hint: `drop it, or the "connection": "local"`,
			})
		}
	}
	return ps
}

func (s SSH) problems() []Problem {
	ps := s.loginProblems()
	if s.Retry != nil {
		for _, p := range s.Retry.problems() {
			ps = append(ps, p.below("/retry"))
		}
	}
	if len(s.Jump) > MostJumps {
		ps = append(ps, Problem{
			Pointer: "/jump", Message: fmt.Sprintf("%d hosts to go through, more than %d", len(s.Jump), MostJumps),
		})
	}
	for i, j := range s.Jump {
		for _, p := range j.Problems() {
			ps = append(ps, p.below("/jump/"+strconv.Itoa(i)))
		}
	}
	return ps
}

// Problems finds what contradicts itself in a jump host.
func (j Jump) Problems() []Problem {
	if j.SSH == nil {
		return nil
	}
	var ps []Problem
	for _, p := range j.SSH.loginProblems() {
		ps = append(ps, p.below("/ssh"))
	}
	if len(j.SSH.Jump) > 0 {
		ps = append(ps, Problem{
			Pointer: "/ssh/jump", Member: true, Message: "a jump host has no jump hosts of its own",
			Hint: "write the chain as one list, the first host to go through first",
		})
	}
	if j.SSH.Retry != nil {
		ps = append(ps, Problem{
			Pointer: "/ssh/retry", Member: true, Message: "a jump host has no retry of its own",
			Hint: "the retry of the host counts for the way there too",
		})
	}
	return ps
}

// aliasForm keeps a name from being several, a pattern, a hash, or another line of
// known_hosts, where a new key may be recorded under it (sshd(8)).
var aliasForm = regexp.MustCompile(`^[A-Za-z0-9_.:%][A-Za-z0-9_.:%-]*$`)

// loginProblems finds what contradicts itself in the login to one host, whatever
// the way there.
func (s SSH) loginProblems() []Problem {
	var ps []Problem
	if s.Passphrase != nil && s.IdentityFile == "" {
		ps = append(ps, Problem{
			Pointer: "/passphrase", Member: true, Lacks: true, Message: "a passphrase without the key that it opens",
			Hint: `name the key: "identity_file": "~/.ssh/…"`,
		})
	}
	if strings.Contains(s.IdentityFile, "\n") || strings.Contains(s.IdentityFile, "PRIVATE KEY") {
		ps = append(ps, Problem{
			Pointer: "/identity_file", Message: "this is a key itself, and the name of its file belongs here",
			Hint: `write it like "~/.ssh/id_ed25519", and make a new key if others could read this one`,
		})
	}
	if s.HostKeyAlias != "" && !aliasForm.MatchString(s.HostKeyAlias) {
		ps = append(ps, Problem{
			Pointer: "/host_key_alias", Message: Shown(s.HostKeyAlias, LooksLikeName) + " is not one name of known_hosts",
			Hint: "write it as it stands there, without a port",
		})
	}
	if s.HostKey != "" && s.SilentlyAcceptHosts {
		ps = append(ps, Problem{
			Pointer: "/silently_accept_hosts", Member: true, Message: "host_key says which key the host has, so no other can be accepted",
			Hint: "drop silently_accept_hosts or host_key",
		})
	}
	return ps
}

func (r Retry) problems() []Problem {
	var ps []Problem
	if r.Attempts < 1 || r.Attempts > MostAttempts {
		ps = append(ps, Problem{Pointer: "/attempts", Lacks: r.Attempts == 0, Message: fmt.Sprintf("%d attempts: want 1 to %d", r.Attempts, MostAttempts)})
	}
	base, longest := cmp.Or(r.BaseDelay, DefaultBaseDelay), cmp.Or(r.MaxDelay, DefaultMaxDelay)
	if base > longest {
		at := "/base_delay"
		if r.BaseDelay == 0 {
			at = "/max_delay"
		}
		ps = append(ps, Problem{
			Pointer: at, Lacks: r.BaseDelay == 0 || r.MaxDelay == 0,
			Message: fmt.Sprintf("base_delay, %s, is longer than max_delay, %s", base, longest),
		})
	}
	return ps
}

// below is the problem as seen from further up.
func (p Problem) below(pointer string) Problem {
	p.Pointer = pointer + p.Pointer
	return p
}
