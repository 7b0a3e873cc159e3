package transport_test

import (
	"encoding/pem"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"hostkit/pkg/transport"
)

// authority signs certificates with ssh-keygen.
type authority struct{ file string }

func newAuthority(t *testing.T) authority {
	t.Helper()
	file, public := writeKey(t, "")
	if err := os.WriteFile(file+".pub", ssh.MarshalAuthorizedKey(public), 0o644); err != nil {
		t.Fatal(err)
	}
	return authority{file}
}

// sign writes file's certificate beside it and returns its path. arguments are
// those of ssh-keygen -s.
func (a authority) sign(t *testing.T, file string, public ssh.PublicKey, arguments ...string) string {
	t.Helper()
	if err := os.WriteFile(file+".pub", ssh.MarshalAuthorizedKey(public), 0o644); err != nil {
		t.Fatal(err)
	}
	tool(t, nil, "ssh-keygen", append(append([]string{"-q", "-s", a.file, "-I", "test"}, arguments...), file+".pub")...)
	return file + "-cert.pub"
}

// certifying returns a target whose sshd takes a's certificates and no key.
func certifying(t *testing.T, a authority) transport.Target {
	t.Helper()
	_, nobodys := writeKey(t, "")
	return targetOfOpenSSH(t, startOpenSSH(t, nobodys, "TrustedUserCAKeys "+a.file+".pub"))
}

func TestACertificateLogsIn(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	target := certifying(t, a)
	file, public := writeKey(t, "")
	beside := a.sign(t, file, public, "-n", target.User+",other")
	elsewhere := filepath.Join(t.TempDir(), "named.pub")
	move := func(from, to string) {
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	login := func(name string, identities ...transport.Identity) {
		t.Helper()
		target.Identities = identities
		conn, err := transport.Connect(t.Context(), target, transport.Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		conn.Close()
	}
	login("beside its key", transport.Identity{File: file})
	// ssh-add loads the certificate too; then there is one without the key.
	target.Agent = startSSHAgent(t, file)
	target.IdentitiesOnly = true
	login("both in the agent", transport.Identity{File: file + ".pub"})
	target.IdentitiesOnly = false
	login("the agent's, unnamed")
	move(beside, elsewhere)
	target.IdentitiesOnly = true
	login("the agent's, of a named key", transport.Identity{File: file})
	target.Agent = startSSHAgent(t, file)
	login("named, its key in the agent", transport.Identity{File: file, Certificate: elsewhere})
	login("as the identity file, its key in the agent", transport.Identity{File: elsewhere})
	target.Agent = ""
	login("named", transport.Identity{File: file, Certificate: elsewhere})
}

// Some authorities load an agent with a certificate and nothing else.
func TestACertificateInTheAgentDoesWithoutThePassphraseOfItsFile(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	target := certifying(t, a)
	k := newKey(t)
	block, err := ssh.MarshalPrivateKeyWithPassphrase(k.private, "", []byte(thePassword))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "id_ed25519")
	if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	beside := a.sign(t, file, k.signer.PublicKey(), "-n", target.User)
	text, err := os.ReadFile(beside)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(beside); err != nil {
		t.Fatal(err)
	}
	certificate, _, _, _, err := ssh.ParseAuthorizedKey(text)
	if err != nil {
		t.Fatal(err)
	}
	keyring := agent.NewKeyring()
	if err := keyring.Add(agent.AddedKey{PrivateKey: k.private, Certificate: certificate.(*ssh.Certificate)}); err != nil {
		t.Fatal(err)
	}
	target.Agent = listenAsAgent(t, func(conn net.Conn) { _ = agent.ServeAgent(keyring, conn) })
	target.Identities = []transport.Identity{{File: file}}
	var asked atomic.Int64
	connect(t, target, transport.Options{AskPassphrase: say(&asked, thePassword)})
	if got := asked.Load(); got != 0 {
		t.Errorf("asked %d times", got)
	}
}

// sshd does not tell a client why it refuses a certificate.
func TestARefusedCertificateIsDescribed(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	target := certifying(t, a)
	for _, tt := range []struct {
		says      string
		arguments []string
	}{
		{"for " + target.User + ", expired at 2001-01-01T", []string{"-n", target.User, "-V", "20000101:20010101"}},
		{"for alice, bob, valid for ever", []string{"-n", "alice,bob"}},
		{"for a, b, c, d, e and 2 more, valid until 2099-", []string{"-n", "a,b,c,d,e,f,g", "-V", "20000101:20990101"}},
		{"for " + target.User + ", valid from 2098-", []string{"-n", target.User, "-V", "20980101:20990101"}},
	} {
		file, public := writeKey(t, "")
		a.sign(t, file, public, tt.arguments...)
		target.Identities = []transport.Identity{{File: file}}
		err := refused[*transport.LoginError](t, target, transport.Options{})
		if !strings.Contains(err.Error(), "certificate "+file+"-cert.pub "+tt.says) || len(err.Tried) != 2 {
			t.Errorf("want %q: %v", tt.says, err)
		}
	}
}

func TestCertificatesThatAreNone(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	file, public := writeKey(t, "")
	other, otherPublic := writeKey(t, "")
	hosts := a.sign(t, other, otherPublic, "-h", "-n", "host")
	anothers := filepath.Join(t.TempDir(), "another-cert.pub")
	k, kPublic := writeKey(t, "")
	if err := os.Rename(a.sign(t, k, kPublic, "-n", "root"), anothers); err != nil {
		t.Fatal(err)
	}
	for says, id := range map[string]transport.Identity{
		"no such file":       {File: file, Certificate: "/nonexistent-cert.pub"},
		"is none":            {File: file, Certificate: other + ".pub"},
		"is a host's":        {File: other, Certificate: hosts},
		"not of identity":    {File: file, Certificate: anothers},
		"not a regular file": {File: file, Certificate: "/dev/null"},
	} {
		target := targetAt(t, "192.0.2.1:22")
		target.Identities = []transport.Identity{id}
		err := refused[*transport.CredentialError](t, target, transport.Options{})
		if err.Code() != "certificate_unusable" || !strings.Contains(err.Error(), says) || err.Hint() == "" {
			t.Errorf("want %q: %s: %v", says, err.Code(), err)
		}
	}
	// One that nobody named is passed over, and said to be.
	sshd := startOpenSSH(t, public)
	target := targetOfOpenSSH(t, sshd)
	target.Identities = []transport.Identity{{File: other}}
	err := refused[*transport.LoginError](t, target, transport.Options{})
	if len(err.Tried) != 1 || len(err.NotTried) != 1 || !strings.Contains(err.NotTried[0], "is a host's") {
		t.Errorf("%v", err)
	}
}
