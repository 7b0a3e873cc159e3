package transport_test

import (
	"encoding/pem"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/crypto/ssh"

	"hostkit/pkg/secret"
	"hostkit/pkg/transport"
	"hostkit/pkg/transport/sshtest"
)

// writeRSAKey writes a new key in OpenSSH's form.
func writeRSAKey(t *testing.T) (string, ssh.PublicKey) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "id_rsa")
	tool(t, nil, "ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "", "-C", "", "-f", file)
	text, err := os.ReadFile(file + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	public, _, _, _, err := ssh.ParseAuthorizedKey(text)
	if err != nil {
		t.Fatal(err)
	}
	return file, public
}

// A real sshd says what signatures it takes, and takes no SHA-1.
func TestAnRSAKeyLogsIn(t *testing.T) {
	t.Parallel()
	file, public := writeRSAKey(t)
	target := targetOfOpenSSH(t, startOpenSSH(t, public, "PubkeyAcceptedAlgorithms rsa-sha2-512"))
	target.Identities = []transport.Identity{{File: file}}
	connect(t, target, transport.Options{})
	target.Identities, target.Agent = nil, startSSHAgent(t, file)
	connect(t, target, transport.Options{})
	sha1 := targetOfOpenSSH(t, startOpenSSH(t, public, "PubkeyAcceptedAlgorithms ssh-rsa"))
	sha1.Identities = []transport.Identity{{File: file}}
	if err := refused[*transport.LoginError](t, sha1, transport.Options{}); len(err.Tried) != 1 {
		t.Errorf("%v", err)
	}
}

func TestAnECDSAKeyLogsIn(t *testing.T) {
	t.Parallel()
	k := newECDSAKey(t)
	block, err := ssh.MarshalPrivateKey(k.private, "")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "id_ecdsa")
	if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	target := targetOfOpenSSH(t, startOpenSSH(t, k.signer.PublicKey()))
	target.Identities = []transport.Identity{{File: file}}
	connect(t, target, transport.Options{})
}

// securityKey is a file as ssh-keygen -t ed25519-sk writes it: a handle of a key
// that is in a device.
func securityKey(t *testing.T) string {
	t.Helper()
	public := ssh.Marshal(struct{ Type, Key, Application string }{"sk-ssh-ed25519@openssh.com", strings.Repeat("k", 32), "ssh:"})
	content := ssh.Marshal(struct {
		Cipher, KDF, Options string
		Keys                 uint32
		Public, Private      []byte
	}{"none", "none", "", 1, public, []byte("handle")})
	file := filepath.Join(t.TempDir(), "id_ed25519_sk")
	block := &pem.Block{Type: "OPENSSH PRIVATE KEY", Bytes: append([]byte("openssh-key-v1\x00"), content...)}
	if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestKeysThatOnlyAnAgentCanUse(t *testing.T) {
	t.Parallel()
	_, public := writeKey(t, "")
	onlyPublic := filepath.Join(t.TempDir(), "id.pub")
	if err := os.WriteFile(onlyPublic, ssh.MarshalAuthorizedKey(public), 0o644); err != nil {
		t.Fatal(err)
	}
	agents := map[string]string{
		"there is no agent": "", "the agent does not hold the private one": startSSHAgent(t),
		"the agent can't be asked: no such file": "/nonexistent",
	}
	for file, code := range map[string]string{securityKey(t): "identity_file_security_key", onlyPublic: "identity_file_public"} {
		for says, socket := range agents {
			target := targetAt(t, "192.0.2.1:22")
			target.Agent = socket
			target.Identities = []transport.Identity{{File: file}}
			err := refused[*transport.CredentialError](t, target, transport.Options{})
			if err.Code() != code || !strings.Contains(err.Error(), says) || !strings.Contains(err.Hint(), "ssh-add") {
				t.Errorf("want %s, %q: %s: %v", code, says, err.Code(), err)
			}
		}
	}
}

// As with ssh, the .pub file stands for a key that is in the agent alone.
func TestAnIdentityFileThatIsNotThereHasItsPublicHalf(t *testing.T) {
	t.Parallel()
	file, public := writeKey(t, "")
	server := startServer(t, sshtest.Options{AuthorizedKeys: []ssh.PublicKey{public}})
	target := targetOf(t, server)
	target.Agent, target.Password = startSSHAgent(t, file), secret.Value{}
	gone := filepath.Join(t.TempDir(), "id_ed25519")
	if err := os.WriteFile(gone+".pub", ssh.MarshalAuthorizedKey(public), 0o644); err != nil {
		t.Fatal(err)
	}
	target.Identities, target.IdentitiesOnly = []transport.Identity{{File: gone}}, true
	connect(t, target, transport.Options{})
}

func TestDefaultIdentities(t *testing.T) {
	t.Parallel()
	good, public := writeKey(t, "")
	encrypted, encryptedPublic := writeKey(t, thePassword)
	exposed, _ := writeKey(t, "")
	if err := os.Chmod(exposed, 0o644); err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int64
	o := transport.Options{AskPassphrase: say(&asked, thePassword)}
	identities := []transport.Identity{
		{File: "/nonexistent/id_rsa", Default: true},
		{File: encrypted, Default: true},
		{File: exposed, Default: true},
		{File: securityKey(t), Default: true},
		{File: good, Default: true},
	}

	server := startServer(t, sshtest.Options{AuthorizedKeys: []ssh.PublicKey{public}})
	target := targetOf(t, server)
	target.Password, target.Identities = secret.Value{}, identities
	connect(t, target, o)
	if got := server.Attempts(); !slices.Equal(got, []string{"publickey ok"}) {
		t.Errorf("attempts %q", got)
	}

	other := startServer(t, sshtest.Options{AuthorizedKeys: []ssh.PublicKey{encryptedPublic}})
	target.Port = other.Port()
	if err := other.WriteKnownHosts(target.KnownHosts[0]); err != nil {
		t.Fatal(err)
	}
	err := refused[*transport.LoginError](t, target, o)
	if len(err.Tried) != 1 || len(err.NotTried) != 3 || !strings.Contains(err.Error(), exposed+" (can be read by others") ||
		!strings.Contains(err.Error(), encrypted+" (encrypted)") || strings.Contains(err.Error(), "/nonexistent") ||
		!strings.Contains(err.Hint(), "chmod 600 "+exposed) {
		t.Errorf("%v (%s)", err, err.Hint())
	}
	if got := asked.Load(); got != 0 {
		t.Errorf("asked %d times where there was another key", got)
	}

	// Where there is nothing else, a person is asked.
	target.Identities = identities[:2]
	connect(t, target, o)
	if got := asked.Load(); got != 1 {
		t.Errorf("asked %d times", got)
	}
	nobody := refused[*transport.CredentialError](t, target, transport.Options{})
	if nobody.Code() != "no_credentials" || !strings.Contains(nobody.Error(), encrypted+" (encrypted)") ||
		!strings.HasPrefix(nobody.Hint(), "load it into an agent (ssh-add "+encrypted+")") {
		t.Errorf("%v (%s)", nobody, nobody.Hint())
	}
}

// ssh goes on without the files that its config names and that it can't use, and
// offers those that it can before the agent's keys.
func TestOptionalIdentities(t *testing.T) {
	t.Parallel()
	good, public := writeKey(t, "")
	encrypted, encryptedPublic := writeKey(t, thePassword)
	agents, _ := writeKey(t, "")
	var asked atomic.Int64
	o := transport.Options{AskPassphrase: say(&asked, thePassword)}
	server := startServer(t, sshtest.Options{AuthorizedKeys: []ssh.PublicKey{public}})
	target := targetOf(t, server)
	target.Password, target.Agent = secret.Value{}, startSSHAgent(t, agents)
	target.Identities = []transport.Identity{
		{File: "/nonexistent/id_rsa", Optional: true}, {File: encrypted, Optional: true}, {File: good, Optional: true},
	}
	connect(t, target, o)
	if got := server.Attempts(); !slices.Equal(got, []string{"publickey ok"}) || asked.Load() != 0 {
		t.Errorf("attempts %q, asked %d times", got, asked.Load())
	}

	// Without another file a person is asked, whatever else the agent holds.
	target = targetOf(t, startServer(t, sshtest.Options{AuthorizedKeys: []ssh.PublicKey{encryptedPublic}}))
	target.Password, target.Agent = secret.Value{}, startSSHAgent(t, agents)
	target.Identities = []transport.Identity{{File: "/nonexistent/id_rsa", Optional: true}, {File: encrypted, Optional: true}}
	connect(t, target, o)
	if got := asked.Load(); got != 1 {
		t.Errorf("asked %d times", got)
	}
	err := refused[*transport.LoginError](t, target, transport.Options{})
	if len(err.Tried) != 1 || len(err.NotTried) != 2 || !strings.Contains(err.Error(), "/nonexistent/id_rsa (no such file") ||
		!strings.Contains(err.Error(), encrypted+" (encrypted)") {
		t.Errorf("%v", err)
	}
}

// As with ssh, those of the agent's keys that are in default files come first.
func TestADefaultFileSaysWhichOfTheAgentsKeysComesFirst(t *testing.T) {
	t.Parallel()
	var files []string
	for range 7 {
		file, _ := writeKey(t, "")
		files = append(files, file)
	}
	mine, public := writeKey(t, "")
	server := startServer(t, sshtest.Options{AuthorizedKeys: []ssh.PublicKey{public}})
	target := targetOf(t, server)
	target.Agent, target.Password = startSSHAgent(t, append(files, mine)...), secret.Value{}
	target.Identities = []transport.Identity{{File: mine, Default: true}}
	connect(t, target, transport.Options{})
	if got := server.Attempts(); !slices.Equal(got, []string{"publickey ok"}) {
		t.Errorf("attempts %q", got)
	}
}

// What the file holds is in no error.
func TestFilesThatAreNoKeys(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	pipe := filepath.Join(folder, "pipe")
	tool(t, nil, "mkfifo", pipe)
	write := func(name, text string) string {
		file := filepath.Join(folder, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	damaged := func(blockType, text string) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: blockType, Bytes: []byte(text)}))
	}
	key, _ := writeKey(t, thePassword)
	slow := filepath.Join(folder, "slow")
	copyFile(t, key, slow)
	for says, file := range map[string]string{
		"not a regular file":                     pipe,
		"too large":                              write("large", strings.Repeat("x", 64<<10+1)),
		"neither a private key nor a public":     write("text", thePassword),
		"is damaged":                             write("damaged", damaged("OPENSSH PRIVATE KEY", "openssh-key-v1\x00"+thePassword)),
		"damaged":                                write("rsa", damaged("RSA PRIVATE KEY", thePassword)),
		"PKCS #8":                                write("pkcs8", damaged("ENCRYPTED PRIVATE KEY", thePassword)),
		"is not a private key":                   write("certificate", damaged("CERTIFICATE", thePassword)),
		"neither a private key nor a public one": write("putty", "PuTTY-User-Key-File-3: ssh-ed25519\n"+thePassword),
		"holds the keys of hosts":                write("hosts", "web1,192.0.2.1 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ/uq4zQ7DUYjTsIM9SjX5kbyplTZ9tWBKcO5jStBoUy\n"),
	} {
		target := targetAt(t, "192.0.2.1:22")
		target.Identities = []transport.Identity{{File: file}}
		err := refused[*transport.CredentialError](t, target, transport.Options{})
		if !strings.Contains(err.Error(), says) || err.Code() != "identity_file_unreadable" || err.Hint() == "" {
			t.Errorf("%s, want %q: %s: %v", file, says, err.Code(), err)
		}
	}
}
