package transport

import (
	"context"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

// tunnel connects from r's host to a host and port; it is r's host that looks the
// name up. An error is a *ForwardError, *PhaseError or *JumpError.
func (r *remote) tunnel(ctx context.Context, hostname string, port int, limit time.Duration) (*wire, error) {
	address := net.JoinHostPort(strings.ToLower(hostname), strconv.Itoa(port))
	began := time.Now()
	ctx, cancel := context.WithTimeoutCause(ctx, limit, ErrTimeout)
	defer cancel()
	type opened struct {
		conn *tunnelConn
		err  error
	}
	result := make(chan opened)
	abandoned := make(chan struct{})
	running := r.spawn(func() {
		conn, err := r.forward(hostname, port)
		select {
		case result <- opened{conn, err}:
		case <-abandoned:
			if conn != nil {
				_ = conn.Close()
			}
		}
	})
	if !running {
		return nil, &JumpError{Address: r.address, Failure: &LostError{Address: r.address, Err: errClosed}}
	}
	var refused *ssh.OpenChannelError
	select {
	case got := <-result:
		switch {
		case got.err == nil:
			return newWire(got.conn), nil
		case errors.As(got.err, &refused):
			return nil, &ForwardError{Address: address, Through: r.address, Err: refused}
		}
		if cause := r.why(lastWord); cause != nil {
			return nil, atHop(r.address, cause)
		}
		return nil, &ForwardError{Address: address, Through: r.address, Err: got.err}
	case <-ctx.Done():
		close(abandoned)
		failed := phaseError(ctx, PhaseConnect, address, began, nil)
		failed.Through = r.address
		return nil, failed
	}
}

// forward opens a channel of the type direct-tcpip (RFC 4254, section 7.2).
func (r *remote) forward(hostname string, port int) (*tunnelConn, error) {
	channel, requests, err := r.openChannel("direct-tcpip", ssh.Marshal(struct {
		Host       string
		Port       uint32
		Originator string
		From       uint32
	}{hostname, uint32(port), "127.0.0.1", 0}))
	if err != nil {
		return nil, err
	}
	t := &tunnelConn{remote: r, channel: channel, in: newPipe(), out: newPipe()}
	r.spawn(func() { ssh.DiscardRequests(requests) })
	// Nobody reads what is neither of the streams, and it shares their window.
	r.spawn(func() { _, _ = io.Copy(io.Discard, channel.Stderr()) })
	r.spawn(func() {
		_, err := io.Copy(t.in.w, channel)
		t.in.w.CloseWithError(err)
	})
	r.spawn(func() {
		_, err := io.Copy(channel, t.out.r)
		if err != nil {
			t.out.r.CloseWithError(err)
		}
	})
	return t, nil
}

// tunnelConn is a connection through a bastion. A read or write of an x/crypto
// channel ends only when the other side, or the connection, does; here they end
// with Close too, and the deadlines of phases depend on it.
type tunnelConn struct {
	remote    *remote
	channel   ssh.Channel
	in, out   pipe
	closeOnce sync.Once
}

func (t *tunnelConn) Read(p []byte) (int, error)  { return t.in.r.Read(p) }
func (t *tunnelConn) Write(p []byte) (int, error) { return t.out.w.Write(p) }

func (t *tunnelConn) Close() error {
	t.closeOnce.Do(func() {
		t.in.r.CloseWithError(net.ErrClosed)
		t.out.w.CloseWithError(net.ErrClosed)
		// The message waits for as long as the network takes nothing.
		t.remote.spawn(func() { _ = t.channel.Close() })
	})
	return nil
}

func (*tunnelConn) LocalAddr() net.Addr  { return nowhere{} }
func (*tunnelConn) RemoteAddr() net.Addr { return nowhere{} }

// errNoDeadline is never seen: x/crypto/ssh sets none.
var errNoDeadline = errors.New("a connection through a jump host has no deadline")

func (*tunnelConn) SetDeadline(time.Time) error      { return errNoDeadline }
func (*tunnelConn) SetReadDeadline(time.Time) error  { return errNoDeadline }
func (*tunnelConn) SetWriteDeadline(time.Time) error { return errNoDeadline }
