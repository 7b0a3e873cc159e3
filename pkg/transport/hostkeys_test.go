package transport_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"hostkit/pkg/doc"
	"hostkit/pkg/transport"
	"hostkit/pkg/transport/sshtest"
)

func signers(keys ...key) []ssh.Signer {
	var all []ssh.Signer
	for _, k := range keys {
		all = append(all, k.signer)
	}
	return all
}

// lineOf is a known_hosts line.
func lineOf(address string, k key) string {
	return lineFor(address, k.signer.PublicKey())
}

func lineFor(address string, public ssh.PublicKey) string {
	return knownhosts.Line([]string{address}, public) + "\n"
}

func writeKnownHosts(t *testing.T, target transport.Target, lines ...string) {
	t.Helper()
	if err := os.WriteFile(target.KnownHosts[0], []byte(strings.Join(lines, "")), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestKnownHostsForms(t *testing.T) {
	t.Parallel()
	host, authority := newKey(t), newKey(t)
	certified := certify(t, authority, "127.0.0.1")
	server := startServer(t, sshtest.Options{Password: thePassword, HostKeys: signers(host)})
	withCert := startServer(t, sshtest.Options{Password: thePassword, HostKeys: []ssh.Signer{certified}})
	for _, tt := range []struct {
		name   string
		server *sshtest.Server
		line   string
	}{
		{"plain with port", server, lineOf(server.Addr(), host)},
		{"hashed", server, knownhosts.HashHostname(knownhosts.Normalize(server.Addr())) + " " + string(ssh.MarshalAuthorizedKey(host.signer.PublicKey()))},
		{"wildcard", server, lineOf("127.0.*", host)},
		{"comments and empty lines", server, "# mine\n\n" + lineOf(server.Addr(), host)},
		{"authority", withCert, "@cert-authority " + lineOf(withCert.Addr(), authority)},
		{"authority by wildcard", withCert, "@cert-authority " + lineOf("127.0.*", authority)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			target := targetAt(t, tt.server.Addr())
			writeKnownHosts(t, target, tt.line)
			got := connect(t, target, transport.Options{}).HostKey()
			want := host.identity()
			if tt.server == withCert {
				want = doc.HostKey{Type: ssh.CertAlgoED25519v01, Fingerprint: authority.identity().Fingerprint}
			}
			if *got != want {
				t.Errorf("host key %v, want %v", *got, want)
			}
		})
	}
}

// A server prefers other key types than known_hosts has: asked for all, it would
// look like an impostor (golang/go#29286).
func TestOnlyKnownKeyTypesAreAsked(t *testing.T) {
	t.Parallel()
	ed, ec := newKey(t), newECDSAKey(t)
	server := startServer(t, sshtest.Options{Password: thePassword, HostKeys: signers(ed, ec)})
	target := targetAt(t, server.Addr())
	for _, k := range []key{ed, ec} {
		writeKnownHosts(t, target, lineOf(server.Addr(), k))
		if got := *connect(t, target, transport.Options{}).HostKey(); got != k.identity() {
			t.Errorf("host key %v, want %v", got, k.identity())
		}
	}
}

func TestUnknownHostKey(t *testing.T) {
	t.Parallel()
	host := newKey(t)
	server := startServer(t, sshtest.Options{Password: thePassword, HostKeys: signers(host)})
	target := targetAt(t, server.Addr())
	target.KnownHosts = []string{filepath.Join(t.TempDir(), "it's new", "known_hosts")}
	err := refused[*transport.UnknownHostKeyError](t, target, transport.Options{})
	if err.Key != host.identity() || err.Exit() != 4 || err.Code() != "unknown_host_key" {
		t.Errorf("error %+v", err)
	}
	if len(server.Attempts()) != 0 {
		t.Errorf("the password was sent to a server that is not known: %q", server.Attempts())
	}
	if _, stat := os.Stat(target.KnownHosts[0]); !errors.Is(stat, os.ErrNotExist) {
		t.Error("a refused key left a file behind")
	}
	// The hint's command does what it says.
	_, command, ok := strings.Cut(err.Hint(), "then run: ")
	command, _, _ = strings.Cut(command, " (or")
	if !ok {
		t.Fatalf("hint %q", err.Hint())
	}
	if out, err := exec.Command("/bin/sh", "-c", command).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", command, err, out)
	}
	connect(t, target, transport.Options{})
	// Of what keeps nothing there is no line to add to.
	target.KnownHosts = []string{os.DevNull}
	err = refused[*transport.UnknownHostKeyError](t, target, transport.Options{})
	if !strings.Contains(err.Hint(), `set ssh.host_key in the config to "`+host.identity().Fingerprint) || strings.Contains(err.Hint(), "echo") {
		t.Errorf("hint %q", err.Hint())
	}
}

// The hint's command must not write on in the last line of the file.
func TestTheHintTrustsAHostWhereTheLastLineIsOpen(t *testing.T) {
	t.Parallel()
	other, host := newKey(t), newKey(t)
	server := startServer(t, sshtest.Options{Password: thePassword, HostKeys: signers(host)})
	for _, before := range []string{"", "# open", strings.TrimSpace(lineOf("other.example", other)), lineOf("other.example", other)} {
		target := targetAt(t, server.Addr())
		target.KnownHosts = []string{filepath.Join(t.TempDir(), `it's 100%s \n`)}
		writeKnownHosts(t, target, before)
		err := refused[*transport.UnknownHostKeyError](t, target, transport.Options{})
		_, command, _ := strings.Cut(err.Hint(), "then run: ")
		command, _, _ = strings.Cut(command, " (or")
		if out, err := exec.Command("/bin/sh", "-c", command).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", command, err, out)
		}
		want := before
		if before != "" && !strings.HasSuffix(before, "\n") {
			want += "\n"
		}
		checkContent(t, target.KnownHosts[0], want+fmt.Sprintln(err.Line))
		connect(t, target, transport.Options{})
	}
}

func TestChangedHostKey(t *testing.T) {
	t.Parallel()
	first, second := newKey(t), newKey(t)
	server := startServer(t, sshtest.Options{Password: thePassword, HostKeys: signers(first), LaterHostKeys: signers(second)})
	target := targetAt(t, server.Addr())
	writeKnownHosts(t, target, "# a comment\n", lineOf(server.Addr(), first))
	connect(t, target, transport.Options{})
	for _, target.AcceptNew = range []bool{false, true} {
		err := refused[*transport.ChangedHostKeyError](t, target, transport.Options{})
		for _, part := range []string{target.KnownHosts[0] + ":2", first.identity().Fingerprint, second.identity().Fingerprint} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%q lacks %q", err, part)
			}
		}
		if err.Code() != "changed_host_key" || err.Exit() != 4 || !strings.Contains(err.Hint(), "ssh-keygen -R") {
			t.Errorf("code %s, exit %d, hint %s", err.Code(), err.Exit(), err.Hint())
		}
	}
	if got := server.Attempts(); len(got) != 1 {
		t.Errorf("attempts %q", got)
	}
}

// An impostor that has no key of the known type must not be taken for new.
func TestAServerWithoutTheKnownKeyTypeHasChanged(t *testing.T) {
	t.Parallel()
	server := startServer(t, sshtest.Options{Password: thePassword, HostKeys: signers(newECDSAKey(t))})
	target := targetAt(t, server.Addr())
	writeKnownHosts(t, target, lineOf(server.Addr(), newKey(t)))
	err := refused[*transport.ChangedHostKeyError](t, accepting(target), transport.Options{})
	if err.Presented != nil || !strings.Contains(err.Error(), "offers only ecdsa") {
		t.Errorf("error %v", err)
	}
}

func TestRevokedHostKey(t *testing.T) {
	t.Parallel()
	host := newKey(t)
	server := startServer(t, sshtest.Options{Password: thePassword, HostKeys: signers(host)})
	target := targetAt(t, server.Addr())
	for _, lines := range [][]string{
		{"@revoked " + lineOf("*", host)},
		{lineOf(server.Addr(), host), "@revoked " + lineOf("*", host)},
	} {
		writeKnownHosts(t, target, lines...)
		for _, o := range []transport.Options{{}, {Pin: &transport.Pin{RequireKey: host.identity(), TrustPlanKey: true}}} {
			err := refused[*transport.RevokedHostKeyError](t, accepting(target), o)
			if !strings.Contains(err.Error(), fmt.Sprintf("%s:%d", target.KnownHosts[0], len(lines))) {
				t.Errorf("error %v", err)
			}
		}
	}
}

func TestHostCertificateOfAnotherName(t *testing.T) {
	t.Parallel()
	authority := newKey(t)
	server := startServer(t, sshtest.Options{Password: thePassword, HostKeys: []ssh.Signer{certify(t, authority, "db1.example")}})
	target := targetAt(t, server.Addr())
	writeKnownHosts(t, target, "@cert-authority "+lineOf(server.Addr(), authority))
	refused[*transport.HostCertificateError](t, accepting(target), transport.Options{})
}

func TestPin(t *testing.T) {
	t.Parallel()
	ed, ec, other := newKey(t), newECDSAKey(t), newKey(t)
	server := startServer(t, sshtest.Options{Password: thePassword, HostKeys: signers(ed, ec)})
	addr := server.Addr()
	pin := func(k key, trust bool) transport.Options {
		return transport.Options{Pin: &transport.Pin{RequireKey: k.identity(), TrustPlanKey: trust}}
	}
	at := func(lines ...string) transport.Target {
		target := accepting(targetAt(t, addr))
		writeKnownHosts(t, target, lines...)
		return target
	}
	t.Run("agrees", func(t *testing.T) {
		for _, k := range []key{ed, ec} {
			conn := connect(t, at(lineOf(addr, ed), lineOf(addr, ec)), pin(k, false))
			if *conn.HostKey() != k.identity() {
				t.Errorf("host key %v", conn.HostKey())
			}
		}
	})
	t.Run("no entry", func(t *testing.T) {
		target := at()
		err := refused[*transport.UnknownHostKeyError](t, target, pin(ed, false))
		if !err.Pinned || !strings.Contains(err.Hint(), "--trust-plan-host-key") {
			t.Errorf("hint %q", err.Hint())
		}
		connect(t, target, pin(ed, true))
		if text, err := os.ReadFile(target.KnownHosts[0]); err != nil || len(text) != 0 {
			t.Errorf("the plan's key was recorded: %q, %v", text, err)
		}
	})
	t.Run("another key than the plan's", func(t *testing.T) {
		for _, known := range []string{"", lineOf(addr, ed)} {
			err := refused[*transport.PinnedHostKeyError](t, at(known), pin(other, true))
			if err.Exit() != 5 || err.Known != nil || *err.Presented != ed.identity() {
				t.Errorf("error %+v", err)
			}
		}
	})
	t.Run("another key than both have", func(t *testing.T) {
		err := refused[*transport.PinnedHostKeyError](t, at(lineOf(addr, other)), pin(other, true))
		var changed *transport.ChangedHostKeyError
		if err.Exit() != 5 || !errors.As(err, &changed) {
			t.Errorf("error %+v", err)
		}
	})
	t.Run("known_hosts disagrees with the plan", func(t *testing.T) {
		refused[*transport.ChangedHostKeyError](t, at(lineOf(addr, other)), pin(ed, true))
	})
	t.Run("no key of the plan's type", func(t *testing.T) {
		rsa := transport.Options{Pin: &transport.Pin{RequireKey: doc.HostKey{Type: "ssh-rsa", Fingerprint: "SHA256:x"}}}
		if err := refused[*transport.PinnedHostKeyError](t, at(lineOf(addr, ed)), rsa); err.Presented != nil {
			t.Errorf("error %+v", err)
		}
	})
}

func TestKnownHostsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	server := passwordServer(t)
	target := targetAt(t, server.Addr())
	target.KnownHosts[0] = t.TempDir()
	err := refused[*transport.KnownHostsError](t, target, transport.Options{})
	if err.Exit() != 3 {
		t.Errorf("error %v, exit %d", err, err.Exit())
	}
}

func TestSeveralKnownHostsFiles(t *testing.T) {
	t.Parallel()
	server := passwordServer(t)
	target := targetOf(t, server)
	target.KnownHosts = []string{filepath.Join(t.TempDir(), "missing"), target.KnownHosts[0]}
	connect(t, target, transport.Options{})
}
