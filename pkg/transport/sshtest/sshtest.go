// Package sshtest is an SSH server on loopback, in this process, for tests and
// for trying things without root. It really runs the exec lines it is given, with
// a shell of choice, as the user of this process: give it no more than that.
//
// It fails to order: a [Fault] stalls a connection at a stage, cuts it after a
// number of bytes, or garbles what passes. A [Peer] says what no server would.
package sshtest

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// Options are what a server does. The zero value lets nobody in.
type Options struct {
	// User is the one login name that is let in; empty means any.
	User string
	// Password is the password; empty means that none is taken.
	Password string
	// AuthorizedKeys are the public keys that are let in.
	AuthorizedKeys []ssh.PublicKey
	// Interactive takes the password by keyboard-interactive instead of
	// "password", by asking Prompts.
	Interactive bool
	// Prompts are the questions; nil means one, "Password: ". The password is
	// compared with the first answer.
	Prompts []Prompt
	// HostKeys prove who the server is; nil means a new ed25519 key.
	HostKeys []ssh.Signer
	// LaterHostKeys replace HostKeys from the second connection on; nil means
	// that they don't.
	LaterHostKeys []ssh.Signer
	// Shell is the login shell and its first arguments; "-c" and the exec line
	// are added. nil means /bin/sh.
	Shell []string
	// Env is the environment of the shell; nil means a PATH and nothing else.
	Env []string
	// MaxSessions is the number of channels open at once on a connection; 0
	// means 10, as in OpenSSH.
	MaxSessions int
	// Forward makes the server a jump host: it returns the host and port on this
	// machine for those that a client wants to be connected to, or "" to forbid
	// it. nil forbids all; [Loopback] takes them as they are.
	Forward func(address string) string
	// Config is the server's algorithms, and after how many bytes it exchanges
	// keys anew; the zero value means the library's defaults.
	Config ssh.Config
	// Script, where it is not nil, has each connection to itself in place of the
	// server; the connection ends when it returns. Only HostKeys and Fault are
	// of use then.
	Script func(*Peer)
	// Requested is told of each global request, by its name, before the answer;
	// nil is allowed.
	Requested func(name string)
	// Fault says what goes wrong on a connection, counted from 0; nil means
	// nothing.
	Fault func(connection int) Fault
}

// Prompt is a question of keyboard-interactive.
type Prompt struct {
	Text string
	// Echo says that the answer may be shown.
	Echo bool
}

// Server is a server that runs.
type Server struct {
	options  Options
	listener net.Listener
	running  sync.WaitGroup

	mu          sync.Mutex
	closed      bool
	connections int
	latest      *faultyConn
	open        map[net.Conn]struct{}
	groups      map[int]struct{}
	attempts    []string
	lines       []string
	forwarded   []string
}

// Start starts a server on a free port of 127.0.0.1.
func Start(o Options) (*Server, error) {
	if o.HostKeys == nil {
		key, err := NewKey()
		if err != nil {
			return nil, err
		}
		o.HostKeys = []ssh.Signer{key}
	}
	if o.Shell == nil {
		o.Shell = []string{"/bin/sh"}
	}
	if o.Env == nil {
		o.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
	}
	if o.MaxSessions == 0 {
		o.MaxSessions = 10
	}
	if o.Prompts == nil {
		o.Prompts = []Prompt{{Text: "Password: "}}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &Server{options: o, listener: listener, open: map[net.Conn]struct{}{}, groups: map[int]struct{}{}}
	s.running.Go(s.accept)
	return s, nil
}

// NewKey returns a new ed25519 key.
func NewKey() (ssh.Signer, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	return ssh.NewSignerFromKey(key)
}

// Addr is the host and port to connect to.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Port is the port to connect to.
func (s *Server) Port() int { return s.listener.Addr().(*net.TCPAddr).Port }

// HostKey is the first of the host keys.
func (s *Server) HostKey() ssh.PublicKey { return s.options.HostKeys[0].PublicKey() }

// WriteKnownHosts writes a known_hosts file that has the server's host keys, and
// nothing else.
func (s *Server) WriteKnownHosts(path string) error {
	var b strings.Builder
	for _, key := range s.options.HostKeys {
		b.WriteString(knownhosts.Line([]string{s.Addr()}, key.PublicKey()) + "\n")
	}
	return os.WriteFile(path, []byte(b.String()), 0o600)
}

// Connections is the number of connections so far.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.connections
}

// Traffic is the number of bytes that have passed on the latest connection so
// far.
func (s *Server) Traffic() (toClient, fromClient int64) {
	s.mu.Lock()
	latest := s.latest
	s.mu.Unlock()
	if latest == nil {
		return 0, 0
	}
	latest.mu.Lock()
	defer latest.mu.Unlock()
	return latest.sent, latest.taken.Load()
}

// Attempts returns the login attempts so far, but for "none":
// "password ok", "publickey refused".
func (s *Server) Attempts() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.attempts)
}

// Lines returns the exec lines so far.
func (s *Server) Lines() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.lines)
}

// Forwarded returns what clients wanted to be connected to so far.
func (s *Server) Forwarded() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.forwarded)
}

// Drop cuts every connection that is open.
func (s *Server) Drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for conn := range s.open {
		conn.Close()
	}
}

// Close ends the server, its connections and every process it started, and
// waits for them.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.listener.Close()
	s.Drop()
	s.killAll()
	s.running.Wait()
}

func (s *Server) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		if s.closed {
			s.mu.Unlock()
			conn.Close()
			return
		}
		fault := Fault{}
		if s.options.Fault != nil {
			fault = s.options.Fault(s.connections)
		}
		keys := s.options.HostKeys
		if s.connections > 0 && s.options.LaterHostKeys != nil {
			keys = s.options.LaterHostKeys
		}
		s.connections++
		faulty := newFaultyConn(conn, fault)
		s.open[faulty], s.latest = struct{}{}, faulty
		s.mu.Unlock()
		s.running.Go(func() {
			s.serve(faulty, keys)
			faulty.Close()
			s.mu.Lock()
			delete(s.open, faulty)
			s.mu.Unlock()
		})
	}
}

// note remembers an attempt and returns its outcome.
func (s *Server) note(method string, ok bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !ok {
		s.attempts = append(s.attempts, method+" refused")
		return fmt.Errorf("%s refused", method)
	}
	s.attempts = append(s.attempts, method+" ok")
	return nil
}
