package sshtest

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"
)

// OpenSSH is the real sshd on loopback, for what only the real one shows: how
// many round trips it needs. It takes connections of the user of this process
// with one key, and touches nothing of the system's own sshd.
type OpenSSH struct {
	listener net.Listener
	running  sync.WaitGroup
	config   string
	hostKey  ssh.PublicKey

	mu     sync.Mutex
	closed bool
	open   map[*exec.Cmd]net.Conn
}

// StartOpenSSH starts sshd for each connection, as inetd would. dir is an empty
// folder for its files. An error names the package that is missing.
func StartOpenSSH(dir string, authorized ssh.PublicKey) (*OpenSSH, error) {
	const sshd = "/usr/sbin/sshd"
	if _, err := os.Stat(sshd); err != nil {
		return nil, errors.New(sshd + " is missing: install the package openssh-server")
	}
	// sshd does not start without its privilege separation folder; the package
	// leaves that to the service that we don't use.
	if err := os.MkdirAll("/run/sshd", 0o755); err != nil && os.Getuid() == 0 {
		return nil, err
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	block, err := ssh.MarshalPrivateKey(key, "")
	if err != nil {
		return nil, err
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		return nil, err
	}
	path := func(name string) string { return filepath.Join(dir, name) }
	config := strings.Join([]string{
		"HostKey " + path("host_key"), "AuthorizedKeysFile " + path("authorized_keys"), "PidFile none",
		"StrictModes no", "UsePAM no", "UseDNS no", "PasswordAuthentication no", "KbdInteractiveAuthentication no",
		"PermitRootLogin yes", "LogLevel ERROR", "",
	}, "\n")
	for name, content := range map[string][]byte{
		"host_key":        pem.EncodeToMemory(block),
		"authorized_keys": ssh.MarshalAuthorizedKey(authorized),
		"sshd_config":     []byte(config),
	} {
		if err := os.WriteFile(path(name), content, 0o600); err != nil {
			return nil, err
		}
	}
	if said, err := exec.Command(sshd, "-t", "-f", path("sshd_config")).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("sshd -t: %w: %s", err, bytes.TrimSpace(said))
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &OpenSSH{listener: listener, config: path("sshd_config"), hostKey: signer.PublicKey(), open: map[*exec.Cmd]net.Conn{}}
	s.running.Go(func() { s.accept(sshd) })
	return s, nil
}

// Addr is the host and port to connect to.
func (s *OpenSSH) Addr() string { return s.listener.Addr().String() }

// HostKey is the server's host key.
func (s *OpenSSH) HostKey() ssh.PublicKey { return s.hostKey }

// Close ends the server and its connections, and waits for them.
func (s *OpenSSH) Close() {
	s.listener.Close()
	s.mu.Lock()
	s.closed = true
	for cmd := range s.open {
		_ = cmd.Process.Kill()
	}
	s.mu.Unlock()
	s.running.Wait()
}

func (s *OpenSSH) accept(sshd string) {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.serve(sshd, conn)
	}
}

func (s *OpenSSH) serve(sshd string, conn net.Conn) {
	defer conn.Close()
	socket, err := conn.(*net.TCPConn).File()
	if err != nil {
		return
	}
	defer socket.Close()
	cmd := exec.Command(sshd, "-i", "-f", s.config)
	cmd.Stdin, cmd.Stdout = socket, socket
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || cmd.Start() != nil {
		return
	}
	s.open[cmd] = conn
	s.running.Go(func() {
		_ = cmd.Wait()
		s.mu.Lock()
		delete(s.open, cmd)
		s.mu.Unlock()
	})
}
