package allowed_test

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"hostkit/pkg/sshsig"
	"hostkit/pkg/sshsig/allowed"
)

// by makes a signature over an empty message with any algorithm.
func by(t *testing.T, signer ssh.Signer, algorithm string) sshsig.Signature {
	t.Helper()
	s := sshsig.Signature{PublicKey: signer.PublicKey().Marshal(), Namespace: namespace, Hash: "sha256"}
	made, err := signer.(ssh.AlgorithmSigner).SignWithAlgorithm(rand.Reader, s.Signed(sshsig.NewHash(s.Hash).Sum(nil)), algorithm)
	if err != nil {
		t.Fatal(err)
	}
	s.Made = ssh.Marshal(made)
	return s
}

func check(s sshsig.Signature) (allowed.Signed, error) {
	return allowed.Check(s, sshsig.NewHash(s.Hash).Sum(nil))
}

func newSigner(t *testing.T, key crypto.Signer) ssh.Signer {
	t.Helper()
	signer, err := ssh.NewSignerFromSigner(key)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

func TestRSASignsWithSHA2Alone(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	signer := newSigner(t, key)
	for algorithm, good := range map[string]bool{ssh.KeyAlgoRSASHA256: true, ssh.KeyAlgoRSASHA512: true, ssh.KeyAlgoRSA: false} {
		if _, err := check(by(t, signer, algorithm)); good != (err == nil) {
			t.Errorf("%s: %v", algorithm, err)
		}
	}
}

// touchable stands in for a security key: it signs what one signs, with the flags
// and the counter that it is told.
type touchable struct {
	ssh.Signer
	flags byte
}

func (k touchable) PublicKey() ssh.PublicKey {
	plain := k.Signer.PublicKey().(ssh.CryptoPublicKey).CryptoPublicKey().(ed25519.PublicKey)
	blob := ssh.Marshal(struct{ Type, Key, Application string }{ssh.KeyAlgoSKED25519, string(plain), "ssh:"})
	key, err := ssh.ParsePublicKey(blob)
	if err != nil {
		panic(err)
	}
	return key
}

func (k touchable) SignWithAlgorithm(random io.Reader, data []byte, _ string) (*ssh.Signature, error) {
	digest := func(b []byte) []byte { h := sshsig.NewHash("sha256"); h.Write(b); return h.Sum(nil) }
	message := append(digest([]byte("ssh:")), k.flags, 0, 0, 0, 7)
	made, err := k.Sign(random, append(message, digest(data)...))
	if err != nil {
		return nil, err
	}
	return &ssh.Signature{Format: ssh.KeyAlgoSKED25519, Blob: made.Blob, Rest: []byte{k.flags, 0, 0, 0, 7}}, nil
}

func TestASecurityKeyMustBeTouched(t *testing.T) {
	for flags, good := range map[byte]bool{1: true, 5: true, 0: false, 4: false} {
		_, err := check(by(t, touchable{newSigner(t, private(1)), flags}, ""))
		if good != (err == nil) || err != nil && !strings.Contains(err.Error(), "touched") {
			t.Errorf("flags %d: %v", flags, err)
		}
	}
}

func TestASignatureThatSaysOtherwiseIsRefused(t *testing.T) {
	good := signature(t, 1)
	other := signature(t, 2)
	for what, c := range map[string]struct {
		change  func(*sshsig.Signature)
		altered bool
	}{
		"another's key":       {func(s *sshsig.Signature) { s.PublicKey = other.PublicKey }, true},
		"another's signature": {func(s *sshsig.Signature) { s.Made = other.Made }, true},
		"another namespace":   {func(s *sshsig.Signature) { s.Namespace = "git" }, true},
		"half a key":          {func(s *sshsig.Signature) { s.PublicKey = s.PublicKey[:20] }, false},
		"half a signature":    {func(s *sshsig.Signature) { s.Made = s.Made[:20] }, false},
		"more behind it":      {func(s *sshsig.Signature) { s.Made = append(bytes.Clone(s.Made), 0) }, false},
	} {
		s := good
		c.change(&s)
		if _, err := check(s); err == nil || c.altered != errors.Is(err, allowed.ErrAltered) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// certificate is one of an authority for the first key.
func certificate(t *testing.T, change func(*ssh.Certificate)) ssh.Signer {
	t.Helper()
	signer := newSigner(t, private(1))
	c := &ssh.Certificate{
		Key: signer.PublicKey(), CertType: ssh.UserCert, ValidPrincipals: []string{"anna@example.com", "root"},
		ValidAfter: uint64(at.Unix()) - 60, ValidBefore: uint64(at.Unix()) + 60,
	}
	change(c)
	if err := c.SignCert(rand.Reader, newSigner(t, private(9))); err != nil {
		t.Fatal(err)
	}
	certified, err := ssh.NewCertSigner(c, signer)
	if err != nil {
		t.Fatal(err)
	}
	return certified
}

func TestCertificatesAreGoodForTheNamesOnThem(t *testing.T) {
	for what, c := range map[string]struct {
		list, principal string
		change          func(*ssh.Certificate)
		good            bool
	}{
		"as it should be":        {`*@example.com cert-authority CA`, "anna@example.com", func(*ssh.Certificate) {}, true},
		"nobody is asked for":    {`*@example.com cert-authority CA`, "", func(*ssh.Certificate) {}, true},
		"another name":           {`*@example.com cert-authority CA`, "bert@example.com", func(*ssh.Certificate) {}, false},
		"a name beyond the list": {`*@example.com cert-authority CA`, "root", func(*ssh.Certificate) {}, false},
		"no name on the list":    {`*@example.org cert-authority CA`, "", func(*ssh.Certificate) {}, false},
		"a key, no authority":    {`*@example.com CA`, "anna@example.com", func(*ssh.Certificate) {}, false},
		"the key without it":     {`*@example.com KEY`, "anna@example.com", func(*ssh.Certificate) {}, false},
		"without names":          {`* cert-authority CA`, "anna@example.com", func(c *ssh.Certificate) { c.ValidPrincipals = nil }, false},
		"of a host":              {`* cert-authority CA`, "anna@example.com", func(c *ssh.Certificate) { c.CertType = ssh.HostCert }, false},
		"that is over":           {`* cert-authority CA`, "anna@example.com", func(c *ssh.Certificate) { c.ValidBefore = uint64(at.Unix()) }, false},
		"that has not begun":     {`* cert-authority CA`, "anna@example.com", func(c *ssh.Certificate) { c.ValidAfter = uint64(at.Unix()) + 1 }, false},
		"for one command":        {`* cert-authority CA`, "anna@example.com", func(c *ssh.Certificate) { c.CriticalOptions = map[string]string{"force-command": "x"} }, false},
	} {
		made, err := check(by(t, certificate(t, c.change), ssh.KeyAlgoED25519))
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		list := strings.NewReplacer("CA", public(t, 9), "KEY", public(t, 1)).Replace(c.list)
		signers, err := allowed.Parse("list", []byte(list), time.UTC)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		who, err := signers.Who(made, c.principal, at)
		if c.good != (err == nil) || c.good && who.Principal != "anna@example.com" {
			t.Errorf("%s: %+v, %v", what, who, err)
		}
	}
}
