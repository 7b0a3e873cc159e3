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
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"
)

// OpenSSH is the real sshd on loopback, for what only the real one shows: how
// many round trips it needs. It takes connections of the user of this process
// with one key, and touches nothing of the system's own sshd.
type OpenSSH struct {
	listener net.Listener
	daemon   *daemon
	running  sync.WaitGroup
	config   string
	hostKey  ssh.PublicKey

	mu     sync.Mutex
	closed bool
	open   map[*exec.Cmd]struct{}
}

const sshd = "/usr/sbin/sshd"

// StartOpenSSH starts sshd for each connection, as inetd would. dir is an empty
// folder for its files. The lines of config come before those of its own, so that
// they win over them (sshd_config(5)). An error names the package that is missing.
func StartOpenSSH(dir string, authorized ssh.PublicKey, config ...string) (*OpenSSH, error) {
	s, err := newOpenSSH(dir, authorized, config)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s.listener = listener
	s.running.Go(s.accept)
	return s, nil
}

func newOpenSSH(dir string, authorized ssh.PublicKey, config []string) (*OpenSSH, error) {
	if _, err := os.Stat(sshd); err != nil {
		return nil, errors.New(sshd + " is missing: install the package openssh-server")
	}
	// sshd does not start without its privilege separation folder; the package
	// leaves that to the service that we don't use.
	if err := os.MkdirAll("/run/sshd", 0o755); err != nil && os.Getuid() == 0 {
		return nil, err
	}
	s := &OpenSSH{config: filepath.Join(dir, "sshd_config"), open: map[*exec.Cmd]struct{}{}}
	if err := s.configure(dir, authorized, config); err != nil {
		return nil, err
	}
	if said, err := exec.Command(sshd, "-t", "-f", s.config).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("sshd -t: %w: %s", err, bytes.TrimSpace(said))
	}
	return s, nil
}

// configure writes the server's files into dir.
func (s *OpenSSH) configure(dir string, authorized ssh.PublicKey, lines []string) error {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	block, err := ssh.MarshalPrivateKey(key, "")
	if err != nil {
		return err
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		return err
	}
	s.hostKey = signer.PublicKey()
	hostKey, authorizedKeys := filepath.Join(dir, "host_key"), filepath.Join(dir, "authorized_keys")
	config := strings.Join(append(slices.Clone(lines),
		"HostKey "+hostKey, "AuthorizedKeysFile "+authorizedKeys, "PidFile none",
		"StrictModes no", "UsePAM no", "UseDNS no", "PasswordAuthentication no", "KbdInteractiveAuthentication no",
		"PermitRootLogin yes", "LogLevel ERROR", "",
	), "\n")
	return errors.Join(
		os.WriteFile(hostKey, pem.EncodeToMemory(block), 0o600),
		os.WriteFile(authorizedKeys, ssh.MarshalAuthorizedKey(authorized), 0o600),
		os.WriteFile(s.config, []byte(config), 0o600),
	)
}

// Addr is the host and port to connect to.
func (s *OpenSSH) Addr() string {
	if s.daemon != nil {
		return s.daemon.address
	}
	return s.listener.Addr().String()
}

// HostKey is the server's host key.
func (s *OpenSSH) HostKey() ssh.PublicKey { return s.hostKey }

// User is the login name that sshd lets in: without root it can become nobody
// else.
func (s *OpenSSH) User() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "root"
}

// Close ends the server and its connections, and waits for them.
func (s *OpenSSH) Close() {
	if s.daemon != nil {
		s.daemon.close()
		return
	}
	s.listener.Close()
	s.mu.Lock()
	s.closed = true
	for cmd := range s.open {
		_ = cmd.Process.Kill()
	}
	s.mu.Unlock()
	s.running.Wait()
}

func (s *OpenSSH) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.serve(conn)
	}
}

func (s *OpenSSH) serve(conn net.Conn) {
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
	s.open[cmd] = struct{}{}
	s.running.Go(func() {
		_ = cmd.Wait()
		s.mu.Lock()
		delete(s.open, cmd)
		s.mu.Unlock()
	})
}
