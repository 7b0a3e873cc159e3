package sshconfig

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// FuzzLookup reads any text for any name. Include may name the text itself only:
// what else is on this machine is no part of the test.
func FuzzLookup(f *testing.F) {
	for _, text := range []string{
		"Host a\n\tHostName %h.example\nMatch host a,!b user me # x\nPort = 22\n",
		"Include self\nIdentityFile \"~/a b\"\nUserKnownHostsFile ~/%n ${HOME}/%k 'c d'\n",
		"Match final\nProxyJump a@b:1,c\nHost *\nProxyCommand none\nConnectTimeout 1w2d\n",
		"IgnoreUnknown *\nx=y\n\"Port\" 1\nMatch !all\n",
	} {
		f.Add(text, "a")
	}
	f.Fuzz(func(t *testing.T, text, name string) {
		if strings.Contains(text, "~") {
			// Every ~name asks the user database.
			text = strings.ReplaceAll(text, "~", "~/")
		}
		const path = "/nonexistent/self"
		lines := parseLines(path, text)
		for i := range lines {
			if lines[i].keyword == "include" {
				lines[i].args = slices.DeleteFunc(lines[i].args, func(arg string) bool { return arg != "self" })
			}
		}
		c := New(Options{File: path, System: path})
		c.home, c.uid = "/home/me", 1
		c.files[path] = &file{lines: lines}
		s, err := c.Lookup(name, Given{})
		var refused *Error
		switch {
		case err == nil:
		case !errors.As(err, &refused):
			t.Fatalf("%T: %v", err, err)
		case refused.At.File == path && refused.At.Line > strings.Count(text, "\n")+1:
			t.Fatalf("an error in a line that is not there: %v", err)
		default:
			return
		}
		if s.HostName == "" || s.Port < 1 || s.Port > 65535 || s.ConnectTimeout < 0 || s.ServerAliveInterval < 0 {
			t.Fatalf("%+v", s)
		}
		for _, hop := range s.ProxyJump {
			if strings.ContainsAny(hop, "\n") {
				t.Fatalf("a hop of two lines: %q", hop)
			}
		}
		again, err := c.Lookup(name, Given{})
		if err != nil || again.HostName != s.HostName || again.Port != s.Port || len(again.Refused) != len(s.Refused) {
			t.Fatalf("the second time %+v %v", again, err)
		}
	})
}

func FuzzMatches(f *testing.F) {
	f.Add("a.example", "*.ex?mple")
	f.Add(strings.Repeat("a", 100), strings.Repeat("a*", 50)+"b")
	f.Fuzz(func(t *testing.T, s, pattern string) {
		if len(s) > 200 || len(pattern) > 200 {
			return
		}
		if got, want := matches(s, pattern), slowly(s, pattern); got != want {
			t.Fatalf("%q fits %q: %t, want %t", s, pattern, got, want)
		}
	})
}

// slowly is the definition, by all prefixes of both.
func slowly(s, pattern string) bool {
	fits := make([]bool, len(s)+1)
	fits[0] = true
	for _, c := range []byte(pattern) {
		next := make([]bool, len(s)+1)
		for i := range next {
			switch {
			case c == '*':
				next[i] = fits[i] || i > 0 && next[i-1]
			case i > 0:
				next[i] = fits[i-1] && (c == '?' || c == s[i-1])
			}
		}
		fits = next
	}
	return fits[len(s)]
}
