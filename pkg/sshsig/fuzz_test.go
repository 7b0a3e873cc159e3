package sshsig_test

import (
	"bytes"
	"encoding/pem"
	"errors"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"hostkit/pkg/sshsig"
)

// FuzzParse reads what may stand in a signature's file. What is accepted is written
// back as it was, but for the length of its lines.
func FuzzParse(f *testing.F) {
	f.Add(sign(f, "ed25519", "").Armor())
	f.Add(sign(f, "P-521", "").Armor())
	f.Add([]byte("-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAQ==\n-----END SSH SIGNATURE-----\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := sshsig.Parse(text)
		if err != nil {
			return
		}
		joined := func(b []byte) string { return strings.ReplaceAll(string(b), "\n", "") }
		if joined(s.Armor()) != joined(text) {
			t.Errorf("%q is read as\n%s", text, s.Armor())
		}
		_ = fits(s, nil)
	})
}

// FuzzKey reads what may stand in a key's file. A key that is accepted signs, and
// what it signs is good.
func FuzzKey(f *testing.F) {
	for _, text := range keyFiles() {
		f.Add(text)
		block, _ := pem.Decode(text)
		f.Add(block.Bytes)
	}
	f.Add([]byte("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		// Noise gets past neither the armor nor the digest that is not there.
		if !bytes.HasPrefix(text, []byte("-----BEGIN")) {
			text = pem.EncodeToMemory(&pem.Block{Type: "OPENSSH PRIVATE KEY", Bytes: text})
		}
		key, err := sshsig.ParseKey(text)
		if err != nil {
			var refused *sshsig.KeyError
			if !errors.As(err, &refused) {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		s, err := key.Sign("n", []byte("message"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ssh.ParsePublicKey(s.PublicKey); err != nil {
			t.Fatal(err)
		}
		if err := fits(s, []byte("message")); err != nil {
			t.Fatal(err)
		}
	})
}
