package transport_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/ssh"

	"hostkit/pkg/secret"
	"hostkit/pkg/transport"
)

// AuthenticationMethods publickey,publickey: two keys, of a real sshd.
func TestAServerThatWantsTwoKeys(t *testing.T) {
	t.Parallel()
	first, public := writeKey(t, "")
	second, secondPublic := writeKey(t, "")
	third, _ := writeKey(t, "")
	both := filepath.Join(t.TempDir(), "authorized_keys")
	lines := slices.Concat(ssh.MarshalAuthorizedKey(public), ssh.MarshalAuthorizedKey(secondPublic))
	if err := os.WriteFile(both, lines, 0o600); err != nil {
		t.Fatal(err)
	}
	target := targetOfOpenSSH(t, startOpenSSH(t, public, "AuthenticationMethods publickey,publickey", "AuthorizedKeysFile "+both))
	target.Identities = []transport.Identity{{File: first}, {File: third}, {File: second}}
	connect(t, target, transport.Options{})
	target.Identities = target.Identities[:2]
	if err := refused[*transport.LoginError](t, target, transport.Options{}); len(err.Tried) != 2 {
		t.Errorf("%v", err)
	}
}

// twoSteps takes public, then second with thePassword.
func twoSteps(public ssh.PublicKey, second string, attempts *attempts) *ssh.ServerConfig {
	next := ssh.ServerAuthCallbacks{}
	check := func(given string) (*ssh.Permissions, error) {
		attempts.add(second)
		if given != thePassword {
			return nil, errors.New("wrong")
		}
		return nil, nil
	}
	if second == "password" {
		next.PasswordCallback = func(_ ssh.ConnMetadata, given []byte) (*ssh.Permissions, error) { return check(string(given)) }
	} else {
		next.KeyboardInteractiveCallback = func(_ ssh.ConnMetadata, ask ssh.KeyboardInteractiveChallenge) (*ssh.Permissions, error) {
			answers, err := ask("", "", []string{"Password: "}, []bool{false})
			if err != nil {
				return nil, err
			}
			return check(answers[0])
		}
	}
	return &ssh.ServerConfig{
		PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			attempts.add("publickey")
			if !bytes.Equal(key.Marshal(), public.Marshal()) {
				return nil, errors.New("another key")
			}
			return nil, &ssh.PartialSuccessError{Next: next}
		},
	}
}

// attempts are what a server saw.
type attempts struct {
	mu   sync.Mutex
	seen []string
}

func (a *attempts) add(method string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.seen = append(a.seen, method)
}

func (a *attempts) all() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.seen)
}

// AuthenticationMethods publickey,password and publickey,keyboard-interactive.
func TestAServerThatWantsAKeyAndThenAPassword(t *testing.T) {
	t.Parallel()
	file, public := writeKey(t, "")
	for _, second := range []string{"password", "keyboard-interactive"} {
		var seen attempts
		target := serve(t, twoSteps(public, second, &seen), nil)
		target.Identities = []transport.Identity{{File: file}}
		connect(t, target, transport.Options{})
		if got := seen.all(); !slices.Equal(got, []string{"publickey", second}) {
			t.Errorf("attempts %q", got)
		}
		target.Password = secret.NewString("wrong")
		err := refused[*transport.LoginError](t, target, transport.Options{})
		if len(err.Tried) != 2 || !slices.Equal(err.Offered, []string{second}) || !strings.Contains(err.Hint(), "the password, which was sent once") {
			t.Errorf("%v", err)
		}
		target.Password = secret.Value{}
		err = refused[*transport.LoginError](t, target, transport.Options{})
		if !slices.Equal(err.Tried, []string{"publickey (" + file + "; accepted)"}) || !slices.Equal(err.Offered, []string{second}) || !strings.Contains(err.Hint(), "a password beside") {
			t.Errorf("%v (%s)", err, err.Hint())
		}
	}
}

// asking asks one thing after the other by keyboard-interactive, and lets in who
// answers all with thePassword.
func asking(answers *attempts, questions ...[]string) *ssh.ServerConfig {
	return &ssh.ServerConfig{
		KeyboardInteractiveCallback: func(_ ssh.ConnMetadata, ask ssh.KeyboardInteractiveChallenge) (*ssh.Permissions, error) {
			for _, q := range questions {
				prompts := q[1:]
				given, err := ask("", q[0], prompts, make([]bool, len(prompts)))
				if err != nil {
					return nil, err
				}
				for _, answer := range given {
					answers.add(answer)
				}
			}
			return nil, nil
		},
	}
}

// PAM asks for the old password and a new one once the password was right.
// Answering would change it, or fail three times.
func TestAnExpiredPasswordIsNotChanged(t *testing.T) {
	t.Parallel()
	for name, questions := range map[string][][]string{
		"pam_unix": {
			{"", "Password: "},
			{"You are required to change your password immediately (administrator enforced).\n"},
			{"", "Current password: "},
		},
		"old pam_unix": {{"", "Password: "}, {"Changing password for me.\n", "(current) UNIX password: "}},
		"at once":      {{"WARNING: Your password has expired.\x1b[2J\n", "New password: "}},
		"both at once": {{"", "Password: "}, {"", "New password: ", "Retype new password: "}},
	} {
		var answers attempts
		target := serve(t, asking(&answers, questions...), nil)
		err := refused[*transport.LoginError](t, target, transport.Options{})
		if err.Code() != "password_expired" || !strings.Contains(err.Error(), "wants a new password") || !strings.Contains(err.Hint(), "change the password") {
			t.Errorf("%s: %s: %v (%s)", name, err.Code(), err, err.Hint())
		}
		if got := answers.all(); len(got) > 1 {
			t.Errorf("%s: answered %d times", name, len(got))
		}
	}
	// Some servers ask again in the same conversation when it was wrong.
	var again attempts
	target := serve(t, asking(&again, []string{"", "Password: "}, []string{"", "Password: "}), nil)
	if err := refused[*transport.LoginError](t, target, transport.Options{}); err.Code() != "login_refused" || !strings.Contains(err.Error(), "once more") || len(again.all()) != 1 {
		t.Errorf("%v, answered %d times", err, len(again.all()))
	}
	// A password that will expire has not.
	var answers attempts
	connect(t, serve(t, asking(&answers, []string{"Your password will expire in 7 days.\n"}, []string{"", "Password for newton@host: "}, []string{"Welcome\n"}), nil), transport.Options{})
	if got := answers.all(); !slices.Equal(got, []string{thePassword}) {
		t.Errorf("answers %d", len(got))
	}
}
