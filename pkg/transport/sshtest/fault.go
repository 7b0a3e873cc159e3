package sshtest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
)

// Stage is a point at which a connection can stall.
type Stage int

// The stages, in order.
const (
	// StageNone is no stage.
	StageNone Stage = iota
	// StageAccept says nothing at all.
	StageAccept
	// StageVersion says nothing after the version line.
	StageVersion
	// StageAlgorithms says nothing after half of its list of algorithms.
	StageAlgorithms
	// StageKeyExchange says nothing after the key exchange.
	StageKeyExchange
	// StageService takes the request to log in, and gives no answer to the first
	// method.
	StageService
	// StageLogin gives no answer to a key or password.
	StageLogin
	// StageChannel gives no answer to the request for a channel.
	StageChannel
	// StageExec gives no answer to the request to run a line.
	StageExec
	// StageOutput runs the line and passes nothing on of what it writes.
	StageOutput
	// StageAnswer passes on the first two lines of what the line writes on each
	// stream.
	StageAnswer
)

// Fault is what goes wrong on a connection. The zero value is nothing.
type Fault struct {
	// Stall is the stage at which the server falls silent for good; the
	// connection stays open.
	Stall Stage
	// Hold is closed when the server may say its first word; nil means at once.
	Hold <-chan struct{}
	// StallAfter is the number of bytes sent after which it does; 0 means never.
	StallAfter int64
	// CutToClient and CutFromClient are the numbers of bytes, sent to or taken
	// from the client, after which the connection is cut; 0 means never.
	CutToClient, CutFromClient int64
	// GarbleAfter is the number of bytes sent after which every further byte is
	// inverted; 0 means never.
	GarbleAfter int64
	// FlipToClient and FlipFromClient are the bytes, counted from 1, sent to or
	// taken from the client, of which one bit is flipped; 0 means none.
	FlipToClient, FlipFromClient int64
}

// flip flips a bit of the byte at a place counted from 1, where p, which begins
// behind before bytes, has it. The bit is another one at each place.
func flip(p []byte, before, at int64) {
	if i := at - 1 - before; at > 0 && i >= 0 && i < int64(len(p)) {
		p[i] ^= 1 << (at % 8)
	}
}

// faultyConn is the server's side of a connection.
type faultyConn struct {
	net.Conn
	fault     Fault
	closeOnce sync.Once
	closed    chan struct{}

	taken atomic.Int64
	mu    sync.Mutex
	sent  int64
	plain plaintext
	// silent says that nothing more is sent.
	silent bool
}

func newFaultyConn(conn net.Conn, fault Fault) *faultyConn {
	return &faultyConn{Conn: conn, fault: fault, closed: make(chan struct{}), silent: fault.Stall == StageAccept}
}

var errFault = errors.New("sshtest: fault")

func (c *faultyConn) Close() error {
	err := error(nil)
	c.closeOnce.Do(func() {
		close(c.closed)
		err = c.Conn.Close()
	})
	return err
}

// reach blocks for ever at the stage that stalls.
func (c *faultyConn) reach(stage Stage) {
	if c.fault.Stall == stage {
		<-c.closed
	}
}

func (c *faultyConn) Read(p []byte) (int, error) {
	if limit := c.fault.CutFromClient; limit > 0 {
		left := limit - c.taken.Load()
		if left <= 0 {
			c.Close()
			return 0, errFault
		}
		p = p[:min(int64(len(p)), left)]
	}
	n, err := c.Conn.Read(p)
	flip(p[:n], c.taken.Load(), c.fault.FlipFromClient)
	c.taken.Add(int64(n))
	return n, err
}

// Write sends what the fault lets through.
func (c *faultyConn) Write(p []byte) (int, error) {
	if c.fault.Hold != nil {
		select {
		case <-c.fault.Hold:
		case <-c.closed:
			return 0, errFault
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	out := append([]byte(nil), p...)
	stall, cut := c.silent, false
	if stall {
		out = nil
	}
	if end := c.plain.end(c.fault.Stall, out); end >= 0 {
		out, stall = out[:end], true
	}
	if limit := c.fault.StallAfter; limit > 0 && c.sent+int64(len(out)) >= limit {
		out, stall = out[:max(0, limit-c.sent)], true
	}
	if limit := c.fault.CutToClient; limit > 0 && c.sent+int64(len(out)) >= limit {
		out, cut = out[:max(0, limit-c.sent)], true
	}
	if from := c.fault.GarbleAfter; from > 0 {
		for i := range out {
			if c.sent+int64(i) >= from {
				out[i] = ^out[i]
			}
		}
	}
	flip(out, c.sent, c.fault.FlipToClient)
	n, err := c.Conn.Write(out)
	c.sent += int64(n)
	switch {
	case err != nil:
		return n, err
	case cut:
		c.Close()
		return n, errFault
	case stall:
		c.silent = true
		c.mu.Unlock()
		<-c.closed
		c.mu.Lock()
		return n, errFault
	}
	return len(p), nil
}

// plaintext follows what a server sends before it encrypts: a version line, then
// packets (RFC 4253, sections 4.2 and 6) of which the last is NEWKEYS.
type plaintext struct {
	held []byte
	// used counts the bytes that held does not hold any more.
	used     int
	versions bool
	done     bool
}

const msgNewKeys = 21

// end returns how many bytes of out go out before the stage's stall, or -1 when
// it is not reached in out.
func (p *plaintext) end(stage Stage, out []byte) int {
	if p.done || stage != StageVersion && stage != StageAlgorithms && stage != StageKeyExchange {
		return -1
	}
	sent := p.used + len(p.held)
	p.held = append(p.held, out...)
	for {
		n, newKeys := p.next()
		if n == 0 {
			return -1
		}
		end := p.used + n
		switch {
		case !p.versions:
			p.versions = true
			p.done = stage == StageVersion
		case stage == StageAlgorithms:
			end -= n / 2
			p.done = true
		default:
			p.done = newKeys
		}
		if p.done {
			return max(0, end-sent)
		}
		p.held, p.used = p.held[n:], end
	}
}

// next returns the length of the line or packet that held begins with, 0 when it
// is not whole.
func (p *plaintext) next() (n int, newKeys bool) {
	if !p.versions {
		return bytes.IndexByte(p.held, '\n') + 1, false
	}
	if len(p.held) < 6 {
		return 0, false
	}
	n = 4 + int(binary.BigEndian.Uint32(p.held))
	if len(p.held) < n {
		return 0, false
	}
	return n, p.held[5] == msgNewKeys
}

// program is where what a program writes goes out, as far as the fault lets it.
type program struct {
	conn *faultyConn
	to   io.Writer
	// lines counts those that have gone out.
	lines int
}

func (p *program) Write(b []byte) (int, error) {
	p.conn.reach(StageOutput)
	if p.conn.fault.Stall != StageAnswer {
		return p.to.Write(b)
	}
	sent := 0
	for line := range bytes.Lines(b) {
		if p.lines == 2 {
			p.conn.reach(StageAnswer)
			return sent, errFault
		}
		p.lines += bytes.Count(line, []byte("\n"))
		n, err := p.to.Write(line)
		sent += n
		if err != nil {
			return sent, err
		}
	}
	return sent, nil
}
