package transport_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/crypto/ssh"

	"hostkit/pkg/secret"
	"hostkit/pkg/transport"
	"hostkit/pkg/transport/sshtest"
)

// say returns an asker that gives one answer after the other, and counts.
func say(asked *atomic.Int64, answers ...string) func(context.Context, string) (secret.Value, error) {
	return func(context.Context, string) (secret.Value, error) {
		n := int(asked.Add(1)) - 1
		if n >= len(answers) {
			return secret.Value{}, errors.New("nobody is there")
		}
		return secret.NewString(answers[n]), nil
	}
}

func TestAnEncryptedKey(t *testing.T) {
	t.Parallel()
	file, public := writeKey(t, thePassword)
	server := startServer(t, sshtest.Options{AuthorizedKeys: []ssh.PublicKey{public}})
	for _, tt := range []struct {
		name, passphrase string
		answers          []string
		code             string
		asked            int64
	}{
		{"passphrase", thePassword, nil, "", 0},
		{"wrong passphrase", "wrong", []string{thePassword}, "passphrase_wrong", 0},
		{"asked", "", []string{thePassword}, "", 1},
		{"asked again", "", []string{"wrong", "wrong too", thePassword}, "", 3},
		{"asked three times at most", "", []string{"1", "2", "3", thePassword}, "passphrase_wrong", 3},
		{"no answer", "", []string{""}, "identity_file_encrypted", 1},
		{"nobody there", "", nil, "identity_file_encrypted", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var asked atomic.Int64
			target := targetOf(t, server)
			target.Password = secret.Value{}
			target.Identities = []transport.Identity{{File: file, Passphrase: secret.NewString(tt.passphrase)}}
			o := transport.Options{AskPassphrase: say(&asked, tt.answers...)}
			if tt.code == "" {
				connect(t, target, o)
			} else if err := refused[*transport.CredentialError](t, target, o); err.Code() != tt.code || !strings.Contains(err.Error(), file) || err.Exit() != 3 {
				t.Errorf("%s: %v", err.Code(), err)
			}
			if got := asked.Load(); got != tt.asked {
				t.Errorf("asked %d times, want %d", got, tt.asked)
			}
		})
	}
}

// The three ways are named where there is none.
func TestAnEncryptedKeyThatNobodyCanOpen(t *testing.T) {
	t.Parallel()
	file, _ := writeKey(t, thePassword)
	target := targetAt(t, "192.0.2.1:22")
	target.Identities = []transport.Identity{{File: file}}
	err := refused[*transport.CredentialError](t, target, transport.Options{})
	for _, way := range []string{"ssh-add " + file, "ssh.passphrase", "terminal"} {
		if !strings.Contains(err.Hint(), way) {
			t.Errorf("the hint lacks %q: %s", way, err.Hint())
		}
	}
}

func TestAPassphraseIsAskedOnceForManyHosts(t *testing.T) {
	t.Parallel()
	file, public := writeKey(t, thePassword)
	server := startServer(t, sshtest.Options{AuthorizedKeys: []ssh.PublicKey{public}})
	var asked atomic.Int64
	o := transport.Options{AskPassphrase: say(&asked, thePassword), Keys: &transport.KeyFiles{}}
	target := targetOf(t, server)
	target.Identities, target.Password = []transport.Identity{{File: file}}, secret.Value{}
	var logins sync.WaitGroup
	for range 8 {
		logins.Go(func() {
			conn, err := transport.Connect(t.Context(), target, o)
			if err != nil {
				t.Error(err)
				return
			}
			conn.Close()
		})
	}
	logins.Wait()
	// Who does not know it is not asked for each host either.
	locked, _ := writeKey(t, thePassword)
	target.Identities = []transport.Identity{{File: locked}}
	for range 3 {
		refused[*transport.CredentialError](t, target, o)
	}
	if got := asked.Load(); got != 2 {
		t.Errorf("asked %d times", got)
	}
}

// The key that one host's passphrase had opened was open to all hosts of the run,
// whatever they gave: which of them came first decided on the others.
func TestAWrongPassphraseIsWrongAfterTheRightOne(t *testing.T) {
	t.Parallel()
	file, public := writeKey(t, thePassword)
	server := startServer(t, sshtest.Options{AuthorizedKeys: []ssh.PublicKey{public}})
	o := transport.Options{Keys: &transport.KeyFiles{}}
	target := targetOf(t, server)
	for _, given := range []struct{ passphrase, code string }{
		{thePassword, ""}, {"wrong", "passphrase_wrong"}, {"", "identity_file_encrypted"},
	} {
		target.Password = secret.Value{}
		target.Identities = []transport.Identity{{File: file, Passphrase: secret.New([]byte(given.passphrase))}}
		if given.code == "" {
			connect(t, target, o)
			continue
		}
		for _, from := range []string{"", "env HOSTKIT_ONE", "file another"} {
			identity := &target.Identities[0]
			identity.Passphrase = identity.Passphrase.Named(from)
			got := refused[*transport.CredentialError](t, target, o)
			if got.Code() != given.code || given.passphrase != "" && from != "" && !strings.Contains(got.Error(), "the passphrase from "+from+" is wrong") {
				t.Errorf("%q from %q gives %s: %v", given.passphrase, from, got.Code(), got)
			}
		}
	}
}

// OpenSSH's own form shows the public half of an encrypted key; the older one has
// it in the .pub file alone.
func TestNobodyIsAskedForAKeyThatTheAgentHolds(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"RFC4716", "PEM"} {
		plain, public := writeRSAKey(t)
		server := startServer(t, sshtest.Options{AuthorizedKeys: []ssh.PublicKey{public}})
		encrypted := filepath.Join(t.TempDir(), "id_rsa")
		copyFile(t, plain, encrypted)
		copyFile(t, plain+".pub", encrypted+".pub")
		tool(t, nil, "ssh-keygen", "-q", "-p", "-m", format, "-P", "", "-N", thePassword, "-f", encrypted)

		var asked atomic.Int64
		target := targetOf(t, server)
		target.Password, target.Agent = secret.Value{}, startSSHAgent(t, plain)
		target.Identities = []transport.Identity{{File: encrypted}}
		connect(t, target, transport.Options{AskPassphrase: say(&asked, thePassword)})
		if got := asked.Load(); got != 0 {
			t.Errorf("%s: asked %d times", format, got)
		}
		target.Agent = ""
		connect(t, target, transport.Options{AskPassphrase: say(&asked, "wrong", thePassword)})
		if got := asked.Load(); got != 2 {
			t.Errorf("%s: asked %d times", format, got)
		}
	}
}

func TestTheEndOfAContextEndsTheQuestion(t *testing.T) {
	t.Parallel()
	file, _ := writeKey(t, thePassword)
	target := targetAt(t, "192.0.2.1:22")
	target.Identities = []transport.Identity{{File: file}}
	ctx, cancel := context.WithCancel(t.Context())
	keys := &transport.KeyFiles{}
	_, err := transport.Connect(ctx, target, transport.Options{Keys: keys, AskPassphrase: func(ctx context.Context, _ string) (secret.Value, error) {
		cancel()
		<-ctx.Done()
		return secret.Value{}, context.Cause(ctx)
	}})
	if got := failure[*transport.PhaseError](t, err); got.Code() != "interrupted" || got.Exit() != 130 {
		t.Errorf("%s: %v", got.Code(), got)
	}
}

// copyFile copies a private key.
func copyFile(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, text, 0o600); err != nil {
		t.Fatal(err)
	}
}
