package sshconfig_test

import (
	"errors"
	"strings"
	"testing"

	"hostkit/pkg/sshconfig"
)

// What applies and can't be followed, each in line 2, with what its error says.
var refusing = map[string]struct{ line, says string }{
	"a command":                  {"ProxyCommand nc %h %p", "no command is run to connect"},
	"a command called none x":    {"ProxyCommand none x", "no command is run to connect"},
	"match exec":                 {"Match exec \"true\"\nPort 1", "Match exec"},
	"match exec after what fits": {"Match host a exec true", "Match exec"},
	"match not exec":             {"Match !exec true", "Match exec"},
	"match localnetwork":         {"Match localnetwork 10.0.0.0/8", "Match localnetwork"},
	"match tagged":               {"Match tagged x", "Match tagged"},
	"match of another grammar":   {`Match host 'a'`, "versions of ssh differ"},
	"match without criteria":     {"Match # x", "nothing follows Match"},
	"match all and more":         {"Match all host a", "all can't stand"},
	"match without argument":     {"Match host", "nothing follows host"},
	"host without names":         {"Host", "the line has no hosts"},
	"a refusal":                  {"RefuseConnection \"not from here\"", "refuses the connection"},
	"canonical names":            {"CanonicalizeHostname yes", "not canonicalized"},
	"canonical names, always":    {"CanonicalizeHostname always", "not canonicalized"},
	"a family":                   {"AddressFamily inet7", "none of any"},
	"an address of ours":         {"BindAddress 10.0.0.1", "address to connect from"},
	"an interface of ours":       {"BindInterface eth0", "interface"},
	"keys by a command":          {"KnownHostsCommand /bin/keys %H", "no command is run for host keys"},
	"revoked keys":               {"RevokedHostKeys /etc/ssh/revoked", "such a file is not read"},
	"a token":                    {"PKCS11Provider /usr/lib/x.so", "PKCS#11"},
	"an older name of it":        {"SmartcardDevice /usr/lib/x.so", "PKCS#11"},
	"whose certificate":          {"CertificateFile ~/.ssh/other", "which key"},
	"port 0":                     {"Port 0", `Port "0"`},
	"port too large":             {"Port 65536", `Port "65536"`},
	"port by name":               {"Port ssh", `Port "ssh"`},
	"two values":                 {"Port 22 23", "Port takes one value"},
	"an empty value":             {`User ""`, "User takes one value"},
	"no value":                   {"Port", "nothing follows Port"},
	"an open quote":              {`User "me`, "quote is not closed"},
	"not a keyword":              {"Hostnam b", "Hostnam is not known"},
	"not a flag":                 {"IdentitiesOnly maybe", "neither yes nor no"},
	"not a time":                 {"ConnectTimeout soon", "not a time"},
	"a time without end":         {"ServerAliveInterval 99999999999w", "not a time"},
	"not a number of attempts":   {"ConnectionAttempts 0", "not a number above 0"},
	"a token of nothing":         {"IdentityFile /%z", "%z"},
	"a lone percent":             {"IdentityFile /a%", "lone %"},
	"a hash of versions":         {"IdentityFile /%C", "%C"},
	"a token in the host name":   {"HostName %n", "%n"},
	"a token in the user":        {"User %u", "not every version"},
	"a token in the alias":       {"HostKeyAlias %h", "does not expand"},
	"a token in a jump":          {"ProxyJump %d", "%d"},
	"a variable not set":         {"IdentityFile ${NOT_SET_ANYWHERE}/a", "NOT_SET_ANYWHERE"},
	"a variable without end":     {"IdentityFile ${HOME", "without a }"},
	"a home of nobody":           {"IdentityFile ~nobody-of-that-name/a", "no user"},
	"an include of another home": {"Include ~nobody-of-that-name/a", "no user"},
	"a bad pattern":              {"Include /tmp/[a", "can't be read"},
	"a class":                    {"Include /tmp/[[:alpha:]]", "can't be read"},
	"an empty include":           {`Include ""`, "is empty"},
	"an include of a device":     {"Include /dev/zero", "not a regular file"},
	"an include of a folder":     {"Include /etc/ssh", "not a regular file"},
}

func lookupIn(t *testing.T, text, name string) error {
	t.Helper()
	_, err := askUs(t, writeFile(t, "config", text), name)
	return err
}

func TestRefusesWhatAppliesAndCantBeFollowed(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	for what, c := range refusing {
		file := writeFile(t, "config", "# first line\n"+c.line+"\n")
		_, err := askUs(t, file, "a")
		var refused *sshconfig.Error
		switch {
		case !errors.As(err, &refused):
			t.Errorf("%s: %v", what, err)
		case !strings.Contains(err.Error(), c.says), refused.Hint() == "", refused.Exit() != 3, refused.Code() != "ssh_config":
			t.Errorf("%s: %v, hint %q", what, err, refused.Hint())
		case strings.Contains(err.Error(), "/bin/keys"), strings.Contains(err.Error(), "nc %h"):
			t.Errorf("%s: a command is shown: %v", what, err)
		case refused.At.File == file && refused.At.Line != 2:
			t.Errorf("%s: is at %v", what, refused.At)
		}
		// It is of no concern to another host, unless it opens a block itself.
		switch keyword, _, _ := strings.Cut(c.line, " "); keyword {
		case "Host", "Match", "Include":
		default:
			if err := lookupIn(t, "Host a\n"+c.line+"\n", "b"); err != nil {
				t.Errorf("%s, for another host: %v", what, err)
			}
		}
	}
}

func TestWhatDoesNotApplyIsNoError(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	for what, text := range map[string]string{
		"match exec for another":         "Match host b exec true\nProxyCommand x\n",
		"the other criterion comes last": "Match exec true host b\nProxyCommand x\n",
		"match tagged for another":       "Match tagged x originalhost b\nPort 0\n",
		"a command after a jump":         "ProxyJump b\nProxyCommand x\n",
		"a command after none":           "ProxyCommand none\nProxyCommand x\n",
		"nothing to follow":              "ProxyCommand none\nCanonicalizeHostname no\nAddressFamily any\nKnownHostsCommand none\nRevokedHostKeys none\nPKCS11Provider none\nIdentityAgent none\nCertificateFile none\n",
		"a certificate of one key":       "IdentityFile /a\nCertificateFile /b\n",
		"a certificate by its name":      "IdentityFile /a\nIdentityFile /b\nCertificateFile /b-cert.pub\n",
		"the algorithms of Fedora":       "Ciphers aes256-gcm@openssh.com\nMACs hmac-sha2-256\nGSSAPIKexAlgorithms gss-nistp256-sha256-\nKexAlgorithms curve25519-sha256\nPubkeyAcceptedAlgorithms ssh-ed25519\nHostKeyAlgorithms ssh-ed25519\nCASignatureAlgorithms ssh-ed25519\nRequiredRSASize 2048\n",
		"what could only weaken":         "StrictHostKeyChecking no\nVerifyHostKeyDNS yes\nNoHostAuthenticationForLocalhost yes\nCheckHostIP no\nForwardAgent yes\n",
	} {
		if err := lookupIn(t, text, "a"); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// ssh stops at a keyword that it does not know, whatever host it stands with. Here the
// hosts that it is not about go on, and whoever misspelled a Host is told.
func TestAnUnknownKeywordOfAnotherHostIsToldOf(t *testing.T) {
	const config = `Host other
  User x
Hots a
  User deploy
Host third
  IdentityFile2 ~/.ssh/k
  IgnoreUnknown Usekeychain2
  Usekeychain2 yes
Host *
  IgnoreUnknown NoSuch*
Host other
  NoSuchKeyword 1
Match host b
  Usekeychain2 "yes
`
	file := writeFile(t, "config", config)
	if _, ok := askSSH(t, file, "a"); ok {
		t.Error("ssh takes it")
	}
	s, err := sshconfig.New(sshconfig.Options{File: file}).Lookup("a", sshconfig.Given{})
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, d := range s.Doubtful {
		told = append(told, strings.TrimPrefix(d.Error(), "ssh config "+file)+"; "+d.Advice)
	}
	const passed = " is not known: the line is passed over, since it stands with another host; ssh refuses a file with a keyword that it does not know; mend the line, "
	for i, want := range []string{":3: Hots" + passed, ":8: Usekeychain2" + passed, ":14: Usekeychain2" + passed} {
		if i >= len(told) || !strings.HasPrefix(told[i], want) {
			t.Errorf("%q, want %q", told, want)
			break
		}
	}
	if len(told) != 3 {
		t.Errorf("told %q", told)
	}
}
