package cli

import (
	"flag"
	"io"
	"io/fs"
	"os"
	"strings"

	"hostkit/pkg/shell"
)

// NeedDocuments refuses a stdin that is a terminal, for a command that was named no
// file: nobody types documents, and to wait for them looks as if it worked.
func (s Streams) NeedDocuments() error {
	if !IsTerminal(s.Stdin) {
		return nil
	}
	return s.withExample(Usagef("nothing is piped in: %s reads documents from stdin", s.Name))
}

// NoDocument is the error of an input that is empty, "stdin" or a file's name.
func (s Streams) NoDocument(name string) error {
	switch {
	case name != "stdin":
		return Refusef("no_document", "%s: no document in it", name).
			WithHint("what was to write it was cut off: run that again, an hk-apply with the same plan")
	case isPipe(s.Stdin):
		// Whoever writes into it tells, or has meant it.
		refused := Refusef("no_document", "no document on stdin: did the command before this one fail?")
		refused.Aside = true
		return refused
	case isEmptyFile(s.Stdin):
		return Refusef("no_document", "no document on stdin: the file is empty").
			WithHint("what was to write it has failed: run that again, and read what it says")
	}
	return s.withExample(Refusef("no_document", "no document on stdin"))
}

// withExample shows how the command is called.
func (s Streams) withExample(e *Error) *Error {
	if s.example == "" {
		return e
	}
	return e.WithHint("for example: %s", s.example)
}

// NoOperand refuses what stands behind the flags of a command that reads nothing but
// stdin: probably the file that it is to read.
func (s Streams) NoOperand(operand string) *Error {
	refused := Usagef("%q is one operand too many: %s reads stdin", operand, s.Name)
	if about, err := os.Stat(operand); err == nil && about.Mode().IsRegular() {
		if hint := s.ofFile(operand); hint != "" {
			return refused.WithHint("%s", hint)
		}
	}
	return s.withExample(refused)
}

// Replay is a reader of what was read from stdin before: what is asked about that, a pipe
// say, is asked about it.
func (s Streams) Replay(src io.Reader) io.Reader { return replay{src, s.Stdin} }

type replay struct {
	io.Reader
	stdin any
}

func (r replay) wrapped() any { return r.stdin }

// flagWithoutDashes refuses a first operand that is no file and has a flag's name, as
// `git` and its like have commands: hk-eval check FILE.
func flagWithoutDashes(command string, fs *flag.FlagSet, args []string) error {
	word := fs.Arg(0)
	if fs.Lookup(word) == nil && word != "help" {
		return nil
	}
	if _, err := os.Lstat(word); err == nil {
		return nil
	}
	words := append(typedFlags(command, args[:len(args)-fs.NArg()]), "--"+word)
	for _, operand := range fs.Args()[1:] {
		words = append(words, shell.Typed(operand))
	}
	return Usagef("%q is a flag, and no file is called so", word).WithHint("did you mean %s", strings.Join(words, " "))
}

// isEmptyFile reports whether the stream is a file without a byte, as `>` leaves it
// behind a command that fails.
func isEmptyFile(stream any) bool {
	info, ok := about(stream)
	return ok && info.Mode().IsRegular() && info.Size() == 0
}

// isPipe reports whether the stream is a pipe, which some shells make of sockets.
func isPipe(stream any) bool {
	info, ok := about(stream)
	return ok && info.Mode()&(fs.ModeNamedPipe|fs.ModeSocket) != 0
}

// about is what the system says of a stream of [Streams]; false where that is a test's.
func about(stream any) (fs.FileInfo, bool) {
	file, ok := unwrapped(stream).(interface{ Stat() (fs.FileInfo, error) })
	if !ok {
		return nil, false
	}
	info, err := file.Stat()
	return info, err == nil
}
