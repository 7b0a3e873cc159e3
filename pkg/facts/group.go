package facts

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"unicode/utf8"

	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
	"hostkit/pkg/resource"
	"hostkit/pkg/shell"
)

// Group is a set of facts that is gathered on request. Each is a file of this
// package and a row of [Groups]; its types are in package doc.
type Group interface {
	// Name is that of the group's member in the facts, and in --groups.
	Name() string
	// Script asks the host, in one step. It changes nothing there, opens only what
	// can't hang, and prints as little as will do. Limit bounds what is kept of its
	// output in bytes; 0 means the session's default.
	Script() shell.Script
	Limit() int
	// Read puts what the host answered into the members of the group. A host may
	// answer anything: what makes no sense is left out and counted. An error means
	// that there is nothing to put; a *doc.FactError brings its own code.
	Read(r shell.Result, facts *doc.Facts) error
	// Fail puts in the group's member that it could not be had.
	Fail(facts *doc.Facts, why doc.Gathered)
}

// Groups are all that there are.
var Groups = []Group{cpuGroup{}, memoryGroup{}, disksGroup{}, usersGroup{}, systemdGroup{}, portsGroup{}, runsGroup{}}

// groupsBytes bounds what all groups may take of a document, which may have 16 MiB.
const groupsBytes = 8 << 20

// groupProbe is the step of a group. What fails is the group's own error, and
// never the host's.
func groupProbe(g Group) resource.Probe {
	return resource.Probe{
		Name: "gather " + g.Name(), Script: g.Script(), Limit: g.Limit(),
		Read: func(r shell.Result, facts *doc.Facts) error {
			before := *facts
			err := g.Read(r, facts)
			if err == nil {
				err = boundGroups(*facts)
			}
			if err != nil {
				*facts = before
				g.Fail(facts, doc.Gathered{Error: factError(err)})
			}
			return nil
		},
	}
}

// boundGroups refuses groups that are larger together than any honest host's.
func boundGroups(facts doc.Facts) error {
	facts.Packages, facts.Observed = nil, nil
	raw, err := jsonx.Marshal(facts)
	if err == nil && len(raw) > groupsBytes {
		err = tooLarge()
	}
	return err
}

func factError(err error) *doc.FactError {
	var fact *doc.FactError
	if errors.As(err, &fact) {
		return fact
	}
	return &doc.FactError{Code: "invalid_answer", Message: err.Error()}
}

func tooLarge() error {
	return &doc.FactError{Code: "too_large", Message: "the host answered more than is kept"}
}

func unavailable(format string, args ...any) error {
	return &doc.FactError{Code: "unavailable", Message: fmt.Sprintf(format, args...)}
}

// withinText is the function hk_within, which ends a command that asks another
// program on the host and would wait for it for ever. Nothing but the command
// itself bounds it on a host without timeout(1), which both coreutils and BusyBox
// have. The command then has the status 124 of coreutils, or 143 of BusyBox.
const (
	withinText = `hk_within() {
	if command -v timeout >/dev/null; then
		timeout 20 "$@"
	else
		"$@"
	fi
}
`
	withinSeconds = 20
)

// judge reads the exit status that a script printed of a command; what names the
// command's other end, for messages. nil is success.
func judge(printed []byte, what string, stderr []byte) error {
	status, err := strconv.ParseUint(string(printed), 10, 8)
	switch {
	case err != nil:
		return fmt.Errorf("the host answered %d bytes that are no exit status", len(printed))
	case status == 124 || status == 143:
		return &doc.FactError{
			Code: "timeout", Message: fmt.Sprintf("%s did not answer within %d s", what, withinSeconds),
		}
	case status != 0:
		return unavailable("%s cannot be asked: exit status %d: %s", what, status, lastWords(stderr))
	}
	return nil
}

// lastWords is the last line of what a command complained, for messages.
func lastWords(stderr []byte) string {
	lines := bytes.Split(bytes.TrimSpace(stderr), []byte{'\n'})
	if words := text(string(bytes.TrimSpace(lines[len(lines)-1]))); words != "" {
		return words
	}
	return "no reason given"
}

// sections splits an answer at its NUL bytes, of which no honest text has one.
func sections(r shell.Result, want int) ([][]byte, error) {
	// One more than wanted shows that there are too many.
	parts := bytes.SplitN(r.Stdout, []byte{0}, want+1)
	switch {
	case len(parts) == want:
		return parts, nil
	case r.Truncated:
		return nil, tooLarge()
	}
	return nil, fmt.Errorf("the host answered %d parts instead of %d", len(parts), want)
}

// listing reads the lines of one section and keeps count of what it leaves out.
type listing struct {
	raw []byte
	// most is how many lines are kept.
	most int
	// cut says that the answer was cut off in this section.
	cut bool
	// into is told what is left out.
	into *doc.Gathered
}

// lines gives each line for which there is room, without its newline. Empty ones
// are skipped.
func (l listing) lines() iter.Seq[string] {
	return func(yield func(string) bool) {
		rest := l.raw
		for n := 0; len(rest) > 0; {
			line, after, whole := bytes.Cut(rest, []byte{'\n'})
			rest = after
			if len(line) == 0 {
				continue
			}
			if n == l.most || !whole && l.cut {
				l.into.Truncated = true
				return
			}
			n++
			if !yield(string(line)) {
				return
			}
		}
	}
}

// unread counts a line that makes no sense.
func (l listing) unread() { l.into.Unread++ }

// textBytes bounds the texts of the groups.
const textBytes = 256

// text is what a host calls something: bounded, and UTF-8. Other bytes stand as
// a backslash and three octal digits, as in mountinfo, so that two texts which
// differ still do.
func text(raw string) string {
	t, _ := cutText(raw)
	return t
}

// cutText is text, and says whether all of it is there.
func cutText(raw string) (string, bool) {
	var b strings.Builder
	keep := 0
	for len(raw) > 0 {
		if b.Len() <= textBytes-len("…") {
			keep = b.Len()
		}
		r, n := utf8.DecodeRuneInString(raw)
		if r == utf8.RuneError && n == 1 {
			fmt.Fprintf(&b, `\%03o`, raw[0])
		} else {
			b.WriteString(raw[:n])
		}
		if b.Len() > textBytes {
			return b.String()[:keep] + "…", false
		}
		raw = raw[n:]
	}
	return b.String(), true
}

// named is a text that others are found by. One that is empty or cut is none.
func named(raw string) (string, bool) {
	name, whole := cutText(raw)
	return name, whole && name != ""
}

// number reads a count that the kernel printed: digits, and no more than JSON
// readers agree on.
func number(raw string) (int64, bool) {
	n, err := strconv.ParseUint(raw, 10, 64)
	if err != nil || n > jsonx.MaxInteger {
		return 0, false
	}
	return int64(n), true
}

// smallNumber reads one below 2^32: a user, a process.
func smallNumber(raw string) (int64, bool) {
	n, err := strconv.ParseUint(raw, 10, 32)
	return int64(n), err == nil
}

// bytesOf multiplies, where the product is one that JSON readers agree on.
func bytesOf(count, unit int64) (int64, bool) {
	if count < 0 || unit < 0 || unit > 0 && count > jsonx.MaxInteger/unit {
		return 0, false
	}
	return count * unit, true
}
