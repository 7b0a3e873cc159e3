package sshtest

import (
	"encoding/binary"
	"errors"
	"net"
	"sync"
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
	// StageKeyExchange says nothing after the key exchange.
	StageKeyExchange
	// StageLogin gives no answer to a key or password.
	StageLogin
	// StageChannel gives no answer to the request for a channel.
	StageChannel
	// StageExec gives no answer to the request to run a line.
	StageExec
)

// Fault is what goes wrong on a connection. The zero value is nothing.
type Fault struct {
	// Stall is the stage at which the server falls silent for good; the
	// connection stays open.
	Stall Stage
	// StallAfter is the number of bytes sent after which it does; 0 means never.
	StallAfter int64
	// CutToClient and CutFromClient are the numbers of bytes, sent to or taken
	// from the client, after which the connection is cut; 0 means never.
	CutToClient, CutFromClient int64
	// GarbleAfter is the number of bytes sent after which every further byte is
	// inverted; 0 means never.
	GarbleAfter int64
}

// faultyConn is the server's side of a connection.
type faultyConn struct {
	net.Conn
	fault     Fault
	closeOnce sync.Once
	closed    chan struct{}

	mu    sync.Mutex
	sent  int64
	taken int64
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
		left := limit - c.taken
		if left <= 0 {
			c.Close()
			return 0, errFault
		}
		p = p[:min(int64(len(p)), left)]
	}
	n, err := c.Conn.Read(p)
	c.taken += int64(n)
	return n, err
}

// Write sends what the fault lets through.
func (c *faultyConn) Write(p []byte) (int, error) {
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
	held     []byte
	versions bool
	done     bool
}

const msgNewKeys = 21

// end returns how many bytes of out go out before the stage's stall, or -1 when
// it is not reached in out.
func (p *plaintext) end(stage Stage, out []byte) int {
	if p.done || stage != StageVersion && stage != StageKeyExchange {
		return -1
	}
	before := len(p.held)
	p.held = append(p.held, out...)
	used := 0
	for {
		n, newKeys := p.next(p.held[used:])
		if n == 0 {
			p.held = p.held[used:]
			return -1
		}
		used += n
		versionEnded := !p.versions
		p.versions = true
		if stage == StageVersion && versionEnded || newKeys {
			p.done = true
			return max(0, used-before)
		}
	}
}

// next returns the length of the line or packet that b begins with, 0 when it is
// not whole.
func (p *plaintext) next(b []byte) (n int, newKeys bool) {
	if !p.versions {
		for i, c := range b {
			if c == '\n' {
				return i + 1, false
			}
		}
		return 0, false
	}
	if len(b) < 6 {
		return 0, false
	}
	n = 4 + int(binary.BigEndian.Uint32(b))
	if len(b) < n {
		return 0, false
	}
	return n, b[5] == msgNewKeys
}
