package transport

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"
)

// nextAddressAfter is how long one address of a name may stay silent before the
// next one is tried beside it (RFC 8305, section 5).
const nextAddressAfter = 250 * time.Millisecond

// dial looks the host up and connects to the first address that answers. An
// error is a *PhaseError.
func dial(ctx context.Context, t Target, limits Timeouts) (*wire, error) {
	began := time.Now()
	phase, cancel := context.WithTimeoutCause(ctx, limits.Resolve, ErrTimeout)
	defer cancel()
	addresses, err := resolve(phase, t.Hostname, t.AddressFamily)
	if err != nil {
		return nil, phaseError(phase, PhaseResolve, t.Hostname, began, err)
	}
	began = time.Now()
	phase, cancelConnect := context.WithTimeoutCause(ctx, limits.Connect, ErrTimeout)
	defer cancelConnect()
	conn, err := dialAny(phase, addresses, uint16(t.Port))
	if err != nil {
		return nil, phaseError(phase, PhaseConnect, t.Address(), began, err)
	}
	return newWire(conn), nil
}

// phaseError prefers the reason why ctx ended to what the network made of it;
// so ctx is that of the phase and not yet cancelled by the one who calls.
func phaseError(ctx context.Context, phase Phase, address string, began time.Time, err error) *PhaseError {
	// The network knows the deadline of ctx and may be a moment ahead of it.
	if deadline, ok := ctx.Deadline(); ok && !time.Now().Before(deadline) {
		<-ctx.Done()
	}
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	return &PhaseError{Phase: phase, Address: address, Waited: time.Since(began), Err: err}
}

func resolve(ctx context.Context, hostname, family string) ([]netip.Addr, error) {
	var addresses []netip.Addr
	var err error
	if literal, not := netip.ParseAddr(hostname); not == nil {
		addresses = []netip.Addr{literal}
	} else {
		addresses, err = net.DefaultResolver.LookupNetIP(ctx, "ip", hostname)
	}
	addresses = slices.DeleteFunc(addresses, func(a netip.Addr) bool {
		four := a.Unmap().Is4()
		return family == "inet" && !four || family == "inet6" && four
	})
	switch {
	case err != nil || len(addresses) > 0:
		return addresses, err
	case family != "":
		return nil, errors.New("no address of the family " + family)
	}
	return nil, errors.New("no address")
}

// dialAny tries the addresses in order, each a moment after the one before or as
// soon as that has failed, and returns the first connection.
func dialAny(ctx context.Context, addresses []netip.Addr, port uint16) (net.Conn, error) {
	type attempt struct {
		conn net.Conn
		err  error
	}
	ctx, cancel := context.WithCancel(ctx)
	attempts := make(chan attempt)
	running := 0
	defer func() {
		cancel()
		for ; running > 0; running-- {
			if late := <-attempts; late.conn != nil {
				late.conn.Close()
			}
		}
	}()
	start := func(address netip.Addr) {
		var dialer net.Dialer
		conn, err := dialer.DialContext(ctx, "tcp", netip.AddrPortFrom(address.Unmap(), port).String())
		attempts <- attempt{conn, err}
	}
	var first error
	for len(addresses) > 0 || running > 0 {
		var next <-chan time.Time
		if len(addresses) > 0 {
			go start(addresses[0])
			addresses = addresses[1:]
			running++
			next = time.After(nextAddressAfter)
		}
		select {
		case got := <-attempts:
			running--
			if got.err == nil {
				return got.conn, nil
			}
			if first == nil {
				first = got.err
			}
		case <-next:
		}
	}
	return nil, first
}

// wire is a connection that remembers when it last brought something, and what
// the server said before it was encrypted.
type wire struct {
	net.Conn
	began time.Time
	// heard is a time.Duration since began, which no change of the clock
	// disturbs.
	heard    atomic.Int64
	greeting greeting
	// prompt is how many more reads are to be acknowledged at once.
	prompt int
}

// promptReads is more than a login and the start of a command take.
const promptReads = 64

func newWire(conn net.Conn) *wire {
	return &wire{Conn: conn, began: time.Now(), prompt: promptReads}
}

func (w *wire) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	if n > 0 {
		w.heard.Store(int64(time.Since(w.began)))
		w.greeting.read(p[:n])
	}
	if w.prompt > 0 {
		w.prompt--
		acknowledge(w.Conn)
	}
	return n, err
}

// silent is how long nothing came.
func (w *wire) silent() time.Duration {
	return time.Since(w.began) - time.Duration(w.heard.Load())
}
