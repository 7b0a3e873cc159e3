package cli

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
)

// Exec is what main calls; it does not return. SIGINT and SIGTERM end the
// command's context, and the second of them ends the process at once.
func Exec(cmd Command) {
	ctx, cancel := context.WithCancelCause(context.Background())
	watchSignals(cancel)
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

func watchSignals(cancel context.CancelCauseFunc) {
	ends := make(chan os.Signal, 2)
	signal.Notify(ends, syscall.SIGINT, syscall.SIGTERM)
	// Once somebody listens to SIGPIPE, writing to a closed stdout is an error
	// like any other instead of the process's silent death (os/signal). It is not
	// ignored, since a child process would inherit that.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	go func() {
		<-ends
		cancel(errInterrupted)
		<-ends
		os.Exit(ExitInterrupted)
	}()
}
