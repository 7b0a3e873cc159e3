package transport

import (
	"errors"

	"hostkit/pkg/cli/suggest"
)

// ConfigEntry says what ssh's config has of a host. It decides nothing: a hint needs
// it where a name leads nowhere. The zero value is for who does not read that config.
type ConfigEntry struct {
	// Name is what was looked up there.
	Name string
	// File is where a Host block may stand, as people call it: "~/.ssh/config".
	File string
	// Unlisted says that it has Host blocks for particular hosts, and none for Name.
	// Known are those that are named without wildcards.
	Unlisted bool
	Known    []string
}

// before puts in front of a hint that the name may be a mistyped one.
func (e ConfigEntry) before(hint string) string {
	if !e.Unlisted {
		return hint
	}
	none := "no Host block of " + printable(e.File) + " matches " + printable(e.Name)
	if near, ok := suggest.Nearest(e.Name, e.Known); ok {
		return "did you mean " + printable(near) + "? " + none + "; otherwise " + hint
	}
	return none + ": is the name right? then " + hint
}

// place names where a host's real name may be set.
func (e ConfigEntry) place() string {
	if e.File == "" {
		return "set hostname in the config"
	}
	return "set hostname in the config, or a Host entry in " + printable(e.File)
}

// origin is where the address of a host was had from, for hints.
type origin struct {
	entry    ConfigEntry
	portFrom string
}

// port is the member, and the flag or the variable in its place.
func (o origin) port() string {
	if o.portFrom != "" {
		return "port (" + o.portFrom + " has it)"
	}
	return "port"
}

// tellOrigin gives a failure to connect to t what its hint needs. What failed at a jump
// host has been told already, by the login to that.
func tellOrigin(err error, t Target) {
	var jump *JumpError
	var failed *PhaseError
	var forward *ForwardError
	from := origin{t.Entry, t.PortFrom}
	switch {
	case errors.As(err, &jump):
	case errors.As(err, &failed):
		failed.origin = from
	case errors.As(err, &forward):
		forward.origin = from
	}
}
