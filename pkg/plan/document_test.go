package plan

import (
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
