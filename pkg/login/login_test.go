package login_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"hostkit/pkg/cli"
	"hostkit/pkg/doc"
	"hostkit/pkg/login"
	"hostkit/pkg/shell"
	"hostkit/pkg/transport"
	"hostkit/pkg/transport/sshtest"
)

// Nobody's keys, agent and ssh config have a part in these tests.
func TestMain(m *testing.M) {
	os.Setenv("HOME", "/nonexistent")
	os.Unsetenv("SSH_AUTH_SOCK")
	goleak.VerifyTestMain(m)
}

// run logs in to a host whose login shell is the script, given -c and the exec
// line, and runs a step there.
func run(t *testing.T, loginShell string, sudo bool, limit time.Duration) error {
	t.Helper()
	session, _ := open(t, loginShell, sudo, limit)
	return session.RunLast(unhung(t), []shell.Step{{Script: shell.New(`:`)}}, func(int, shell.Result) error { return nil })
}

// unhung is a context that ends a test which waits for ever.
func unhung(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeoutCause(t.Context(), 30*time.Second, errors.New("the test hung"))
	t.Cleanup(cancel)
	return ctx
}

// open logs in to the host of run.
func open(t *testing.T, loginShell string, sudo bool, limit time.Duration) (*login.Session, *sshtest.Server) {
	t.Helper()
	return openKnowing(t, cli.Streams{}, "", loginShell, sudo, limit)
}

// openKnowing is open with more lines in known_hosts, and people to tell.
func openKnowing(
	t *testing.T, s cli.Streams, lines, loginShell string, sudo bool, limit time.Duration,
) (*login.Session, *sshtest.Server) {
	t.Helper()
	folder := t.TempDir()
	program := filepath.Join(folder, "shell")
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"+loginShell+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	server, err := sshtest.Start(sshtest.Options{Password: "the password", Shell: []string{program}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	known := filepath.Join(folder, "known_hosts")
	if err := server.WriteKnownHosts(known); err != nil {
		t.Fatal(err)
	}
	if lines != "" {
		text, err := os.ReadFile(known)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(known, append(text, lines...), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(folder, "password"), []byte("the password"), 0o600); err != nil {
		t.Fatal(err)
	}
	address, port, err := net.SplitHostPort(server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	number, _ := strconv.Atoi(port)
	opener := login.NewOpener(cli.Login{SecretDir: folder, SSHConfig: "none"}, s)
	t.Cleanup(opener.Close)
	host := doc.Host{Name: "server", HostConfig: doc.HostConfig{
		Hostname: address, User: "root", Sudo: doc.Switch[doc.Sudo]{On: sudo},
		SSH: &doc.SSH{Port: doc.Port(number), KnownHosts: known, Password: &doc.SecretRef{Secret: doc.SecretSource{File: "password"}}},
	}}
	options := transport.Options{Timeouts: transport.Timeouts{Shell: limit}}
	session, err := opener.Open(t.Context(), host, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = session.Close() })
	return session, server
}

// Where nothing is changed, a connection that breaks in the middle is a host out of
// reach, whatever the number of steps that were done; the hint speaks of no changes.
func TestAConnectionLostInTheMiddleIsAHostOutOfReach(t *testing.T) {
	t.Parallel()
	session, server := open(t, `exec /bin/sh "$@"`, false, time.Minute)
	steps := []shell.Step{{Script: shell.New(`:`)}, {Script: shell.New(`exec sleep 1000`)}}
	err := session.RunLast(unhung(t), steps, func(int, shell.Result) error {
		server.Drop()
		return nil
	})
	var lost *transport.LostError
	if d := cli.Describe(err); !errors.As(err, &lost) || d.Exit != cli.ExitUnreachable || d.Hint == "" || strings.Contains(d.Hint, "done") {
		t.Errorf("%v: %+v", err, d)
	}
}

// A start file that sleeps for ever held hk-facts for ever: the limit of the
// shell ended with the answer to the exec request, before the start files.
func TestALoginShellThatHangsIsATimeoutOfItsPhase(t *testing.T) {
	t.Parallel()
	for _, sudo := range []bool{false, true} {
		var late *transport.PhaseError
		err := run(t, "exec sleep 1000", sudo, time.Second)
		if !errors.As(err, &late) || late.Phase != transport.PhaseShell || late.Code() != "timeout" || late.Exit() != 4 || late.Hint() == "" {
			t.Errorf("sudo %t: %v", sudo, err)
		}
	}
}

// Nothing has begun: like an account that runs nothing, this is a host that could
// not be reached. It ended with status 1, that of work which failed.
func TestALoudLoginShellIsAHostOutOfReach(t *testing.T) {
	t.Parallel()
	var loud *shell.NoiseError
	err := run(t, "exec yes Welcome", false, time.Minute)
	if !errors.As(err, &loud) || cli.Describe(err).Exit != cli.ExitUnreachable || loud.FirstLine != "Welcome" {
		t.Errorf("%v", err)
	}
}

// The words of the bootstrap stand in the exec line too, and a shell that can't
// run it quotes them: that was taken for a host without a fit dd. A locale that
// is missing ends nothing.
func TestAShellThatQuotesTheExecLineIsNotMistakenForDD(t *testing.T) {
	err := run(t, `echo "cannot run: $2" >&2; echo "sh: warning: setlocale: LC_ALL: cannot change locale" >&2; exit 127`, false, time.Minute)
	var tools *shell.MissingToolsError
	if err == nil || errors.As(err, &tools) {
		t.Fatalf("%v", err)
	}
	if !strings.Contains(err.Error(), "cannot run") {
		t.Errorf("what the shell said is lost: %v", err)
	}
}

// What is passed over in known_hosts is told of on stderr.
func TestAMalformedLineOfKnownHostsIsAWarning(t *testing.T) {
	var stderr bytes.Buffer
	openKnowing(t, cli.Streams{Name: "hk-facts", Stderr: &stderr}, "what is this?\n", `exec /bin/sh "$@"`, false, time.Minute)
	said := stderr.String()
	if !strings.HasPrefix(said, "hk-facts: warning: ") || !strings.Contains(said, "known_hosts:2 is passed over: the key is not base64\nhk-facts: hint: ") {
		t.Errorf("stderr %q", said)
	}
}
