package sshconfig_test

import "testing"

// github.com/kevinburke/ssh_config v1.6.0 answers each of these otherwise than
// ssh, which would have hosts reached at the wrong address, as the wrong user, or
// not at all.
func TestWhatTheUsualLibraryReadsOtherwise(t *testing.T) {
	for what, c := range map[string]struct{ text, keyword, ssh string }{
		"Match exec of another host": {"Match exec false host b\nPort 1\nHost a\nPort 99\n", "port", "99"},
		"Match user":                 {"User me\nMatch user me\nPort 99\n", "port", "99"},
		"two criteria":               {"Match host a originalhost b\nPort 1\nMatch all\nPort 99\n", "port", "99"},
		"a list with commas":         {"Match host b,a\nPort 99\n", "port", "99"},
		"the resolved name":          {"HostName c\nMatch host c\nPort 99\n", "port", "99"},
		"a tab between hosts":        {"Host b\ta\nPort 99\n", "port", "99"},
		"a host in quotes":           {"Host \"a\"\nPort 99\n", "port", "99"},
		"a question mark":            {"Host a?\nPort 1\nHost *\nPort 99\n", "port", "99"},
		"hash in a value":            {"IdentityFile /a#b\n", "identityfile", "/a#b"},
		"single quotes":              {"User 'me'\n", "user", "me"},
		"an escape":                  {"IdentityFile /a\\ b\n", "identityfile", "/a b"},
		"a quote in a word":          {"User m\"e\"\n", "user", "me"},
		"words with quotes":          {"UserKnownHostsFile \"/a\" \"/b\"\n", "userknownhostsfile", "/a /b"},
	} {
		file := writeFile(t, "config", c.text)
		theirs, ok := askSSH(t, file, "a")
		if said := map[string]string{
			"port": theirs.Port, "user": theirs.User, "identityfile": first(theirs.Identities), "userknownhostsfile": joined(theirs.UserKnown),
		}[c.keyword]; !ok || said != c.ssh {
			t.Errorf("%s: ssh says %q", what, said)
		}
		if _, diff, err := agree(t, file, "a"); err != nil || diff != "" {
			t.Errorf("%s: %v%s", what, err, diff)
		}
	}
}
