package sshsig_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/ssh"

	"hostkit/pkg/sshsig"
	"hostkit/pkg/sshsig/allowed"
)

// keyFiles are private keys as ssh-keygen writes them, by what they are.
var keyFiles = sync.OnceValue(func() map[string][]byte {
	files := make(map[string][]byte)
	add := func(name string, key crypto.PrivateKey, err error) {
		if err != nil {
			panic(err)
		}
		block, err := ssh.MarshalPrivateKey(key, "anna@laptop")
		if err != nil {
			panic(err)
		}
		files[name] = pem.EncodeToMemory(block)
	}
	add("ed25519", ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)), nil)
	for _, curve := range []elliptic.Curve{elliptic.P256(), elliptic.P384(), elliptic.P521()} {
		key, err := ecdsa.GenerateKey(curve, rand.Reader)
		add(curve.Params().Name, key, err)
	}
	for name, bits := range map[string]int{"rsa 2048": 2048, "rsa 1024": 1024} {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		add(name, key, err)
	}
	return files
})

func parseKey(t testing.TB, name string) *sshsig.Key {
	t.Helper()
	key, err := sshsig.ParseKey(keyFiles()[name])
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return key
}

func sign(t testing.TB, key, message string) sshsig.Signature {
	t.Helper()
	s, err := parseKey(t, key).Sign("hostkit-plan", []byte(message))
	if err != nil {
		t.Fatalf("%s: %v", key, err)
	}
	return s
}

// fits verifies a signature.
func fits(s sshsig.Signature, message []byte) error {
	h := sshsig.NewHash(s.Hash)
	h.Write(message)
	_, err := allowed.Check(s, h.Sum(nil))
	return err
}

func TestWhatAKeySignsItsPublicHalfVerifies(t *testing.T) {
	for name := range keyFiles() {
		s := sign(t, name, "message")
		read, err := sshsig.Parse(s.Armor())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := fits(read, []byte("message")); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := fits(read, []byte("massage")); err == nil {
			t.Errorf("%s: another message fits", name)
		}
		if !bytes.Equal(s.Armor(), sign(t, name, "message").Armor()) {
			t.Errorf("%s: the second signature is another one", name)
		}
		other := read
		other.Namespace = "git"
		if err := fits(other, []byte("message")); err == nil {
			t.Errorf("%s: another namespace fits", name)
		}
	}
}

// Whatever byte of a signature becomes whatever other byte, it is refused.
func TestNoByteOfASignatureCanBeAnother(t *testing.T) {
	for _, name := range []string{"ed25519", "P-256"} {
		text := sign(t, name, "message").Armor()
		for i := range text {
			for bit := range 8 {
				changed := bytes.Clone(text)
				changed[i] ^= 1 << bit
				s, err := sshsig.Parse(changed)
				if err == nil {
					err = fits(s, []byte("message"))
				}
				if err == nil {
					t.Errorf("%s: byte %d of the signature can be %q", name, i, changed[i])
				}
			}
		}
	}
}

func TestATextThatIsNoSignatureIsRefused(t *testing.T) {
	text := string(sign(t, "ed25519", "message").Armor())
	lines := strings.SplitAfter(text, "\n")
	for what, changed := range map[string]string{
		"nothing":                 "",
		"a line before it":        "Signature:\n" + text,
		"a line after it":         text + "\n",
		"two":                     text + text,
		"without its last line":   strings.Join(lines[:len(lines)-2], ""),
		"with Windows' line ends": strings.ReplaceAll(text, "\n", "\r\n"),
		"with an indented line":   strings.Replace(text, "\n", "\n ", 1),
		"with lines of two sizes": lines[0] + lines[1][:10] + "\n" + lines[1][10:] + strings.Join(lines[2:], ""),
		"without base64":          lines[0] + "\n" + lines[len(lines)-2],
		"of something else":       lines[0] + "U1NIU0lH\n" + lines[len(lines)-2],
	} {
		if _, err := sshsig.Parse([]byte(changed)); err == nil {
			t.Errorf("%s: it is accepted\n%s", what, changed)
		}
	}
	if _, err := sshsig.Parse([]byte(strings.TrimSuffix(text, "\n"))); err != nil {
		t.Errorf("without the last line's end: %v", err)
	}
}

// Another one made with Go's own encoder, as other libraries do.
func TestLinesMayBeAsLongAsPEMsAre(t *testing.T) {
	block, _ := pem.Decode(sign(t, "P-256", "message").Armor())
	s, err := sshsig.Parse(pem.EncodeToMemory(block))
	if err != nil {
		t.Fatal(err)
	}
	if err := fits(s, []byte("message")); err != nil {
		t.Error(err)
	}
}
