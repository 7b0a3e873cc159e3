package transport

import (
	"errors"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

// certificateBeside is where ssh looks for the certificate of an identity file.
func certificateBeside(path string) string {
	return strings.TrimSuffix(path, ".pub") + "-cert.pub"
}

// readCertificate reads the certificate of key that an identity names, or the
// one beside its file; nil means that there is none.
func readCertificate(id Identity, key ssh.PublicKey) (*ssh.Certificate, string, error) {
	path := id.Certificate
	if path == "" {
		path = certificateBeside(id.File)
	}
	refuse := func(why, advice string, err error) (*ssh.Certificate, string, error) {
		return nil, path, &CredentialError{
			Reason: "certificate_unusable", Why: "certificate " + printable(path) + why, Advice: advice, Err: err,
		}
	}
	text, _, err := readSmallFile(path)
	if id.Certificate == "" && errors.Is(err, fs.ErrNotExist) {
		return nil, path, nil
	}
	if err != nil {
		return refuse("", "name a certificate that exists, and that you can read", inner(err))
	}
	certificate, ok := publicKey(text).(*ssh.Certificate)
	look := "look at it with `ssh-keygen -Lf " + printable(path) + "`"
	switch {
	case !ok:
		return refuse(" is none", "name what `ssh-keygen -s` wrote: a file that ends in -cert.pub", nil)
	case certificate.CertType != ssh.UserCert:
		return refuse(" is a host's, not a user's", look, nil)
	case !sameKey(certificate.Key, plainKey(key)):
		return refuse(" is not of identity file "+printable(id.File), look, nil)
	}
	return certificate, path, nil
}

// plainKey is the key that a certificate is of, or key itself.
func plainKey(key ssh.PublicKey) ssh.PublicKey {
	if certificate, ok := key.(*ssh.Certificate); ok {
		return certificate.Key
	}
	return key
}

// certificateText says for whom and for how long a certificate is good: a server
// that refuses it does not say why.
func certificateText(c *ssh.Certificate, now time.Time) string {
	const shown = 5
	names := make([]string, 0, shown)
	for _, name := range c.ValidPrincipals[:min(len(c.ValidPrincipals), shown)] {
		names = append(names, brief(name))
	}
	whom := "for " + strings.Join(names, ", ")
	if left := len(c.ValidPrincipals) - len(names); left > 0 {
		whom += " and " + strconv.Itoa(left) + " more"
	}
	if len(names) == 0 {
		whom = "for nobody by name"
	}
	return whom + ", " + validityText(c, now)
}

func validityText(c *ssh.Certificate, now time.Time) string {
	at := func(seconds uint64) string {
		return time.Unix(int64(seconds), 0).UTC().Format(time.RFC3339)
	}
	// Beyond the year 9999 a time has no such form; ssh-keygen says forever too.
	const farthest = 253402300799
	seconds := uint64(max(now.Unix(), 0))
	switch {
	case c.ValidAfter > farthest:
		return "not yet valid"
	case c.ValidAfter > seconds:
		return "valid from " + at(c.ValidAfter) + " on"
	case c.ValidBefore > farthest:
		return "valid for ever"
	case c.ValidBefore <= seconds:
		return "expired at " + at(c.ValidBefore)
	}
	return "valid until " + at(c.ValidBefore)
}
