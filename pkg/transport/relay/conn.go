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
func (c *conn) cut() {
	c.cutOnce.Do(func() {
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
		last := left > 0 && int64(len(bytes)) >= left
		if last {
			bytes = bytes[:left]
		}
		if direction == toClient {
			// Before the write: the answer may come before the write returns.
			c.clientHeard()
		}
		if _, err := to.Write(bytes); err != nil {
			c.cut()
			return
		}
		if last {
			c.cut()
			return
		}
		if left > 0 {
			left -= int64(len(bytes))
		}
	}
	// The stream ended in an error, not in order.
	c.cut()
}
