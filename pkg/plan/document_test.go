package plan

import (
	"strings"
	"testing"

	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
)

// A digest is no signature: whoever edits a plan can make a new one.
func TestAPlanOfAHostThatContradictsItselfIsRefused(t *testing.T) {
	on := doc.Switch[doc.Sudo]{On: true}
	jump := doc.Jump{Hostname: "a"}
	for name, c := range map[string]struct {
		host doc.HostConfig
		want string
	}{
		"sudo and doas": {
			doc.HostConfig{Sudo: on, Doas: doc.Switch[doc.Doas]{On: true}},
			"p:1:90: /host/doas: both sudo and doas are on",
		},
		"a chain in a chain": {
			doc.HostConfig{Hostname: "h", SSH: &doc.SSH{Jump: []doc.Jump{jump, {Hostname: "b", SSH: &doc.SSH{Jump: []doc.Jump{jump}}}}}},
			"p:1:148: /host/ssh/jump/1/ssh/jump: a jump host has no jump hosts of its own",
		},
		"nine hosts": {
			doc.HostConfig{Hostname: "h", SSH: &doc.SSH{Jump: []doc.Jump{jump, jump, jump, jump, jump, jump, jump, jump, jump}}},
			"p:1:100: /host/ssh/jump: 9 hosts to go through, more than 8",
		},
		"attempts without end": {
			doc.HostConfig{Hostname: "h", SSH: &doc.SSH{Retry: &doc.Retry{Attempts: 1 << 40}}},
			"p:1:113: /host/ssh/retry/attempts: 1099511627776 attempts: want 1 to 100",
		},
		"this machine by another name": {
			doc.HostConfig{Connection: "local", Hostname: "h"},
			"p:1:103: /host/hostname: a local connection does not use it",
		},
	} {
		raw, err := Encode(doc.Plan{
			Schema: doc.SchemaPlan, Host: doc.Host{Name: "h", HostConfig: c.host},
			Changes: []doc.Change{}, Unchanged: []doc.Address{}, Target: doc.Target{Identity: doc.Identity{Arch: "x"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		d, err := jsonx.Check("p", raw)
		if err != nil {
			t.Fatal(err)
		}
		_, err = Decode(d)
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// An attacker can compute a digest too. What a plan hides from whoever reads it, or
// what would have it applied to any host, is refused all the same.
func TestAPlanThatMisleadsIsRefused(t *testing.T) {
	good, _, err := Make(host("file:/a present absent"), doc.PackageNames{}, Options{Kinds: kinds})
	if err != nil {
		t.Fatal(err)
	}
	good.Schema, good.Target.Identity.Arch = doc.SchemaPlan, "x86_64"
	good.Target.Identity.HostKey = &doc.HostKey{Type: "ssh-ed25519", Fingerprint: "SHA256:x"}
	good.Host.Hostname = "192.0.2.1"
	good.Host.SSH = &doc.SSH{Password: &doc.SecretRef{Secret: doc.SecretSource{Env: "HOSTKIT_A"}}}
	good.Secrets = good.Host.Secrets()
	for what, c := range map[string]struct {
		change func(*doc.Plan)
		words  string
	}{
		"nothing wrong": {func(*doc.Plan) {}, ""},
		"no host key":   {func(p *doc.Plan) { p.Target.Identity.HostKey = nil }, "names no host key"},
		"a local host": {func(p *doc.Plan) {
			p.Target.Identity.HostKey, p.Host.HostConfig = nil, doc.HostConfig{Connection: "local"}
		}, ""},
		"a secret not listed": {func(p *doc.Plan) { p.Secrets = nil }, "does not list the secret of host.ssh.password"},
		"another secret": {func(p *doc.Plan) {
			p.Host.SSH = &doc.SSH{Password: &doc.SecretRef{Secret: doc.SecretSource{Env: "HOSTKIT_B"}}}
		}, "does not list the secret of host.ssh.password"},
		"a secret of a file not listed": {func(p *doc.Plan) {
			p.Changes = []doc.Change{p.Changes[0]}
			p.Changes[0].After = doc.Attributes(`{"state":"present","matches":true,"\u0063ontent":{"\u0024secret":{"env":"HOSTKIT_B"}}}`)
		}, "does not list the secret of content of file:/a"},
		"a secret of a file listed for the login": {func(p *doc.Plan) {
			p.Changes = []doc.Change{p.Changes[0]}
			p.Changes[0].After = doc.Attributes(`{"state":"present","matches":true,"content":{"$secret":{"env":"HOSTKIT_A"}}}`)
		}, "does not list the secret of content of file:/a"},
		"a secret of a file to be replaced not listed": {func(p *doc.Plan) {
			p.Changes = []doc.Change{p.Changes[0]}
			p.Changes[0].Before = doc.Attributes(`{"state":"present","matches":true,"content":{"$secret":{"file":"x"}}}`)
		}, "does not list the secret of content of file:/a"},
		"a summary of less": {func(p *doc.Plan) { p.Summary.Create-- }, "the summary counts"},
	} {
		p := good
		c.change(&p)
		raw, err := Encode(p)
		if err != nil {
			t.Fatal(err)
		}
		d, err := jsonx.Check("plan", raw)
		if err != nil {
			t.Fatal(err)
		}
		_, err = Decode(d)
		if c.words == "" && err != nil || c.words != "" && (err == nil || !strings.Contains(err.Error(), c.words)) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
