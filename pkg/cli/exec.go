package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// Exec is what main calls; it does not return. SIGINT, SIGTERM and SIGHUP end
// the command's context, and the second of them ends the process at once.
func Exec(cmd Command) {
	ctx, cancel := context.WithCancelCause(context.Background())
	watchSignals(cmd.Name, cancel)
	os.Exit(Main(ctx, cmd, os.Args[1:], Streams{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv,
	}))
}

// errInterrupted is the cause of a context that a signal ended.
var errInterrupted = &Error{Exit: ExitInterrupted, Code: "interrupted", Message: "interrupted"}

// causeOf returns the interruption that ended the context, or nil.
func causeOf(ctx context.Context) error {
	if errors.Is(context.Cause(ctx), errInterrupted) {
		return errInterrupted
	}
	return nil
}

func watchSignals(name string, cancel context.CancelCauseFunc) {
	ends := make(chan os.Signal, 2)
	signal.Notify(ends, syscall.SIGINT, syscall.SIGTERM)
	// A terminal that is closed leaves a report behind, too; nohup asks for it not
	// to be heard of.
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(ends, syscall.SIGHUP)
	}
	// Once somebody listens to SIGPIPE, writing to a closed stdout is an error
	// like any other instead of the process's silent death (os/signal). It is not
	// ignored, since a child process would inherit that.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	go func() {
		<-ends
		if IsTerminal(os.Stderr) {
			// What stands in the line, a status or the ^C, is overwritten.
			start := clearLine
			if os.Getenv("TERM") == "dumb" {
				start = "\n"
			}
			fmt.Fprintf(os.Stderr, "%s%s: interrupted: coming to an end; once more drops everything\n", start, name)
		}
		cancel(errInterrupted)
		<-ends
		os.Exit(ExitInterrupted)
	}()
}
