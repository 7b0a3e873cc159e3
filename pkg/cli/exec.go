package cli

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
)

// Exec is what main calls; it does not return. SIGINT, SIGTERM and SIGHUP end
// the command's context, and the second of them ends the process at once. Of a
// command that is Graceful the first asks it to stop where it can ([Stop]), and
// the second and the third do that.
func Exec(cmd Command) {
	ctx, cancel := context.WithCancelCause(context.Background())
	var stop chan struct{}
	if cmd.Graceful {
		stop = make(chan struct{})
		ctx = withStop(ctx, stop)
	}
	stderr := &Status{dst: os.Stderr}
	watchSignals(cmd.Name, stderr, stop, cancel)
	os.Exit(Main(ctx, cmd, os.Args[1:], Streams{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: stderr, Getenv: os.Getenv,
	}))
}

type stopKey struct{}

func withStop(ctx context.Context, stop <-chan struct{}) context.Context {
	return context.WithValue(ctx, stopKey{}, stop)
}

// Stop is closed when somebody asks a Graceful command to stop where it can; of
// another command it is nil.
func Stop(ctx context.Context) <-chan struct{} {
	stop, _ := ctx.Value(stopKey{}).(<-chan struct{})
	return stop
}

// UntilStopped is a context that the first signal ends too, for what a Graceful
// command does before it has begun anything that it could stop behind. end is called
// when that is done.
func UntilStopped(ctx context.Context) (until context.Context, end func()) {
	until, cancel := context.WithCancelCause(ctx)
	go func() {
		select {
		case <-Stop(ctx):
			cancel(errInterrupted)
		case <-until.Done():
		}
	}()
	return until, func() { cancel(context.Canceled) }
}

// errInterrupted is the cause of a context that a signal ended.
var errInterrupted = &Error{Exit: ExitInterrupted, Code: "interrupted", Message: "interrupted"}

// causeOf returns the interruption that ended the context, or asked the command to
// stop, or nil.
func causeOf(ctx context.Context) error {
	if errors.Is(context.Cause(ctx), errInterrupted) {
		return errInterrupted
	}
	select {
	case <-Stop(ctx):
		return errInterrupted
	default:
		return nil
	}
}

func watchSignals(name string, stderr *Status, stop chan<- struct{}, cancel context.CancelCauseFunc) {
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
		say := func(what string) {
			if IsTerminal(stderr) {
				stderr.interrupt(name+": interrupted: "+what, os.Getenv("TERM") == "dumb")
			}
		}
		<-ends
		if stop != nil {
			say("stopping behind the step that runs; once more drops the connections")
			close(stop)
			<-ends
		}
		say("coming to an end; once more drops everything")
		cancel(errInterrupted)
		<-ends
		stderr.leave()
		os.Exit(ExitInterrupted)
	}()
}
