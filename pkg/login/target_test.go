package login

import (
	"errors"
	"testing"

	"hostkit/pkg/cli"
	"hostkit/pkg/doc"
	"hostkit/pkg/transport"
)

func TestNewTarget(t *testing.T) {
	t.Setenv("HOME", "/home/me")
	target := func(h doc.Host, base string) (transport.Target, error) {
		return NewOpener(cli.Login{Base: base, SSHConfig: "none"}, cli.Streams{}).target(h, nil)
	}
	host := func(h doc.HostConfig) doc.Host { return doc.Host{Name: "server", HostConfig: h} }
	full, err := target(host(doc.HostConfig{
		Hostname: "2001:db8::1", User: "me",
		SSH: &doc.SSH{Port: 2222, IdentityFile: "keys/id", KnownHosts: "~/hosts"},
	}), "/base")
	if err != nil {
		t.Fatal(err)
	}
	if full.Address() != "[2001:db8::1]:2222" || full.Identities[0].File != "/base/keys/id" || full.KnownHosts[0] != "/home/me/hosts" {
		t.Errorf("target %+v", full)
	}
	least, err := target(host(doc.HostConfig{Hostname: "DB1.Example"}), "")
	if err != nil {
		t.Fatal(err)
	}
	if least.Address() != "db1.example:22" || least.User == "" || least.KnownHosts[0] != "/home/me/.ssh/known_hosts" {
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
		{Connection: "telnet", Hostname: "a"},
	} {
		_, err := target(host(bad), "")
		if _, ok := errors.AsType[*transport.TargetError](err); !ok {
			t.Errorf("%+v gives %v", bad, err)
		}
	}
}
