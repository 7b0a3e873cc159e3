package transport

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"slices"
	"sync"

	"golang.org/x/crypto/ssh"

	"hostkit/pkg/secret"
)

// maxRounds bounds how often a passphrase is hashed: OpenSSH's default is 16 or
// 24, and a thousand take seconds that nothing can interrupt.
const maxRounds = 2048

// maxAsked is how often a person may mistype a passphrase, as with ssh
// (NumberOfPasswordPrompts of ssh_config(5)).
const maxAsked = 3

// KeyFiles keeps encrypted identity files opened for a run: their passphrases
// are asked for, and hashed, once, however many hosts they log in to. The zero
// value is empty. It is safe for use by several goroutines at once.
type KeyFiles struct {
	mu    sync.Mutex
	files map[opening]*openedFile
}

// opening is a file and the digest of the passphrase given for it, which is zero
// where a person is asked. A wrong passphrase is one whatever other hosts give,
// and whichever of them comes first.
type opening struct {
	path       string
	passphrase [sha256.Size]byte
}

// openedFile is a file that was opened, or that a person could not open.
type openedFile struct {
	// turn is held by the one who opens it. It is a channel, so that waiting for
	// it can be given up.
	turn   chan struct{}
	signer ssh.AlgorithmSigner
	err    error
}

func (k *KeyFiles) file(path string, passphrase secret.Value) *openedFile {
	by := opening{path: path}
	if !passphrase.IsZero() {
		by.passphrase = sha256.Sum256(passphrase.Reveal())
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.files == nil {
		k.files = map[opening]*openedFile{}
	}
	if k.files[by] == nil {
		k.files[by] = &openedFile{turn: make(chan struct{}, 1)}
	}
	return k.files[by]
}

// asker is Options.AskPassphrase.
type asker func(ctx context.Context, file string) (secret.Value, error)

// open opens an encrypted file with its passphrase or, where that is none, with
// what a person says. An error is a *CredentialError or the cause of the end of
// ctx.
func (k *KeyFiles) open(ctx context.Context, f *keyFile, passphrase secret.Value, ask asker) (ssh.AlgorithmSigner, error) {
	opened := k.file(f.path, passphrase)
	select {
	case opened.turn <- struct{}{}:
		defer func() { <-opened.turn }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if opened.signer != nil {
		return opened.signer, nil
	}
	var err error
	switch {
	case opened.err != nil:
		err = opened.err
	case !passphrase.IsZero():
		opened.signer, err = f.open(passphrase.Reveal())
		opened.err = err
	case ask == nil:
		err = keyFileError("identity_file_encrypted", f.path, " is encrypted, and there is no passphrase and no terminal to ask for it on", waysToOpen, nil)
	default:
		opened.signer, err = f.askAndOpen(ctx, ask)
		if ctx.Err() == nil {
			opened.err = err
		}
	}
	if passphrase.From() != "" && isWrongPassphrase(err) {
		// Hosts may give the same from different places, and share the error.
		return nil, wrongPassphrase(f.path, credentialName("passphrase", passphrase))
	}
	return opened.signer, err
}

// wrongPassphrase says which one does not open the file.
func wrongPassphrase(path, passphrase string) *CredentialError {
	return keyFileError("passphrase_wrong", path, ": "+passphrase+" is wrong", "give the passphrase of this file: `ssh-keygen -y -f FILE` tries one", nil)
}

const waysToOpen = `load it into an agent (ssh-add FILE), set ssh.passphrase to {"$secret": {"env": "HOSTKIT_KEY_PASSPHRASE"}}, or run the command on a terminal, which asks`

func (f *keyFile) askAndOpen(ctx context.Context, ask asker) (signer ssh.AlgorithmSigner, err error) {
	for range maxAsked {
		passphrase, asked := ask(ctx, f.path)
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case asked != nil:
			return nil, keyFileError("identity_file_encrypted", f.path, " is encrypted, and nobody gave its passphrase", waysToOpen, asked)
		case passphrase.IsZero():
			return nil, keyFileError("identity_file_encrypted", f.path, " is encrypted, and the passphrase given is empty", waysToOpen, nil)
		}
		if signer, err = f.open(passphrase.Reveal()); !isWrongPassphrase(err) {
			break
		}
	}
	return signer, err
}

func isWrongPassphrase(err error) bool {
	var refused *CredentialError
	return errors.As(err, &refused) && refused.Reason == "passphrase_wrong"
}

// open returns the private key. passphrase is read only where the file is
// encrypted. What the libraries say is dropped: it may quote the key.
func (f *keyFile) open(passphrase []byte) (ssh.AlgorithmSigner, error) {
	if f.rounds > maxRounds {
		return nil, keyFileError("identity_file_unreadable", f.path, " takes too long to open: its passphrase is hashed too many times",
			"load it into an agent (ssh-add FILE), or write it anew with fewer rounds (ssh-keygen -p -a 100 -f FILE)", nil)
	}
	if f.encrypted && !slices.Contains([]string{"", "aes256-ctr", "aes256-cbc"}, f.cipher) {
		return nil, keyFileError("identity_file_unreadable", f.path, " is encrypted with a cipher that can't be opened",
			"load it into an agent (ssh-add FILE), or write it anew (ssh-keygen -p -Z aes256-ctr -f FILE)", nil)
	}
	var signer ssh.Signer
	var err error
	if f.encrypted {
		signer, err = ssh.ParsePrivateKeyWithPassphrase(f.private, passphrase)
	} else {
		signer, err = ssh.ParsePrivateKey(f.private)
	}
	switch algorithmSigner, ok := signer.(ssh.AlgorithmSigner); {
	case err == nil && ok && signatureAlgorithms(signer.PublicKey()) != nil:
		return algorithmSigner, nil
	case err == nil:
		return nil, keyFileError("identity_file_unsupported", f.path, " is a key of a type that is not used any more", "make a new key: ssh-keygen -t ed25519", nil)
	// What an old PEM file holds after a wrong passphrase is noise, which may
	// fail in any way.
	case errors.Is(err, x509.IncorrectPasswordError), f.encrypted && f.cipher == "":
		return nil, wrongPassphrase(f.path, "the passphrase")
	}
	return nil, damaged(f.path)
}
