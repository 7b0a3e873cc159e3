package sshsig

import (
	"bytes"
	"encoding/pem"
	"fmt"
	"strings"
)

// Key is a private key that signs. It can't be printed by accident: all that it
// holds of the key is behind a function.
type Key struct {
	// public is the wire form of the public half.
	public []byte
	// sign gives the algorithm and the signature (RFC 4253, section 6.6).
	sign func(message []byte) ([]byte, error)
}

// KeyError is why a file can't be signed with here. It quotes nothing of it.
type KeyError struct {
	// Why goes on after the name of the file: "is encrypted".
	Why string
	// Elsewhere says that ssh-keygen may sign with it all the same.
	Elsewhere bool
}

func (e *KeyError) Error() string { return e.Why }

func elsewhere(format string, args ...any) error {
	return &KeyError{Why: fmt.Sprintf(format, args...), Elsewhere: true}
}

var errDamaged = &KeyError{Why: "is damaged"}

// ParseKey reads a private key as ssh-keygen writes it (PROTOCOL.key in OpenSSH's
// source), which must not be encrypted: ed25519, ecdsa or rsa. The error is a
// [*KeyError].
func ParseKey(text []byte) (*Key, error) {
	block, _ := pem.Decode(text)
	switch {
	case block == nil && isPublic(text):
		return nil, elsewhere("is a public key, whose private half an agent may have")
	case block == nil:
		return nil, &KeyError{Why: "is no private key of OpenSSH"}
	case block.Type == "OPENSSH PRIVATE KEY":
		return parseOpenSSH(block.Bytes)
	case strings.HasSuffix(block.Type, "PRIVATE KEY"):
		// The standard library reads those with crypto/x509, which brings the network
		// along.
		return nil, elsewhere("is a private key in another form than OpenSSH's own")
	}
	return nil, &KeyError{Why: "is no private key"}
}

// isPublic tells a .pub file.
func isPublic(text []byte) bool {
	fields := bytes.Fields(text)
	return len(fields) >= 2 && bytes.HasPrefix(fields[1], []byte("AAAA"))
}

func parseOpenSSH(content []byte) (*Key, error) {
	content, ok := bytes.CutPrefix(content, []byte("openssh-key-v1\x00"))
	r := reader{rest: content}
	cipher, kdf, _ := r.bytes(), r.bytes(), r.bytes()
	count, public, private := r.uint32(), r.bytes(), r.bytes()
	switch {
	case !ok || r.short || len(r.rest) > 0 || count != 1:
		return nil, errDamaged
	case string(cipher) != "none" || string(kdf) != "none":
		return nil, elsewhere("is encrypted")
	}
	return parsePrivate(public, private)
}

// parsePrivate reads the part of a key file that may be encrypted.
func parsePrivate(public, private []byte) (*Key, error) {
	r := &reader{rest: private}
	// Two equal numbers tell that a passphrase was right.
	one, two := r.uint32(), r.uint32()
	kind := string(r.bytes())
	if r.short || one != two {
		return nil, errDamaged
	}
	if strings.HasPrefix(kind, "sk-") {
		return nil, elsewhere("is the handle of a security key, which has to be touched")
	}
	parse := kinds[kind]
	if parse == nil {
		return nil, elsewhere("is a key of a type that can't be signed with: want ed25519, ecdsa or rsa")
	}
	key, err := parse(kind, r)
	if err != nil {
		return nil, err
	}
	r.bytes() // the comment
	for i, b := range r.rest {
		if int(b) != i+1 {
			return nil, errDamaged
		}
	}
	if r.short || !bytes.Equal(key.public, public) {
		return nil, errDamaged
	}
	return key, nil
}
