package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// The exit statuses of the commands that this package asks for.
const (
	exitInput       = 3
	exitUnreachable = 4
	exitStale       = 5
	exitInterrupted = 130
)

// Phase is a part of connecting that has a limit of its own.
type Phase string

// The phases, in order.
const (
	PhaseResolve     Phase = "resolve"
	PhaseConnect     Phase = "connect"
	PhaseKeyExchange Phase = "key exchange"
	PhaseLogin       Phase = "login"
	PhaseShell       Phase = "shell"
)

// ErrTimeout is the Err of a *PhaseError whose limit ran out.
var ErrTimeout = errors.New("no answer")

// PhaseError says in which phase a connection failed and how long it took.
type PhaseError struct {
	// Phase is where it failed.
	Phase Phase
	// Address is the host and port; for PhaseResolve the hostname.
	Address string
	// Through is the jump host's host and port, where PhaseConnect goes through
	// one.
	Through string
	// Waited is the time since the phase began.
	Waited time.Duration
	// Said is what the server said before it closed the connection, printable.
	Said string
	// Err is ErrTimeout, the cause of the end of the context, or what the
	// network said.
	Err error

	// origin is for the hint.
	origin origin
}

func (e *PhaseError) Error() string {
	what := fmt.Sprintf("%s with %s", e.Phase, e.Address)
	switch e.Phase {
	case PhaseResolve:
		what = "resolve " + e.Address
	case PhaseConnect:
		what = "connect to " + e.Address
		if e.Through != "" {
			what += " through jump host " + e.Through
		}
	case PhaseLogin, PhaseShell:
		what = fmt.Sprintf("%s on %s", e.Phase, e.Address)
	}
	if errors.Is(e.Err, ErrTimeout) {
		return fmt.Sprintf("%s: no answer within %s", what, rounded(e.Waited))
	}
	what += ": " + plain(e.Err)
	if e.Said != "" {
		what += `, after it said "` + e.Said + `"`
	}
	return what
}

func (e *PhaseError) Unwrap() error { return e.Err }

// Code is "timeout", "interrupted" or "unreachable".
func (e *PhaseError) Code() string {
	switch {
	case errors.Is(e.Err, ErrTimeout), errors.Is(e.Err, context.DeadlineExceeded):
		return "timeout"
	case errors.Is(e.Err, context.Canceled):
		return "interrupted"
	}
	return "unreachable"
}

// Hint says what to look at.
func (e *PhaseError) Hint() string {
	switch {
	case errors.Is(e.Err, context.Canceled):
		return ""
	case e.Phase == PhaseResolve:
		return e.origin.entry.before(e.origin.entry.place() + "; if that is right, check this machine's DNS")
	case e.Phase == PhaseConnect && errors.Is(e.Err, syscall.ECONNREFUSED):
		return "check hostname and " + e.origin.port() + ": nothing listens there"
	case e.Phase == PhaseConnect:
		return "check hostname, " + e.origin.port() + ", and the firewalls between"
	case e.Phase == PhaseKeyExchange && errors.Is(e.Err, io.EOF):
		return "the server may have too many logins at once (MaxStartups in sshd_config), or ban this address"
	case e.Phase == PhaseKeyExchange:
		return "check that an SSH server answers on this " + e.origin.port()
	case e.Phase == PhaseLogin && e.Said != "":
		return "if that is not the reason, the log of the host's sshd has it"
	case e.Phase == PhaseShell && errors.Is(e.Err, ErrTimeout):
		return "a start file of the login shell may wait for something, or sudo: try `ssh HOST /bin/sh -c :`"
	}
	return ""
}

// Exit is 4, or 130 when the caller ended it.
func (e *PhaseError) Exit() int {
	if errors.Is(e.Err, context.Canceled) {
		return exitInterrupted
	}
	return exitUnreachable
}

// LostError says that an open connection broke.
type LostError struct {
	Address string
	// Silent is how long the host had been silent when it was given up; 0 when
	// the connection broke by itself.
	Silent time.Duration
	// Err is what the network said; nil when Silent is set.
	Err error
}

func (e *LostError) Error() string {
	if e.Silent > 0 {
		return fmt.Sprintf("connection to %s lost: no sign of life for %s", e.Address, rounded(e.Silent))
	}
	return "connection to " + e.Address + " lost: " + plain(e.Err)
}

func (e *LostError) Unwrap() error { return e.Err }

// Code is the stable word for programs.
func (e *LostError) Code() string { return "connection_lost" }

// Hint says what to do. Whether anything was changed is known to the caller alone.
func (e *LostError) Hint() string {
	return "look at the host and the network between, then run the command again"
}

// Exit is the exit status this failure asks for.
func (e *LostError) Exit() int { return exitUnreachable }

// rounded is d for people.
func rounded(d time.Duration) time.Duration {
	if d > time.Second {
		return d.Round(100 * time.Millisecond)
	}
	return d.Round(time.Millisecond)
}

// plain is the text of a network error without Go's own wrapping: no bare EOF,
// no "ssh: handshake failed", no addresses twice.
func plain(err error) string {
	var op *net.OpError
	var name *net.DNSError
	var ours Failure
	switch {
	case err == nil:
		return "the server closed the connection"
	case errors.As(err, &ours):
		return err.Error()
	case errors.As(err, &name):
		return name.Err
	case errors.As(err, &op):
		return plainSyscall(op.Err)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the server closed the connection"
	case errors.Is(err, net.ErrClosed):
		return "the connection is closed"
	}
	text := strings.TrimPrefix(err.Error(), "ssh: handshake failed: ")
	return printable(strings.TrimPrefix(text, "ssh: "))
}

func plainSyscall(err error) string {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errno.Error()
	}
	return err.Error()
}

// printable makes the control characters and everything else in a server's
// words visible that could move a terminal's cursor, and bounds the length.
func printable(s string) string {
	const limit = 400
	if len(s) > limit {
		s = s[:limit] + "…"
	}
	q := strconv.QuoteToGraphic(s)
	return strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`)
}
