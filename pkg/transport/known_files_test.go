package transport_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"hostkit/pkg/secret"
	"hostkit/pkg/transport"
	"hostkit/pkg/transport/sshtest"
)

// A run reads a file once; what others write to it meanwhile counts all the same.
func TestKnownHostsAreReadAgainWhenTheyChange(t *testing.T) {
	t.Parallel()
	host := newKey(t)
	server := startServer(t, sshtest.Options{Password: thePassword, HostKeys: signers(host)})
	n := startNetwork(t)
	target := targetAt(t, server.Addr())
	refusedOn[*transport.UnknownHostKeyError](t, n, target, transport.Options{})
	writeKnownHosts(t, target, lineOf(server.Addr(), host))
	through(t, n, target)
	writeKnownHosts(t, target, lineOf(server.Addr(), newKey(t)))
	refusedOn[*transport.ChangedHostKeyError](t, n, target, transport.Options{})
	if err := os.Remove(target.KnownHosts[0]); err != nil {
		t.Fatal(err)
	}
	refusedOn[*transport.UnknownHostKeyError](t, n, target, transport.Options{})
}

// Many hosts of one run record their keys in one file, and each is found again by
// the others, without the file being read anew.
func TestOneRunRecordsManyKeys(t *testing.T) {
	t.Parallel()
	n := startNetwork(t)
	path := filepath.Join(t.TempDir(), "known_hosts")
	var targets []transport.Target
	for range 12 {
		target := accepting(targetAt(t, passwordServer(t).Addr()))
		target.KnownHosts = []string{path}
		targets = append(targets, target)
	}
	var all sync.WaitGroup
	for _, target := range append(targets, targets...) {
		all.Go(func() {
			conn, err := n.Connect(t.Context(), target, transport.Options{})
			if err != nil {
				t.Error(err)
				return
			}
			conn.Close()
		})
	}
	all.Wait()
	text, err := os.ReadFile(path)
	if err != nil || strings.Count(string(text), "\n") != len(targets) {
		t.Errorf("%v: %s", err, text)
	}
	for _, target := range targets {
		target.AcceptNew = false
		through(t, n, target)
	}
	// A changed key is named by its line, also where this run wrote it.
	server := passwordServer(t)
	impostor := targetAt(t, server.Addr())
	impostor.KnownHosts, impostor.HostKeyAlias = []string{path}, fmt.Sprintf("[127.0.0.1]:%d", targets[0].Port)
	changed := refusedOn[*transport.ChangedHostKeyError](t, n, impostor, transport.Options{})
	line := strings.Split(string(text), "\n")[changed.Known[0].Line-1]
	if !strings.HasPrefix(line, impostor.HostKeyAlias+" ") {
		t.Errorf("line %d is %q", changed.Known[0].Line, line)
	}
}

// Lines that ssh passes over are no reason to refuse a host.
func TestLinesThatSSHPassesOver(t *testing.T) {
	t.Parallel()
	host := newKey(t)
	server := startServer(t, sshtest.Options{Password: thePassword, HostKeys: signers(host)})
	target := targetAt(t, server.Addr())
	writeKnownHosts(
		t, target,
		"old.example 1024 35 1234567890\n",
		"new.example ssh-tomorrow AAAADHNzaC10b21vcnJvdwAAAAE=\n",
		"\t\n",
		strings.TrimSpace(lineOf(server.Addr(), host))+" a comment of several words\r\n",
	)
	connect(t, target, transport.Options{})
}

// bigFile writes ten thousand lines and returns its path.
func bigFile(b *testing.B, hashed bool) string {
	b.Helper()
	var text strings.Builder
	key, err := sshtest.NewKey()
	if err != nil {
		b.Fatal(err)
	}
	public := string(ssh.MarshalAuthorizedKey(key.PublicKey()))
	for i := range 10_000 {
		name := fmt.Sprintf("host%d.example", i)
		if hashed {
			name = knownhosts.HashHostname(name)
		}
		text.WriteString(name + " " + public)
	}
	path := filepath.Join(b.TempDir(), "known_hosts")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	return path
}

// BenchmarkKnownHosts looks one host up in a file of ten thousand lines, as each
// of a run's hosts does: the port is closed, so that little else is measured.
func BenchmarkKnownHosts(b *testing.B) {
	for _, hashed := range []bool{false, true} {
		for _, once := range []bool{true, false} {
			b.Run(fmt.Sprintf("hashed=%t/one_run=%t", hashed, once), func(b *testing.B) {
				target := transport.Target{
					Name: "server", Hostname: "no..such", Port: 2222, User: "root",
					Password: secret.NewString(thePassword), KnownHosts: []string{bigFile(b, hashed)},
				}
				n := transport.NewNetwork()
				defer func() { n.Close() }()
				for b.Loop() {
					if !once {
						n.Close()
						n = transport.NewNetwork()
					}
					if conn, err := n.Connect(b.Context(), target, transport.Options{}); err == nil {
						conn.Close()
						b.Fatal("connected")
					}
				}
			})
		}
	}
}
