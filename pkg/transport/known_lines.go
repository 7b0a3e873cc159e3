package transport

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/ssh"
)

// knownLine is a line of a known_hosts file (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT).
type knownLine struct {
	// marker is "", "@cert-authority" or "@revoked".
	marker string
	// patterns are in lower case, as ssh compares them; salt and hash stand in their
	// place where the name is hashed.
	patterns   []string
	salt, hash []byte
	key        ssh.PublicKey
	number     int
}

const (
	markAuthority = "@cert-authority"
	markRevoked   = "@revoked"
)

// parseKnownLine reads a line; nil without an error is one without a key, or with
// a key of a kind that is not known here, which ssh passes over too.
func parseKnownLine(line []byte) (*knownLine, error) {
	words := bytes.Fields(line)
	if len(words) == 0 || words[0][0] == '#' {
		return nil, nil
	}
	var l knownLine
	if words[0][0] == '@' {
		l.marker = string(words[0])
		if l.marker != markAuthority && l.marker != markRevoked {
			return nil, fmt.Errorf("unknown marker %q", printable(l.marker))
		}
		words = words[1:]
	}
	if len(words) < 3 {
		return nil, errors.New("a line is a name, a key type and a key")
	}
	if isNumber(words[1]) {
		// A key of SSH 1: its bits, its exponent, its modulus.
		return nil, nil
	}
	blob, err := base64.StdEncoding.DecodeString(string(words[2]))
	if err != nil {
		return nil, errors.New("the key is not base64")
	}
	if l.key, err = ssh.ParsePublicKey(blob); err != nil {
		if name, ok := keyTypeOf(blob); ok && name == string(words[1]) && strings.Contains(err.Error(), "unknown key algorithm") {
			return nil, nil
		}
		return nil, errors.New("the key is malformed")
	}
	if l.key.Type() != string(words[1]) {
		return nil, fmt.Errorf("the key is a %s, not a %q", l.key.Type(), printable(string(words[1])))
	}
	if _, ok := l.key.(*ssh.Certificate); ok {
		return nil, errors.New("the key is a certificate: name the authority's key, after " + markAuthority)
	}
	return &l, l.name(string(words[0]))
}

// name reads the first word of a line.
func (l *knownLine) name(word string) error {
	if !strings.HasPrefix(word, "|") {
		l.patterns = strings.Split(strings.ToLower(word), ",")
		return nil
	}
	parts := strings.Split(word, "|")
	if len(parts) != 4 || parts[1] != "1" {
		return errors.New("the hashed name is malformed")
	}
	var err1, err2 error
	l.salt, err1 = base64.StdEncoding.DecodeString(parts[2])
	l.hash, err2 = base64.StdEncoding.DecodeString(parts[3])
	if err1 != nil || err2 != nil || len(l.hash) != sha1.Size {
		return errors.New("the hashed name is malformed")
	}
	return nil
}

func isNumber(word []byte) bool { return len(bytes.Trim(word, "0123456789")) == 0 }

// keyTypeOf is the name that a key's encoding begins with.
func keyTypeOf(blob []byte) (string, bool) {
	var key struct {
		Name string
		Rest []byte `ssh:"rest"`
	}
	err := ssh.Unmarshal(blob, &key)
	return key.Name, err == nil
}

// matches says whether the line is about a name, which is in lower case:
// "db1.example", "[db1.example]:2222".
func (l *knownLine) matches(name string) bool {
	if l.hash != nil {
		mac := hmac.New(sha1.New, l.salt)
		mac.Write([]byte(name))
		return hmac.Equal(mac.Sum(nil), l.hash)
	}
	found := false
	for _, pattern := range l.patterns {
		negated, ok := strings.CutPrefix(pattern, "!")
		switch {
		case ok && matchPattern(negated, name):
			return false
		case !ok && matchPattern(pattern, name):
			found = true
		}
	}
	return found
}

// matchPattern is match_pattern of OpenSSH: "*" is any bytes, "?" is one.
func matchPattern(pattern, name string) bool {
	// star is where to go on after the last "*", which so far has taken up to taken.
	star, taken := -1, 0
	p, n := 0, 0
	for n < len(name) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, taken = p+1, n
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == name[n]):
			p++
			n++
		case star >= 0:
			taken++
			p, n = star, taken
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
