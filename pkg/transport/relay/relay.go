// Package relay is a TCP relay on loopback that adds latency and counts turns.
//
// A turn is the client speaking after the server has spoken: what a protocol
// pays a round trip for. Budgets in turns hold on a slow machine, where budgets
// in seconds don't.
//
// A client byte begins a new turn if bytes of the server were delivered to the
// client since the present turn began, and a whole round trip has passed since
// the present turn's first byte. An answer that depends on the server's answer
// can't come sooner; what comes sooner is a client that goes on speaking while it
// is being spoken to (SSH adjusts its window in the middle of a burst). The TCP
// handshake is a turn of its own.
package relay

import (
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Relay passes connections on to a target.
type Relay struct {
	listener net.Listener
	target   string
	latency  time.Duration
	// running is the listener's goroutine.
	running sync.WaitGroup

	mu     sync.Mutex
	conns  []*conn
	closed bool
	// flowing is closed while nothing is stalled.
	flowing chan struct{}
	stalled bool
	// limits are the bytes that later connections may pass before they are cut,
	// by direction; 0 means no end.
	limits [2]int64
	fault  Fault
	// passed counts the bytes that were passed on, by direction.
	passed [2]atomic.Int64
	// faulted is closed when a connection has reached a limit.
	faulted   chan struct{}
	faultOnce sync.Once
}

// Fault is what becomes of a connection that has reached its limit.
type Fault int

const (
	// Close ends both sides.
	Close Fault = iota
	// Reset ends both sides at once and with a reset, as a host or a firewall does
	// that knows nothing of the connection.
	Reset
	// Silence is [Relay.Stall]: the connection is there, and nothing is passed on.
	Silence
)

// The directions.
const (
	toServer = 0
	toClient = 1
)

// Start listens on a free port of 127.0.0.1 and passes every connection on to
// target, each byte delayed by latency in its direction. Close ends it.
func Start(target string, latency time.Duration) (*Relay, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &Relay{listener: listener, target: target, latency: latency, flowing: make(chan struct{}), faulted: make(chan struct{})}
	close(r.flowing)
	r.running.Go(r.accept)
	return r, nil
}

// Addr is the host and port to connect to.
func (r *Relay) Addr() string { return r.listener.Addr().String() }

// Turns returns the number of turns of every connection so far, in the order in
// which they were made.
func (r *Relay) Turns() []int {
	r.mu.Lock()
	defer r.mu.Unlock()
	turns := make([]int, len(r.conns))
	for i, c := range r.conns {
		turns[i] = c.count()
	}
	return turns
}

// Total is the sum of Turns.
func (r *Relay) Total() int {
	total := 0
	for _, turns := range r.Turns() {
		total += turns
	}
	return total
}

// Wait returns when every connection made so far is over in both directions.
// When a client's process has ended, its last words may still be on their way.
func (r *Relay) Wait() {
	r.mu.Lock()
	conns := r.conns
	r.mu.Unlock()
	for _, c := range conns {
		c.passing.Wait()
	}
}

// CutToServer cuts every connection that is made from now on when n bytes were
// passed to the server; 0 never does.
func (r *Relay) CutToServer(n int64) { r.limit(toServer, n) }

// CutToClient cuts every connection that is made from now on when n bytes were
// passed to the client; 0 never does.
func (r *Relay) CutToClient(n int64) { r.limit(toClient, n) }

// Break says what the limits do to connections that are made from now on; Close
// when it is never called.
func (r *Relay) Break(by Fault) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fault = by
}

// Faulted is closed when a connection has reached a limit.
func (r *Relay) Faulted() <-chan struct{} { return r.faulted }

func (r *Relay) tellFault() { r.faultOnce.Do(func() { close(r.faulted) }) }

// Passed returns the bytes that were passed on so far, over all connections.
func (r *Relay) Passed() (toTheServer, toTheClient int64) {
	return r.passed[toServer].Load(), r.passed[toClient].Load()
}

// Reset ends every connection made so far with a reset.
func (r *Relay) Reset() {
	r.mu.Lock()
	conns := r.conns
	r.mu.Unlock()
	for _, c := range conns {
		c.end(true)
	}
}

func (r *Relay) limit(direction int, n int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.limits[direction] = n
}

// Stall passes nothing on, in either direction and of no connection, until
// Resume: the network is there and silent.
func (r *Relay) Stall() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.stalled {
		r.stalled, r.flowing = true, make(chan struct{})
	}
}

// Resume ends a stall; what was held back goes on in order.
func (r *Relay) Resume() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stalled {
		r.stalled = false
		close(r.flowing)
	}
}

// Close ends every connection and waits for it.
func (r *Relay) Close() {
	r.mu.Lock()
	r.closed = true
	conns := r.conns
	r.mu.Unlock()
	r.listener.Close()
	for _, c := range conns {
		c.cut()
	}
	r.running.Wait()
	r.Wait()
}

func (r *Relay) accept() {
	for {
		client, err := r.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", r.target)
		if err != nil {
			client.Close()
			continue
		}
		r.mu.Lock()
		c := &conn{relay: r, ends: [2]net.Conn{server, client}, limits: r.limits, fault: r.fault, turns: 1, heard: true, done: make(chan struct{})}
		r.conns = append(r.conns, c)
		if r.closed {
			c.cut()
		} else {
			c.pass(toServer)
			c.pass(toClient)
		}
		r.mu.Unlock()
	}
}

// wait blocks while the relay is stalled; it returns false when done is closed.
func (r *Relay) wait(done <-chan struct{}) bool {
	for {
		r.mu.Lock()
		flowing, stalled := r.flowing, r.stalled
		r.mu.Unlock()
		if !stalled {
			return true
		}
		select {
		case <-flowing:
		case <-done:
			return false
		}
	}
}
