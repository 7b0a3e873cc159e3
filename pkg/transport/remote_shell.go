package transport

import (
	"errors"
	"io"
	"strconv"
	"sync"
	"syscall"
	"time"

	"golang.org/x/crypto/ssh"

	"hostkit/pkg/shell"
)

// ExitError says how the program of a shell ended.
type ExitError struct {
	// Status is the exit status, -1 when a signal ended the program.
	Status int
	// Signal is the signal's name without "SIG", or empty.
	Signal string
}

func (e *ExitError) Error() string {
	if e.Signal != "" {
		return "ended by signal " + e.Signal
	}
	return "exit status " + strconv.Itoa(e.Status)
}

// remoteShell is a program on a session channel.
//
// A read or write of an x/crypto channel ends only when the other side, or the
// connection, does. The callers get pipes instead, which close at once.
type remoteShell struct {
	remote  *remote
	channel ssh.Channel
	// ended is closed when the channel is over; status and exited are written
	// before.
	ended  chan struct{}
	exited bool
	exit   *ExitError

	closeOnce sync.Once
	out, err  pipe
	in        pipe
}

type pipe struct {
	r *io.PipeReader
	w *io.PipeWriter
}

func newPipe() pipe {
	r, w := io.Pipe()
	return pipe{r, w}
}

func newRemoteShell(r *remote, channel ssh.Channel, requests <-chan *ssh.Request) *remoteShell {
	s := &remoteShell{
		remote: r, channel: channel, ended: make(chan struct{}),
		in: newPipe(), out: newPipe(), err: newPipe(),
	}
	r.mu.Lock()
	r.shells[s] = struct{}{}
	r.mu.Unlock()
	r.spawn(func() { s.listen(requests) })
	return s
}

// listen takes what the server says about the program until the channel is over.
func (s *remoteShell) listen(requests <-chan *ssh.Request) {
	defer close(s.ended)
	for request := range requests {
		switch request.Type {
		case "exit-status":
			var msg struct{ Status uint32 }
			if ssh.Unmarshal(request.Payload, &msg) == nil {
				s.exited = true
				if msg.Status != 0 {
					s.exit = &ExitError{Status: int(msg.Status)}
				}
			}
		case "exit-signal":
			var msg struct {
				Signal     string
				CoreDumped bool
				Error      string
				Lang       string
			}
			if ssh.Unmarshal(request.Payload, &msg) == nil {
				s.exited, s.exit = true, &ExitError{Status: -1, Signal: printable(msg.Signal)}
			}
		}
		if request.WantReply {
			_ = request.Reply(false, nil)
		}
	}
}

// pump moves bytes between the channel and the pipes until either is closed.
func (s *remoteShell) pump() {
	for _, from := range []struct {
		pipe   pipe
		source io.Reader
	}{{s.out, s.channel}, {s.err, s.channel.Stderr()}} {
		s.remote.spawn(func() {
			_, err := io.Copy(from.pipe.w, from.source)
			from.pipe.w.CloseWithError(s.endOf(err))
		})
	}
	s.remote.spawn(func() {
		_, err := io.Copy(s.channel, s.in.r)
		if err == nil {
			err = s.channel.CloseWrite()
		}
		if err != nil {
			s.in.r.CloseWithError(s.afterEnd())
		}
	})
}

// endOf says what the end of a stream means. The library gives io.EOF for a
// program that ended and for a connection that broke.
func (s *remoteShell) endOf(err error) error {
	if err != nil {
		return err
	}
	select {
	case <-s.ended:
		if s.exited {
			return io.EOF
		}
	case <-time.After(lastWord):
	}
	if cause := s.remote.why(lastWord); cause != nil {
		return cause
	}
	return io.EOF
}

// afterEnd is the error of a write that nobody takes any more.
func (s *remoteShell) afterEnd() error {
	if err := s.endOf(nil); err != io.EOF {
		return err
	}
	return syscall.EPIPE
}

func (s *remoteShell) stream() shell.Stream {
	return shell.Stream{Stdin: s.in.w, Stdout: s.out.r, Stderr: s.err.r, Close: s.Close}
}

// release ends blocked reads and writes of the caller.
func (s *remoteShell) release(reason error) {
	s.in.r.CloseWithError(reason)
	s.out.r.CloseWithError(reason)
	s.err.r.CloseWithError(reason)
}

// Close ends the channel; the server ends the program's streams. It returns the
// *ExitError of a program that has ended by itself.
func (s *remoteShell) Close() error {
	s.closeOnce.Do(func() {
		s.release(errShellClosed)
		// Until here the end of the connection releases it: who was given a shell
		// and does not close it is no reason to wait.
		s.remote.mu.Lock()
		delete(s.remote.shells, s)
		s.remote.mu.Unlock()
		// The message waits for as long as the network takes nothing.
		s.remote.spawn(func() { _ = s.channel.Close() })
	})
	select {
	case <-s.ended:
		if s.exit != nil {
			return s.exit
		}
	default:
	}
	return nil
}

var errShellClosed = errors.New("the shell was closed")
