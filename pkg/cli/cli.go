// Package cli is the main that all commands share: flags, signals, the reading
// and writing of document streams, and the one place where an error becomes a
// message and an exit status.
//
// stdout carries documents and nothing else; people read stderr. A message is
// one line, lower case, without a full stop:
//
//	hk-plan: error: <what>: <why>
//	hk-plan: hint: <what to do>
//
// Text that came from a host, a document or a file name may hold anything; what
// could move a terminal's cursor or reorder a line is made visible (see
// [Visible]). An error says which exit status it asks for, and what helps, by
// being an [*Error] or by having any of the methods
//
//	Exit() int
//	Code() string
//	Hint() string
package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"runtime/debug"
	"syscall"

	"hostkit/pkg/doc"
)

// Command is a program of ours.
type Command struct {
	// Name is the program's: "hk-plan".
	Name string
	// Usage is what may stand behind the name: "[--out FILE] [--exit-code]".
	Usage string
	// Summary says in one sentence what the command does.
	Summary string
	// Example is one line that can be typed as it stands.
	Example string
	// ForPeople says that stdout is text that people page through. One who has seen
	// enough ends the command, quietly, as git and others end: with [ExitPipe].
	// Where stdout is documents, somebody misses them.
	ForPeople bool
	// Graceful says that the command stops where it can when [Stop] is closed, since
	// it changes what can't be had again.
	Graceful bool
	// Reads and Writes are the documents that --version lists.
	Reads, Writes []doc.Schema
	// Exits are the statuses that -h explains; none means all.
	Exits []int
	// Environ gives the variable that stands in for a flag which was not given.
	// Only the flags in [FromEnvironment] may have one: nothing that confirms or
	// weakens may come from the environment.
	Environ map[string]string
	// Instead gives, for a flag with a variable, the flags that contradict it: where
	// one of them is given, the variable is not looked at.
	Instead map[string][]string
	// Unlike gives, for flags of other programs that are of no use here, the hint that
	// says what to do: "imports are relative to the file". It goes before the hints that
	// all commands have.
	Unlike map[string]string
	// Flags declares the flags; --help and --version are there already. May be
	// nil.
	Flags func(fs *flag.FlagSet)
	// Run is given what stands behind the flags. Its error becomes the message
	// and the exit status.
	Run func(ctx context.Context, s Streams, args []string) error
}

// Streams are a command's connections to the world.
type Streams struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// Getenv is os.Getenv, or a test's own.
	Getenv func(string) string
	// Name is the command's, for messages; Main sets it.
	Name string
	// Scrub takes secrets out of what hosts said, in messages and in `error`
	// members; nil leaves all as it is.
	Scrub func(string) string
	// example is the command's, for who has called it without documents.
	example string
	// typed is the command's name and the flags that were given, as they are typed.
	typed []string
	// reads are the documents that the command reads.
	reads []doc.Schema
	// variables are those that stood in for a flag, by its name.
	variables map[string]string
}

// Main runs the command and returns its exit status. It writes to the streams
// alone, so tests can call it with buffers. A panic in the command becomes an
// "internal error", with its stack only when HOSTKIT_DEBUG is set.
func Main(ctx context.Context, cmd Command, args []string, s Streams) int {
	out := &watchedWriter{dst: s.Stdout, aside: !cmd.Graceful}
	s.Name, s.example, s.Stdout = cmd.Name, cmd.Example, out
	status := s.statusOf()
	s.Stderr = status
	s.Stdin = Under(ctx, s.Stdin)
	if s.Getenv == nil {
		s.Getenv = func(string) string { return "" }
	}
	err := writable(out.dst)
	if err == nil {
		err = run(ctx, cmd, args, s)
	}
	status.Clear()
	if err == nil {
		err = out.err // the command did not look
	}
	if err == nil {
		return ExitDone
	}
	if cmd.ForPeople && errors.Is(out.err, syscall.EPIPE) {
		return ExitPipe
	}
	if interrupted := causeOf(ctx); interrupted != nil {
		if errors.Is(err, context.Canceled) {
			err = interrupted
		}
		s.report(err)
		return ExitInterrupted
	}
	s.report(err)
	return exitOf(err)
}

func run(ctx context.Context, cmd Command, args []string, s Streams) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = s.internal(p, debug.Stack())
		}
	}()
	p, err := parse(cmd, args, s.Getenv)
	switch {
	case errors.Is(err, flag.ErrHelp):
		_, err = io.WriteString(s.Stdout, help(cmd.Describe()))
		return err
	case err != nil:
		return err
	case p.version:
		info, _ := debug.ReadBuildInfo()
		_, err = io.WriteString(s.Stdout, version(cmd, info))
		return err
	}
	s.variables, s.reads = p.variables, cmd.Reads
	s.typed = typedFlags(cmd.Name, args[:len(args)-len(p.operands)])
	return cmd.Run(ctx, s, p.operands)
}

// internal is the error of a panic. A stack holds no values, but it is of no
// use to the one who meets it, so it is printed only when asked for.
func (s Streams) internal(p any, stack []byte) error {
	if s.Getenv != nil && s.Getenv("HOSTKIT_DEBUG") != "" {
		_, _ = s.Stderr.Write(stack)
	}
	return &Error{
		Exit: ExitFailed, Code: "internal", Message: fmt.Sprintf("internal error: %v", p),
		Hint: "this is a bug: please report it with what HOSTKIT_DEBUG=1 prints",
	}
}
