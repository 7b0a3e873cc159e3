// Package openpgp reads the public key that a package repository is signed with
// (RFC 9580): which key a file holds, and whether its owner has given it up. It
// judges no signature of a repository; the host's package manager does that.
package openpgp

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// Key is a public key with its subkeys, names and signatures.
type Key struct {
	// Fingerprint is the primary key's.
	Fingerprint KeyFingerprint
	// Expires is when the primary key does, by the newest of its own signatures
	// that say so; the zero time for one that does not.
	Expires time.Time
	// Revoked says that the key's owner has revoked it.
	Revoked bool
	// Armored is the key as text in one form, whatever form the file had: lines
	// of at most 64 characters that end with "\n", without headers or comments.
	Armored string
}

const (
	blockType = "PGP PUBLIC KEY BLOCK"
	armorMark = "-----BEGIN PGP "
)

// The tags of packets (RFC 9580, section 5).
const (
	tagSignature    = 2
	tagSecretKey    = 5
	tagPublicKey    = 6
	tagSecretSubkey = 7
	tagUserID       = 13
)

// Read reads a file that holds one public key, armored or binary. The error says
// what else was found in it.
func Read(file []byte) (Key, error) {
	packets, err := dearmor(file)
	if err != nil {
		return Key{}, err
	}
	r := reader{}
	if err := r.readAll(packets); err != nil {
		return Key{}, err
	}
	switch len(r.primaries) {
	case 0:
		return Key{}, errors.New("it holds no OpenPGP public key")
	case 1:
	default:
		prints := make([]string, len(r.primaries))
		for i, primary := range r.primaries {
			prints[i] = string(fingerprintOf(primary))
		}
		return Key{}, fmt.Errorf("it holds %d keys, and one is wanted: %s", len(prints), strings.Join(prints, ", "))
	}
	text, err := enarmor(packets)
	if err != nil {
		return Key{}, err
	}
	return Key{Fingerprint: fingerprintOf(r.primaries[0]), Expires: r.expires(), Revoked: r.revoked, Armored: text}, nil
}

func fingerprintOf(k *packet.PublicKey) KeyFingerprint {
	return KeyFingerprint(fmt.Sprintf("%X", k.Fingerprint))
}

// dearmor gives the packets of a file.
func dearmor(file []byte) ([]byte, error) {
	switch count := bytes.Count(file, []byte(armorMark)); {
	case count == 0:
		return file, nil
	case count > 1:
		return nil, fmt.Errorf("it holds %d armored blocks, and one is wanted", count)
	}
	block, err := armor.Decode(bytes.NewReader(file))
	if err != nil {
		return nil, errors.New("its armor is damaged")
	}
	if block.Type != blockType {
		return nil, fmt.Errorf("it holds a %s, and a %s is wanted", block.Type, blockType)
	}
	packets, err := io.ReadAll(block.Body)
	if err != nil {
		return nil, errors.New("its armor is damaged")
	}
	return packets, nil
}

func enarmor(packets []byte) (string, error) {
	var b bytes.Buffer
	w, err := armor.Encode(&b, blockType, nil)
	if err == nil {
		_, err = w.Write(packets)
	}
	if err == nil {
		err = w.Close()
	}
	return b.String() + "\n", err
}

// reader gathers what matters of a sequence of packets.
type reader struct {
	primaries []*packet.PublicKey
	// name is the user ID that the next signatures are about.
	name    *packet.UserId
	revoked bool
	// newest is the newest signature of the key on itself.
	newest *packet.Signature
}

func (r *reader) readAll(packets []byte) error {
	opaque := packet.NewOpaqueReader(bytes.NewReader(packets))
	for {
		p, err := opaque.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return errors.New("it is neither an armored nor a binary OpenPGP key")
		}
		if err := r.read(p); err != nil {
			return err
		}
	}
}

func (r *reader) read(p *packet.OpaquePacket) error {
	switch p.Tag {
	case tagSecretKey, tagSecretSubkey:
		return errors.New("it holds a private key: export the public one alone, and don't hand the private one on")
	case tagPublicKey:
		primary, ok := parse[*packet.PublicKey](p)
		if !ok {
			return errors.New("its primary key is of a kind that is not known here")
		}
		r.primaries = append(r.primaries, primary)
		r.name = nil
	case tagUserID:
		r.name, _ = parse[*packet.UserId](p)
	case tagSignature:
		if s, ok := parse[*packet.Signature](p); ok && len(r.primaries) == 1 {
			r.heed(r.primaries[0], s)
		}
	}
	return nil
}

func parse[P packet.Packet](p *packet.OpaquePacket) (P, bool) {
	var none P
	known, err := p.Parse()
	if err != nil {
		return none, false
	}
	found, ok := known.(P)
	return found, ok
}

// heed takes what the key says of itself. What anybody else says of it, and what
// does not bear its own signature, counts for nothing.
func (r *reader) heed(primary *packet.PublicKey, s *packet.Signature) {
	own := false
	switch s.SigType {
	case packet.SigTypeKeyRevocation:
		r.revoked = r.revoked || primary.VerifyRevocationSignature(s) == nil
	case packet.SigTypeDirectSignature:
		own = primary.VerifyDirectKeySignature(s) == nil
	case packet.SigTypeGenericCert, packet.SigTypePersonaCert, packet.SigTypeCasualCert, packet.SigTypePositiveCert:
		own = r.name != nil && primary.VerifyUserIdSignature(r.name.Id, primary, s) == nil
	}
	if own && (r.newest == nil || s.CreationTime.After(r.newest.CreationTime)) {
		r.newest = s
	}
}

func (r *reader) expires() time.Time {
	if r.newest == nil || r.newest.KeyLifetimeSecs == nil || *r.newest.KeyLifetimeSecs == 0 {
		return time.Time{}
	}
	lifetime := time.Duration(*r.newest.KeyLifetimeSecs) * time.Second
	return r.primaries[0].CreationTime.Add(lifetime).UTC()
}
