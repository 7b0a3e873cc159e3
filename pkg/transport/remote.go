package transport

import (
	"context"
	"errors"
	"io"
	"strconv"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"hostkit/pkg/shell"
)

// lastWord is how long the end of one stream waits for what explains it: the
// exit status, or the end of the connection.
const lastWord = 250 * time.Millisecond

// remote is an open SSH connection.
type remote struct {
	address string
	wire    *wire
	// via is the jump host that leads there; nil where none does.
	via     *remote
	client  *ssh.Client
	options Options
	// closing is closed when close is called, gone when the connection is over
	// and cause says why.
	closing, gone chan struct{}
	closeOnce     sync.Once
	// running counts every goroutine of the connection.
	running sync.WaitGroup

	mu     sync.Mutex
	closed bool
	cause  error
	shells map[*remoteShell]struct{}
}

func newRemote(address string, w *wire, via *remote, client *ssh.Client, o Options) *remote {
	r := &remote{
		address: address, wire: w, via: via, client: client, options: o,
		closing: make(chan struct{}), gone: make(chan struct{}),
		shells: map[*remoteShell]struct{}{},
	}
	r.spawn(func() {
		err := client.Wait()
		if errors.Is(err, io.EOF) {
			// Who looks for io.EOF must not take this for the end of a program.
			err = errHungUp
		}
		lost := &LostError{Address: address, Err: err}
		if cause := via.lostUnder(lost); cause != nil {
			lost.Err = cause
		}
		r.lose(lost)
		close(r.gone)
	})
	if o.Keepalive.Interval > 0 {
		r.keepAlive()
	}
	return r
}

// spawn runs f in a goroutine that close waits for. After close it does nothing
// and returns false.
func (r *remote) spawn(f func()) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.closed {
		r.running.Go(f)
	}
	return !r.closed
}

// lose notes why the connection ends; the first reason counts.
func (r *remote) lose(cause error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cause == nil {
		r.cause = cause
	}
}

// why returns why the connection has ended, or nil if it does not end within
// the given time.
func (r *remote) why(within time.Duration) error {
	select {
	case <-r.gone:
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.cause
	case <-time.After(within):
		return nil
	}
}

// viaPatience is how long the end of a connection waits for that of its jump
// host, which comes with it where it is the reason; it is less than lastWord.
const viaPatience = 50 * time.Millisecond

// lostUnder is the *JumpError that explains err if r, which leads to where it
// happened, is lost; nil if it is not.
func (r *remote) lostUnder(err error) error {
	var failure Failure
	if r == nil || !errors.As(err, &failure) || failure.Code() != "unreachable" && failure.Code() != "connection_lost" {
		return nil
	}
	if cause := r.why(viaPatience); cause != nil {
		return atHop(r.address, cause)
	}
	return nil
}

var errHungUp = errors.New("the server closed the connection")

// errClosed is what a caller gets who goes on after Close.
var errClosed = errors.New("the connection was closed")

func (r *remote) close() error {
	r.closeOnce.Do(func() {
		r.lose(errClosed)
		close(r.closing)
		r.mu.Lock()
		r.closed = true
		for s := range r.shells {
			s.release(errClosed)
		}
		r.mu.Unlock()
		// First what blocks, then who is blocked.
		_ = r.wire.Close()
		_ = r.client.Close()
	})
	r.running.Wait()
	return nil
}

// open starts line on a channel of its own.
func (r *remote) open(ctx context.Context, line string) (shell.Stream, error) {
	began := time.Now()
	ctx, cancel := context.WithTimeoutCause(ctx, r.options.Timeouts.Shell, ErrTimeout)
	defer cancel()
	type opened struct {
		shell *remoteShell
		err   error
	}
	result := make(chan opened)
	abandoned := make(chan struct{})
	running := r.spawn(func() {
		s, err := r.start(line)
		select {
		case result <- opened{s, err}:
		case <-abandoned:
			// Nobody waits any more, and the server has answered after all.
			if s != nil {
				_ = s.Close()
			}
		}
	})
	if !running {
		return shell.Stream{}, errClosed
	}
	select {
	case got := <-result:
		if got.err != nil {
			return shell.Stream{}, got.err
		}
		return got.shell.stream(), nil
	case <-ctx.Done():
		close(abandoned)
		return shell.Stream{}, phaseError(ctx, PhaseShell, r.address, began, nil)
	}
}

// start opens a session channel and runs line there.
func (r *remote) start(line string) (*remoteShell, error) {
	channel, requests, err := r.openChannel("session", nil)
	var refused *ssh.OpenChannelError
	switch {
	case errors.As(err, &refused):
		return nil, &ShellError{Address: r.address, Err: refused}
	case err != nil:
		return nil, r.broken(err)
	}
	s := newRemoteShell(r, channel, requests)
	ok, err := channel.SendRequest("exec", true, ssh.Marshal(struct{ Command string }{line}))
	if err != nil || !ok {
		_ = s.Close()
	}
	switch {
	case err != nil:
		return nil, r.broken(err)
	case !ok:
		return nil, &ShellError{Address: r.address, Err: errors.New("the server runs no commands")}
	}
	s.pump()
	return s, nil
}

// openChannel opens a channel. The library never gives an answer when
// the connection ends just as it asks: it has told all channels already then, and
// not yet closed the connection.
func (r *remote) openChannel(kind string, extra []byte) (channel ssh.Channel, requests <-chan *ssh.Request, err error) {
	answered := make(chan struct{})
	var answer struct {
		channel  ssh.Channel
		requests <-chan *ssh.Request
		err      error
	}
	go func() {
		defer close(answered)
		answer.channel, answer.requests, answer.err = r.client.OpenChannel(kind, extra)
	}()
	select {
	case <-answered:
	case <-r.gone:
		select {
		case <-answered:
		case <-time.After(lastWord):
			return nil, nil, errHungUp
		}
	}
	return answer.channel, answer.requests, answer.err
}

// broken explains an error of a channel: mostly it is the connection's.
func (r *remote) broken(err error) error {
	if cause := r.why(lastWord); cause != nil {
		return cause
	}
	return &ShellError{Address: r.address, Err: err}
}

// ShellError says that the server opens no shell on a connection that is logged
// in.
type ShellError struct {
	Address string
	Err     error
}

func (e *ShellError) Error() string {
	var refused *ssh.OpenChannelError
	if errors.As(e.Err, &refused) {
		return "open a shell on " + e.Address + ": refused: " + strconv.Quote(printable(refused.Message))
	}
	return "open a shell on " + e.Address + ": " + plain(e.Err)
}

func (e *ShellError) Unwrap() error { return e.Err }

// Code is the stable word for programs.
func (e *ShellError) Code() string { return "shell_refused" }

// Hint says what to look at.
func (e *ShellError) Hint() string {
	return "check that this user may run commands there (MaxSessions and ForceCommand in sshd_config)"
}

// Exit is the exit status this failure asks for.
func (e *ShellError) Exit() int { return exitUnreachable }
