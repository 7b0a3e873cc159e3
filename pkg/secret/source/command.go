package source

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os/exec"
	"strconv"
	"syscall"
	"time"
)

// command runs argv without a shell and takes what it prints. Nothing that it
// prints on either stream ever stands in an error: a password store that fails
// half way may have printed half the value.
func (r *Resolver) command(ctx context.Context, argv []string) ([]byte, *refusal) {
	if !r.options.AllowCommands {
		return nil, &refusal{
			why:  "a document may not run commands on this machine",
			hint: "read the command, then allow all that the documents name with --allow-secret-commands",
		}
	}
	ctx, cancel := context.WithTimeout(ctx, r.options.CommandTimeout)
	defer cancel()
	out := &limited{left: sizeLimit}
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Stdout = out
	// The whole group: what a wrapper script started must not outlive it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	err := cmd.Run()
	if out.left < 0 {
		return nil, &refusal{why: "it printed more than 1 MiB", hint: "the command must print the value alone"}
	}
	if err != nil {
		return nil, &refusal{why: whyFailed(ctx, err, r.options.CommandTimeout), hint: "run the command by hand to see what it says"}
	}
	return out.kept.Bytes(), nil
}

func whyFailed(ctx context.Context, err error, limit time.Duration) string {
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return "it did not end within " + limit.String()
	case errors.As(err, &exit) && exit.Exited():
		return "it failed with exit status " + strconv.Itoa(exit.ExitCode())
	case errors.As(err, &exit):
		return "it was ended by a signal"
	case errors.Is(err, exec.ErrNotFound):
		return "there is no such command"
	case errors.Is(err, exec.ErrWaitDelay):
		return "it left a process behind that holds its output open"
	}
	return "it could not be run: " + reason(err)
}

// limited keeps what is written to it up to a limit and then fails.
type limited struct {
	kept bytes.Buffer
	left int
}

func (l *limited) Write(p []byte) (int, error) {
	if l.left -= len(p); l.left < 0 {
		return 0, io.ErrShortWrite
	}
	return l.kept.Write(p)
}
