package transport_test

import (
	"strings"
	"testing"

	"hostkit/pkg/transport"
	"hostkit/pkg/transport/sshtest"
)

// What a server says of itself is in the facts, harmless and short.
func TestWhatIsKnownOfAServer(t *testing.T) {
	t.Parallel()
	identity, public := writeKey(t, "")
	sshd, err := sshtest.StartOpenSSH(t.TempDir(), public, "Ciphers aes256-ctr", "MACs hmac-sha2-512", "KexAlgorithms ecdh-sha2-nistp256")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sshd.Close)
	target := targetAt(t, sshd.Addr())
	target.Identities, target.User = []transport.Identity{{File: identity}}, sshd.User()
	writeKnownHosts(t, target, lineFor(sshd.Addr(), sshd.HostKey()))
	got := connect(t, target, transport.Options{}).Server()
	if !strings.HasPrefix(got.Server, "SSH-2.0-OpenSSH_") || !got.StrictKeyExchange || got.Cipher != "aes256-ctr" ||
		got.MAC != "hmac-sha2-512" || got.KeyExchange != "ecdh-sha2-nistp256" || got.HostKeyAlgorithm != "ssh-ed25519" {
		t.Errorf("%+v", got)
	}
	// The same through a jump host, of the host and not of the jump host.
	server := passwordServer(t)
	if got := connect(t, behind(t, targetOf(t, server), bastion(t)), transport.Options{}).Server(); got.Server != "SSH-2.0-sshtest" || !got.StrictKeyExchange {
		t.Errorf("%+v", got)
	}
	local := connect(t, transport.Target{Name: "here", Local: true}, transport.Options{})
	if local.Server() != nil {
		t.Errorf("%+v", local.Server())
	}
}

// A server of before 2024 lets who is in between drop messages (CVE-2023-48795).
func TestAServerWithoutStrictKeyExchange(t *testing.T) {
	t.Parallel()
	server := startServer(t, sshtest.Options{
		Password: thePassword,
		Script: func(p *sshtest.Peer) {
			version(p)
			exchange(p)
			login(p)
			p.Hang()
		},
	})
	got := connect(t, targetOf(t, server), transport.Options{}).Server()
	if got.StrictKeyExchange || got.Cipher == "" || strings.ContainsAny(got.Server, "\r\n\x1b") {
		t.Errorf("%+v", got)
	}
}
