package transport_test

import (
	"context"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/crypto/ssh"

	"hostkit/pkg/secret"
	"hostkit/pkg/shell"
	"hostkit/pkg/transport"
	"hostkit/pkg/transport/sshtest"
)

// thePassword is what tests hunt for in every error.
const thePassword = "correct horse battery"

func TestMain(m *testing.M) {
	if os.Getenv(recorderEnv) != "" {
		os.Exit(recordAsAnotherProcess())
	}
	goleak.VerifyTestMain(m, libraryLeaks...)
}

// libraryLeaks are goroutines that x/crypto/ssh itself leaves behind when a
// hostile server floods a connection that ends: one that has read a packet for
// nobody, its companion, and one that has asked for a channel in that moment. A
// connection that is still there has a goroutine that reads from the network,
// and is found by that.
var libraryLeaks = []goleak.Option{
	goleak.IgnoreTopFunction("golang.org/x/crypto/ssh.(*handshakeTransport).readLoop"),
	goleak.IgnoreTopFunction("golang.org/x/crypto/ssh.(*handshakeTransport).kexLoop"),
	goleak.IgnoreTopFunction("golang.org/x/crypto/ssh.(*mux).openChannel"),
}

func startServer(t *testing.T, o sshtest.Options) *sshtest.Server {
	t.Helper()
	server, err := sshtest.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return server
}

// passwordServer takes thePassword.
func passwordServer(t *testing.T) *sshtest.Server {
	t.Helper()
	return startServer(t, sshtest.Options{Password: thePassword})
}

// targetOf logs in to server with thePassword and knows its key.
func targetOf(t *testing.T, server *sshtest.Server) transport.Target {
	t.Helper()
	target := targetAt(t, server.Addr())
	if err := server.WriteKnownHosts(target.KnownHosts[0]); err != nil {
		t.Fatal(err)
	}
	return target
}

func targetAt(t *testing.T, address string) transport.Target {
	t.Helper()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return transport.Target{
		Name: "server", Hostname: host, Port: number, User: "root",
		Password:   secret.NewString(thePassword),
		KnownHosts: []string{filepath.Join(t.TempDir(), "known_hosts")},
	}
}

// accepting is target with its key recorded when it is not known.
func accepting(target transport.Target) transport.Target {
	target.AcceptNew = true
	return target
}

func connect(t *testing.T, target transport.Target, o transport.Options) *transport.Conn {
	t.Helper()
	conn, err := transport.Connect(t.Context(), target, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// refused connects, wants an error of type E, and checks what holds for every
// error.
func refused[E transport.Failure](t *testing.T, target transport.Target, o transport.Options) E {
	t.Helper()
	conn, err := transport.Connect(t.Context(), target, o)
	if err == nil {
		conn.Close()
		t.Fatal("connected")
	}
	return failure[E](t, err)
}

func failure[E transport.Failure](t *testing.T, err error) E {
	t.Helper()
	var want E
	if !errors.As(err, &want) {
		t.Fatalf("error is a %T, not a %T: %v", err, want, err)
	}
	text := err.Error() + want.Hint()
	if strings.Contains(text, thePassword) {
		t.Errorf("the password stands in %q", text)
	}
	if strings.Contains(text, "EOF") || strings.ContainsAny(text, "\x1b\r\x00") {
		t.Errorf("not for people: %q", text)
	}
	if want.Code() == "" || want.Exit() == 0 {
		t.Errorf("code %q, exit %d", want.Code(), want.Exit())
	}
	return want
}

// writeKey writes a new private key and returns its path and public half.
func writeKey(t *testing.T, passphrase string) (string, ssh.PublicKey) {
	t.Helper()
	key := newKey(t)
	var block *pem.Block
	var err error
	if passphrase == "" {
		block, err = ssh.MarshalPrivateKey(key.private, "")
	} else {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(key.private, "", []byte(passphrase))
	}
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "id_ed25519")
	if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	return path, key.signer.PublicKey()
}

// batch runs one script in a shell of conn and returns what it printed.
func batch(t *testing.T, conn *transport.Conn, script shell.Script) string {
	t.Helper()
	out, err := tryBatch(t.Context(), conn, script)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func tryBatch(ctx context.Context, conn *transport.Conn, script shell.Script) (string, error) {
	stream, err := conn.Shell(ctx, transport.Privilege{})
	if err != nil {
		return "", err
	}
	defer stream.Close()
	session, err := shell.NewSession(ctx, stream)
	if err != nil {
		return "", err
	}
	var out string
	err = session.RunLast(ctx, []shell.Step{{Name: "test", Script: script}}, func(_ int, r shell.Result) error {
		out = string(r.Stdout)
		return nil
	})
	return out, err
}

// within fails the test when f takes longer than limit: nothing may hang.
func within(t *testing.T, limit time.Duration, f func()) {
	t.Helper()
	began := time.Now()
	f()
	if elapsed := time.Since(began); elapsed > limit {
		t.Errorf("took %v, more than %v", elapsed, limit)
	}
}

// quick are limits for servers that never answer. The other phases get enough
// for a slow machine.
func quick(phase transport.Phase) transport.Timeouts {
	const short, long = 150 * time.Millisecond, 20 * time.Second
	limits := transport.Timeouts{Resolve: long, Connect: long, KeyExchange: long, Login: long, Shell: long}
	switch phase {
	case transport.PhaseKeyExchange:
		limits.KeyExchange = short
	case transport.PhaseLogin:
		limits.Login = short
	case transport.PhaseShell:
		limits.Shell = short
	}
	return limits
}

func readAll(t *testing.T, r io.Reader) string {
	t.Helper()
	all, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(all)
}
