package transport_test

import (
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"hostkit/pkg/transport"
	"hostkit/pkg/transport/sshtest"
)

// Whether a host is known is what the real ssh says of the same file.
func TestHostsAreKnownToUsAsToSSH(t *testing.T) {
	t.Parallel()
	identity, public := writeKey(t, "")
	sshd, err := sshtest.StartOpenSSH(t.TempDir(), public)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sshd.Close)
	at := targetAt(t, sshd.Addr())
	words := strings.NewReplacer(
		"%blob", strings.Fields(string(ssh.MarshalAuthorizedKey(sshd.HostKey())))[1],
		"%key", strings.TrimSpace(string(ssh.MarshalAuthorizedKey(sshd.HostKey()))),
		"%other", strings.TrimSpace(string(ssh.MarshalAuthorizedKey(newKey(t).signer.PublicKey()))),
		"%port", strconv.Itoa(at.Port),
	)
	for _, tt := range []struct{ alias, lines string }{
		{"", "[127.0.0.1]:%port %key"},
		{"", "[127.0.0.1]:%port %other"},
		{"", "127.0.0.1 %key"},
		{"", "127.0.0.1 %other"},
		{"", "127.0.0.1 %key\n[127.0.0.1]:%port %other"},
		{"", "[127.0.0.1]:%port %other\n[127.0.0.1]:%port %key"},
		{"", "127.0.0.2 %key"},
		{"", "* %key"},
		{"", "*,!127.0.0.1 %key"},
		{"", "*,!*127.0.0.1* %key"},
		{"", "127.0.0.? %key"},
		{"", "[127.0.0.*]:%port %key"},
		{"", "a,b,127.0.0.1,c %key several words"},
		{"", "127.0.0.1 1024 35 12345\n127.0.0.1 %key"},
		{"", "[127.0.0.1]:%port %key\n@revoked * %key"},
		{"", "@revoked [127.0.0.1]:%port %key"},
		{"", "@cert-authority * %key"},
		{"", "garbage\n[127.0.0.1]:%port %key"},
		{"", "[127.0.0.1]:%port\n[127.0.0.1]:%port %key"},
		{"", "[127.0.0.1]:%port ssh-ed25519 AAAA\n[127.0.0.1]:%port %key"},
		{"", "[127.0.0.1]:%port ssh-ed25519 notbase64!\n127.0.0.1 %key"},
		{"", "[127.0.0.1]:%port ssh-rsa %blob\n127.0.0.1 %key"},
		{"", "[127.0.0.1]:%port ssh-rsa %blob"},
		{"", "127.0.0.2 %key[127.0.0.1]:%port %key"},
		{"", "|1|x|y %key\n[127.0.0.1]:%port %key"},
		{"", "|1|x|y %key"},
		{"", "@cert-authority %key\n[127.0.0.1]:%port %key"},
		{"", "@cert-authority *\n127.0.0.1 %key"},
		{"", "\ufeff[127.0.0.1]:%port %key"},
		{"Db1.Alias", "db1.alias %key"},
		{"db1.alias", "Db1.Alias %key"},
		{"db1.alias", "db1.alias %other"},
		{"db1.alias", "[127.0.0.1]:%port %key"},
		{"db1.alias", "[db1.alias]:%port %key"},
		{"db1.alias", "*.alias %key"},
	} {
		target := targetAt(t, sshd.Addr())
		target.Identities, target.User = []transport.Identity{{File: identity}}, sshd.User()
		target.HostKeyAlias = tt.alias
		writeKnownHosts(t, target, words.Replace(tt.lines)+"\n")
		args := []string{
			"-F", "none", "-i", identity, "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes",
			"-o", "UserKnownHostsFile=" + target.KnownHosts[0], "-o", "GlobalKnownHostsFile=none", "-o", "UpdateHostKeys=no",
		}
		if tt.alias != "" {
			args = append(args, "-o", "HostKeyAlias="+tt.alias)
		}
		said, oracle := exec.Command("ssh", append(args, "-p", strconv.Itoa(target.Port), sshd.User()+"@127.0.0.1", "true")...).CombinedOutput()
		conn, err := transport.Connect(t.Context(), target, transport.Options{})
		if err == nil {
			conn.Close()
		}
		if (err == nil) != (oracle == nil) {
			t.Errorf("alias %q, %q: we say %v, and ssh %v: %s", tt.alias, tt.lines, err, oracle, said)
		}
	}
}
