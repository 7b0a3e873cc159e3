package transport

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/ssh"
)

func seedKey(f *testing.F) ssh.PublicKey {
	f.Helper()
	key, err := ssh.NewPublicKey(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)).Public())
	if err != nil {
		f.Fatal(err)
	}
	return key
}

// FuzzKnownLine: a line of known_hosts is refused in words for a person, or its
// key is the one that stands in it, and is known for the hosts that it names. One
// that is refused is never passed over where that could trust more.
func FuzzKnownLine(f *testing.F) {
	key := seedKey(f)
	blob := " " + key.Type() + " " + base64.StdEncoding.EncodeToString(key.Marshal())
	for _, name := range []string{
		"db1", "[db1]:2222,10.0.0.1", "*.example,!db1.example", "@revoked *", "@cert-authority *.example", "@else x",
		"|1|c2FsdHNhbHRzYWx0c2FsdHNhbHQ=|aGFzaGhhc2hoYXNoaGFzaGhhc2g=", "|1|", "|2|a|b", "#", "",
	} {
		f.Add([]byte(name+blob), "db1")
		f.Add([]byte(name), "[db1]:2222")
	}
	f.Add([]byte("db1 1024 65537 123456789"), "db1")
	f.Add([]byte("db1 ssh-unknown AAAAC3NzaC11bmtub3du"), "db1")
	f.Fuzz(func(t *testing.T, text []byte, name string) {
		line, err := parseKnownLine(text)
		if err != nil {
			mustBePrintable(t, err.Error())
			if bytes.HasPrefix(text, []byte("@revoked ")) && !mustBeRead(text) {
				t.Fatalf("%q is passed over", text)
			}
			first := string(bytes.Fields(text)[0])
			malformed := malformedLine{text: strings.ToLower(string(text)), why: err}
			if first == name && strings.ToLower(name) == name && !strings.Contains(name, ",") && !malformed.mayName(name) {
				t.Fatalf("%q is not taken for an entry of %q", text, name)
			}
			return
		}
		if line == nil {
			return
		}
		encoded := base64.StdEncoding.EncodeToString(line.key.Marshal())
		if !bytes.Contains(text, []byte(encoded)) {
			t.Fatalf("%q has the key %s", text, encoded)
		}
		known := knownHosts{[]knownLines{{path: "known_hosts", lines: []knownLine{*line}}}}
		host := known.of(knownName{name: name, principal: name})
		verdict := host.verdict(key, false)
		if verdict == nil && (!line.matches(name) || !bytes.Equal(line.key.Marshal(), key.Marshal()) || line.marker != "") {
			t.Fatalf("%q vouches for another host or key", text)
		}
		if verdict != nil {
			mustBePrintable(t, strings.ReplaceAll(verdict.Error(), name, ""))
		}
	})
}

// FuzzPattern: a pattern of known_hosts matches what the same regular expression
// does, and takes no longer than its length times the name's.
func FuzzPattern(f *testing.F) {
	f.Add("*.example", "db1.example")
	f.Add("a*b?c**", "axxbyc")
	f.Add(strings.Repeat("*a", 50)+"b", strings.Repeat("a", 200))
	f.Fuzz(func(t *testing.T, pattern, name string) {
		if strings.ContainsFunc(pattern+name, func(r rune) bool { return r > unicode.MaxASCII }) {
			return
		}
		form := regexp.QuoteMeta(pattern)
		form = strings.ReplaceAll(strings.ReplaceAll(form, `\*`, `.*`), `\?`, `.`)
		want, err := regexp.Compile(`(?s)\A` + form + `\z`)
		if err != nil {
			return
		}
		if got := matchPattern(pattern, name); got != want.MatchString(name) {
			t.Errorf("%q matches %q: %t", pattern, name, got)
		}
	})
}

// FuzzPrintable: a server's words never move a cursor, and don't fill a screen.
func FuzzPrintable(f *testing.F) {
	for _, s := range []string{"\x1b]0;x\x07", "\u202e", "\xff", strings.Repeat("é", 1000), `\x1b`, `"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		mustBePrintable(t, printable(s))
		if len(printable(s)) > 5000 {
			t.Errorf("%d bytes", len(printable(s)))
		}
	})
}

func mustBePrintable(t *testing.T, s string) {
	t.Helper()
	bad := func(r rune) bool { return !unicode.IsGraphic(r) }
	if !utf8.ValidString(s) || strings.ContainsFunc(s, bad) {
		t.Errorf("it would reach the terminal: %q", s)
	}
}
