package transport

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"syscall"

	"golang.org/x/crypto/ssh"
)

// login chooses how to log in: the identity file first, then the password, each
// once.
type login struct {
	target Target
	signer ssh.Signer
	// keyUsed and passwordUsed say what was sent. The password is sent once in
	// all, whatever the number of methods that take one: a host that counts
	// failures locks the account.
	keyUsed, passwordUsed bool
	tried, offered        []string
	why                   string
}

// newLogin reads the identity file. An error is a *CredentialError.
func newLogin(t Target) (*login, error) {
	l := &login{target: t}
	if len(t.Identities) > 0 {
		signer, err := readIdentity(t.Identities[0].File)
		if err != nil {
			return nil, err
		}
		l.signer = signer
	}
	if l.signer == nil && t.Password.IsZero() {
		return nil, &CredentialError{
			Reason: "no_credentials",
			Why:    "host " + t.Name + ": there is nothing to log in with",
			Advice: `set ssh.identity_file, or ssh.password to {"$secret": {"env": "HOSTKIT_SSH_PASSWORD"}}`,
		}
	}
	return l, nil
}

func readIdentity(path string) (ssh.Signer, error) {
	refuse := func(reason, why, advice string, err error) (ssh.Signer, error) {
		return nil, &CredentialError{Reason: reason, Why: "identity file " + path + why, Advice: advice, Err: inner(err)}
	}
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("not a regular file")
	}
	if err != nil {
		return refuse("identity_file_unreadable", "", "name a private key that exists in ssh.identity_file", err)
	}
	if exposed(info) {
		return refuse("identity_file_exposed", " can be read by others, as ssh refuses it too (mode "+
			info.Mode().Perm().String()[1:]+")", "chmod 600 "+path, nil)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return refuse("identity_file_unreadable", "", "make the file readable for you", err)
	}
	signer, err := ssh.ParsePrivateKey(text)
	var encrypted *ssh.PassphraseMissingError
	switch {
	case errors.As(err, &encrypted):
		return refuse("identity_file_encrypted", " is encrypted, which is not supported yet",
			"use a key without a passphrase, or ssh.password", nil)
	case err != nil:
		return refuse("identity_file_unreadable", " is not a private key", "name the private key, not the .pub file", err)
	}
	return signer, nil
}

// exposed is ssh's own rule: a key of mine that others can read may be theirs.
func exposed(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Getuid() && info.Mode().Perm()&0o077 != 0
}

// next is the ssh.ClientAuthCallback.
func (l *login) next(c *ssh.ClientAuthContext) (ssh.AuthMethod, error) {
	l.offered = c.AllowedMethods
	takes := func(method string) bool { return slices.Contains(c.AllowedMethods, method) }
	havePassword := !l.target.Password.IsZero() && !l.passwordUsed
	switch {
	case takes("publickey") && l.signer != nil && !l.keyUsed:
		l.keyUsed = true
		l.tried = append(l.tried, "publickey ("+l.target.Identities[0].File+")")
		return ssh.PublicKeys(l.signer), nil
	case takes("password") && havePassword:
		l.passwordUsed = true
		l.tried = append(l.tried, "password")
		return ssh.PasswordCallback(func() (string, error) { return l.target.Password.RevealString(), nil }), nil
	case takes("keyboard-interactive") && havePassword:
		l.tried = append(l.tried, "keyboard-interactive")
		l.passwordUsed = true
		answered := false
		return ssh.KeyboardInteractive(func(_, _ string, prompts []string, echos []bool) ([]string, error) {
			return l.answer(&answered, prompts, echos)
		}), nil
	}
	return nil, l.refused()
}

// answer gives the password to the one question that a password answers: a
// single one whose answer is not shown. What the question says is not looked at.
func (l *login) answer(answered *bool, prompts []string, echos []bool) ([]string, error) {
	switch {
	case len(prompts) == 0:
		// PAM may have something to say, and asks nothing.
		return []string{}, nil
	case len(prompts) == 1 && !echos[0] && !*answered:
		*answered = true
		return []string{l.target.Password.RevealString()}, nil
	}
	l.why = "the server asks more than a password answers (" + strconv.Quote(printable(prompts[0])) + ")"
	return nil, errors.New(l.why)
}

func (l *login) refused() *LoginError {
	return &LoginError{User: l.target.User, Address: l.target.Address(), Tried: l.tried, Offered: l.offered, Why: l.why}
}
