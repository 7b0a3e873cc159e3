package transport

import (
	"bytes"
	"context"
	"io"
	"strconv"
	"time"

	"hostkit/pkg/secret"
	"hostkit/pkg/shell"
)

// Program is a way to become another user.
type Program string

// The programs. None runs as the user who logged in.
const (
	None Program = ""
	Sudo Program = "sudo"
	Doas Program = "doas"
)

// Privilege says as whom a shell runs.
type Privilege struct {
	Program Program
	// Login is who logs in, for messages; it may be empty.
	Login string
	// User is whom to become; empty means root.
	User string
	// Password is sent if, and only if, sudo asks for one; once.
	Password secret.Value
}

// passwordLimit is what sudo takes in one answer: PAM_MAX_RESP_SIZE with its NUL
// is 512. It would take the rest for a second attempt.
const passwordLimit = 511

// Check refuses what can't be asked of a host, with a *CredentialError.
func (p Privilege) Check() error {
	if _, err := shell.ExecLine(p.become()); err != nil {
		return &CredentialError{
			Reason: "become_invalid", Why: err.Error(),
			Advice: "a login name holds letters, digits, dots, dashes and underscores",
		}
	}
	if !p.become().WithPassword {
		return nil
	}
	password := p.Password.Reveal()
	defer clear(password)
	refuse := func(why string) error {
		return &CredentialError{
			Reason: "sudo_password_unfit", Why: "the sudo password " + why,
			Advice: "sudo reads one line; a file with a newline at its end is read without it",
		}
	}
	switch {
	case len(password) > passwordLimit:
		return refuse("has more than " + strconv.Itoa(passwordLimit) + " bytes")
	case bytes.ContainsAny(password, "\n\r\x00"):
		// sudo ends a line at a carriage return, too.
		return refuse("holds a newline, a carriage return or a NUL byte")
	}
	return nil
}

func (p Privilege) become() shell.Become {
	return shell.Become{
		Program: string(p.Program), User: p.User,
		WithPassword: p.Program == Sudo && !p.Password.IsZero(),
	}
}

// Shell starts package shell's receiver on the host with a privilege and returns its streams.
// ctx bounds the call and not the stream. The error is a *PhaseError,
// *ShellError or *LostError; with a password also a *BecomeError or
// *AccountError, for sudo has answered when Shell returns, or what Check says.
//
// When the program has ended, Stdout and Stderr give io.EOF, and Close returns an
// *ExitError if its exit status was not 0. When the connection broke, they give
// a *LostError. Both must be read all the time: they share a window of 2 MiB, and
// a host that can't write to one of them stands still.
func (c *Conn) Shell(ctx context.Context, p Privilege) (shell.Stream, error) {
	if err := p.Check(); err != nil {
		return shell.Stream{}, err
	}
	line, err := shell.ExecLine(p.become())
	if err != nil {
		return shell.Stream{}, err
	}
	stream, err := c.opener.open(ctx, line)
	if err != nil || !p.become().WithPassword {
		return stream, err
	}
	return c.unlock(ctx, stream, p)
}

// unlock lets sudo have the password. It closes the stream when it fails.
func (c *Conn) unlock(ctx context.Context, stream shell.Stream, p Privilege) (shell.Stream, error) {
	began := time.Now()
	ctx, cancel := context.WithTimeoutCause(ctx, c.shellLimit, ErrTimeout)
	defer cancel()
	release := context.AfterFunc(ctx, func() { _ = stream.Close() })
	password := p.Password.Reveal()
	defer clear(password)
	unlocked, said, err := shell.Unlock(stream, password)
	if err == io.EOF {
		more, _ := io.ReadAll(io.LimitReader(stream.Stderr, shell.NoiseLimit))
		said = append(said, more...)
	}
	switch expired := !release(); {
	case expired:
		_ = stream.Close()
		return shell.Stream{}, phaseError(ctx, PhaseShell, c.address, began, nil)
	case err == nil:
		return unlocked, nil
	}
	exit := stream.Close()
	if err == io.EOF {
		return shell.Stream{}, ClassifyBecome(p, said, exit)
	}
	return shell.Stream{}, err
}
