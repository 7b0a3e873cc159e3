package transport

import (
	"context"
	"io"

	"golang.org/x/crypto/ssh"
)

// signFunc signs data with an algorithm of signatureAlgorithms.
type signFunc func(ctx context.Context, data []byte, algorithm string) (*ssh.Signature, error)

// offer is a key that the server may be asked about.
type offer struct {
	// name is for people: the file, or "agent: " and the comment.
	name string
	// public may be an *ssh.Certificate.
	public ssh.PublicKey
	sign   signFunc
}

// signatureAlgorithms are those that the key is used with; nil means that it is
// not used. RSA never signs SHA-1, as with ssh since 8.8.
func signatureAlgorithms(key ssh.PublicKey) []string {
	if certificate, ok := key.(*ssh.Certificate); ok {
		key = certificate.Key
	}
	switch key.Type() {
	case ssh.KeyAlgoRSA:
		return []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256}
	case ssh.KeyAlgoED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521,
		ssh.KeyAlgoSKED25519, ssh.KeyAlgoSKECDSA256:
		return []string{key.Type()}
	}
	return nil
}

// attempt is an offer on its way through the library: an
// ssh.MultiAlgorithmSigner that knows how far it came.
type attempt struct {
	offer
	login *login
	// asked says that the server was asked about the key.
	asked bool
	// unannounced is for a server that does not say which signatures it takes
	// (no server-sig-algs, RFC 8308). For an RSA key the library then thinks of
	// SHA-1 alone, unless the algorithm stands where the key's type does.
	unannounced bool
}

// PublicKey is called when the library chooses an algorithm, before the server
// is asked.
func (a *attempt) PublicKey() ssh.PublicKey { return offeredKey{a.public, a} }

func (a *attempt) Algorithms() []string {
	if a.unannounced {
		return []string{ssh.KeyAlgoRSASHA512}
	}
	return signatureAlgorithms(a.public)
}

func (a *attempt) Sign(rand io.Reader, data []byte) (*ssh.Signature, error) {
	return a.SignWithAlgorithm(rand, data, a.Algorithms()[0])
}

func (a *attempt) SignWithAlgorithm(_ io.Reader, data []byte, algorithm string) (*ssh.Signature, error) {
	signature, err := a.login.signing(a.offer, data, algorithm)
	if err != nil {
		a.login.noteLast("no signature: " + err.Error())
	}
	return signature, err
}

// offeredKey tells its attempt when it is sent.
type offeredKey struct {
	ssh.PublicKey
	attempt *attempt
}

func (k offeredKey) Type() string {
	if !k.attempt.unannounced {
		return k.PublicKey.Type()
	}
	if k.PublicKey.Type() == ssh.CertAlgoRSAv01 {
		return ssh.CertAlgoRSASHA512v01
	}
	return ssh.KeyAlgoRSASHA512
}

func (k offeredKey) Marshal() []byte {
	if !k.attempt.asked {
		k.attempt.asked = true
		k.attempt.login.note("publickey (" + k.attempt.name + ")")
	}
	return k.PublicKey.Marshal()
}
