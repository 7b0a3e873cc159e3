package login

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"hostkit/pkg/cli"
	"hostkit/pkg/secret"
)

// controlTerminal is the terminal of the session, whatever stdin and stdout are:
// those carry documents.
const controlTerminal = "/dev/tty"

// terminal asks a person for passphrases, one after the other.
type terminal struct {
	// command is who asks, and hold keeps from the terminal what would be written
	// there meanwhile.
	command string
	hold    func() (release func())
	// turn is held by the one who asks. It is a channel, so that waiting for it can
	// be given up.
	turn chan struct{}
	// asked are the files that were asked for. The one who has the turn reads it.
	asked map[string]bool
}

// openTerminal returns nil where there is no terminal: in cron, in CI, in a
// service.
func openTerminal(s cli.Streams) *terminal {
	tty, err := os.OpenFile(controlTerminal, os.O_RDWR, 0)
	if err != nil {
		return nil
	}
	_ = tty.Close()
	return &terminal{command: s.Name, hold: s.Hold, turn: make(chan struct{}, 1), asked: map[string]bool{}}
}

// askPassphrase is a transport.Options.AskPassphrase. What is typed is not shown.
func (t *terminal) askPassphrase(ctx context.Context, file string) (secret.Value, error) {
	select {
	case t.turn <- struct{}{}:
	case <-ctx.Done():
		return secret.Value{}, context.Cause(ctx)
	}
	defer t.hold()()
	tty, err := os.OpenFile(controlTerminal, os.O_RDWR, 0)
	if err != nil {
		<-t.turn
		return secret.Value{}, errors.New("the terminal is gone")
	}
	prompt := "passphrase of %q: "
	if t.asked[file] {
		prompt = "that was wrong; passphrase of %q: "
	}
	t.asked[file] = true
	typed, err := readHidden(ctx, tty, fmt.Sprintf("%s: "+prompt, t.command, file))
	if ctx.Err() != nil {
		// Where a read can't be ended it goes on until the process ends: the turn is
		// kept, so that nobody else is asked meanwhile.
		return secret.Value{}, context.Cause(ctx)
	}
	_ = tty.Close()
	<-t.turn
	return typed, err
}

// readHidden asks for a line that is not shown. When ctx ends first it returns at
// once, with the terminal as it was.
func readHidden(ctx context.Context, tty *os.File, prompt string) (secret.Value, error) {
	raw, err := tty.SyscallConn()
	if err != nil {
		return secret.Value{}, err
	}
	// Before the prompt, so that nothing is shown of what is typed at once.
	show, err := hideTyping(raw)
	if err != nil {
		return secret.Value{}, err
	}
	fmt.Fprint(tty, prompt)
	lines := make(chan line, 1)
	go func() { lines <- readLine(tty) }()
	var got line
	select {
	case <-ctx.Done():
		// What can't have a deadline, as a terminal of macOS, is left to itself.
		if tty.SetReadDeadline(time.Now()) == nil {
			<-lines
		}
		got.err = context.Cause(ctx)
	case got = <-lines:
	}
	fmt.Fprintln(tty)
	return secret.New(got.text), errors.Join(got.err, show())
}

type line struct {
	text []byte
	err  error
}

// readLine reads to the end of a line. A terminal takes 4096 bytes at most
// (termios(3)).
func readLine(tty io.Reader) line {
	var text []byte
	for buffer := make([]byte, 4096); ; {
		n, err := tty.Read(buffer)
		text = append(text, buffer[:n]...)
		before, _, whole := bytes.Cut(text, []byte("\n"))
		switch {
		case whole:
			return line{text: before}
		case errors.Is(err, io.EOF):
			return line{err: errors.New("the terminal said no more")}
		case err != nil:
			return line{err: err}
		case len(text) > 4096:
			return line{err: errors.New("the line is too long")}
		}
	}
}

// hideTyping turns the echo off, and returns what turns it on again. Ctrl-Z is
// off too: the shell would show what is typed after `fg`.
func hideTyping(raw syscall.RawConn) (show func() error, err error) {
	set := func(change func(*unix.Termios)) error {
		var failed error
		err := raw.Control(func(fd uintptr) {
			state, err := unix.IoctlGetTermios(int(fd), getTermios)
			if err == nil {
				change(state)
				err = unix.IoctlSetTermios(int(fd), setTermios, state)
			}
			failed = err
		})
		return errors.Join(err, failed)
	}
	var before unix.Termios
	err = set(func(state *unix.Termios) {
		before = *state
		state.Lflag &^= unix.ECHO
		state.Lflag |= unix.ICANON | unix.ISIG
		state.Iflag |= unix.ICRNL
		state.Cc[unix.VSUSP] = noCharacter
	})
	return func() error { return set(func(state *unix.Termios) { *state = before }) }, err
}
