package sshtest_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"hostkit/pkg/transport/sshtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t *testing.T, o sshtest.Options) *sshtest.Server {
	t.Helper()
	server, err := sshtest.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return server
}

// dial logs in; after wait the connection is cut, so that no stall outlasts a
// test.
func dial(server *sshtest.Server, wait time.Duration, auth ...ssh.AuthMethod) (*ssh.Client, error) {
	conn, err := net.Dial("tcp", server.Addr())
	if err != nil {
		return nil, err
	}
	if err := conn.SetDeadline(time.Now().Add(wait)); err != nil {
		return nil, err
	}
	sshConn, channels, requests, err := ssh.NewClientConn(conn, server.Addr(), &ssh.ClientConfig{
		User: "me", Auth: auth, HostKeyCallback: ssh.FixedHostKey(server.HostKey()),
	})
	if err != nil {
		return nil, err
	}
	return ssh.NewClient(sshConn, channels, requests), nil
}

func login(t *testing.T, server *sshtest.Server, auth ...ssh.AuthMethod) *ssh.Client {
	t.Helper()
	client, err := dial(server, 20*time.Second, auth...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

// run runs line with stdin and returns both outputs.
func run(client *ssh.Client, line, stdin string) (stdout, stderr string, err error) {
	session, err := client.NewSession()
	if err != nil {
		return "", "", err
	}
	defer session.Close()
	var out, said bytes.Buffer
	session.Stdout, session.Stderr, session.Stdin = &out, &said, strings.NewReader(stdin)
	err = session.Run(line)
	return out.String(), said.String(), err
}

func TestRunsLinesOnEveryShell(t *testing.T) {
	t.Parallel()
	for _, shell := range [][]string{nil, {"bash"}, {"busybox", "sh"}} {
		server := start(t, sshtest.Options{Password: "pw", Shell: shell})
		client := login(t, server, ssh.Password("pw"))
		out, said, err := run(client, `cat; echo "$0" >&2; exit 7`, "in")
		var exit *ssh.ExitError
		if out != "in" || said == "" || !errors.As(err, &exit) || exit.ExitStatus() != 7 {
			t.Errorf("%q: stdout %q, stderr %q, %v", shell, out, said, err)
		}
		if _, _, err := run(client, "kill -TERM $$", ""); !errors.As(err, &exit) || exit.Signal() != "TERM" {
			t.Errorf("%q: %v", shell, err)
		}
		if got := len(server.Lines()); got != 2 {
			t.Errorf("%d lines", got)
		}
	}
	missing := start(t, sshtest.Options{Password: "pw", Shell: []string{"/nonexistent/shell"}})
	var exit *ssh.ExitError
	if _, _, err := run(login(t, missing, ssh.Password("pw")), "true", ""); !errors.As(err, &exit) || exit.ExitStatus() != 127 {
		t.Errorf("a shell that is missing: %v", err)
	}
}

// The shell has none of this process's environment.
func TestEnvironment(t *testing.T) {
	t.Setenv("HOSTKIT_CANARY", "canary")
	client := login(t, start(t, sshtest.Options{Password: "pw"}), ssh.Password("pw"))
	if out, _, err := run(client, "env", ""); err != nil || strings.Contains(out, "canary") {
		t.Errorf("%q, %v", out, err)
	}
}

func TestLogins(t *testing.T) {
	t.Parallel()
	mine, err := sshtest.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	other, err := sshtest.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	keys := sshtest.Options{AuthorizedKeys: []ssh.PublicKey{mine.PublicKey()}}
	for _, tt := range []struct {
		name string
		o    sshtest.Options
		auth ssh.AuthMethod
		want []string
	}{
		{"password", sshtest.Options{Password: "pw"}, ssh.Password("pw"), []string{"password ok"}},
		{"wrong password", sshtest.Options{Password: "pw"}, ssh.Password("no"), []string{"password refused"}},
		{"wrong user", sshtest.Options{Password: "pw", User: "other"}, ssh.Password("pw"), []string{"password refused"}},
		{"key", keys, ssh.PublicKeys(mine), []string{"publickey ok"}},
		{"wrong key", keys, ssh.PublicKeys(other), []string{"publickey refused"}},
		{"nothing", sshtest.Options{}, ssh.Password("pw"), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := start(t, tt.o)
			client, err := dial(server, 20*time.Second, tt.auth)
			if err == nil {
				client.Close()
			}
			wantOK := len(tt.want) == 1 && strings.HasSuffix(tt.want[0], " ok")
			if (err == nil) != wantOK {
				t.Errorf("login: %v", err)
			}
			if got := server.Attempts(); !slices.Equal(got, tt.want) {
				t.Errorf("attempts %q, want %q", got, tt.want)
			}
		})
	}
}

func TestHostKeys(t *testing.T) {
	t.Parallel()
	later, err := sshtest.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	server := start(t, sshtest.Options{Password: "pw", LaterHostKeys: []ssh.Signer{later}})
	path := filepath.Join(t.TempDir(), "known_hosts")
	if err := server.WriteKnownHosts(path); err != nil {
		t.Fatal(err)
	}
	check, err := knownhosts.New(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := check(server.Addr(), &net.TCPAddr{}, server.HostKey()); err != nil {
		t.Error(err)
	}
	login(t, server, ssh.Password("pw"))
	if client, err := dial(server, 20*time.Second, ssh.Password("pw")); err == nil {
		client.Close()
		t.Error("the second connection has the first one's key")
	}
	if got := server.Connections(); got != 2 {
		t.Errorf("%d connections", got)
	}
}

func TestMaxSessions(t *testing.T) {
	t.Parallel()
	client := login(t, start(t, sshtest.Options{Password: "pw", MaxSessions: 1}), ssh.Password("pw"))
	if _, err := client.NewSession(); err != nil {
		t.Fatal(err)
	}
	var refused *ssh.OpenChannelError
	if _, err := client.NewSession(); !errors.As(err, &refused) {
		t.Errorf("a second session: %v", err)
	}
}

func TestCloseEndsWhatRuns(t *testing.T) {
	t.Parallel()
	server, err := sshtest.Start(sshtest.Options{Password: "pw"})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	client := login(t, server, ssh.Password("pw"))
	session, err := client.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	out, err := session.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := session.Start("echo here; sleep 1000"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(out, make([]byte, len("here\n"))); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	server.Close()
	if elapsed := time.Since(began); elapsed > 5*time.Second {
		t.Errorf("took %v", elapsed)
	}
	if err := client.Wait(); err == nil {
		t.Error("the connection is still there")
	}
}

func TestOpenSSH(t *testing.T) {
	t.Parallel()
	key, err := sshtest.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	server, err := sshtest.StartOpenSSH(t.TempDir(), key.PublicKey())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	client, err := ssh.Dial("tcp", server.Addr(), &ssh.ClientConfig{
		User: server.User(), Auth: []ssh.AuthMethod{ssh.PublicKeys(key)}, HostKeyCallback: ssh.FixedHostKey(server.HostKey()),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if out, _, err := run(client, "echo $((6*7))", ""); err != nil || out != "42\n" {
		t.Errorf("%q, %v", out, err)
	}
}
