package main

import (
	"bytes"
	"crypto/ed25519"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/crypto/ssh"

	"hostkit/pkg/cli"
	"hostkit/pkg/plan"
	"hostkit/pkg/sshsig"
)

// approved is a plan of the corpus with a list of one key, whose signature it has.
func approved(t *testing.T) (a approval, text, signature []byte) {
	t.Helper()
	text, err := os.ReadFile("../../tests/corpus/plan/good/worked_chain.json")
	if err != nil {
		t.Fatal(err)
	}
	private := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	public, err := ssh.NewPublicKey(private.Public())
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	key, err := sshsig.ParseKey(pem.EncodeToMemory(block))
	if err != nil {
		t.Fatal(err)
	}
	signed, err := key.Sign(plan.Namespace, text)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	a.list = filepath.Join(dir, "allowed_signers")
	a.signatures = cli.List{filepath.Join(dir, "plan.json.sig")}
	line := append([]byte("anna@example.com "), ssh.MarshalAuthorizedKey(public)...)
	if err := os.WriteFile(a.list, line, 0o600); err != nil {
		t.Fatal(err)
	}
	return a, text, signed.Armor()
}

// try writes the signature and says whether it is one of text.
func (a *approval) try(t *testing.T, text, signature []byte) error {
	t.Helper()
	if err := os.WriteFile(a.signatures[0], signature, 0o600); err != nil {
		t.Fatal(err)
	}
	var kept spool
	defer kept.Close()
	_, err := a.read("plan.json", bytes.NewReader(text), &kept)
	return err
}

// mustBeRefused fails unless the error is one of an input, with one of the codes.
func mustBeRefused(t *testing.T, what string, at int, err error, codes ...string) {
	t.Helper()
	var refused *cli.Error
	if !errors.As(err, &refused) || refused.Exit != cli.ExitRefused || refused.Hint == "" {
		t.Errorf("%s, byte %d: %v", what, at, err)
		return
	}
	for _, code := range codes {
		if refused.Code == code {
			return
		}
	}
	t.Errorf("%s, byte %d: the code is %s, want one of %q", what, at, refused.Code, codes)
}

// Whatever byte of a signed plan or of its signature is another, it is refused.
func TestNoByteOfASignedPlanCanBeAnother(t *testing.T) {
	a, text, signature := approved(t)
	if err := a.try(t, text, signature); err != nil {
		t.Fatal(err)
	}
	for i := range text {
		changed := bytes.Clone(text)
		changed[i] ^= 1 << (i % 8)
		mustBeRefused(t, "the plan", i, a.try(t, changed, signature), "altered")
		mustBeRefused(t, "the plan without it", i, a.try(t, append(bytes.Clone(text[:i]), text[i+1:]...), signature), "altered")
	}
	mustBeRefused(t, "the plan with one more", len(text), a.try(t, append(bytes.Clone(text), '\n'), signature), "altered")
	for i := range signature {
		for bit := range 8 {
			changed := bytes.Clone(signature)
			changed[i] ^= 1 << bit
			mustBeRefused(t, "the signature", i, a.try(t, text, changed), "altered", "bad_signature")
		}
	}
}

// A stream that goes to a file is checked like a short one.
func TestALongStreamIsCheckedToo(t *testing.T) {
	a, text, signature := approved(t)
	long := bytes.Repeat(text, spooled/len(text)+2)
	mustBeRefused(t, "the stream", 0, a.try(t, long, signature), "altered")
}
