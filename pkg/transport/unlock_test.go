package transport_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hostkit/pkg/secret"
	"hostkit/pkg/shell"
	"hostkit/pkg/transport"
	"hostkit/pkg/transport/sshtest"
)

// withPassword is sudo with a password at hand.
func withPassword() transport.Privilege {
	return transport.Privilege{Program: transport.Sudo, Password: secret.NewString(thePassword)}
}

// serverWithSudo is a server on which sudo is that script.
func serverWithSudo(t *testing.T, script string) *sshtest.Server {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "sudo"), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	return startServer(t, sshtest.Options{Password: thePassword, Env: []string{"PATH=" + folder + ":" + shell.Path}})
}

// askingSudo takes thePassword, and one line of it, as sudo does.
const askingSudo = `[ "$2" = -S ] || exit 1
IFS= read -r password
if [ "$password" != "` + thePassword + `" ]; then echo 'Sorry, try again.' >&2; exit 1; fi
shift 2
"$@"
`

func TestAShellThroughSudoWithAPassword(t *testing.T) {
	t.Parallel()
	conn := connect(t, targetOf(t, serverWithSudo(t, askingSudo)), transport.Options{})
	stream, err := conn.Shell(t.Context(), withPassword())
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	session, err := shell.NewSession(t.Context(), stream)
	if err != nil {
		t.Fatal(err)
	}
	var got string
	steps := []shell.Step{{Script: shell.New(`echo here`)}}
	if err := session.RunLast(t.Context(), steps, func(_ int, r shell.Result) error { got = string(r.Stdout); return nil }); err != nil || got != "here\n" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestAShellThatSudoRefusesIsClosed(t *testing.T) {
	t.Parallel()
	for script, code := range map[string]string{
		strings.ReplaceAll(askingSudo, thePassword, "another"):                                    "sudo_wrong_password",
		`echo "me is not in the sudoers file." >&2; exit 1`:                                       "sudo_not_allowed",
		`[ "$2" = -n ] && exit 1; [ "$5" = : ]`:                                                   "sudo_failed",
		`[ "$2" = -n ] && exit 1; echo '` + "\x1b[2J" + `' >&2; yes | head -c 300000 >&2; exit 1`: "sudo_refused",
	} {
		conn := connect(t, targetOf(t, serverWithSudo(t, script)), transport.Options{})
		_, err := conn.Shell(t.Context(), withPassword())
		if become := failure[*transport.BecomeError](t, err); become.Code() != code || become.Exit() != 4 || become.Hint() == "" {
			t.Errorf("%s: %s: %v", script, become.Code(), err)
		}
	}
}

// A password that would be two lines to sudo would be two attempts.
func TestAPasswordThatIsNotOneLineIsRefusedHere(t *testing.T) {
	t.Parallel()
	server := serverWithSudo(t, askingSudo)
	conn := connect(t, targetOf(t, server), transport.Options{})
	for _, password := range []string{"a\nb", "a\n", "a\rb", "a\x00b", strings.Repeat("x", 512)} {
		p := transport.Privilege{Program: transport.Sudo, Password: secret.NewString(password)}
		_, err := conn.Shell(t.Context(), p)
		if refused := failure[*transport.CredentialError](t, err); refused.Exit() != 3 || refused.Hint() == "" {
			t.Errorf("%v", err)
		}
	}
	for _, user := range []string{"-x", "#0", "a b", "a'b"} {
		_, err := conn.Shell(t.Context(), transport.Privilege{Program: transport.Doas, User: user})
		failure[*transport.CredentialError](t, err)
	}
	if got := server.Lines(); len(got) != 0 {
		t.Errorf("the host was asked for %q", got)
	}
}

// A sudo that waits for a fingerprint, a start file that waits for somebody, a
// host that says nothing or does not stop.
func TestAHandshakeThatHangsEndsInItsPhase(t *testing.T) {
	t.Parallel()
	for _, script := range []string{
		`exec sleep 1000`,
		`[ "$2" = -n ] && exit 1; exec sleep 1000`,
		`[ "$2" = -n ] && exit 1; case $5 in :) exit 0;; esac; exec sleep 1000`,
		`[ "$2" = -n ] && exit 1; echo no >&2; sleep 1000 & exit 1`,
	} {
		conn := connect(t, targetOf(t, serverWithSudo(t, script)), transport.Options{Timeouts: transport.Timeouts{Shell: time.Second}})
		within(t, 10*time.Second, func() {
			_, err := conn.Shell(t.Context(), withPassword())
			late := failure[*transport.PhaseError](t, err)
			if late.Phase != transport.PhaseShell || late.Code() != "timeout" || late.Exit() != 4 {
				t.Errorf("%s: %v", script, err)
			}
		})
	}
	conn := connect(t, targetOf(t, serverWithSudo(t, `exec sleep 1000`)), transport.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	defer time.AfterFunc(100*time.Millisecond, cancel).Stop()
	_, err := conn.Shell(ctx, withPassword())
	if stopped := failure[*transport.PhaseError](t, err); stopped.Exit() != 130 || !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestAnEndlessGreetingIsNoHandshake(t *testing.T) {
	t.Parallel()
	server := startServer(t, sshtest.Options{Password: thePassword, Shell: []string{"/bin/sh", "-c", "yes Welcome", "sh"}})
	conn := connect(t, targetOf(t, server), transport.Options{})
	_, err := conn.Shell(t.Context(), withPassword())
	var noise *shell.NoiseError
	if !errors.As(err, &noise) || noise.FirstLine != "Welcome" {
		t.Errorf("%v", err)
	}
}

func TestAHandshakeOverAConnectionThatBreaks(t *testing.T) {
	t.Parallel()
	server := serverWithSudo(t, `[ "$2" = -n ] && exit 1; exec sleep 1000`)
	conn := connect(t, targetOf(t, server), transport.Options{})
	defer time.AfterFunc(500*time.Millisecond, server.Drop).Stop()
	within(t, 10*time.Second, func() {
		_, err := conn.Shell(t.Context(), withPassword())
		failure[*transport.LostError](t, err)
	})
}
