package lab

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

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
	// certificate is the line of a -cert.pub file; empty where there is none.
	certificate string
}

// certify has the host's authority sign a public key, with the tool that people
// use: a certificate of our own making might please our own reader only.
func (h *Host) certify(line string) (string, error) {
	dir, err := os.MkdirTemp(h.Dir, "certify-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	public := filepath.Join(dir, "key.pub")
	if err := os.WriteFile(public, []byte(line+"\n"), 0o600); err != nil {
		return "", err
	}
	sign := exec.Command("ssh-keygen", "-q", "-s", h.options.HostAuthority, "-h", "-I", h.Name, "-n", h.Name+","+h.IP, public)
	if out, err := sign.CombinedOutput(); err != nil {
		return "", fmt.Errorf("ssh-keygen: %w: %s", err, bytes.TrimSpace(out))
	}
	cert, err := os.ReadFile(filepath.Join(dir, "key-cert.pub"))
	return string(cert), err
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
