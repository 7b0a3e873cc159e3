package allowed

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"hostkit/pkg/sshconfig"
	"hostkit/pkg/sshsig"
)

// Signer is one of the list who has signed.
type Signer struct {
	// Principal is who it is. Where nobody was asked for it is the list's pattern.
	Principal string
	// KeyType and Fingerprint are of the key, or of the certificate's key.
	KeyType, Fingerprint string
}

// ErrAltered is the error of a signature that is not one of this message by the
// key that it has: one of the three was changed.
var ErrAltered = errors.New("the signature does not fit")

// Signed is a signature that its key has made for the message. Whose key it is,
// [Signers.Who] tells.
type Signed struct {
	key       ssh.PublicKey
	namespace string
}

// KeyName is the type and the fingerprint of the key, for people.
func (s Signed) KeyName() string {
	kind, fingerprint := describe(s.key)
	return kind + " " + fingerprint
}

func describe(key ssh.PublicKey) (kind, fingerprint string) {
	if c, ok := key.(*ssh.Certificate); ok {
		key = c.Key
	}
	return key.Type(), ssh.FingerprintSHA256(key)
}

// Check verifies that the key in s has signed a message with that digest (by
// s.Hash), for the namespace that s names. The error is ErrAltered, or says what
// can't be accepted of the signature.
func Check(s sshsig.Signature, digest []byte) (Signed, error) {
	key, err := ssh.ParsePublicKey(s.PublicKey)
	if err != nil {
		return Signed{}, errors.New("its key makes no sense, or is of a type that is not known here")
	}
	var made ssh.Signature
	if err := ssh.Unmarshal(s.Made, &made); err != nil {
		return Signed{}, errors.New("it is cut off or garbled")
	}
	kind, _ := describe(key)
	switch touched, onSecurityKey := touched(kind, made); {
	case !slices.Contains(algorithms[kind], made.Format):
		return Signed{}, fmt.Errorf("it is made with %q, which is not accepted of a key of type %s", made.Format, kind)
	case onSecurityKey && !touched:
		return Signed{}, errors.New("the security key made it without having been touched")
	case !onSecurityKey && len(made.Rest) > 0:
		return Signed{}, errors.New("it is cut off or garbled")
	}
	if key.Verify(s.Signed(digest), &made) != nil {
		return Signed{}, ErrAltered
	}
	return Signed{key, s.Namespace}, nil
}

// algorithms are those that a key may sign with. RSA must not with SHA-1
// (PROTOCOL.sshsig), and DSA is gone.
var algorithms = map[string][]string{
	ssh.KeyAlgoED25519:    {ssh.KeyAlgoED25519},
	ssh.KeyAlgoECDSA256:   {ssh.KeyAlgoECDSA256},
	ssh.KeyAlgoECDSA384:   {ssh.KeyAlgoECDSA384},
	ssh.KeyAlgoECDSA521:   {ssh.KeyAlgoECDSA521},
	ssh.KeyAlgoRSA:        {ssh.KeyAlgoRSASHA256, ssh.KeyAlgoRSASHA512},
	ssh.KeyAlgoSKED25519:  {ssh.KeyAlgoSKED25519},
	ssh.KeyAlgoSKECDSA256: {ssh.KeyAlgoSKECDSA256},
}

// touched reads the flags behind the signature of a security key (PROTOCOL.u2f).
func touched(kind string, made ssh.Signature) (touched, onSecurityKey bool) {
	if !strings.HasPrefix(kind, "sk-") {
		return false, false
	}
	return len(made.Rest) == 5 && made.Rest[0]&1 != 0, true
}

// Who tells whose signature it is: principal's, or, where that is empty, anybody's
// on the list. A reason for each line that has the key and does not do stands in
// the error, which is an [*UnknownError] where no line has it.
func (s *Signers) Who(of Signed, principal string, now time.Time) (Signer, error) {
	var reasons []error
	for _, l := range s.lines {
		if !l.has(of.key) {
			continue
		}
		found, err := l.accept(of, principal, now)
		if err == nil {
			kind, fingerprint := describe(of.key)
			return Signer{found, kind, fingerprint}, nil
		}
		reasons = append(reasons, fmt.Errorf("%s:%d: %w", s.name, l.number, err))
	}
	if reasons == nil {
		return Signer{}, &UnknownError{of.KeyName(), s.name}
	}
	return Signer{}, errors.Join(reasons...)
}

// UnknownError is the error of a key that is not on the list.
type UnknownError struct{ Key, List string }

func (e *UnknownError) Error() string { return e.List + " does not have " + e.Key }

// has reports whether the line is about the key.
func (l line) has(key ssh.PublicKey) bool {
	if c, ok := key.(*ssh.Certificate); ok {
		return l.authority && same(c.SignatureKey, l.key)
	}
	return !l.authority && same(key, l.key)
}

func same(a, b ssh.PublicKey) bool { return bytes.Equal(a.Marshal(), b.Marshal()) }

// accept returns who has signed, as far as the line tells.
func (l line) accept(of Signed, principal string, now time.Time) (string, error) {
	const day = "2006-01-02T15:04:05Z07:00"
	switch {
	case principal != "" && !sshconfig.MatchesList(principal, l.principals):
		return "", fmt.Errorf("that key is of %s, not of %s", l.principals, principal)
	case l.namespaces != "" && !sshconfig.MatchesList(of.namespace, l.namespaces):
		return "", fmt.Errorf("that key of %s may sign for %s, not for %s", l.principals, l.namespaces, of.namespace)
	case !l.after.IsZero() && now.Before(l.after):
		return "", fmt.Errorf("that key of %s is not valid before %s", l.principals, l.after.Format(day))
	case !l.before.IsZero() && now.After(l.before):
		return "", fmt.Errorf("that key of %s is not valid any more since %s", l.principals, l.before.Format(day))
	}
	if c, ok := of.key.(*ssh.Certificate); ok {
		return l.certified(c, principal, now)
	}
	if principal == "" {
		principal = l.principals
	}
	return principal, nil
}

// certified checks a certificate of the line's authority.
func (l line) certified(c *ssh.Certificate, principal string, now time.Time) (string, error) {
	if principal == "" {
		at := slices.IndexFunc(c.ValidPrincipals, func(p string) bool { return sshconfig.MatchesList(p, l.principals) })
		if at < 0 {
			return "", fmt.Errorf("the certificate is for %q, of whom none is %s", c.ValidPrincipals, l.principals)
		}
		principal = c.ValidPrincipals[at]
	}
	switch {
	case c.CertType != ssh.UserCert:
		return "", errors.New("the certificate is one of a host")
	// One without principals would be for everybody.
	case !slices.Contains(c.ValidPrincipals, principal):
		return "", fmt.Errorf("the certificate is for %q, not for %s", c.ValidPrincipals, principal)
	case c.Signature == nil || c.Signature.Format == ssh.KeyAlgoRSA:
		return "", errors.New("the certificate is signed with SHA-1")
	}
	checker := ssh.CertChecker{Clock: func() time.Time { return now }}
	if err := checker.CheckCert(principal, c); err != nil {
		return "", errors.New("the certificate does not do: " + strings.TrimPrefix(err.Error(), "ssh: "))
	}
	return principal, nil
}
