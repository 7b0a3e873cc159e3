package transport_test

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"hostkit/pkg/secret"
	"hostkit/pkg/transport"
	"hostkit/pkg/transport/sshtest"
)

// The hint fits what was tried to what the server takes.
func TestARefusedLoginSaysWhatToSet(t *testing.T) {
	t.Parallel()
	file, _ := writeKey(t, "")
	none := []ssh.PublicKey{}
	key := []transport.Identity{{File: file}}
	wrong := secret.NewString("wrong").Named("env HOSTKIT_SSH_PASSWORD")
	for _, tt := range []struct {
		name       string
		server     sshtest.Options
		identities []transport.Identity
		password   secret.Value
		says, hint string
	}{
		{"a key where a password is wanted", sshtest.Options{Password: thePassword}, key, secret.Value{}, "tried nothing that it takes; the server takes password", "takes a password: set ssh.password"},
		{"a password where a key is wanted", sshtest.Options{AuthorizedKeys: none}, nil, wrong, "tried nothing that it takes; the server takes publickey", "takes keys: set ssh.identity_file"},
		{"a key is refused, a password was possible", sshtest.Options{AuthorizedKeys: none, Password: thePassword}, key, secret.Value{}, "tried publickey (" + file + ")", "check user (ssh's config has it), and that the user's authorized_keys has the key; or set ssh.password"},
		{"a key is refused", sshtest.Options{AuthorizedKeys: none}, key, secret.Value{}, "the server takes publickey", "check user (ssh's config has it), HOSTKIT_IDENTITY_FILE, that the user's authorized_keys has the key"},
		{"a password is refused", sshtest.Options{Password: thePassword}, key, wrong, "tried password", "check user (ssh's config has it) and the password from env HOSTKIT_SSH_PASSWORD, which was sent once"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			target := targetOf(t, startServer(t, tt.server))
			target.Identities, target.Password, target.UserFrom = tt.identities, tt.password, "ssh's config has it"
			if len(tt.identities) > 0 {
				target.IdentityFrom = "HOSTKIT_IDENTITY_FILE"
			}
			err := refused[*transport.LoginError](t, target, transport.Options{})
			if !strings.Contains(err.Error(), tt.says) || !strings.Contains(err.Hint(), tt.hint) || err.Code() != "login_refused" || err.Exit() != 4 {
				t.Errorf("%s: %v (%s)", err.Code(), err, err.Hint())
			}
		})
	}
}

func TestTooManyFailuresAreToldFromARefusal(t *testing.T) {
	t.Parallel()
	var identities []transport.Identity
	for range 4 {
		file, _ := writeKey(t, "")
		identities = append(identities, transport.Identity{File: file})
	}
	_, public := writeKey(t, "")
	target := targetOfOpenSSH(t, startOpenSSH(t, public, "MaxAuthTries 2"))
	target.Identities = identities
	err := refused[*transport.LoginError](t, target, transport.Options{})
	if err.Code() != "login_attempts_exhausted" || len(err.Tried) != 2 || !strings.Contains(err.Error(), `hung up: "Too many`) || !strings.Contains(err.Hint(), "ssh.identity_file") {
		t.Errorf("%s: %v (%s)", err.Code(), err, err.Hint())
	}
}

// What the server says is shown so that a terminal does nothing with it, and not
// without end.
func TestAServersWordsAreHarmless(t *testing.T) {
	t.Parallel()
	hostile := "\x1b[2J\r" + strings.Repeat("x", 10_000)
	var answers attempts
	target := serve(t, asking(&answers, []string{hostile, hostile, hostile}), nil)
	err := refused[*transport.LoginError](t, target, transport.Options{})
	if len(err.Error()) > 2000 {
		t.Errorf("%d bytes: %v", len(err.Error()), err)
	}
}

// A connection that breaks in the middle of a login is no refused login: the
// user's credentials may be good.
func TestABrokenConnectionIsNotARefusedLogin(t *testing.T) {
	t.Parallel()
	file, _ := writeKey(t, "")
	target := serve(t, &ssh.ServerConfig{
		PublicKeyCallback: func(c ssh.ConnMetadata, _ ssh.PublicKey) (*ssh.Permissions, error) {
			c.(interface{ Close() error }).Close()
			return nil, errors.New("gone")
		},
		PasswordCallback: func(ssh.ConnMetadata, []byte) (*ssh.Permissions, error) { return nil, nil },
	}, nil)
	target.Identities = []transport.Identity{{File: file}}
	err := refused[*transport.PhaseError](t, target, transport.Options{})
	if err.Phase != transport.PhaseLogin || err.Code() != "unreachable" || !strings.Contains(err.Error(), "closed the connection") {
		t.Errorf("%s: %v", err.Code(), err)
	}
}

// PAM lets nobody in whose account has expired, or while /run/nologin is there:
// sshd passes on why in a banner and hangs up without an answer.
func TestAServerThatHangsUpAtTheLoginHasSaidWhy(t *testing.T) {
	t.Parallel()
	banner := func(text string) func(*sshtest.Peer) {
		return func(p *sshtest.Peer) {
			p.Await(sshtest.MsgUserAuthRequest)
			p.Send(packet(sshtest.MsgUserAuthBanner, text, ""))
		}
	}
	hangsUp := func(text string) transport.Target {
		notice := banner("For staff only.\n")
		return targetOf(t, startServer(t, sshtest.Options{Script: begun(version, exchange, service, notice, func(p *sshtest.Peer) {
			p.Send(packet(sshtest.MsgUserAuthFailure, "password", false))
		}, banner(text))}))
	}
	expired := refused[*transport.AccountError](t, hangsUp("Your account has expired; please contact your system administrator.\n\n"), transport.Options{})
	if expired.Code() != "account_expired" || expired.Exit() != 4 || !strings.HasSuffix(expired.Error(), `it said "Your account has expired; please contact your system administrator."`) {
		t.Errorf("%s: %v", expired.Code(), expired)
	}
	closed := refused[*transport.PhaseError](t, hangsUp("Going down\n\tfor \x1b[2Ja kernel.\n"), transport.Options{})
	if closed.Phase != transport.PhaseLogin || closed.Hint() == "" || !strings.HasSuffix(closed.Error(), `closed the connection, after it said "Going down for \x1b[2Ja kernel."`) {
		t.Errorf("%v (%s)", closed, closed.Hint())
	}
	endless := refused[*transport.PhaseError](t, hangsUp(strings.Repeat("x", 100_000)), transport.Options{})
	if len(endless.Error()) > 1000 {
		t.Errorf("%d bytes: %v", len(endless.Error()), endless)
	}
}
