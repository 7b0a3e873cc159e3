package transport_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"testing"

	"golang.org/x/crypto/ssh"

	"hostkit/pkg/doc"
)

type key struct {
	private crypto.PrivateKey
	signer  ssh.Signer
}

// identity is the key as documents write it.
func (k key) identity() doc.HostKey {
	public := k.signer.PublicKey()
	return doc.HostKey{Type: public.Type(), Fingerprint: ssh.FingerprintSHA256(public)}
}

func newKey(t *testing.T) key {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	return keyOf(t, private, err)
}

func newECDSAKey(t *testing.T) key {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	return keyOf(t, private, err)
}

func keyOf(t *testing.T, private crypto.PrivateKey, err error) key {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return key{private, signer}
}

// certify returns a host key with a certificate of authority.
func certify(t *testing.T, authority key, principal string) ssh.Signer {
	t.Helper()
	host := newKey(t)
	cert := &ssh.Certificate{
		Key: host.signer.PublicKey(), CertType: ssh.HostCert, KeyId: "test",
		ValidPrincipals: []string{principal}, ValidBefore: ssh.CertTimeInfinity,
	}
	if err := cert.SignCert(rand.Reader, authority.signer); err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewCertSigner(cert, host.signer)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// identityOf is a public key as documents write it.
func identityOf(public ssh.PublicKey) doc.HostKey {
	return doc.HostKey{Type: public.Type(), Fingerprint: ssh.FingerprintSHA256(public)}
}
