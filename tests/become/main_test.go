package become_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"hostkit/pkg/secret"
	"hostkit/pkg/shell"
	"hostkit/pkg/transport"
	"hostkit/tests/lab"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// canary is the password of those who have one, and hunted for.
const canary = "canary-7c21 it's"

// sudo becomes root, with a password where it is not empty.
func sudo(password string) transport.Privilege {
	p := transport.Privilege{Program: transport.Sudo}
	if password != "" {
		p.Password = secret.NewString(password)
	}
	return p
}

func login(t testing.TB, host *lab.Host, user string) *transport.Conn {
	t.Helper()
	conn, err := transport.Connect(t.Context(), transport.Target{
		Name: "lab", Hostname: host.IP, Port: host.Port, User: user,
		Identities: []transport.Identity{{File: host.Identity}}, KnownHosts: []string{host.KnownHosts},
	}, transport.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// open opens a session.
func open(t testing.TB, conn *transport.Conn, as transport.Privilege) *shell.Session {
	t.Helper()
	stream, err := conn.Shell(t.Context(), as)
	if err != nil {
		t.Fatal(err)
	}
	session, err := shell.NewSession(t.Context(), stream)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = session.Close() })
	return session
}

// whoami says as whom a shell runs, or why there is none.
func whoami(ctx context.Context, conn *transport.Conn, as transport.Privilege) (string, error) {
	stream, err := conn.Shell(ctx, as)
	if err != nil {
		return "", err
	}
	defer stream.Close()
	session, err := shell.NewSession(ctx, stream)
	if err != nil {
		return "", err
	}
	session.StartWithin(conn.ShellLimit())
	var out string
	err = session.RunLast(ctx, []shell.Step{{Name: "test", Script: shell.New(`id -un`)}}, func(_ int, r shell.Result) error {
		out = strings.TrimSpace(string(r.Stdout) + string(r.Stderr))
		return nil
	})
	if closed, ok := errors.AsType[*shell.ClosedError](err); ok && !closed.Begun {
		err = transport.ClassifyBecome(as, []byte(closed.Noise), err)
	}
	return out, err
}

// expect wants a shell as that user, or the refusal with that code: a user's name
// has no underscore here.
func expect(t testing.TB, conn *transport.Conn, as transport.Privilege, want string) {
	t.Helper()
	got, err := whoami(t.Context(), conn, as)
	if err != nil {
		failure, ok := errors.AsType[transport.Failure](err)
		if !ok || failure.Exit() != 4 || failure.Hint() == "" || strings.Contains(err.Error()+failure.Hint(), canary) {
			t.Fatalf("not fit for a person: %v", err)
		}
		got = failure.Code()
	}
	if got != want {
		t.Errorf("%v: got %s, want %s: %v", as.Program, got, want, err)
	}
}

// keepLog starts a syslogd on the host and returns what reads its log.
func keepLog(t testing.TB, host *lab.Host) (read func() string) {
	t.Helper()
	const file = "/var/log/auth.log"
	ctx, stop := context.WithCancel(t.Context())
	cmd := host.Command(ctx, "busybox", "syslogd", "-n", "-O", file)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		_ = cmd.Wait()
	})
	read = func() string {
		text, _ := host.ReadFile(file)
		return string(text)
	}
	deadline := time.Now().Add(20 * time.Second)
	for !strings.Contains(read(), "syslogd started") {
		if time.Now().After(deadline) {
			t.Fatal("no syslogd started")
		}
		time.Sleep(10 * time.Millisecond)
	}
	return read
}

func execute(t testing.TB, host *lab.Host, argv ...string) string {
	t.Helper()
	out, err := host.Exec(t.Context(), argv...)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
