// Package allowed reads lists of allowed signers (ssh-keygen(1), ALLOWED SIGNERS)
// and checks signatures against them, as `ssh-keygen -Y verify` does.
//
// Where it differs it refuses more: a line that makes no sense spoils the list,
// so does a control character within one (base64 is read across a line end, so
// that a key would not be the one that a person sees), a certificate may have no
// critical option, a security key must have been touched.
package allowed

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"golang.org/x/crypto/ssh"
)

// Signers is a list of those who may sign.
type Signers struct {
	// name is the file, for messages.
	name  string
	lines []line
}

// line is one key and what it is good for.
type line struct {
	number int
	// principals is a pattern list; namespaces is one too, and empty for all.
	principals, namespaces string
	key                    ssh.PublicKey
	// authority says that the key signs nothing but certificates.
	authority bool
	// after and before bound the time of its use, both included; zero is no bound.
	after, before time.Time
}

// Parse reads a list. Times without a zone are in zone. name is the file, for
// messages; the error says the line.
func Parse(name string, text []byte, zone *time.Location) (*Signers, error) {
	s := &Signers{name: name}
	number := 0
	for row := range bytes.Lines(text) {
		number++
		words := strings.Trim(strings.TrimRight(string(row), "\r\n"), " \t")
		if words == "" || words[0] == '#' {
			continue
		}
		l, err := parseLine(words, zone)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, number, err)
		}
		l.number = number
		s.lines = append(s.lines, l)
	}
	if len(s.lines) == 0 {
		return nil, fmt.Errorf("%s: it allows nobody", name)
	}
	return s, nil
}

// parseLine reads principals, options, type and key. What follows is a comment.
func parseLine(words string, zone *time.Location) (line, error) {
	var l line
	if at := strings.IndexFunc(words, isControl); at >= 0 {
		return l, fmt.Errorf("want printable text: it has %+q", []rune(words[at:])[0])
	}
	var ok bool
	if l.principals, words, ok = cutPrincipals(words); !ok {
		return l, errors.New("want principals, options, and a public key")
	}
	key, _, options, _, err := ssh.ParseAuthorizedKey([]byte(words))
	if err != nil {
		return l, errors.New("it has no public key behind its principals and options that is known here")
	}
	if _, isCertificate := key.(*ssh.Certificate); isCertificate {
		return l, errors.New("it has a certificate: want the key of its authority, with cert-authority")
	}
	l.key = key
	given := map[string]bool{}
	for _, option := range options {
		name, value, valued := strings.Cut(option, "=")
		name = strings.ToLower(name)
		if given[name] {
			return l, fmt.Errorf("%s stands there twice", name)
		}
		given[name] = true
		if err := l.option(name, value, valued, zone); err != nil {
			return l, err
		}
	}
	if !l.before.IsZero() && !l.before.After(l.after) {
		return l, errors.New("valid-before is not later than valid-after")
	}
	return l, nil
}

// isControl says whether a character can't be seen; a tab separates words.
func isControl(r rune) bool { return r != '\t' && unicode.IsControl(r) }

// cutPrincipals takes the first word, which may stand in quotes.
func cutPrincipals(words string) (principals, rest string, ok bool) {
	if inner, quoted := strings.CutPrefix(words, `"`); quoted {
		principals, rest, ok = strings.Cut(inner, `"`)
	} else if at := strings.IndexAny(words, " \t"); at > 0 {
		principals, rest, ok = words[:at], words[at:], true
	}
	rest = strings.TrimLeft(rest, " \t")
	return principals, rest, ok && principals != "" && rest != ""
}

// option reads one option, whose name is in lower case.
func (l *line) option(name, value string, valued bool, zone *time.Location) (err error) {
	if name == "cert-authority" && !valued {
		l.authority = true
		return nil
	}
	text, quoted := unquote(value)
	switch {
	case name != "namespaces" && name != "valid-after" && name != "valid-before":
		return fmt.Errorf("there is no option %s", name)
	case !quoted:
		return fmt.Errorf(`want %s="…", with quotes`, name)
	case name == "namespaces" && text == "":
		return errors.New("namespaces names none")
	case name == "namespaces":
		l.namespaces = text
	case name == "valid-after":
		l.after, err = parseTime(text, zone)
	default:
		l.before, err = parseTime(text, zone)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func unquote(value string) (string, bool) {
	if len(value) < 2 || value[0] != '"' || value[len(value)-1] != '"' {
		return "", false
	}
	return strings.ReplaceAll(value[1:len(value)-1], `\"`, `"`), true
}

// parseTime reads a date, or a date and a time to the minute or the second, and a
// Z for UTC.
func parseTime(text string, zone *time.Location) (time.Time, error) {
	digits, utc := strings.CutSuffix(text, "Z")
	if utc {
		zone = time.UTC
	}
	for _, form := range []string{"20060102", "200601021504", "20060102150405"} {
		if at, err := time.ParseInLocation(form, digits, zone); err == nil && len(form) == len(digits) {
			return at, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time: want YYYYMMDD, YYYYMMDDHHMM or YYYYMMDDHHMMSS, and Z for UTC", text)
}
