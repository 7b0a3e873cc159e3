package transport

import (
	"bytes"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh/knownhosts"
)

const someKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ"

func TestPatternsAreThoseOfOpenSSH(t *testing.T) {
	for _, tt := range []struct {
		names, name string
		want        bool
	}{
		{"db1.example", "db1.example", true},
		{"DB1.Example", "db1.example", true},
		{"db1.example", "db1.exampl", false},
		{"*.example", "db1.example", true},
		{"*.example", "[db1.example]:2222", false},
		{"*", "[db1.example]:2222", true},
		{"db?.example", "db1.example", true},
		{"db?.example", "db.example", false},
		{"a,b,c", "b", true},
		{"*,!b", "b", false},
		{"!b,*", "b", false},
		{"!a", "b", false},
		{"*a*b*c", "xxaxbxbxc", true},
		{"*a*b*c", "xxaxbxbx", false},
		{"", "a", false},
		{"[::1]:2222", "[::1]:2222", true},
	} {
		line, err := parseKnownLine([]byte(tt.names + " " + someKey))
		if tt.names == "" {
			line, err = &knownLine{patterns: []string{""}}, nil
		}
		if err != nil || line.matches(tt.name) != tt.want {
			t.Errorf("%q and %q: %t wanted, %v", tt.names, tt.name, tt.want, err)
		}
	}
}

func TestLinesThatAreRefused(t *testing.T) {
	for _, text := range []string{
		"a", "a ssh-ed25519", "a ssh-rsa " + strings.Fields(someKey)[1], "@cert-authority " + someKey,
		"@other a " + someKey, "|1|x|y " + someKey, "|2|AAAA|AAAA " + someKey, "a ssh-ed25519 AAAA",
	} {
		if line, err := parseKnownLine([]byte(text)); err == nil {
			t.Errorf("%q is %+v", text, line)
		}
	}
	for _, text := range []string{"", " ", "# a comment", "a 1024 35 123"} {
		if line, err := parseKnownLine([]byte(text)); err != nil || line != nil {
			t.Errorf("%q is %+v, %v", text, line, err)
		}
	}
}

// FuzzWrittenLine: what is recorded of a key is read again as the same key.
func FuzzWrittenLine(f *testing.F) {
	f.Add([]byte("@cert-authority *.example,!db1.example " + someKey + " a comment"))
	f.Add([]byte(knownhosts.HashHostname("db1.example") + " " + someKey))
	f.Add([]byte("a 1024 35 123"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if bytes.ContainsAny(text, "\n") {
			t.Skip("not a line")
		}
		line, err := parseKnownLine(text)
		if err != nil || line == nil {
			return
		}
		line.matches("db1.example")
		again, err := parseKnownLine([]byte(lineOf(knownName{name: "db1.example"}, line.key)))
		if err != nil || !again.matches("db1.example") || !bytes.Equal(again.key.Marshal(), line.key.Marshal()) {
			t.Errorf("what is written of %q is read as %+v, %v", text, again, err)
		}
	})
}
