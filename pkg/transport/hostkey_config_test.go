package transport_test

import (
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"hostkit/pkg/doc"
	"hostkit/pkg/transport"
	"hostkit/pkg/transport/sshtest"
)

// keygen runs the real ssh-keygen.
func keygen(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("ssh-keygen", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("ssh-keygen %q: %v: %s", args, err, out)
	}
	return string(out)
}

// What ssh-keygen -H made of a file is looked up by every form of a name.
func TestNamesHashedBySSHKeygen(t *testing.T) {
	t.Parallel()
	host := newKey(t)
	server := startServer(t, sshtest.Options{Password: thePassword, HostKeys: signers(host)})
	for _, name := range []string{
		server.Addr(), "db-alias:22",
		// ssh takes a key that it knows without the port.
		"127.0.0.1:22",
	} {
		target := targetAt(t, server.Addr())
		if strings.HasPrefix(name, "db-alias") {
			target.HostKeyAlias = "DB-Alias"
		}
		writeKnownHosts(t, target, lineOf("other.example:22", newKey(t)), lineOf(name, host))
		keygen(t, "-H", "-f", target.KnownHosts[0])
		text, err := os.ReadFile(target.KnownHosts[0])
		if err != nil || !strings.HasPrefix(string(text), "|1|") || strings.Contains(string(text), "127.0.0.1") {
			t.Fatalf("not hashed: %s, %v", text, err)
		}
		if got := connect(t, target, transport.Options{}).HostKey(); *got != host.identity() {
			t.Errorf("host key %v", got)
		}
		// Another key under the same name has changed; one that is known only without
		// the port is new.
		other := startServer(t, sshtest.Options{Password: thePassword, HostKeys: signers(newKey(t))})
		switch target.Port = other.Port(); {
		case target.HostKeyAlias != "":
			refused[*transport.ChangedHostKeyError](t, target, transport.Options{})
		default:
			refused[*transport.UnknownHostKeyError](t, target, transport.Options{})
		}
	}
}

// The alias is what is looked up, recorded and demanded of a certificate, without
// a port.
func TestHostKeyAlias(t *testing.T) {
	t.Parallel()
	host := newKey(t)
	server := startServer(t, sshtest.Options{Password: thePassword, HostKeys: signers(host)})
	target := targetAt(t, server.Addr())
	target.HostKeyAlias = "db1.alias"
	// What stands under the address does not count.
	writeKnownHosts(t, target, lineOf(server.Addr(), host))
	err := refused[*transport.UnknownHostKeyError](t, target, transport.Options{})
	if err.Address != "db1.alias" || !strings.HasPrefix(err.Line, "db1.alias ssh-ed25519 ") {
		t.Errorf("%+v", err)
	}
	var told []transport.Accepted
	connect(t, accepting(target), transport.Options{Accepted: func(a transport.Accepted) { told = append(told, a) }})
	checkContent(t, target.KnownHosts[0], lineOf(server.Addr(), host)+lineOf("db1.alias:22", host))
	if len(told) != 1 || told[0].Address != "db1.alias" {
		t.Errorf("told %v", told)
	}
	connect(t, target, transport.Options{})

	writeKnownHosts(t, target, lineOf("db1.alias:22", newKey(t)))
	changed := refused[*transport.ChangedHostKeyError](t, accepting(target), transport.Options{})
	if !strings.Contains(changed.Hint(), "ssh-keygen -R db1.alias -f") && !strings.Contains(changed.Hint(), "ssh-keygen -R 'db1.alias' -f") {
		t.Errorf("hint %s", changed.Hint())
	}
	target.HostKeyAlias = "a,b"
	refused[*transport.TargetError](t, target, transport.Options{})
}

// Certificates are made by the real ssh-keygen.
func TestCertificatesOfSSHKeygen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	keygen(t, "-q", "-t", "ed25519", "-N", "", "-f", path("ca"))
	keygen(t, "-q", "-t", "ed25519", "-N", "", "-f", path("other"))
	authority := func(name string) string {
		text, err := os.ReadFile(path(name + ".pub"))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	serve := func(name, keyType, principals string) *sshtest.Server {
		keygen(t, "-q", "-t", keyType, "-N", "", "-f", path(name))
		keygen(t, "-q", "-s", path("ca"), "-I", name, "-h", "-n", principals, path(name+".pub"))
		return startServer(t, sshtest.Options{Password: thePassword, HostKeys: []ssh.Signer{certified(t, path(name)), newKey(t).signer}})
	}
	for i, tt := range []struct {
		keyType, principals, alias, lines string
		want                              transport.Failure
	}{
		{"ed25519", "127.0.0.1", "", "@cert-authority 127.0.0.1 %ca", nil},
		{"ed25519", "127.0.0.1", "", "@cert-authority * %ca", nil},
		{"ecdsa", "127.0.0.*,web", "", "@cert-authority 127.*,!127.0.0.2 %ca", nil},
		{"rsa", "127.0.0.1", "", "@cert-authority [127.0.0.1]:%port %ca", nil},
		{"ed25519", "db1.alias", "db1.alias", "@cert-authority *.alias %ca", nil},
		{"ed25519", "127.0.0.1", "db1.alias", "@cert-authority *.alias %ca", &transport.HostCertificateError{}},
		{"ed25519", "db2.alias", "", "@cert-authority * %ca", &transport.HostCertificateError{}},
		{"ed25519", "127.0.0.1", "", "@cert-authority * %other", &transport.HostCertificateError{}},
		{"ed25519", "127.0.0.1", "", "@cert-authority * %ca\n@revoked * %ca", &transport.RevokedHostKeyError{}},
		{"ed25519", "127.0.0.1", "", "@cert-authority *,!*127.0.0.1* %ca", &transport.UnknownHostKeyError{}},
		// The key itself is known beside.
		{"ed25519", "db2.alias", "", "@cert-authority * %ca\n[127.0.0.1]:%port %key", nil},
		{"ed25519", "127.0.0.1", "", "@cert-authority * %other\n[127.0.0.1]:%port %key", nil},
		{"ed25519", "127.0.0.1", "", "@cert-authority * %other\n[127.0.0.1]:%port %other", &transport.HostCertificateError{}},
		{"ed25519", "127.0.0.1", "", "@cert-authority * %other\n[127.0.0.1]:%port %key\n@revoked * %key", &transport.RevokedHostKeyError{}},
		{"ed25519", "127.0.0.1", "", "@cert-authority * %ca\n[127.0.0.1]:%port %key\n@revoked * %ca", &transport.RevokedHostKeyError{}},
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			name := fmt.Sprintf("host%d", i)
			server := serve(name, tt.keyType, tt.principals)
			target := targetAt(t, server.Addr())
			target.HostKeyAlias = tt.alias
			writeKnownHosts(t, target, strings.NewReplacer(
				"%ca", strings.TrimSpace(authority("ca")), "%other", strings.TrimSpace(authority("other")), "%port", fmt.Sprint(server.Port()),
				"%key", strings.TrimSpace(authority(name)),
			).Replace(tt.lines)+"\n")
			switch tt.want.(type) {
			case nil:
				key := connect(t, target, transport.Options{}).HostKey()
				if plain := strings.Contains(tt.lines, "%key"); plain == strings.Contains(key.Type, "cert") {
					t.Errorf("host key %v", key)
				}
			case *transport.HostCertificateError:
				refused[*transport.HostCertificateError](t, accepting(target), transport.Options{})
			case *transport.RevokedHostKeyError:
				refused[*transport.RevokedHostKeyError](t, accepting(target), transport.Options{})
			case *transport.UnknownHostKeyError:
				refused[*transport.UnknownHostKeyError](t, target, transport.Options{})
			}
		})
	}
}

// certified is the private key at path with the certificate beside it.
func certified(t *testing.T, path string) ssh.Signer {
	t.Helper()
	private, err1 := os.ReadFile(path)
	public, err2 := os.ReadFile(path + "-cert.pub")
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	signer, err := ssh.ParsePrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, _, _, _, err := ssh.ParseAuthorizedKey(public)
	if err != nil {
		t.Fatal(err)
	}
	both, err := ssh.NewCertSigner(cert.(*ssh.Certificate), signer)
	if err != nil {
		t.Fatal(err)
	}
	return both
}

func rsaKey(t *testing.T) key {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	return keyOf(t, private, err)
}

// An RSA key is asked for with SHA-2 signatures, by whatever names it.
func TestAHostKnownByItsRSAKeyOnly(t *testing.T) {
	t.Parallel()
	ed, old := newKey(t), rsaKey(t)
	server := startServer(t, sshtest.Options{Password: thePassword, HostKeys: signers(ed, old)})
	for _, configured := range []doc.Fingerprint{"", doc.Fingerprint("ssh-rsa " + old.identity().Fingerprint)} {
		target := targetAt(t, server.Addr())
		target.HostKey = configured
		if configured == "" {
			writeKnownHosts(t, target, lineOf(server.Addr(), old))
		}
		if got := *connect(t, target, transport.Options{}).HostKey(); got != old.identity() {
			t.Errorf("host key %v", got)
		}
	}
}

func TestConfiguredHostKey(t *testing.T) {
	t.Parallel()
	ed, ec, other := newKey(t), newECDSAKey(t), newKey(t)
	server := startServer(t, sshtest.Options{Password: thePassword, HostKeys: signers(ed, ec)})
	at := func(k key, typed bool, lines ...string) transport.Target {
		target := accepting(targetAt(t, server.Addr()))
		target.HostKey = doc.Fingerprint(k.identity().Fingerprint)
		if typed {
			target.HostKey = doc.Fingerprint(k.identity().Type + " " + k.identity().Fingerprint)
		}
		writeKnownHosts(t, target, lines...)
		return target
	}
	pin := func(k key) transport.Options { return transport.Options{Pin: &transport.Pin{RequireKey: k.identity()}} }

	for name, tt := range map[string]struct {
		target transport.Target
		o      transport.Options
		want   key
	}{
		"no entry":                    {at(ed, false), transport.Options{}, ed},
		"typed":                       {at(ec, true), transport.Options{}, ec},
		"its type stands in a file":   {at(ec, false, lineOf(server.Addr(), ec), lineOf(server.Addr(), ed)), transport.Options{}, ec},
		"known_hosts has another key": {at(ed, true, lineOf(server.Addr(), other)), transport.Options{}, ed},
		"with the plan's":             {at(ec, false), pin(ec), ec},
	} {
		if got := *connect(t, tt.target, tt.o).HostKey(); got != tt.want.identity() {
			t.Errorf("%s: host key %v", name, got)
		}
		if text, err := os.ReadFile(tt.target.KnownHosts[0]); err != nil || len(tt.target.KnownHosts) != 1 || name == "no entry" && len(text) != 0 {
			t.Errorf("%s: recorded %q, %v", name, text, err)
		}
	}

	err := refused[*transport.ConfiguredHostKeyError](t, at(other, true, lineOf(server.Addr(), ed)), transport.Options{})
	for _, part := range []string{other.identity().Fingerprint, ed.identity().Fingerprint, "ssh.host_key"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q lacks %q", err, part)
		}
	}
	if err.Exit() != 4 || err.Code() != "configured_host_key_mismatch" {
		t.Errorf("code %s, exit %d", err.Code(), err.Exit())
	}
	if err := refused[*transport.ConfiguredHostKeyError](t, at(other, false), transport.Options{}); !strings.Contains(err.Hint(), "write its type") {
		t.Errorf("hint %s", err.Hint())
	}
	noRSA := at(other, false)
	noRSA.HostKey = doc.Fingerprint("ssh-rsa " + other.identity().Fingerprint)
	if err := refused[*transport.ConfiguredHostKeyError](t, noRSA, transport.Options{}); err.Presented != nil || !strings.Contains(err.Error(), "ed25519") {
		t.Errorf("%v", err)
	}
	refused[*transport.RevokedHostKeyError](t, at(ed, true, "@revoked "+lineOf("*", ed)), transport.Options{})
	// The plan's key and the config's are two conditions.
	refused[*transport.ConfiguredHostKeyError](t, at(ed, false, lineOf(server.Addr(), ec)), pin(ec))
	refused[*transport.PinnedHostKeyError](t, at(ec, false), pin(other))
	if got := len(server.Attempts()); got != 5 {
		t.Errorf("%d logins were tried", got)
	}
}

// The line that the hint would have one add is the one that ssh-keygen finds.
func TestTheHintsLineIsWhatSSHLooksUp(t *testing.T) {
	t.Parallel()
	server := passwordServer(t)
	// The bastion leads to the same server by every address.
	gate := startServer(t, sshtest.Options{Password: thePassword, Forward: func(string) string { return server.Addr() }})
	for _, tt := range []struct {
		host  string
		port  int
		alias string
		name  string
	}{
		{"db1.example", 22, "", "db1.example"},
		{"DB1.Example", 2222, "", "[db1.example]:2222"},
		{"2001:db8::1", 22, "", "2001:db8::1"},
		{"2001:db8::1", 2222, "", "[2001:db8::1]:2222"},
		{"2001:db8::1", 2222, "db1.alias", "db1.alias"},
	} {
		target := behind(t, targetAt(t, server.Addr()), gate)
		target.Hostname, target.Port, target.HostKeyAlias = tt.host, tt.port, tt.alias
		err := refused[*transport.UnknownHostKeyError](t, target, transport.Options{})
		if err.Address != tt.name {
			t.Errorf("address %s, want %s", err.Address, tt.name)
		}
		writeKnownHosts(t, target, err.Line+"\n")
		if found := keygen(t, "-F", tt.name, "-f", target.KnownHosts[0]); !strings.Contains(found, "found: line 1") {
			t.Errorf("ssh-keygen -F %s: %s", tt.name, found)
		}
		connect(t, target, transport.Options{})
	}
}
