package sshconfig_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"hostkit/pkg/sshconfig"
)

// tree is a home and a folder like /etc/ssh, with files by their paths below.
func tree(t *testing.T, files map[string]string) (home, system string) {
	t.Helper()
	root := t.TempDir()
	t.Setenv("HOME", filepath.Join(root, "home"))
	for path, text := range files {
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(root, "home"), filepath.Join(root, "etc/ssh_config")
}

func lookup(t *testing.T, o sshconfig.Options, given sshconfig.Given) sshconfig.Settings {
	t.Helper()
	s, err := sshconfig.New(o).Lookup("a", given)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTheUsersFileWinsOverTheSystems(t *testing.T) {
	_, system := tree(t, map[string]string{
		"home/.ssh/config":       "Host a\nPort 1\nInclude more/*.conf ~/extra\n",
		"home/.ssh/more/2":       "User not-read\n",
		"home/.ssh/more/.x.conf": "User left-by-an-editor\n",
		"home/.ssh/more/b.conf":  "IdentityFile /b\n",
		"home/.ssh/more/a.conf":  "IdentityFile /a\n",
		"home/extra":             "HostKeyAlias extra\n",
		"etc/ssh_config":         "Include d/*.conf\nPort 2\nUser system\nIdentityFile /etc\n",
		"etc/d/x.conf":           "HostName x\n",
	})
	s := lookup(t, sshconfig.Options{System: system}, sshconfig.Given{})
	if s.Port != 1 || s.User != "system" || s.HostName != "x" || s.HostKeyAlias != "extra" {
		t.Errorf("%+v", s)
	}
	var files []string
	for _, id := range s.Identities {
		files = append(files, id.File)
	}
	if !slices.Equal(files, []string{"/a", "/b", "/etc"}) {
		t.Errorf("identities %q", files)
	}
	if s := lookup(t, sshconfig.Options{System: system, File: "none"}, sshconfig.Given{}); s.Port != 22 || s.User != "" || !s.DefaultIdentities {
		t.Errorf("none: %+v", s)
	}
	if s := lookup(t, sshconfig.Options{System: system, File: os.DevNull}, sshconfig.Given{}); s.Port != 22 || s.User != "" {
		t.Errorf("/dev/null: %+v", s)
	}
	if s := lookup(t, sshconfig.Options{System: system}, sshconfig.Given{User: "me", Port: 7, HostKeyAlias: "B"}); s.Port != 7 || s.User != "me" || s.HostKeyAlias != "b" {
		t.Errorf("given: %+v", s)
	}
	// As with ssh -F, the system's file is not read beside it.
	if s := lookup(t, sshconfig.Options{System: system, File: filepath.Join(filepath.Dir(system), "d/x.conf")}, sshconfig.Given{}); s.HostName != "x" || s.User != "" {
		t.Errorf("one file: %+v", s)
	}
}

func TestNoFilesIsNoError(t *testing.T) {
	home, system := tree(t, nil)
	t.Setenv("SSH_AUTH_SOCK", "/run/agent")
	s := lookup(t, sshconfig.Options{System: system}, sshconfig.Given{})
	if s.HostName != "a" || s.Port != 22 || s.Agent != "/run/agent" || s.UserKnownHosts[0] != home+"/.ssh/known_hosts" || s.Identities[0].File != home+"/.ssh/id_rsa" {
		t.Errorf("%+v", s)
	}
}

func TestManyMayLookUpAtOnce(t *testing.T) {
	_, system := tree(t, map[string]string{"home/.ssh/config": "Include more\nPort 1\n", "home/.ssh/more": "User me\n"})
	c := sshconfig.New(sshconfig.Options{System: system})
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			s, err := c.Lookup("host"+strconv.Itoa(i), sshconfig.Given{})
			if err != nil || s.Port != 1 || s.User != "me" || s.HostName != "host"+strconv.Itoa(i) {
				t.Errorf("%+v %v", s, err)
			}
		})
	}
	all.Wait()
}

func TestWithoutHOMETheUserDatabaseIsAsked(t *testing.T) {
	_, system := tree(t, nil)
	t.Setenv("HOME", "")
	if s := lookup(t, sshconfig.Options{System: system, File: "none"}, sshconfig.Given{}); s.UserKnownHosts[0] != homeOfUser(t)+"/.ssh/known_hosts" {
		t.Errorf("%+v", s)
	}
}

func TestFilesAreReadOnceARun(t *testing.T) {
	_, system := tree(t, map[string]string{"home/.ssh/config": "Port 1\n"})
	c := sshconfig.New(sshconfig.Options{System: system})
	for range 2 {
		s, err := c.Lookup("a", sshconfig.Given{})
		if err != nil || s.Port != 1 {
			t.Fatalf("%+v %v", s, err)
		}
		tree(t, nil)
	}
}

func TestTheAgent(t *testing.T) {
	_, system := tree(t, nil)
	t.Setenv("SSH_AUTH_SOCK", "/run/usual")
	t.Setenv("OTHER", "/run/other")
	for line, want := range map[string]string{
		"":                            "/run/usual",
		"IdentityAgent SSH_AUTH_SOCK": "/run/usual",
		"IdentityAgent none":          "",
		"IdentityAgent $OTHER":        "/run/other",
		"IdentityAgent $NOT_SET":      "",
		"IdentityAgent ${OTHER}.%p":   "/run/other.22",
		"IdentityAgent ~/agent":       os.Getenv("HOME") + "/agent",
	} {
		if s := lookup(t, sshconfig.Options{System: system, File: writeFile(t, "config", line)}, sshconfig.Given{}); s.Agent != want {
			t.Errorf("%s gives %q, want %q", line, s.Agent, want)
		}
	}
}

func TestKeysAreOffWhereSSHOffersNone(t *testing.T) {
	_, system := tree(t, nil)
	for line, off := range map[string]bool{
		"PubkeyAuthentication no":                     true,
		"PubkeyAuthentication unbound":                false,
		"PreferredAuthentications password":           true,
		"PreferredAuthentications password,publickey": false,
	} {
		if s := lookup(t, sshconfig.Options{System: system, File: writeFile(t, "config", line)}, sshconfig.Given{}); s.NoPublicKeys != off {
			t.Errorf("%s: %t", line, s.NoPublicKeys)
		}
	}
}

// A name in a document may not choose which file of this machine is read.
func TestANameLeadsToNoOtherFolder(t *testing.T) {
	tree(t, nil)
	file := writeFile(t, "config", "UserKnownHostsFile ~/.ssh/hosts/%n\n")
	for _, name := range []string{"../../secret", "..", "x/y"} {
		if _, err := sshconfig.New(sshconfig.Options{File: file}).Lookup(name, sshconfig.Given{}); err == nil || !strings.Contains(err.Error(), "part of a file's name") {
			t.Errorf("%s: %v", name, err)
		}
	}
	jump := writeFile(t, "config", "ProxyJump gw-%r\n")
	if _, err := sshconfig.New(sshconfig.Options{File: jump}).Lookup("a", sshconfig.Given{User: "x@elsewhere"}); err == nil {
		t.Error("a user's name leads to another jump host")
	}
	for _, name := range []string{"", "-oX", "a b", "a\nb", "a;b", "$(a)", "`a`", "a|b", "\x7f"} {
		if _, err := sshconfig.New(sshconfig.Options{File: "none"}).Lookup(name, sshconfig.Given{}); err == nil {
			t.Errorf("%q is taken", name)
		}
	}
}

func TestRefusesFilesThatOthersCanWrite(t *testing.T) {
	home, system := tree(t, map[string]string{
		"home/.ssh/config": "Port 1\n", "etc/ssh_config": "Include x\n", "etc/x": "Port 2\n",
	})
	mine, included := filepath.Join(home, ".ssh/config"), filepath.Join(filepath.Dir(system), "x")
	for _, path := range []string{mine, included} {
		for _, mode := range []os.FileMode{0o620, 0o602, 0o666} {
			if err := os.Chmod(path, mode); err != nil {
				t.Fatal(err)
			}
			_, err := sshconfig.New(sshconfig.Options{System: system}).Lookup("a", sshconfig.Given{})
			var refused *sshconfig.Error
			if !errors.As(err, &refused) || refused.At.File != path || !strings.Contains(err.Error(), "bad owner or permissions") || refused.Hint() == "" {
				t.Errorf("%s with %v: %v", path, mode, err)
			}
		}
		if err := os.Chmod(path, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	// ssh -F trusts the one who names the file.
	if err := os.Chmod(mine, 0o666); err != nil {
		t.Fatal(err)
	}
	if s := lookup(t, sshconfig.Options{File: mine}, sshconfig.Given{}); s.Port != 1 {
		t.Errorf("%+v", s)
	}
}

func TestRefusesWhatIsNoConfig(t *testing.T) {
	_, system := tree(t, nil)
	folder := t.TempDir()
	big := filepath.Join(folder, "big")
	if err := os.WriteFile(big, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(big, 5<<20); err != nil {
		t.Fatal(err)
	}
	for path, says := range map[string]string{
		"/dev/zero":                     "not a regular file",
		folder:                          "not a regular file",
		filepath.Join(folder, "x"):      "no such file",
		big:                             "larger than 4 MiB",
		writeFile(t, "nul", "Port\x00"): "NUL",
	} {
		if _, err := sshconfig.New(sshconfig.Options{System: system, File: path}).Lookup("a", sshconfig.Given{}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestIncludesEnd(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("HOME", folder)
	for what, text := range map[string]string{
		"once":  "Include " + folder + "/*\n",
		"twice": strings.Repeat("Include "+folder+"/config\n", 2),
		"often": strings.Repeat("Include "+folder+"/config "+folder+"/config\n", 500),
	} {
		path := filepath.Join(folder, "config")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := sshconfig.New(sshconfig.Options{File: path}).Lookup("a", sshconfig.Given{}); err == nil || !strings.Contains(err.Error(), "16 deep") {
			t.Errorf("%s: %v", what, err)
		}
	}
	// As deep as it may be, each level thrice: three to the power of fifteen.
	for level := range 16 {
		text := strings.Repeat("Include "+filepath.Join(folder, "l"+string(rune('a'+level+1)))+"\n", 3)
		if err := os.WriteFile(filepath.Join(folder, "l"+string(rune('a'+level))), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := sshconfig.New(sshconfig.Options{File: filepath.Join(folder, "la")}).Lookup("a", sshconfig.Given{}); err == nil || !strings.Contains(err.Error(), "4096 files") {
		t.Errorf("three to the power of fifteen: %v", err)
	}
}

// debian is what Debian 12 ships as /etc/ssh/ssh_config, without its first
// comments.
const debian = `Include /etc/ssh/ssh_config.d/*.conf

Host *
#   ForwardAgent no
#   Ciphers aes128-ctr,aes192-ctr,aes256-ctr,aes128-cbc,3des-cbc
#   ProxyCommand ssh -q -W %h:%p gateway.example.com
#   UserKnownHostsFile ~/.ssh/known_hosts.d/%k
    SendEnv LANG LC_*
    HashKnownHosts yes
    GSSAPIAuthentication yes
`

// fedora is what Fedora's ssh_config.d and its crypto policy say for every host.
const fedora = `Match final all
	Include /nonexistent/crypto-policies/*.config
	ForwardX11Trusted yes
	SendEnv LANG LC_CTYPE LC_NUMERIC
Ciphers aes256-gcm@openssh.com,chacha20-poly1305@openssh.com
MACs hmac-sha2-256-etm@openssh.com
GSSAPIKeyExchange no
GSSAPIKexAlgorithms gss-curve25519-sha256-
KexAlgorithms curve25519-sha256
PubkeyAcceptedAlgorithms ssh-ed25519
HostKeyAlgorithms ssh-ed25519
CASignatureAlgorithms ssh-ed25519
RequiredRSASize 2048
`

func TestTheFilesOfDistributionsRefuseNothing(t *testing.T) {
	for name, text := range map[string]string{"debian": debian, "fedora": fedora} {
		_, system := tree(t, map[string]string{"etc/ssh_config": text})
		s := lookup(t, sshconfig.Options{System: system}, sshconfig.Given{})
		if s.HostName != "a" || s.Port != 22 || !s.DefaultIdentities || len(s.Refused) != 0 {
			t.Errorf("%s: %+v", name, s)
		}
	}
}
