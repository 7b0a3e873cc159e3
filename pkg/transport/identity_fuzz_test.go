package transport

import (
	"crypto/ed25519"
	"encoding/pem"
	"errors"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

// FuzzIdentityFile reads what may stand in an identity file. Whatever it is, an
// error is a *CredentialError that quotes nothing of it.
func FuzzIdentityFile(f *testing.F) {
	const path, passphrase = "/home/me/.ssh/id", "a passphrase"
	private := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		f.Fatal(err)
	}
	plain, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		f.Fatal(err)
	}
	encrypted, err := ssh.MarshalPrivateKeyWithPassphrase(private, "", []byte(passphrase))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(pem.EncodeToMemory(plain))
	f.Add(pem.EncodeToMemory(encrypted))
	f.Add(ssh.MarshalAuthorizedKey(signer.PublicKey()))
	for _, form := range []string{"RSA PRIVATE KEY", "EC PRIVATE KEY", "DSA PRIVATE KEY", "PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "CERTIFICATE", "OPENSSH PRIVATE KEY"} {
		f.Add(pem.EncodeToMemory(&pem.Block{Type: form, Bytes: []byte("\x30\x03\x02\x01\x00 the middle of a key")}))
	}
	f.Add(pem.EncodeToMemory(&pem.Block{
		Type: "RSA PRIVATE KEY", Bytes: make([]byte, 64),
		Headers: map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-128-CBC,00112233445566778899AABBCCDDEEFF"},
	}))
	f.Add([]byte("PuTTY-User-Key-File-3: ssh-ed25519\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := parseKeyFile(path, text)
		if err == nil && file.private != nil && file.rounds < 3 {
			_, err = file.open([]byte(passphrase))
		}
		if err == nil {
			if file.public == nil && !file.encrypted {
				t.Error("neither a public key nor encrypted")
			}
			return
		}
		var refused *CredentialError
		if !errors.As(err, &refused) {
			t.Fatalf("%T: %v", err, err)
		}
		// What a library says may quote the key.
		if refused.Err != nil {
			t.Errorf("it passes on %v", refused.Err)
		}
		said := err.Error() + refused.Hint()
		for line := range strings.Lines(string(text)) {
			if line = strings.TrimSpace(line); len(line) >= 16 && strings.Contains(said, line) {
				t.Errorf("%q stands in %q", line, said)
			}
		}
	})
}
