package shell

import (
	"fmt"
	"strings"
)

// text is shell source. Outside this package only an untyped string constant
// can become one, so no name, path or content that a user or a host chose can
// ever be pasted into a script: data travels as positional parameters, each
// quoted by Quote.
type text string

// Script is shell source together with the values of its positional
// parameters. The zero Script does nothing and succeeds.
type Script struct {
	text text
	args []string
	// inner is the text of the script that this one is around.
	inner string
}

// New returns the script source with "$1", "$2", … bound to args. source is
// POSIX sh (it must run on dash, bash and BusyBox ash) and may call the
// functions of the prelude. An argument with a NUL byte cannot be passed to any
// program; New panics on one, since every door refuses such names before.
func New(source text, args ...string) Script {
	for _, arg := range args {
		if strings.IndexByte(arg, 0) >= 0 {
			panic(fmt.Sprintf("shell: argument %q holds a NUL byte", arg))
		}
	}
	return Script{text: source, args: args}
}

// Around returns s with the text of inner in its variable hk_inner. What s does with
// it is eval, in a subshell: an inner script may exit, and has arguments of its own.
func (s Script) Around(inner Script) Script {
	s.inner = inner.String()
	return s
}

// String returns the text that the host's shell evaluates.
func (s Script) String() string {
	var b strings.Builder
	if s.inner != "" {
		b.WriteString("hk_inner=" + Quote(s.inner) + "\n")
	}
	if len(s.args) == 0 {
		return b.String() + string(s.text)
	}
	b.WriteString("set --")
	for _, arg := range s.args {
		b.WriteByte(' ')
		b.WriteString(Quote(arg))
	}
	b.WriteByte('\n')
	b.WriteString(string(s.text))
	return b.String()
}

// Program returns the script as a program of its own, for a file that /bin/sh of a
// host is given: with the functions of the prelude and the environment of a step,
// which nothing that is not a step has.
func (s Script) Program() string {
	return "PATH=" + Path + " LC_ALL=C\nexport PATH LC_ALL\n" + prelude + s.String() + "\n"
}
