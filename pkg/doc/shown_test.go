package doc_test

import (
	"testing"

	"hostkit/pkg/doc"
)

// What is shown of a refused value can hardly be a password.
func TestShown(t *testing.T) {
	for text, name := range map[string]bool{
		"a..b": true, "me@h": true, "192.0.2.1:22": true, "db.example.org:22": true, "[::1]": true, "[::1]:22": true, "fe80::1%eth0": true,
		"größe.de": true, "ssh://h/": true, "~/.ssh/id": true, "a,b": true, "*": true,
		"": false, "db:22": false, "root:geheim": false, "root:1234": false, "me:geheim@h": false, "ssh://me:geheim@h": false, "a b": false,
		"geheim!": false, "a\nb": false, "-----BEGIN OPENSSH PRIVATE KEY-----": false,
	} {
		if got := doc.LooksLikeName(text); got != name {
			t.Errorf("%q looks like a name: %t", text, got)
		}
	}
	for text, number := range map[string]bool{
		"22": true, "1.5s": true, "10 seconds": true, "1h30m": true, "-1": true, "70000": true,
		"": false, "geheim": false, "1geheim": false, "1234567890": false, "10 s s s": false,
	} {
		if got := doc.LooksLikeNumber(text); got != number {
			t.Errorf("%q looks like a number: %t", text, got)
		}
	}
}

// At no door is a password taken for a part of a name.
func TestPasswordsBesideNames(t *testing.T) {
	for _, host := range []doc.HostConfig{
		{Hostname: "root:geheim"},
		{Hostname: "root:geheim@h"},
		{Hostname: "ssh://root:geheim@h"},
		{User: "root:geheim"},
		{User: "root geheim"},
		{SSH: &doc.SSH{IdentityFile: "-----BEGIN OPENSSH PRIVATE KEY-----\ngeheim"}},
	} {
		if ps := host.Problems(); len(ps) != 1 || ps[0].Hint == "" {
			t.Errorf("%+v: %v, want one problem with a hint", host, ps)
		}
	}
	for _, host := range []doc.HostConfig{{Hostname: "fe80::1%eth0"}, {Hostname: "::1", User: `corp\me`}, {User: "me@corp"}, {Connection: "local"}} {
		if ps := host.Problems(); len(ps) > 0 {
			t.Errorf("%+v: %v", host, ps)
		}
	}
}
