package transport

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"
)

// Network makes the connections of one run, and keeps what they share: each jump
// host is logged in to once, whatever the number of hosts behind it. It is safe
// for use by several goroutines at once.
type Network struct {
	// ctx ends with Close.
	ctx context.Context
	end context.CancelFunc
	// running counts the goroutines that log in to bastions and close them.
	running sync.WaitGroup

	gates gates
	known knownFiles

	mu     sync.Mutex
	closed bool
	// bastions is keyed by their route; those of one route differ in how they are
	// logged in to.
	bastions map[string][]*bastion
}

// NewNetwork returns a network without a connection. Close ends it.
func NewNetwork() *Network {
	n := &Network{bastions: map[string][]*bastion{}}
	n.ctx, n.end = context.WithCancel(context.Background())
	return n
}

// Connect logs in to t, through its jump hosts where it has some. When it returns
// an error nothing is left open but jump hosts that others may use; ctx bounds
// the call and not the connection, nor what others of this network wait for. The
// error is a *TargetError, *CredentialError, *KnownHostsError, *PhaseError,
// *LoginError, *ForwardError, *LostError or one of the host key errors, in a
// *JumpError where it is that of a jump host; all have the methods of Failure.
func (n *Network) Connect(ctx context.Context, t Target, o Options) (*Conn, error) {
	o = o.withDefaults()
	if t.Local {
		return connectLocal(t, o)
	}
	if err := t.Check(); err != nil {
		return nil, err
	}
	for _, hop := range t.Jumps {
		if err := hop.checkHop(); err != nil {
			return nil, err
		}
	}
	return n.open(ctx, t.Jumps, t, o)
}

// Close ends the connections to jump hosts, and with them every connection that
// goes through one; those that are made directly stay. Nothing can be connected
// to any more.
func (n *Network) Close() {
	n.mu.Lock()
	n.closed = true
	var open []*bastion
	for _, bastions := range n.bastions {
		open = append(open, bastions...)
	}
	n.bastions = nil
	n.mu.Unlock()
	n.end()
	for _, b := range open {
		<-b.ready
	}
	// Those farther away first, while the way to them is there.
	slices.SortStableFunc(open, func(a, b *bastion) int { return len(b.hops) - len(a.hops) })
	for _, b := range open {
		b.close()
	}
	n.running.Wait()
}

// errNetworkClosed is what a caller gets who goes on after Close.
var errNetworkClosed = errors.New("the network was closed")

// open logs in to t behind hops.
func (n *Network) open(ctx context.Context, hops []Target, t Target, o Options) (*Conn, error) {
	o = o.of(t)
	// What can be refused without the network is refused before.
	credentials, err := newLogin(ctx, t, o)
	if err != nil {
		return nil, err
	}
	verifier, err := newVerifier(ctx, t, o, &n.known)
	if cause := context.Cause(ctx); cause != nil {
		return nil, &PhaseError{Phase: PhaseConnect, Address: t.Address(), Err: cause}
	}
	if err != nil {
		return nil, err
	}
	again := true
	return t.Retry.retry(ctx, t.Address(), func() (*Conn, error) {
		conn, err := n.attempt(ctx, hops, verifier, credentials)
		var lost *LostError
		if again && errors.As(err, &lost) && verifier.accepted == nil {
			// A jump host that was there was found dead only now: another is dialled.
			again = false
			conn, err = n.attempt(ctx, hops, verifier, credentials)
		}
		tellOrigin(err, t)
		return conn, err
	})
}

// attempt connects to the verifier's target behind hops, and logs in.
func (n *Network) attempt(ctx context.Context, hops []Target, v *verifier, l *login) (*Conn, error) {
	if n.ctx.Err() != nil {
		return nil, &PhaseError{Phase: PhaseConnect, Address: v.target.Address(), Err: errNetworkClosed}
	}
	var via *remote
	var err error
	if len(hops) > 0 {
		if via, err = n.through(ctx, hops, v.options); err != nil {
			return nil, err
		}
	}
	leave, err := n.gates.enter(ctx, routeOf(append(slices.Clip(hops), v.target)))
	if err != nil {
		return nil, &PhaseError{Phase: PhaseConnect, Address: v.target.Address(), Err: err}
	}
	defer leave()
	t, o := v.target, v.options
	var w *wire
	if via == nil {
		w, err = dial(ctx, t, o.Timeouts)
	} else {
		w, err = via.tunnel(ctx, t.Hostname, t.Port, o.Timeouts.Connect)
	}
	if err != nil {
		return nil, err
	}
	client, err := handshake(ctx, w, v, l)
	if err == nil {
		return &Conn{
			hostKey: v.key, server: serverOf(w, client), opener: newRemote(t.Address(), w, via, client, o),
			address: t.Address(), shellLimit: o.Timeouts.Shell,
		}, nil
	}
	if lost := via.lostUnder(err); lost != nil {
		return nil, lost
	}
	var failed *PhaseError
	if errors.As(err, &failed) && hungUp(failed, w) {
		if said := w.greeting.stranger(); said != "" {
			failed.Err = errors.New(`it hung up and said "` + said + `"`)
			return nil, failed
		}
		failed.Err = io.EOF
		return nil, &hangUpError{failed}
	}
	return nil, err
}
