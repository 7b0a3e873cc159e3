package transport

import (
	"context"
	"errors"
	"net"
	"time"

	"golang.org/x/crypto/ssh"

	"hostkit/pkg/doc"
	"hostkit/pkg/shell"
)

// Conn is a connection to a host. It is safe for use by several goroutines at
// once.
type Conn struct {
	hostKey *doc.HostKey
	server  *doc.SSHFacts
	opener  opener
	// address is for errors; shellLimit is Timeouts.Shell.
	address    string
	shellLimit time.Duration
	// network ends with the connection; nil where others share it.
	network *Network
}

// opener is a way to start an exec line on a host.
type opener interface {
	open(ctx context.Context, line string) (shell.Stream, error)
	close() error
}

// Connect logs in to t on a network of its own, which ends with the connection;
// see [Network.Connect].
func Connect(ctx context.Context, t Target, o Options) (*Conn, error) {
	n := NewNetwork()
	conn, err := n.Connect(ctx, t, o)
	if err != nil {
		n.Close()
		return nil, err
	}
	conn.network = n
	return conn, nil
}

// HostKey is what the host proved to own; nil on a local connection. With a host
// certificate it is the certificate's type and the fingerprint of the authority.
// The caller must not change it.
func (c *Conn) HostKey() *doc.HostKey { return c.hostKey }

// ShellLimit is Timeouts.Shell, and the *PhaseError of a shell that was started
// and has not answered within it.
func (c *Conn) ShellLimit() (time.Duration, error) {
	return c.shellLimit, &PhaseError{Phase: PhaseShell, Address: c.address, Waited: c.shellLimit, Err: ErrTimeout}
}

// Close ends the connection and every shell on it at once. It may be called more
// than once.
func (c *Conn) Close() error {
	err := c.opener.close()
	if c.network != nil {
		c.network.Close()
	}
	return err
}

// handshake exchanges keys and logs in. It closes w when it fails.
func handshake(ctx context.Context, w *wire, v *verifier, l *login) (*ssh.Client, error) {
	limits := v.options.Timeouts
	signing, stopSigning := context.WithCancel(ctx)
	defer stopSigning()
	closeAll := func() error {
		stopSigning()
		return w.Close()
	}
	guard := newWatch(ctx, v.target.Address(), closeAll, PhaseKeyExchange, limits.KeyExchange)
	supported := ssh.SupportedAlgorithms()
	config := &ssh.ClientConfig{
		// The library's defaults still have SHA-1 among them.
		Config:            ssh.Config{KeyExchanges: supported.KeyExchanges, MACs: supported.MACs},
		User:              l.target.User,
		AuthCallback:      l.next,
		BannerCallback:    l.hear,
		HostKeyAlgorithms: v.algorithms(),
		// Some servers ban the library's own name, which brute-forcers use.
		ClientVersion: "SSH-2.0-HostKit",
	}
	config.HostKeyCallback = func(name string, remote net.Addr, key ssh.PublicKey) error {
		err := v.check(name, remote, key)
		if err == nil {
			// The library goes on to the login by itself.
			guard.enter(PhaseLogin, limits.Login)
		}
		return err
	}
	conn, channels, requests, err := ssh.NewClientConn(l.over(signing, w), v.target.Address(), config)
	failed, forced := guard.end(err)
	switch {
	case err == nil && failed == nil:
		return ssh.NewClient(conn, channels, requests), nil
	case err == nil:
		// The limit ran out just when the login was done.
		_ = ssh.NewClient(conn, channels, requests).Close()
		return nil, failed
	case v.err != nil && ctx.Err() == nil:
		return nil, v.err
	case forced:
		if late := l.late(failed); late != nil {
			return nil, late
		}
		return nil, failed
	}
	return nil, explain(failed, v, l)
}

// explain finds the reason for a failed handshake that says most.
func explain(failed *PhaseError, v *verifier, l *login) error {
	var none *ssh.AlgorithmNegotiationError
	if errors.As(failed, &none) && none.What == "host key" {
		if mismatch := v.noCommonKey(none.RequestedAlgorithms); mismatch != nil {
			return mismatch
		}
	}
	if refused := l.explain(failed); refused != nil {
		return refused
	}
	return failed
}
