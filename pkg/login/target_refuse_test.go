package login

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"hostkit/pkg/cli"
	"hostkit/pkg/doc"
	"hostkit/pkg/transport"
)

func TestWhatSSHsConfigSaysOfKeys(t *testing.T) {
	t.Setenv("SSH_AUTH_SOCK", "/run/agent")
	yes, no := true, false
	for what, c := range map[string]struct {
		config string
		ssh    doc.SSH
		files  []string
		agent  string
	}{
		"another agent":                   {"IdentityFile /a\nIdentityAgent /run/other\n", doc.SSH{}, []string{"/a"}, "/run/other"},
		"no agent":                        {"IdentityFile /a\n", doc.SSH{UseAgent: &no}, []string{"/a"}, ""},
		"no keys":                         {"PubkeyAuthentication no\nIdentityFile /a\n", doc.SSH{}, nil, ""},
		"no keys but the document's":      {"PubkeyAuthentication no\n", doc.SSH{IdentityFile: "/b"}, []string{"/b"}, ""},
		"no keys but the agent's":         {"PubkeyAuthentication no\n", doc.SSH{UseAgent: &yes}, nil, "/run/agent"},
		"the document's instead":          {"IdentityFile /a\nCertificateFile /c\n", doc.SSH{IdentityFile: "/b"}, []string{"/b"}, "/run/agent"},
		"the document's, not the token's": {"PKCS11Provider /p\n", doc.SSH{IdentityFile: "/b"}, []string{"/b"}, "/run/agent"},
	} {
		target, err := targetWith(configFor(t, c.config), doc.HostConfig{Hostname: "a", SSH: &c.ssh})
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		var files []string
		for _, id := range target.Identities {
			files = append(files, id.File)
		}
		if !slices.Equal(files, c.files) || target.Agent != c.agent {
			t.Errorf("%s: %q and %q", what, files, target.Agent)
		}
	}
	certified, err := targetWith(configFor(t, "IdentityFile /a\nCertificateFile /b.pub\n"), doc.HostConfig{Hostname: "a"})
	if err != nil || certified.Identities[0].Certificate != "/b.pub" {
		t.Errorf("%+v %v", certified, err)
	}
}

func TestWhatSSHsConfigCantSayIsSaidByTheDocument(t *testing.T) {
	jumps := []doc.Jump{{Hostname: "gw"}}
	for what, c := range map[string]struct {
		config string
		ssh    doc.SSH
		says   string
	}{
		"a command":                 {"ProxyCommand x\n", doc.SSH{}, "config:1: ProxyCommand"},
		"jumps instead":             {"Host a\nProxyCommand x\n", doc.SSH{Jump: jumps}, ""},
		"none instead":              {"ProxyCommand x\n", doc.SSH{Jump: []doc.Jump{}}, ""},
		"a command for the jump":    {"Host gw\nProxyCommand x\n", doc.SSH{Jump: jumps}, "config:2: ProxyCommand"},
		"keys by a command":         {"KnownHostsCommand x\n", doc.SSH{}, "config:1: KnownHostsCommand"},
		"a file instead":            {"KnownHostsCommand x\n", doc.SSH{KnownHosts: "/k"}, ""},
		"a pin instead":             {"KnownHostsCommand x\n", doc.SSH{HostKey: "SHA256:x"}, ""},
		"revoked keys":              {"RevokedHostKeys /r\n", doc.SSH{KnownHosts: "/k"}, "config:1: RevokedHostKeys"},
		"a loop":                    {"ProxyJump gw\n", doc.SSH{}, "twice (ProxyJump in "},
		"a loop by address":         {"Host gw\nHostName 10.0.0.1\nHost *\nProxyJump gw\n", doc.SSH{}, "twice"},
		"a loop of two":             {"Host a\nProxyJump b\nHost b\nProxyJump c\nHost c\nProxyJump b\n", doc.SSH{}, "twice"},
		"no end":                    {"ProxyJump x%n\n", doc.SSH{}, "more than 16"},
		"not a jump host":           {"ProxyJump a:b:c@\n", doc.SSH{}, "config:1: ProxyJump can't be read"},
		"a bad name in the end":     {"HostName *\n", doc.SSH{}, "neither a DNS name"},
		"no file to record keys in": {"UserKnownHostsFile none\n", doc.SSH{SilentlyAcceptHosts: true}, "UserKnownHostsFile none"},
	} {
		opener := NewOpener(cli.Login{SSHConfig: configFor(t, c.config)}, cli.Streams{})
		opener.Recording = true
		_, err := opener.target(doc.Host{Name: "server", HostConfig: doc.HostConfig{Hostname: "a", SSH: &c.ssh}}, nil)
		switch {
		case c.says == "" && err == nil:
		case c.says == "" || err == nil || !strings.Contains(err.Error(), c.says):
			t.Errorf("%s: %v", what, err)
		default:
			var hinted interface {
				Hint() string
				Exit() int
			}
			if !errors.As(err, &hinted) || hinted.Hint() == "" || hinted.Exit() != 3 {
				t.Errorf("%s: %#v", what, err)
			}
		}
	}
}

func TestWhatSSHsConfigHasOfAHostIsKeptForHints(t *testing.T) {
	file := configFor(t, "Host server\n")
	for what, c := range map[string]struct {
		hostname, file string
		ssh            doc.SSH
		want           transport.ConfigEntry
	}{
		"another's":    {"a", file, doc.SSH{}, transport.ConfigEntry{Name: "a", File: file, Unlisted: true, Known: []string{"server"}}},
		"its own":      {"server", file, doc.SSH{}, transport.ConfigEntry{Name: "server", File: file}},
		"not read":     {"a", file, doc.SSH{UseConfig: new(bool)}, transport.ConfigEntry{}},
		"switched off": {"a", "none", doc.SSH{}, transport.ConfigEntry{}},
	} {
		c.ssh.Jump = []doc.Jump{{Hostname: c.hostname, SSH: &doc.SSH{Port: 2222}}}
		target, err := targetWith(c.file, doc.HostConfig{Hostname: c.hostname, SSH: &c.ssh})
		if err != nil || !reflect.DeepEqual(target.Entry, c.want) || !reflect.DeepEqual(target.Jumps[0].Entry, c.want) {
			t.Errorf("%s: %+v, the jump host's %+v, %v", what, target.Entry, target.Jumps, err)
		}
	}
}
