package lab

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"fmt"

	"golang.org/x/crypto/ssh"
)

// HostKey is the public side of one of a host's keys.
type HostKey struct {
	Type        string // as in known_hosts: "ssh-ed25519"
	Fingerprint string // "SHA256:..."
	Line        string // as in authorized_keys, without a newline
}

// keyPair is a fresh key in the forms that files want.
type keyPair struct {
	HostKey
	privatePEM []byte
}

func newKeyPair(kind string) (keyPair, error) {
	private, err := generateKey(kind)
	if err != nil {
		return keyPair{}, fmt.Errorf("make %s key: %w", kind, err)
	}
	block, err := ssh.MarshalPrivateKey(private, "hostkit-lab")
	if err != nil {
		return keyPair{}, fmt.Errorf("encode %s key: %w", kind, err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		return keyPair{}, fmt.Errorf("read %s key: %w", kind, err)
	}
	public := signer.PublicKey()
	line := ssh.MarshalAuthorizedKey(public)
	return keyPair{
		HostKey: HostKey{
			Type:        public.Type(),
			Fingerprint: ssh.FingerprintSHA256(public),
			Line:        string(line[:len(line)-1]),
		},
		privatePEM: pem.EncodeToMemory(block),
	}, nil
}

func generateKey(kind string) (crypto.PrivateKey, error) {
	switch kind {
	case "ed25519":
		_, private, err := ed25519.GenerateKey(rand.Reader)
		return private, err
	case "ecdsa":
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "rsa":
		return rsa.GenerateKey(rand.Reader, 3072)
	}
	return nil, fmt.Errorf("unknown key type %q", kind)
}
