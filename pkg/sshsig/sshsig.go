// Package sshsig makes and reads SSH signatures, which `ssh-keygen -Y sign` writes
// and `ssh-keygen -Y verify` checks. The format is that of PROTOCOL.sshsig in
// OpenSSH's source.
//
// It signs with the cryptography of the standard library alone, since
// golang.org/x/crypto/ssh brings the network along and hk-plan has none. Package
// allowed checks who signed.
package sshsig

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"strings"
)

// Signature is one SSH signature.
type Signature struct {
	// PublicKey is the key in its wire form (RFC 4253, section 6.6), or its
	// certificate. Whoever wrote the signature chose it: it proves nothing.
	PublicKey []byte
	// Namespace is what the signature was made for: "hostkit-plan". It keeps one
	// that was made for something else from being taken for an approval.
	Namespace string
	// Hash is what the message was hashed with: "sha256" or "sha512".
	Hash string
	// Made is the algorithm and the signature itself (RFC 4253, section 6.6).
	Made []byte
}

const (
	preamble = "SSHSIG"
	version  = 1
)

// Signed are the bytes that the key has signed, for a message with that digest.
func (s Signature) Signed(digest []byte) []byte {
	b := appendString([]byte(preamble), s.Namespace)
	b = appendString(b, "") // reserved
	b = appendString(b, s.Hash)
	return appendString(b, digest)
}

// NewHash begins a digest with one of the two that the format knows; nil for any
// other name.
func NewHash(name string) hash.Hash {
	switch name {
	case "sha256":
		return sha256.New()
	case "sha512":
		return sha512.New()
	}
	return nil
}

const (
	begin = "-----BEGIN SSH SIGNATURE-----\n"
	end   = "-----END SSH SIGNATURE-----\n"
	// ssh-keygen breaks lines at 70, and Go's PEM at 64.
	lineLength = 70
	mostLine   = 76
)

// Armor is the signature as a text file.
func (s Signature) Armor() []byte {
	b := append([]byte(preamble), 0, 0, 0, version)
	b = appendString(b, s.PublicKey)
	b = appendString(b, s.Namespace)
	b = appendString(b, "") // reserved
	b = appendString(b, s.Hash)
	return armor(appendString(b, s.Made), lineLength)
}

func armor(content []byte, length int) []byte {
	text := base64.StdEncoding.EncodeToString(content)
	var b bytes.Buffer
	b.WriteString(begin)
	for len(text) > 0 {
		n := min(length, len(text))
		b.WriteString(text[:n])
		b.WriteByte('\n')
		text = text[n:]
	}
	b.WriteString(end)
	return b.Bytes()
}

// Parse reads a text file with one signature and nothing else. It is strict, so
// that no byte of the file can be another one: what it accepts is what Armor
// writes, in lines of any one length up to 76. The error says what is wrong,
// without the name of the file.
func Parse(text []byte) (Signature, error) {
	content, err := unarmor(text)
	if err != nil {
		return Signature{}, err
	}
	rest, ok := bytes.CutPrefix(content, []byte(preamble))
	if !ok {
		return Signature{}, errors.New("what is between its first and last line is no SSH signature")
	}
	r := reader{rest: rest}
	if v := r.uint32(); v != version && !r.short {
		return Signature{}, fmt.Errorf("it is of version %d of the format, and version %d is known", v, version)
	}
	s := Signature{PublicKey: r.bytes(), Namespace: string(r.bytes())}
	reserved := r.bytes()
	s.Hash, s.Made = string(r.bytes()), r.bytes()
	switch {
	case r.short || len(r.rest) > 0:
		return Signature{}, errors.New("it is cut off or garbled")
	case len(reserved) > 0:
		return Signature{}, errors.New("it uses what the format reserves for later")
	case NewHash(s.Hash) == nil:
		return Signature{}, fmt.Errorf("its hash is %q: want sha256 or sha512", s.Hash)
	}
	return s, nil
}

func unarmor(text []byte) ([]byte, error) {
	// An editor, or a form in a browser, may leave out the last line's end.
	whole := string(text)
	if !strings.HasSuffix(whole, "\n") {
		whole += "\n"
	}
	body, began := strings.CutPrefix(whole, begin)
	body, ended := strings.CutSuffix(body, end)
	if !began || !ended {
		return nil, errors.New("its first and last line are not those of an SSH signature")
	}
	length := strings.IndexByte(body, '\n')
	if length < 1 || length > mostLine {
		return nil, errors.New("its lines are not as ssh-keygen breaks them")
	}
	content, err := base64.StdEncoding.Strict().DecodeString(strings.ReplaceAll(body, "\n", ""))
	if err != nil || string(armor(content, length)) != whole {
		return nil, errors.New("what is between its first and last line is not base64 as ssh-keygen writes it")
	}
	return content, nil
}
