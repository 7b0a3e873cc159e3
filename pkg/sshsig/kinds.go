package sshsig

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha512"
	"encoding/asn1"
	"math/big"
)

// kinds read the rest of a private key, by its type. What they read has no end:
// the caller looks whether it was short.
var kinds = map[string]func(kind string, r *reader) (*Key, error){
	"ssh-ed25519":         parseEd25519,
	"ssh-rsa":             parseRSA,
	"ecdsa-sha2-nistp256": parseECDSA,
	"ecdsa-sha2-nistp384": parseECDSA,
	"ecdsa-sha2-nistp521": parseECDSA,
}

func parseEd25519(kind string, r *reader) (*Key, error) {
	public, private := r.bytes(), r.bytes()
	if len(private) != ed25519.PrivateKeySize {
		return nil, errDamaged
	}
	key := ed25519.NewKeyFromSeed(private[:ed25519.SeedSize])
	if !bytes.Equal(key, private) || !bytes.Equal(key[ed25519.SeedSize:], public) {
		return nil, errDamaged
	}
	return &Key{
		public: appendString(appendString(nil, kind), public),
		sign: func(message []byte) ([]byte, error) {
			return appendString(appendString(nil, kind), ed25519.Sign(key, message)), nil
		},
	}, nil
}

// curves have the name that stands in the key, and the hash of RFC 5656, section
// 6.2.1.
var curves = map[string]struct {
	name  string
	curve elliptic.Curve
	hash  crypto.Hash
}{
	"ecdsa-sha2-nistp256": {"nistp256", elliptic.P256(), crypto.SHA256},
	"ecdsa-sha2-nistp384": {"nistp384", elliptic.P384(), crypto.SHA384},
	"ecdsa-sha2-nistp521": {"nistp521", elliptic.P521(), crypto.SHA512},
}

func parseECDSA(kind string, r *reader) (*Key, error) {
	c := curves[kind]
	name, public, secret := r.bytes(), r.bytes(), r.number()
	size := (c.curve.Params().BitSize + 7) / 8
	if string(name) != c.name || len(secret.Bytes()) > size {
		return nil, errDamaged
	}
	key, err := ecdsa.ParseRawPrivateKey(c.curve, secret.FillBytes(make([]byte, size)))
	if err != nil {
		return nil, errDamaged
	}
	if point, err := key.PublicKey.Bytes(); err != nil || !bytes.Equal(point, public) {
		return nil, errDamaged
	}
	return &Key{
		public: appendString(appendString(appendString(nil, kind), name), public),
		sign: func(message []byte) ([]byte, error) {
			h := c.hash.New()
			h.Write(message)
			// Without a source of randomness it is the deterministic one of RFC 6979: the
			// same plan has the same signature.
			der, err := key.Sign(nil, h.Sum(nil), c.hash)
			if err != nil {
				return nil, err
			}
			var point struct{ R, S *big.Int }
			if _, err := asn1.Unmarshal(der, &point); err != nil {
				return nil, err
			}
			return appendString(appendString(nil, kind), appendNumber(appendNumber(nil, point.R), point.S)), nil
		},
	}, nil
}

// mostRSA is the largest RSA key that OpenSSH takes, in bits
// (SSHBUF_MAX_BIGNUM); what checking one costs grows fast.
const mostRSA = 16 << 10

func parseRSA(kind string, r *reader) (*Key, error) {
	n, e, d := r.number(), r.number(), r.number()
	r.number() // the inverse of q, which is computed anew
	p, q := r.number(), r.number()
	if r.short || n.BitLen() > mostRSA || e.BitLen() > 31 {
		return nil, errDamaged
	}
	key := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: n, E: int(e.Int64())}, D: d, Primes: []*big.Int{p, q}}
	if key.Validate() != nil {
		return nil, &KeyError{Why: "is damaged, or too short a key to sign with"}
	}
	return &Key{
		public: appendNumber(appendNumber(appendString(nil, kind), e), n),
		sign: func(message []byte) ([]byte, error) {
			digest := sha512.Sum512(message)
			// RFC 8332; PROTOCOL.sshsig wants no SHA-1.
			blob, err := rsa.SignPKCS1v15(nil, key, crypto.SHA512, digest[:])
			return appendString(appendString(nil, "rsa-sha2-512"), blob), err
		},
	}, nil
}
