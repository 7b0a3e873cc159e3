package transport_test

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"hostkit/pkg/secret"
	"hostkit/pkg/shell"
	"hostkit/pkg/transport"
	"hostkit/pkg/transport/sshtest"
)

func TestLogsInAndRunsABatch(t *testing.T) {
	t.Parallel()
	identity, public := writeKey(t, "")
	for _, tt := range []struct {
		name     string
		server   sshtest.Options
		identity string
		want     []string
	}{
		{"password", sshtest.Options{Password: thePassword}, "", []string{"password ok"}},
		{"keyboard-interactive", sshtest.Options{Password: thePassword, Interactive: true}, "", []string{"keyboard-interactive ok"}},
		{"key before password", sshtest.Options{AuthorizedKeys: []ssh.PublicKey{public}, Password: thePassword}, identity, []string{"publickey ok"}},
		{"password after a key that is refused", sshtest.Options{AuthorizedKeys: []ssh.PublicKey{}, Password: thePassword}, identity, []string{"publickey refused", "password ok"}},
		{"key that the server does not ask for", sshtest.Options{Password: thePassword}, identity, []string{"password ok"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := startServer(t, tt.server)
			target := targetOf(t, server)
			if tt.identity != "" {
				target.Identities = []transport.Identity{{File: tt.identity}}
			}
			conn := connect(t, target, transport.Options{})
			if got := batch(t, conn, shell.New("echo $((6*7))")); got != "42\n" {
				t.Errorf("the batch said %q", got)
			}
			if got := conn.HostKey().Fingerprint; got != ssh.FingerprintSHA256(server.HostKey()) {
				t.Errorf("host key %s", got)
			}
			if got := server.Attempts(); !slices.Equal(got, tt.want) {
				t.Errorf("attempts %q, want %q", got, tt.want)
			}
		})
	}
}

// A host that counts failures locks the account: a wrong password is tried once,
// whatever the number of methods that take one.
func TestAWrongPasswordIsTriedOnce(t *testing.T) {
	t.Parallel()
	for _, o := range []sshtest.Options{
		{Password: "another one"},
		{Password: "another one", Interactive: true},
	} {
		server := startServer(t, o)
		err := refused[*transport.LoginError](t, targetOf(t, server), transport.Options{})
		if got := server.Attempts(); len(got) != 1 {
			t.Errorf("attempts: %q", got)
		}
		if len(err.Tried) != 1 || len(err.Offered) != 1 || err.Exit() != 4 || err.Code() != "login_refused" {
			t.Errorf("error %+v", err)
		}
		if !strings.Contains(err.Error(), `login as "root"`) {
			t.Errorf("error %v", err)
		}
	}
}

func TestAServerThatTakesNothingWeHave(t *testing.T) {
	t.Parallel()
	_, public := writeKey(t, "")
	server := startServer(t, sshtest.Options{AuthorizedKeys: []ssh.PublicKey{public}})
	err := refused[*transport.LoginError](t, targetOf(t, server), transport.Options{})
	if len(err.Tried) != 0 || !slices.Equal(err.Offered, []string{"publickey"}) {
		t.Errorf("error %+v", err)
	}
}

// Only a single question whose answer is hidden is answered with the password:
// a second factor or a shown answer is not.
func TestPromptsThatAPasswordDoesNotAnswer(t *testing.T) {
	t.Parallel()
	for name, prompts := range map[string][]sshtest.Prompt{
		"two questions": {{Text: "Password: "}, {Text: "Code: "}},
		"shown":         {{Text: "\x1b[2JName: ", Echo: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := startServer(t, sshtest.Options{Password: thePassword, Interactive: true, Prompts: prompts})
			err := refused[*transport.LoginError](t, targetOf(t, server), transport.Options{})
			if !strings.Contains(err.Error(), "asks more than a password") {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestCredentialsAreCheckedBeforeTheNetwork(t *testing.T) {
	t.Parallel()
	encrypted, _ := writeKey(t, "a passphrase")
	exposed, _ := writeKey(t, "")
	if err := os.Chmod(exposed, 0o644); err != nil {
		t.Fatal(err)
	}
	garbage := filepath.Join(t.TempDir(), "key.pub")
	if err := os.WriteFile(garbage, []byte("ssh-ed25519 AAAA"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ identity, code, says string }{
		{"", "no_credentials", "no key and no password to log in to"},
		{encrypted, "identity_file_encrypted", "no passphrase and no terminal"},
		{exposed, "identity_file_exposed", "read by others"},
		{garbage, "identity_file_unreadable", "neither a private key nor a public one"},
		{"/nonexistent/key", "identity_file_unreadable", "no such file"},
		{"/dev", "identity_file_unreadable", "not a regular file"},
	} {
		t.Run(tt.code+" "+filepath.Base(tt.identity), func(t *testing.T) {
			t.Parallel()
			target := targetAt(t, "192.0.2.1:22")
			target.Password = secret.Value{}
			if tt.identity != "" {
				target.Identities = []transport.Identity{{File: tt.identity}}
			}
			err := refused[*transport.CredentialError](t, target, transport.Options{})
			if err.Code() != tt.code || !strings.Contains(err.Error(), tt.says) || err.Hint() == "" || err.Exit() != 3 {
				t.Errorf("%s: %v (%s), exit %d", err.Code(), err, err.Hint(), err.Exit())
			}
		})
	}
}

func TestIPv6Literal(t *testing.T) {
	t.Parallel()
	probe, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Skip("no IPv6 on this machine: ", err)
	}
	// The server listens on IPv4 only; this passes one connection on.
	server := passwordServer(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		passOn(probe, server.Addr())
	}()
	t.Cleanup(func() { probe.Close(); server.Drop(); <-done })
	target := targetAt(t, probe.Addr().String())
	line := "[::1]:" + strings.TrimPrefix(probe.Addr().String(), "[::1]:") + " " + string(ssh.MarshalAuthorizedKey(server.HostKey()))
	if err := os.WriteFile(target.KnownHosts[0], []byte(line), 0o600); err != nil {
		t.Fatal(err)
	}
	conn := connect(t, target, transport.Options{})
	if got := batch(t, conn, shell.New("echo six")); got != "six\n" {
		t.Errorf("the batch said %q", got)
	}
}
