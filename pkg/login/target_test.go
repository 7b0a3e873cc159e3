package login

import (
	"context"
	"errors"
	"flag"
	"slices"
	"strings"
	"testing"
	"time"

	"hostkit/pkg/cli"
	"hostkit/pkg/doc"
	"hostkit/pkg/secret/source"
	"hostkit/pkg/transport"
)

// targetAlone is the target of a document where ssh has no config.
func targetAlone(h doc.HostConfig, base string) (transport.Target, error) {
	return NewOpener(cli.Login{Base: base, SSHConfig: "none"}, cli.Streams{}).target(doc.Host{Name: "server", HostConfig: h}, nil)
}

func TestTargetOfADocumentAlone(t *testing.T) {
	t.Setenv("HOME", "/home/me")
	t.Setenv("SSH_AUTH_SOCK", "/run/agent")
	target := targetAlone
	full, err := target(doc.HostConfig{
		Hostname: "2001:db8::1", User: "me",
		SSH: &doc.SSH{Port: 2222, IdentityFile: "keys/id", KnownHosts: "~/hosts"},
	}, "/base")
	if err != nil {
		t.Fatal(err)
	}
	if full.Address() != "[2001:db8::1]:2222" || len(full.Identities) != 1 || full.Identities[0].File != "/base/keys/id" ||
		full.Identities[0].Default || !slices.Equal(full.KnownHosts, []string{"/home/me/hosts"}) {
		t.Errorf("target %+v", full)
	}
	least, err := target(doc.HostConfig{Hostname: "DB1.Example"}, "")
	if err != nil {
		t.Fatal(err)
	}
	if least.Address() != "db1.example:22" || least.User == "" || least.KnownHosts[0] != "/home/me/.ssh/known_hosts" ||
		least.Identities[0].File != "/home/me/.ssh/id_rsa" || !least.Identities[0].Default || least.Agent != "/run/agent" {
		t.Errorf("target %+v", least)
	}
	for _, bad := range []doc.HostConfig{
		{},
		{Hostname: "-oProxyCommand=x"},
		{Hostname: "a b"},
		{Hostname: "a,b"},
		{Hostname: "a\nb"},
		{Hostname: "[::1]"},
		{Hostname: "*"},
		{Hostname: "|1|a|b"},
		{Hostname: "a", SSH: &doc.SSH{Port: 70000}},
		{Hostname: "a", SSH: &doc.SSH{Port: -1}},
		{Hostname: "a", SSH: &doc.SSH{Jump: []doc.Jump{{Hostname: "b c"}}}},
		{Hostname: "a", SSH: &doc.SSH{Jump: []doc.Jump{{Hostname: "b"}, {Hostname: "c"}, {Hostname: "b"}}}},
		{Connection: "telnet", Hostname: "a"},
	} {
		_, err := target(bad, "")
		if _, ok := errors.AsType[*transport.TargetError](err); !ok {
			t.Errorf("%+v gives %v", bad, err)
		}
	}
}

// A document written by hand and --jump come by no check of hk-eval's. The port in
// the hostname sent people to look at their DNS.
func TestAPortInTheHostnameIsSentToItsPlace(t *testing.T) {
	jump, err := doc.ParseJump("[127.0.0.1:22]")
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []doc.HostConfig{
		{Hostname: "127.0.0.1:22"},
		{Hostname: "db:22"},
		{Hostname: "a", SSH: &doc.SSH{Jump: []doc.Jump{jump}}},
	} {
		_, err := targetAlone(bad, "")
		refused, ok := errors.AsType[*transport.TargetError](err)
		if !ok || !strings.HasSuffix(refused.Hint(), `the port goes into "ssh": {"port": …}`) {
			t.Errorf("%+v gives %v", bad, err)
		}
	}
	for _, good := range []string{"::1", "fe80::1%eth0", "::ffff:127.0.0.1"} {
		if _, err := targetAlone(doc.HostConfig{Hostname: good}, ""); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
}

const everything = `
Host db
  HostName db.real.example
  User config-user
  Port 2200
  IdentityFile /config/key
  IdentityFile /config/key2
  IdentitiesOnly yes
  UserKnownHostsFile /config/known_hosts
  HostKeyAlias config-alias
  ConnectTimeout 3
  ServerAliveInterval 4
  ConnectionAttempts 5
  ProxyJump config-gw
  StrictHostKeyChecking no
`

func TestADocumentWinsOverSSHsConfig(t *testing.T) {
	file := configFor(t, everything)
	config, err := targetWith(file, doc.HostConfig{Hostname: "db"})
	if err != nil {
		t.Fatal(err)
	}
	if config.Address() != "db.real.example:2200" || config.User != "config-user" || config.UserFrom != "ssh's config has it" || len(config.Identities) != 2 ||
		config.Identities[0].File != "/config/key" || config.Identities[0].Default || !config.Identities[0].Optional || !config.IdentitiesOnly ||
		config.KnownHosts[0] != "/config/known_hosts" || config.KnownHosts[1] != "/etc/ssh/ssh_known_hosts" ||
		config.HostKeyAlias != "config-alias" || config.ConnectTimeout != 3*time.Second ||
		config.ServerAliveInterval != 4*time.Second || config.Retry.Attempts != 5 ||
		len(config.Jumps) != 1 || config.Jumps[0].Hostname != "config-gw" || config.AcceptNew {
		t.Errorf("of the config: %+v", config)
	}
	given := &doc.SSH{
		Port: 22, Jump: []doc.Jump{}, IdentityFile: "/doc/key", KnownHosts: "/doc/known_hosts", HostKeyAlias: "doc-alias",
		ConnectTimeout: doc.Duration(time.Minute), ServerAliveInterval: doc.Duration(time.Hour),
		Retry: &doc.Retry{Attempts: 2, BaseDelay: doc.Duration(time.Second)},
	}
	document, err := targetWith(file, doc.HostConfig{Hostname: "db", User: "doc-user", SSH: given})
	if err != nil {
		t.Fatal(err)
	}
	if document.Address() != "db.real.example:22" || document.User != "doc-user" || document.UserFrom != "" || len(document.Identities) != 1 ||
		document.Identities[0].File != "/doc/key" || document.Identities[0].Optional || !slices.Equal(document.KnownHosts, []string{"/doc/known_hosts"}) ||
		document.HostKeyAlias != "doc-alias" || document.ConnectTimeout != time.Minute ||
		document.ServerAliveInterval != time.Hour || document.Retry.Attempts != 2 || len(document.Jumps) != 0 {
		t.Errorf("of the document: %+v", document)
	}
	off := false
	without, err := targetWith(file, doc.HostConfig{Hostname: "db", SSH: &doc.SSH{UseConfig: &off}})
	if err != nil {
		t.Fatal(err)
	}
	if without.Address() != "db:22" || len(without.Jumps) != 0 || !without.Identities[0].Default || without.User == "config-user" ||
		without.UserFrom != "none is set, so it is who you are here" {
		t.Errorf("without the config: %+v", without)
	}
}

// A flag wins over the document, as the document does over ssh's config.
func TestFlagsWinOverBoth(t *testing.T) {
	file := configFor(t, everything)
	passphrase := &doc.SecretRef{Secret: doc.SecretSource{Env: "HOSTKIT_P"}}
	for what, c := range map[string]struct {
		args []string
		want func(transport.Target) bool
	}{
		"user and port": {[]string{"--user", "flag", "--port", "9"}, func(t transport.Target) bool {
			return t.User == "flag" && t.Port == 9 && t.Identities[0].File == "/doc/key" &&
				t.UserFrom == "--user has it" && t.PortFrom == "--port" && t.IdentityFrom == "" && t.Jumps[0].PortFrom == ""
		}},
		"a key, without the document's passphrase": {[]string{"--identity-file", "/flag/key"}, func(t transport.Target) bool {
			return t.Identities[0].File == "/flag/key" && t.Identities[0].Passphrase.IsZero() &&
				t.IdentityFrom == "--identity-file" && t.UserFrom == ""
		}},
		"jumps": {[]string{"--jump", "a@x:1,y"}, func(t transport.Target) bool {
			return len(t.Jumps) == 2 && t.Jumps[0].User == "a" && t.Jumps[0].Address() == "x:1" && t.Jumps[1].Address() == "y:22"
		}},
		"no jumps": {[]string{"--jump", "none"}, func(t transport.Target) bool { return len(t.Jumps) == 0 }},
		"no config": {[]string{"--ssh-config", "none"}, func(t transport.Target) bool {
			return t.Hostname == "db" && t.Jumps[0].Hostname == "doc-gw"
		}},
	} {
		flags, err := parseLogin(append([]string{"--ssh-config", file}, c.args...))
		if err != nil {
			t.Fatal(err)
		}
		host := doc.Host{Name: "server", HostConfig: doc.HostConfig{
			Hostname: "db", User: "doc",
			SSH: &doc.SSH{IdentityFile: "/doc/key", Passphrase: passphrase, Jump: []doc.Jump{{Hostname: "doc-gw"}}},
		}}
		flags.Override(&host)
		target, err := NewOpener(flags, cli.Streams{}).target(host, source.Values{})
		if err != nil || !c.want(target) {
			t.Errorf("%s: %+v %v", what, target, err)
		}
	}
}

// Each hop has what is its own: nothing of the target's goes to a bastion.
func TestEachHopIsATargetOfItsOwn(t *testing.T) {
	file := configFor(t, "Host gw*\nIdentityFile /gw/key\nHostName %h.example\nUser gate\n")
	t.Setenv("HOSTKIT_HOP", "secret of the hop")
	t.Setenv("HOSTKIT_END", "secret of the end")
	ref := func(name doc.VariableName) *doc.SecretRef { return &doc.SecretRef{Secret: doc.SecretSource{Env: name}} }
	host := doc.Host{Name: "server", HostConfig: doc.HostConfig{
		Hostname: "db", User: "dba",
		SSH: &doc.SSH{
			IdentityFile: "/db/key", KnownHosts: "/db/known", Password: ref("HOSTKIT_END"), SilentlyAcceptHosts: true,
			Retry: &doc.Retry{Attempts: 3},
			Jump: []doc.Jump{
				{Hostname: "gw1", User: "me", SSH: &doc.SSH{
					Port: 24, Password: ref("HOSTKIT_HOP"), Passphrase: ref("HOSTKIT_HOP"), IdentityFile: "~/hop", HostKey: "SHA256:x",
				}},
				{Hostname: "gw2", SSH: &doc.SSH{SilentlyAcceptHosts: true}},
				{Hostname: "gw3", SSH: &doc.SSH{UseConfig: new(bool)}},
			},
		},
	}}
	opener := NewOpener(cli.Login{SSHConfig: file}, cli.Streams{})
	opener.Recording = true
	values, err := opener.Resolve(context.Background(), Uses(host))
	if err != nil {
		t.Fatal(err)
	}
	target, err := opener.target(host, values)
	if err != nil {
		t.Fatal(err)
	}
	one, two, three := target.Jumps[0], target.Jumps[1], target.Jumps[2]
	if one.Address() != "gw1.example:24" || one.User != "me" || !strings.HasSuffix(one.Identities[0].File, "/hop") ||
		one.Password.RevealString() != "secret of the hop" || one.Identities[0].Passphrase.RevealString() != "secret of the hop" ||
		one.AcceptNew || one.HostKey != "SHA256:x" || one.Retry.Attempts != 3 {
		t.Errorf("the first hop: %+v", one)
	}
	if two.Address() != "gw2.example:22" || two.User != "gate" || two.Identities[0].File != "/gw/key" || !two.Password.IsZero() ||
		!two.AcceptNew || slices.Contains(two.KnownHosts, "/db/known") {
		t.Errorf("the second hop: %+v", two)
	}
	if three.Address() != "gw3:22" || three.User == "gate" || !three.Identities[0].Default {
		t.Errorf("the third hop: %+v", three)
	}
	if target.User != "dba" || target.Password.RevealString() != "secret of the end" || !target.AcceptNew {
		t.Errorf("the end: %+v", target)
	}
}

// A document may be written by who may not choose that keys are taken unseen.
func TestKeysAreAcceptedByNobodyElse(t *testing.T) {
	file := configFor(t, "StrictHostKeyChecking no\nVerifyHostKeyDNS yes\nUpdateHostKeys yes\n")
	for _, c := range []struct{ recording, acceptNew, document, want bool }{
		{false, false, false, false},
		{false, false, true, false},
		{true, false, false, false},
		{true, false, true, true},
		{true, true, false, true},
	} {
		opener := NewOpener(cli.Login{SSHConfig: file}, cli.Streams{})
		opener.Recording, opener.AcceptNew = c.recording, c.acceptNew
		target, err := opener.target(doc.Host{Name: "server", HostConfig: doc.HostConfig{
			Hostname: "a", SSH: &doc.SSH{SilentlyAcceptHosts: c.document, Jump: []doc.Jump{{Hostname: "gw"}}},
		}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if target.AcceptNew != c.want || target.Jumps[0].AcceptNew != c.acceptNew {
			t.Errorf("%+v: %t, jump %t", c, target.AcceptNew, target.Jumps[0].AcceptNew)
		}
	}
}

// parseLogin reads flags as the commands do.
func parseLogin(args []string) (cli.Login, error) {
	var flags cli.Login
	fs := flag.NewFlagSet("", flag.ContinueOnError)
	flags.Flags(fs)
	return flags, fs.Parse(args)
}
