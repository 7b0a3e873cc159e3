package doc_test

import (
	"encoding/base64"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"hostkit/pkg/doc"
)

func env(name string) *doc.SecretRef {
	return &doc.SecretRef{Secret: doc.SecretSource{Env: doc.VariableName(name)}}
}

// roundTrip is the law of every type of a document: what it writes it reads.
func roundTrip[T any](t *testing.T, values *rapid.Generator[T]) {
	t.Helper()
	rapid.Check(t, func(t *rapid.T) {
		v := values.Draw(t, "value")
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var back T
		if err := json.Unmarshal(raw, &back, json.RejectUnknownMembers(true)); err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		if diff := cmp.Diff(v, back); diff != "" {
			t.Fatalf("%s\n%s", raw, diff)
		}
		if err := doc.Complete(raw, v); err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
	})
}

func TestRoundTrips(t *testing.T) {
	users := rapid.Map(rapid.StringMatching(`[A-Za-z0-9_][A-Za-z0-9_.-]{0,8}`), func(s string) doc.UserName { return doc.UserName(s) })
	durations := rapid.Map(rapid.Int64Range(1, 99999*3600*1000), func(ms int64) doc.Duration {
		return doc.Duration(time.Duration(ms) * time.Millisecond)
	})
	t.Run("user", func(t *testing.T) { roundTrip(t, users) })
	t.Run("duration", func(t *testing.T) { roundTrip(t, durations) })
	t.Run("fingerprint", func(t *testing.T) {
		roundTrip(t, rapid.Custom(func(t *rapid.T) doc.Fingerprint {
			sum := base64.RawStdEncoding.EncodeToString(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "sum"))
			f := doc.Fingerprint("SHA256:" + sum)
			if rapid.Bool().Draw(t, "typed") {
				f = "ssh-ed25519 " + f
			}
			return f
		}))
	})
	t.Run("sudo", func(t *testing.T) {
		roundTrip(t, rapid.Custom(func(t *rapid.T) doc.Switch[doc.Sudo] {
			s := doc.Switch[doc.Sudo]{On: rapid.Bool().Draw(t, "on")}
			if s.On && rapid.Bool().Draw(t, "with") {
				s.With = doc.Sudo{User: users.Draw(t, "user"), Password: env("HOSTKIT_X")}
			}
			return s
		}))
	})
	t.Run("retry", func(t *testing.T) {
		roundTrip(t, rapid.Custom(func(t *rapid.T) doc.Retry {
			return doc.Retry{
				Attempts: rapid.IntRange(1, 100).Draw(t, "attempts"), BaseDelay: durations.Draw(t, "base"), MaxDelay: durations.Draw(t, "max"),
			}
		}))
	})
	t.Run("jump", func(t *testing.T) {
		roundTrip(t, rapid.Custom(func(t *rapid.T) doc.Jump {
			j := doc.Jump{Hostname: rapid.String().Draw(t, "hostname"), User: rapid.String().Draw(t, "user")}
			if rapid.Bool().Draw(t, "ssh") {
				no := false
				j.SSH = &doc.SSH{Port: 22, UseAgent: &no, Passphrase: env("HOSTKIT_Y"), ConnectTimeout: durations.Draw(t, "timeout")}
			}
			return j
		}))
	})
}

// A switch that says nothing more is a boolean, as it was before it could.
func TestSwitchIsWrittenAsABooleanWhereItCan(t *testing.T) {
	for _, c := range []struct {
		host doc.HostConfig
		want string
	}{
		{doc.HostConfig{}, `{}`},
		{doc.HostConfig{Sudo: doc.Switch[doc.Sudo]{On: true}}, `{"sudo":true}`},
		{doc.HostConfig{Sudo: doc.Switch[doc.Sudo]{On: true, With: doc.Sudo{User: "app"}}}, `{"sudo":{"user":"app"}}`},
		{doc.HostConfig{Doas: doc.Switch[doc.Doas]{On: true, With: doc.Doas{User: "app"}}}, `{"doas":{"user":"app"}}`},
	} {
		raw, err := json.Marshal(c.host)
		if err != nil || string(raw) != c.want {
			t.Errorf("%s, %v, want %s", raw, err, c.want)
		}
	}
	var empty doc.HostConfig
	if err := json.Unmarshal([]byte(`{"sudo":{}}`), &empty); err != nil || !empty.Sudo.On {
		t.Errorf("an empty object is off: %+v, %v", empty, err)
	}
}

func TestValuesOfReachingAHostAreRefused(t *testing.T) {
	const sum = "PsN2Im+0QRvLqcCwOhUaL8bZSfESGRR1WNjVPPfEQXo"
	for _, c := range []struct {
		into any
		good []string
		bad  []string
	}{
		{new(doc.UserName), []string{`"root"`, `"_x"`, `"a.b-c"`, `"0"`}, []string{`""`, `"-x"`, `".x"`, `"a b"`, `"a;b"`, `"a\n"`, `"é"`, `1`}},
		{
			new(doc.Fingerprint),
			[]string{`"SHA256:` + sum + `"`, `"ssh-ed25519 SHA256:` + sum + `"`, `"sk-ssh-ed25519@openssh.com SHA256:` + sum + `"`},
			[]string{
				`""`, `"` + sum + `"`, `"SHA256:` + sum + `="`, `"SHA256:` + sum[1:] + `"`, `"sha256:` + sum + `"`,
				`"MD5:00:11"`, `" SHA256:` + sum + `"`, `"SHA256:` + sum[:42] + `p"`, `"SHA256:` + sum + `\n"`,
			},
		},
		{
			new(doc.Duration),
			[]string{`"250ms"`, `"10s"`, `"1m30s"`, `"1h0m0s"`, `"99999h59m59s999ms"`},
			[]string{`""`, `"0s"`, `"10"`, `10`, `"1.5s"`, `"-1s"`, `"+1s"`, `"100us"`, `"1d"`, `"1s1m"`, `"60s60s"`, `"1m60s"`, `"100000h"`, `" 1s"`},
		},
		{new(doc.Switch[doc.Sudo]), []string{`true`, `false`, `{}`, `{"user":"app"}`}, []string{`"true"`, `1`, `[]`, `{"user":"-x"}`, `{"usr":"x"}`, `{"password":"x"}`}},
		{new(doc.Switch[doc.Doas]), []string{`true`, `{"user":"app"}`}, []string{`{"password":{"$secret":{"env":"HOSTKIT_X"}}}`}},
		{
			new(doc.Jump),
			[]string{`"x"`, `{"hostname":"x"}`, `{"hostname":"x","ssh":{"port":1}}`},
			[]string{`1`, `[]`, `""`, `"a,b"`, `{"hostname":"x","ssh":{"port":0}}`, `{"hostname":"x","port":1}`},
		},
	} {
		for _, raw := range c.good {
			if err := json.Unmarshal([]byte(raw), c.into, json.RejectUnknownMembers(true)); err != nil {
				t.Errorf("%T: %s: %v", c.into, raw, err)
			}
		}
		for _, raw := range c.bad {
			if err := json.Unmarshal([]byte(raw), c.into, json.RejectUnknownMembers(true)); err == nil {
				t.Errorf("%T: %s was taken", c.into, raw)
			}
		}
	}
}

func TestFingerprintSplit(t *testing.T) {
	for f, want := range map[doc.Fingerprint][2]string{
		"SHA256:x": {"", "SHA256:x"}, "ssh-rsa SHA256:x": {"ssh-rsa", "SHA256:x"},
	} {
		if kind, sum := f.Split(); kind != want[0] || sum != want[1] {
			t.Errorf("%s: %q, %q", f, kind, sum)
		}
	}
}

// What ssh -J takes (ssh(1)), but for a list: each hop is an element of its own.
func TestParseJump(t *testing.T) {
	for text, want := range map[string]doc.Jump{
		"host":                     {Hostname: "host"},
		"ssh://host":               {Hostname: "host"},
		"ssh://host/":              {Hostname: "host"},
		"me@host":                  {Hostname: "host", User: "me"},
		"me@corp@host":             {Hostname: "host", User: "me@corp"},
		"host:2222":                {Hostname: "host", SSH: &doc.SSH{Port: 2222}},
		"ssh://me@host:65535":      {Hostname: "host", User: "me", SSH: &doc.SSH{Port: 65535}},
		"192.0.2.1:1":              {Hostname: "192.0.2.1", SSH: &doc.SSH{Port: 1}},
		"::1":                      {Hostname: "::1"},
		"me@2001:db8::1":           {Hostname: "2001:db8::1", User: "me"},
		"[::1]":                    {Hostname: "::1"},
		"me@[fe80::1%eth0]:22":     {Hostname: "fe80::1%eth0", User: "me", SSH: &doc.SSH{Port: 22}},
		"ssh://[2001:db8::1]:2222": {Hostname: "2001:db8::1", SSH: &doc.SSH{Port: 2222}},
	} {
		got, err := doc.ParseJump(text)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{
		"", "@host", "me@", "host:", "host:0", "host:65536", "host:022", "host:ssh", "host:+1", "a,b", "a b", " a", "a\n", "a\x00",
		"[::1", "[::1]22", "[::1]:", "[host]:22", "[]", "a]b", "host/x", "ssh://", "ssh://host/path", "me:secret@host", "ssh://me:secret@host:22",
	} {
		j, err := doc.ParseJump(text)
		if err == nil {
			t.Errorf("%q was taken: %+v", text, j)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: a password is shown: %v", text, err)
		}
	}
}

// Secrets stand in the order in which they are needed; one that several places
// use stands once, with all of them.
func TestSecretsOfAHost(t *testing.T) {
	shared, file := env("HOSTKIT_A"), &doc.SecretRef{Secret: doc.SecretSource{File: "HOSTKIT_A"}}
	command := func(argv ...string) *doc.SecretRef {
		return &doc.SecretRef{Secret: doc.SecretSource{Command: argv}}
	}
	h := doc.Host{Name: "h", HostConfig: doc.HostConfig{
		Sudo: doc.Switch[doc.Sudo]{On: true, With: doc.Sudo{Password: shared}},
		SSH: &doc.SSH{
			Passphrase: file, Password: command("pass", "a b"),
			Jump: []doc.Jump{{Hostname: "x"}, {Hostname: "y", SSH: &doc.SSH{Password: shared, Passphrase: command("pass", "a", "b")}}},
		},
	}}
	want := []doc.SecretUse{
		{SecretRef: *command("pass", "a", "b"), UsedBy: []string{"host.ssh.jump[1].ssh.passphrase"}},
		{SecretRef: *shared, UsedBy: []string{"host.ssh.jump[1].ssh.password", "host.sudo.password"}},
		{SecretRef: *file, UsedBy: []string{"host.ssh.passphrase"}},
		{SecretRef: *command("pass", "a b"), UsedBy: []string{"host.ssh.password"}},
	}
	if diff := cmp.Diff(want, h.Secrets()); diff != "" {
		t.Error(diff)
	}
	if uses := (doc.Host{}).Secrets(); uses != nil {
		t.Errorf("a host without secrets has %v", uses)
	}
}
