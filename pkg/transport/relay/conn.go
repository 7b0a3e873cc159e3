package relay

import (
	"io"
	"net"
	"sync"
	"time"
)

// queued is the number of chunks under way in one direction.
const queued = 4096

// conn is one connection through the relay.
type conn struct {
	relay *Relay
	// ends are by the direction that leads to them.
	ends    [2]net.Conn
	limits  [2]int64
	fault   Fault
	cutOnce sync.Once
	done    chan struct{}
	// passing are the goroutines of both directions.
	passing sync.WaitGroup

	mu    sync.Mutex
	turns int
	// began is when the present turn's first byte came.
	began time.Time
	// heard says that the client was sent something in the present turn.
	heard bool
}

// chunk is bytes on their way; nil bytes are the end of the stream.
type chunk struct {
	bytes []byte
	due   time.Time
}

func (c *conn) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.turns
}

func (c *conn) clientSpoke(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.heard && now.Sub(c.began) >= 2*c.relay.latency {
		c.turns++
		c.began, c.heard = now, false
	}
}

func (c *conn) clientHeard() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.heard = true
}

// cut ends both sides at once.
func (c *conn) cut() { c.end(false) }

// end ends both sides at once, in order or as if the plug had been pulled.
func (c *conn) end(reset bool) {
	c.cutOnce.Do(func() {
		if reset {
			// A socket that does not linger is closed with a reset: socket(7).
			_ = c.ends[toServer].(*net.TCPConn).SetLinger(0)
			_ = c.ends[toClient].(*net.TCPConn).SetLinger(0)
		}
		close(c.done)
		c.ends[toServer].Close()
		c.ends[toClient].Close()
	})
}

// pass carries one direction until its end.
func (c *conn) pass(direction int) {
	chunks := make(chan chunk, queued)
	c.passing.Go(func() {
		defer close(chunks)
		c.read(direction, chunks)
	})
	c.passing.Go(func() { c.write(direction, chunks) })
}

func (c *conn) read(direction int, chunks chan<- chunk) {
	from := c.ends[1-direction]
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		now := time.Now()
		if n > 0 {
			if direction == toServer {
				c.clientSpoke(now)
			}
			chunks <- chunk{append([]byte(nil), buffer[:n]...), now.Add(c.relay.latency)}
		}
		if err == io.EOF {
			chunks <- chunk{nil, now.Add(c.relay.latency)}
		}
		if err != nil {
			return
		}
	}
}

// forward writes bytes to the end that direction leads to; where it can't, the
// connection is over.
func (c *conn) forward(direction int, bytes []byte) bool {
	if direction == toClient {
		// Before the write: the answer may come before the write returns.
		c.clientHeard()
	}
	n, err := c.ends[direction].Write(bytes)
	c.relay.passed[direction].Add(int64(n))
	if err != nil {
		c.cut()
	}
	return err == nil
}

// limitReached makes the fault of the connection's limit; it returns true when a
// silence is over and the connection goes on.
func (c *conn) limitReached() bool {
	switch c.fault {
	case Silence:
		c.relay.Stall()
		c.relay.tellFault()
		return c.relay.wait(c.done)
	case Reset:
		c.end(true)
	default:
		c.cut()
	}
	c.relay.tellFault()
	return false
}

func (c *conn) write(direction int, chunks <-chan chunk) {
	defer func() {
		// The reader must not wait for one who has gone.
		for range chunks {
		}
	}()
	to := c.ends[direction]
	left := c.limits[direction]
	for next := range chunks {
		time.Sleep(time.Until(next.due))
		if !c.relay.wait(c.done) {
			return
		}
		if next.bytes == nil {
			_ = to.(*net.TCPConn).CloseWrite()
			return
		}
		bytes := next.bytes
		if left > 0 && int64(len(bytes)) >= left {
			if !c.forward(direction, bytes[:left]) || !c.limitReached() {
				return
			}
			bytes, left = bytes[left:], 0
		}
		if !c.forward(direction, bytes) {
			return
		}
		if left > 0 {
			left -= int64(len(bytes))
		}
	}
	// The stream ended in an error, not in order: a stalled relay does not tell.
	if c.relay.wait(c.done) {
		c.cut()
	}
}
