package source

import (
	"slices"
	"strconv"
	"strings"

	"hostkit/pkg/doc"
)

// Missing is a reference that gives no value.
type Missing struct {
	Ref doc.SecretRef
	// Where are the places in documents that need it.
	Where []string
	// Why and Hint are for people; neither holds anything of a value.
	Why, Hint string
}

// String is a line for people:
// `env HOSTKIT_SSH_PASSWORD: it is not set (needed by host.ssh.password of host "server")`.
func (m *Missing) String() string {
	const most = 5 // one password may be that of a whole fleet
	where := strings.Join(m.Where[:min(len(m.Where), most)], ", ")
	if n := len(m.Where) - most; n > 0 {
		where += " and " + strconv.Itoa(n) + " more"
	}
	return m.Ref.String() + ": " + m.Why + " (needed by " + where + ")"
}

// MissingError names every secret that could not be had.
type MissingError struct {
	// Missing is not empty and sorted by reference.
	Missing []*Missing
}

func newMissingError(missing map[string]*Missing) *MissingError {
	e := &MissingError{}
	for _, m := range missing {
		e.Missing = append(e.Missing, m)
	}
	slices.SortFunc(e.Missing, func(a, b *Missing) int { return strings.Compare(Key(a.Ref), Key(b.Ref)) })
	return e
}

// Error is one line.
func (e *MissingError) Error() string {
	lines := make([]string, len(e.Missing))
	for i, m := range e.Missing {
		lines[i] = m.String()
	}
	if len(lines) == 1 {
		return "secret not to be had: " + lines[0]
	}
	return "secrets not to be had: " + strings.Join(lines, "; ")
}

// Code is the stable word for programs.
func (e *MissingError) Code() string { return "secret_missing" }

// Hint says what to do about each, without repeating itself.
func (e *MissingError) Hint() string {
	var hints []string
	for _, m := range e.Missing {
		if m.Hint != "" && !slices.Contains(hints, m.Hint) {
			hints = append(hints, m.Hint)
		}
	}
	return strings.Join(hints, "; ")
}

// Exit is the exit status this failure asks for.
func (e *MissingError) Exit() int { return 3 }
