package login

import (
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hostkit/pkg/cli"
	"hostkit/pkg/doc"
	"hostkit/pkg/transport"
)

// reached is where a login ends and with what, as far as ssh -G tells.
type reached struct {
	Host, Port, User, Alias    string
	Identities, KnownHosts     []string
	IdentitiesOnly, Keepalives string
	Jumps                      []reached
}

// bySSH asks ssh -G of the host and, as ssh does when it connects, of every host
// on the way: `ssh -J a,b host` starts `ssh -J a b`, which starts `ssh a`.
func bySSH(t *testing.T, file, hop string, inner bool) reached {
	t.Helper()
	jump, err := doc.ParseJump(hop)
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"-G", "-F", file}
	if jump.User != "" {
		args = append(args, "-l", jump.User)
	}
	if jump.SSH != nil {
		args = append(args, "-p", strconv.Itoa(int(jump.SSH.Port)))
	}
	program, err := exec.LookPath("ssh")
	if err != nil {
		t.Fatal("this test needs ssh: apt-get install openssh-client")
	}
	out, err := exec.Command(program, append(args, "--", jump.Hostname)...).Output()
	if err != nil {
		t.Fatalf("ssh -G: %v", err)
	}
	said := map[string][]string{}
	for row := range strings.Lines(string(out)) {
		keyword, value, _ := strings.Cut(strings.TrimSuffix(row, "\n"), " ")
		said[keyword] = append(said[keyword], value)
	}
	one := func(keyword string) string { return strings.Join(said[keyword], " ") }
	r := reached{
		Host: strings.ToLower(one("hostname")), Port: one("port"), User: one("user"), Alias: one("hostkeyalias"),
		KnownHosts:     strings.Fields(one("userknownhostsfile") + " " + one("globalknownhostsfile")),
		IdentitiesOnly: one("identitiesonly"), Keepalives: one("serveraliveinterval"),
	}
	for _, path := range said["identityfile"] {
		if !strings.HasSuffix(path, "/id_dsa") && !strings.HasSuffix(path, "/id_xmss") {
			r.Identities = append(r.Identities, strings.Replace(path, "~", os.Getenv("HOME"), 1))
		}
	}
	if via := one("proxyjump"); via != "" && !inner {
		for i, next := range strings.Split(via, ",") {
			at := bySSH(t, file, next, i > 0)
			r.Jumps = append(r.Jumps, at.Jumps...)
			at.Jumps = nil
			r.Jumps = append(r.Jumps, at)
		}
	}
	return r
}

func byUs(t transport.Target) reached {
	r := reached{
		Host: t.Hostname, Port: strconv.Itoa(t.Port), User: t.User, Alias: t.HostKeyAlias, KnownHosts: t.KnownHosts,
		IdentitiesOnly: map[bool]string{true: "yes", false: "no"}[t.IdentitiesOnly],
		Keepalives:     strconv.Itoa(int(t.ServerAliveInterval.Seconds())),
	}
	for _, id := range t.Identities {
		r.Identities = append(r.Identities, id.File)
	}
	for _, jump := range t.Jumps {
		r.Jumps = append(r.Jumps, byUs(jump))
	}
	return r
}

// configFor writes a file for ssh -F, with the home that ssh takes for one.
func configFor(t *testing.T, text string) string {
	t.Helper()
	u, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("HOME", u.HomeDir)
	path := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func targetWith(file string, h doc.HostConfig) (transport.Target, error) {
	return NewOpener(cli.Login{SSHConfig: file}, cli.Streams{}).target(doc.Host{Name: "server", HostConfig: h}, nil)
}

func TestReachesWhatSSHReaches(t *testing.T) {
	for what, c := range map[string]struct{ config, name string }{
		"nothing said":     {"", "db.example"},
		"an address":       {"", "2001:DB8::1"},
		"a zone":           {"", "fe80::1%lo"},
		"an alias":         {"Host db\nHostName 10.0.0.7\nPort 2222\nUser me\nIdentityFile ~/.ssh/db\nIdentitiesOnly yes\nServerAliveInterval 7\n", "db"},
		"files and alias":  {"Host db\nHostKeyAlias DB\nUserKnownHostsFile ~/.ssh/%k /b\nGlobalKnownHostsFile /c\n", "db"},
		"no files":         {"UserKnownHostsFile /dev/null\nIdentityFile none\nIdentityFile /a\n", "db"},
		"one jump":         {"Host db\nProxyJump me@gw:2200\nHost gw\nHostName 10.0.0.1\nUser not-me\nPort 1\nIdentityFile /gw\n", "db"},
		"user of a jump":   {"Host db\nUser dba\nProxyJump gw\nHost gw\nUser gate\n", "db"},
		"no user of it":    {"Host db\nUser dba\nIdentityFile /db\nProxyJump gw\n", "db"},
		"three jumps":      {"Host db\nProxyJump a,b:22,c@c\nHost a b c\nUser x\nHostName %h.example\n", "db"},
		"a jump's jump":    {"Host db\nProxyJump gw\nHost gw\nProxyJump outer\nHost outer\nPort 24\n", "db"},
		"only the first's": {"Host db\nProxyJump a,b\nHost a\nProxyJump before\nHost b\nProxyJump never\n", "db"},
		"none for the gw":  {"Host gw\nProxyJump none\nHost *\nProxyJump gw\n", "db"},
		"but for the gw":   {"Host * !gw\nProxyJump gw\n", "db"},
		"a command, inner": {"Host db\nProxyJump a,b\nHost b\nProxyCommand never\n", "db"},
		"matched by user":  {"Match user me\nPort 7\nHost db\nProxyJump me@gw\n", "db"},
		"matched by final": {"Host db\nHostName db.example\nMatch final host db.example\nPort 7\n", "db"},
		"Debian's":         {"Include /etc/ssh/ssh_config.d/*.conf\nHost *\n    SendEnv LANG LC_*\n    HashKnownHosts yes\n    GSSAPIAuthentication yes\n", "db"},
	} {
		file := configFor(t, c.config)
		target, err := targetWith(file, doc.HostConfig{Hostname: c.name})
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		want := bySSH(t, file, c.name, false)
		if strings.Contains(c.config, "IdentityFile none") {
			want.Identities = want.Identities[1:]
		}
		if diff := cmp.Diff(want, byUs(target)); diff != "" {
			t.Errorf("%s:\n%s", what, diff)
		}
	}
}
