package transport_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"hostkit/pkg/secret"
	"hostkit/pkg/shell"
	"hostkit/pkg/transport"
	"hostkit/pkg/transport/sshtest"
)

// oddAgents don't do what an agent does; each is named by what is said of it.
func oddAgents(t *testing.T) map[string]string {
	t.Helper()
	return map[string]string{
		"no such file": "/nonexistent/agent",
		"no answer":    listenAsAgent(t, silent),
		"list of keys": listenAsAgent(t, func(conn net.Conn) { _, _ = io.WriteString(conn, "SSH-2.0-\x1b[2J nonsense\r\n") }),
		"gave no list": listenAsAgent(t, func(net.Conn) {}),
	}
}

// patience is short for the agent that never answers, and long enough for the
// others on a busy machine.
func patience(says string) transport.Options {
	limit := 20 * time.Second
	if says == "no answer" {
		limit = 200 * time.Millisecond
	}
	return transport.Options{Timeouts: transport.Timeouts{Agent: limit}}
}

func TestAnOddAgentIsPassedOverWhereThereIsAPassword(t *testing.T) {
	t.Parallel()
	server := passwordServer(t)
	for says, socket := range oddAgents(t) {
		target := targetOf(t, server)
		target.Agent = socket
		conn := connect(t, target, patience(says))
		if got := batch(t, conn, shell.New("echo in")); got != "in\n" {
			t.Errorf("%s: the batch said %q", says, got)
		}
		target.Password = secret.NewString("another one")
		err := refused[*transport.LoginError](t, target, patience(says))
		if len(err.NotTried) != 1 || !strings.Contains(err.NotTried[0], says) || !strings.Contains(err.Error(), "agent "+socket) {
			t.Errorf("%s: %v", says, err)
		}
	}
}

func TestAnOddAgentAloneIsNothingToLogInWith(t *testing.T) {
	t.Parallel()
	for says, socket := range oddAgents(t) {
		target := targetAt(t, "192.0.2.1:22")
		target.Password, target.Agent = secret.Value{}, socket
		err := refused[*transport.CredentialError](t, target, patience(says))
		if err.Code() != "no_credentials" || !strings.Contains(err.Error(), says) || err.Hint() == "" {
			t.Errorf("%s: %v", says, err)
		}
	}
	empty := targetAt(t, "192.0.2.1:22")
	empty.Password, empty.Agent = secret.Value{}, startSSHAgent(t)
	if err := refused[*transport.CredentialError](t, empty, transport.Options{}); !strings.Contains(err.Error(), "the agent holds no key") {
		t.Errorf("%v", err)
	}
}

// The server of a login with more keys than it takes is told the named one, and
// only if none is named the first of the agent.
func TestTenKeysInAnAgentAndMaxAuthTriesSix(t *testing.T) {
	t.Parallel()
	const keys = 10
	var files []string
	var publics []ssh.PublicKey
	for range keys {
		file, public := writeKey(t, "")
		files, publics = append(files, file), append(publics, public)
	}
	socket := startSSHAgent(t, files...)
	for _, place := range []int{0, 4, 5, 6, keys - 1} {
		sshd := startOpenSSH(t, publics[place], "MaxAuthTries 6")
		target := targetOfOpenSSH(t, sshd)
		target.Agent = socket
		onlyPublic := filepath.Join(t.TempDir(), "key.pub")
		if err := os.WriteFile(onlyPublic, ssh.MarshalAuthorizedKey(publics[place]), 0o644); err != nil {
			t.Fatal(err)
		}
		for _, file := range []string{files[place], onlyPublic} {
			target.Identities = []transport.Identity{{File: file}}
			connect(t, target, transport.Options{}).Close()
		}
		target.Identities = nil
		if place < 5 {
			connect(t, target, transport.Options{}).Close()
			continue
		}
		err := refused[*transport.LoginError](t, target, transport.Options{})
		if len(err.Tried) != 5 || len(err.NotTried) != 1 || !strings.Contains(err.NotTried[0], "5 more keys") ||
			!strings.Contains(err.Hint(), "ssh.identity_file") || err.Code() != "login_refused" {
			t.Errorf("key %d: %v (%s)", place, err, err.Hint())
		}
	}
}

// sshd counts each key that it refuses against MaxAuthTries.
func TestAPasswordComesAfterTheAgentsKeys(t *testing.T) {
	t.Parallel()
	var files []string
	for range 10 {
		file, _ := writeKey(t, "")
		files = append(files, file)
	}
	server := startServer(t, sshtest.Options{Password: thePassword, AuthorizedKeys: []ssh.PublicKey{}})
	target := targetOf(t, server)
	target.Agent = startSSHAgent(t, files...)
	connect(t, target, transport.Options{})
	want := slices.Concat(slices.Repeat([]string{"publickey refused"}, 5), []string{"password ok"})
	if got := server.Attempts(); !slices.Equal(got, want) {
		t.Errorf("attempts %q, want %q", got, want)
	}
}

func TestIdentitiesOnlyLeavesOutTheAgentsOtherKeys(t *testing.T) {
	t.Parallel()
	mine, public := writeKey(t, "")
	other, _ := writeKey(t, "")
	server := startServer(t, sshtest.Options{Password: thePassword, AuthorizedKeys: []ssh.PublicKey{}})
	target := targetOf(t, server)
	target.Agent, target.IdentitiesOnly = startSSHAgent(t, other, mine), true
	target.Identities = []transport.Identity{{File: mine}, {File: mine, Default: true}}
	connect(t, target, transport.Options{})
	if got, want := server.Attempts(), []string{"publickey refused", "password ok"}; !slices.Equal(got, want) {
		t.Errorf("attempts %q, want %q", got, want)
	}
	// Without it the named key comes first, and none comes twice.
	both := startServer(t, sshtest.Options{AuthorizedKeys: []ssh.PublicKey{}})
	target.Hostname, target.Port, target.IdentitiesOnly, target.Password = "127.0.0.1", both.Port(), false, secret.Value{}
	if err := both.WriteKnownHosts(target.KnownHosts[0]); err != nil {
		t.Fatal(err)
	}
	err := refused[*transport.LoginError](t, target, transport.Options{})
	if len(err.Tried) != 2 || !strings.Contains(err.Tried[0], mine) || !strings.Contains(err.Tried[0], "by the agent") || !strings.Contains(err.Tried[1], "agent: ") {
		t.Errorf("%q, of %s", err.Tried, ssh.FingerprintSHA256(public))
	}
}

// moodyAgent holds keys and signs as sign says.
type moodyAgent struct {
	agent.ExtendedAgent
	sign func() error
}

func (a moodyAgent) SignWithFlags(key ssh.PublicKey, data []byte, flags agent.SignatureFlags) (*ssh.Signature, error) {
	if err := a.sign(); err != nil {
		return nil, err
	}
	return a.ExtendedAgent.SignWithFlags(key, data, flags)
}

func startMoodyAgent(t *testing.T, k key, sign func() error) string {
	t.Helper()
	keyring := agent.NewKeyring().(agent.ExtendedAgent)
	if err := keyring.Add(agent.AddedKey{PrivateKey: k.private, Comment: "moody \x1b[2J" + strings.Repeat("x", 1000)}); err != nil {
		t.Fatal(err)
	}
	return listenAsAgent(t, func(conn net.Conn) { _ = agent.ServeAgent(moodyAgent{keyring, sign}, conn) })
}

func TestAnAgentThatRefusesToSign(t *testing.T) {
	t.Parallel()
	k := newKey(t)
	server := startServer(t, sshtest.Options{Password: thePassword, AuthorizedKeys: []ssh.PublicKey{k.signer.PublicKey()}})
	target := targetOf(t, server)
	target.Agent = startMoodyAgent(t, k, func() error { return errors.New("no") })
	connect(t, target, transport.Options{})
	target.Password = secret.Value{}
	err := refused[*transport.LoginError](t, target, transport.Options{})
	if len(err.Tried) != 1 || !strings.Contains(err.Tried[0], "no signature: it refused to sign") || len(err.Error()) > 1000 {
		t.Errorf("%v", err)
	}
}

// ssh-add -c has a person confirm each signature.
func TestAnAgentThatWaitsForAPersonHasTheTimeOfTheLogin(t *testing.T) {
	t.Parallel()
	k := newKey(t)
	server := startServer(t, sshtest.Options{AuthorizedKeys: []ssh.PublicKey{k.signer.PublicKey()}})
	target := targetOf(t, server)
	target.Password = secret.Value{}
	answer := make(chan struct{})
	target.Agent = startMoodyAgent(t, k, func() error { <-answer; return nil })
	// The server's part of the login has to fit in too, on a busy machine.
	o := transport.Options{Timeouts: transport.Timeouts{Login: 3 * time.Second}}
	err := refused[*transport.LoginError](t, target, o)
	if err.Code() != "agent_timeout" || len(err.Tried) != 1 || !strings.Contains(err.Hint(), "confirmation") || err.Exit() != 4 {
		t.Errorf("%s: %v", err.Code(), err)
	}
	close(answer)
	connect(t, target, transport.Options{})
}

// One connection for the list and one for the signature, neither of which stays
// open while the host is used.
func TestTheConnectionToTheAgentIsClosed(t *testing.T) {
	t.Parallel()
	k := newKey(t)
	keyring := agent.NewKeyring()
	if err := keyring.Add(agent.AddedKey{PrivateKey: k.private}); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{}, 10)
	server := startServer(t, sshtest.Options{AuthorizedKeys: []ssh.PublicKey{k.signer.PublicKey()}})
	target := targetOf(t, server)
	target.Password = secret.Value{}
	target.Agent = listenAsAgent(t, func(conn net.Conn) {
		_ = agent.ServeAgent(keyring, conn)
		ended <- struct{}{}
	})
	connect(t, target, transport.Options{})
	for range 2 {
		<-ended
	}
}

// securityKeyAgent holds a key as if it were in a FIDO device.
type securityKeyAgent struct {
	agent.ExtendedAgent
	private ed25519.PrivateKey
}

const application = "ssh:"

func (a securityKeyAgent) List() ([]*agent.Key, error) {
	public := string(a.private.Public().(ed25519.PublicKey))
	blob := ssh.Marshal(struct{ Type, Key, Application string }{ssh.KeyAlgoSKED25519, public, application})
	return []*agent.Key{{Format: ssh.KeyAlgoSKED25519, Blob: blob, Comment: "key in a device"}}, nil
}

// SignWithFlags signs what PROTOCOL.u2f of OpenSSH says.
func (a securityKeyAgent) SignWithFlags(_ ssh.PublicKey, data []byte, _ agent.SignatureFlags) (*ssh.Signature, error) {
	const touchedAndCounted = "\x01\x00\x00\x00\x07"
	app, message := sha256.Sum256([]byte(application)), sha256.Sum256(data)
	signed := slices.Concat(app[:], []byte(touchedAndCounted), message[:])
	return &ssh.Signature{Format: ssh.KeyAlgoSKED25519, Blob: ed25519.Sign(a.private, signed), Rest: []byte(touchedAndCounted)}, nil
}

func TestAKeyInASecurityKeyIsOneOfTheAgents(t *testing.T) {
	t.Parallel()
	device := securityKeyAgent{agent.NewKeyring().(agent.ExtendedAgent), newKey(t).private.(ed25519.PrivateKey)}
	held, err := device.List()
	if err != nil {
		t.Fatal(err)
	}
	public, err := ssh.ParsePublicKey(held[0].Blob)
	if err != nil {
		t.Fatal(err)
	}
	server := startServer(t, sshtest.Options{AuthorizedKeys: []ssh.PublicKey{public}})
	target := targetOf(t, server)
	target.Password = secret.Value{}
	target.Agent = listenAsAgent(t, func(conn net.Conn) { _ = agent.ServeAgent(device, conn) })
	connect(t, target, transport.Options{})
}

// A host that could use the agent could log in everywhere.
func TestTheAgentIsNeverForwarded(t *testing.T) {
	t.Parallel()
	file, public := writeKey(t, "")
	said := make(chan error, 1)
	target := serve(t, &ssh.ServerConfig{
		PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			if string(key.Marshal()) != string(public.Marshal()) {
				return nil, errors.New("another key")
			}
			return nil, nil
		},
	}, func(conn *ssh.ServerConn) {
		_, _, err := conn.OpenChannel("auth-agent@openssh.com", nil)
		said <- err
	})
	target.Password, target.Agent = secret.Value{}, startSSHAgent(t, file)
	connect(t, target, transport.Options{})
	var refused *ssh.OpenChannelError
	if err := <-said; !errors.As(err, &refused) {
		t.Errorf("the server was given a channel: %v", err)
	}
}
