package transport

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"

	"hostkit/pkg/secret"
)

// bastion is a jump host that is being logged in to, or is.
type bastion struct {
	// hops lead there; the last of them is the bastion.
	hops []Target
	// cancel ends the login.
	cancel context.CancelFunc
	// waiting is how many wait for ready; a login that nobody waits for any more
	// is ended, and the bastion abandoned. Both are guarded by Network.mu.
	waiting   int
	abandoned bool
	// ready is closed when the login is over; conn and err are written before.
	ready chan struct{}
	conn  *Conn
	err   error
}

func (b *bastion) remote() *remote { return b.conn.opener.(*remote) }

// over says that b is of no use for one who comes now. A login that was refused
// stays refused: to try again for every host behind it locks the account.
func (b *bastion) over() bool {
	select {
	case <-b.ready:
	default:
		return b.abandoned
	}
	if b.err != nil {
		var phase *PhaseError
		var forward *ForwardError
		var lost *LostError
		return errors.As(b.err, &phase) || errors.As(b.err, &forward) || errors.As(b.err, &lost)
	}
	select {
	case <-b.remote().gone:
		return true
	default:
		return false
	}
}

func (b *bastion) close() {
	if b.conn != nil {
		_ = b.conn.Close()
	}
}

// through returns the connection to the last of hops, and makes it if nobody has.
func (n *Network) through(ctx context.Context, hops []Target, o Options) (*remote, error) {
	address := hops[len(hops)-1].Address()
	b := n.join(hops, o)
	if b == nil {
		return nil, &JumpError{Address: address, Failure: &PhaseError{Phase: PhaseConnect, Address: address, Err: errNetworkClosed}}
	}
	defer n.leave(b)
	select {
	case <-b.ready:
	case <-ctx.Done():
		return nil, &JumpError{Address: address, Failure: &PhaseError{Phase: PhaseConnect, Address: address, Err: context.Cause(ctx)}}
	}
	if b.err != nil {
		return nil, atHop(address, b.err)
	}
	return b.remote(), nil
}

// join returns the bastion for hops, whose login it begins if there is none; nil
// when the network is closed. leave must follow.
func (n *Network) join(hops []Target, o Options) *bastion {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return nil
	}
	route := routeOf(hops)
	var found *bastion
	var kept []*bastion
	for _, b := range n.bastions[route] {
		if b.over() {
			n.running.Go(func() {
				<-b.ready
				b.close()
			})
			continue
		}
		kept = append(kept, b)
		if found == nil && sameWay(b.hops, hops) {
			found = b
		}
	}
	if found == nil {
		found = n.begin(hops, o)
		kept = append(kept, found)
	}
	found.waiting++
	n.bastions[route] = kept
	return found
}

// begin logs in to the last of hops. It does so for all who will wait, so that
// the end of no one's context ends it.
func (n *Network) begin(hops []Target, o Options) *bastion {
	b := &bastion{hops: hops, ready: make(chan struct{})}
	var ctx context.Context
	ctx, b.cancel = context.WithCancel(n.ctx)
	// The plan's key is that of the host behind.
	o.Pin = nil
	last := len(hops) - 1
	n.running.Go(func() {
		defer close(b.ready)
		b.conn, b.err = n.open(ctx, hops[:last], hops[last], o)
	})
	return b
}

func (n *Network) leave(b *bastion) {
	n.mu.Lock()
	defer n.mu.Unlock()
	b.waiting--
	if b.waiting > 0 {
		return
	}
	select {
	case <-b.ready:
	default:
		b.abandoned = true
		b.cancel()
	}
}

func routeOf(hops []Target) string {
	var addresses []string
	for _, hop := range hops {
		addresses = append(addresses, hop.Address())
	}
	return strings.Join(addresses, " ")
}

// sameWay says that two chains of hops differ in nothing that decides where they
// lead, as whom, and whom they trust.
func sameWay(a, b []Target) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		x, y := wayTo(a[i]), wayTo(b[i])
		if !slices.Equal(secretsOf(a[i]), secretsOf(b[i])) || !reflect.DeepEqual(x, y) {
			return false
		}
	}
	return true
}

// wayTo is t without its secrets, and without what decides nothing.
func wayTo(t Target) Target {
	t.Name, t.Hostname = "", strings.ToLower(t.Hostname)
	t.Entry = ConfigEntry{}
	t.ConnectTimeout, t.ServerAliveInterval, t.Retry = 0, 0, Retry{}
	t.Password = secret.Value{}
	t.Identities = slices.Clone(t.Identities)
	for i := range t.Identities {
		t.Identities[i].Passphrase = secret.Value{}
	}
	return t
}

// secretsOf lists the secrets of t, to be compared only.
func secretsOf(t Target) []string {
	all := []string{t.Password.RevealString()}
	for _, identity := range t.Identities {
		all = append(all, identity.Passphrase.RevealString())
	}
	return all
}
