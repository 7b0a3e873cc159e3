package sshconfig_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// What is hardly within the grammar may be refused, but is never read otherwise
// than ssh reads it.
func TestNeverReadsOtherwiseThanSSH(t *testing.T) {
	t.Setenv("HOME", homeOfUser(t))
	words := []string{
		"Host", "Match", "host", "all", "user", "me", "a", "b", "*", "!", "!a", "a,b", "Port", "22", "0x16", "User", "HostName", "%h", "%%",
		"IdentityFile", "/x", "~", "~/", "${HOME}", "UserKnownHostsFile", "none", "ProxyJump", "ProxyCommand", "b:22", "x@b", ",",
		"ConnectTimeout", "1m", "IdentitiesOnly", "yes", "Include", "/nonexistent", "IgnoreUnknown", "xyz", "HostKeyAlias", "final", "originalhost",
		" ", " ", " ", " ", "\t", "=", "\"", "'", `\`, `\ `, "#", " #", "\r", "\f", "\n", "\n", "\n",
	}
	both, read := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 1, 24).Draw(rt, "words"), "")
		if rapid.Bool().Draw(rt, "spaced") {
			keyword := rapid.SampledFrom([]string{"Host", "Match host", "User", "IdentityFile", "UserKnownHostsFile", "ProxyJump", "HostName", "Port"}).Draw(rt, "keyword")
			text = keyword + " " + text + "\nPort 99\n"
		}
		file := writeFile(t, "config", text)
		ok, diff, err := agree(t, file, "a")
		if !ok {
			return
		}
		read++
		if err != nil {
			return
		}
		both++
		if diff != "" {
			rt.Fatalf("%q\n%s", text, diff)
		}
	})
	if both < 5 {
		t.Errorf("ssh read %d of the files and we %d: they test little", read, both)
	}
	t.Logf("ssh read %d, both %d", read, both)
}
