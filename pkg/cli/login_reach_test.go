package cli

import (
	"flag"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hostkit/pkg/doc"
)

func login(args ...string) (Login, error) {
	var l Login
	fs := flag.NewFlagSet("", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	l.Flags(fs)
	return l, fs.Parse(args)
}

func TestJumpReplacesTheDocuments(t *testing.T) {
	for given, want := range map[string][]doc.Jump{
		"":                         {{Hostname: "of the document"}},
		"none":                     {},
		"gw":                       {{Hostname: "gw"}},
		"me@gw:2222,ssh://b,[::1]": {{Hostname: "gw", User: "me", SSH: &doc.SSH{Port: 2222}}, {Hostname: "b"}, {Hostname: "::1"}},
	} {
		var args []string
		if given != "" {
			args = []string{"--jump", given}
		}
		l, err := login(args...)
		if err != nil {
			t.Fatal(err)
		}
		h := doc.Host{HostConfig: doc.HostConfig{SSH: &doc.SSH{Jump: []doc.Jump{{Hostname: "of the document"}}}}}
		l.Override(&h)
		if diff := cmp.Diff(want, h.SSH.Jump); diff != "" {
			t.Errorf("%q: %s", given, diff)
		}
	}
	for _, bad := range []string{"", ",", "gw,", "gw:0", "gw:x", "@gw", "a b", "none,gw,"} {
		if _, err := login("--jump", bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

// What is refused is said once, and a password that was typed not at all.
func TestARefusedJumpIsNamedOnce(t *testing.T) {
	const form = " is not a jump host: want user@host:port, the user and the port only where needed"
	for given, want := range map[string]string{
		"a b":               `this` + form,
		"gw,a b":            `this` + form,
		"me:Tr0ub4dor&3@gw": `"…@gw": a jump host with a password in clear: want user@host:port`,
		"a,b,c,d,e,f,g,h,i": `"a,b,c,d,e,f,g,h,i" leads through 9 hosts, more than 8`,
	} {
		var l Login
		got := runMain(t.Context(), Command{Name: "hk-probe", Flags: l.Flags}, "", nil, "--jump", given)
		want = "hk-probe: error: --jump: " + want + "\nhk-probe: hint: hk-probe -h lists the flags\n"
		if diff := cmp.Diff(outcome{ExitUsage, "", want}, got); diff != "" {
			t.Errorf("%q: %s", given, diff)
		}
	}
}

func TestThePassphraseIsThatOfTheDocumentsKey(t *testing.T) {
	l, err := login("--identity-file", "/flag")
	if err != nil {
		t.Fatal(err)
	}
	h := doc.Host{HostConfig: doc.HostConfig{SSH: &doc.SSH{IdentityFile: "/doc", Passphrase: &doc.SecretRef{}}}}
	l.Override(&h)
	if h.SSH.IdentityFile != "/flag" || h.SSH.Passphrase != nil {
		t.Errorf("%+v", h.SSH)
	}
}

// Who types the name of a variable has agreed to its being read; that is no
// consent to any other, and no variable gives it.
func TestATypedPasswordVariableNeedsNoOtherConsent(t *testing.T) {
	l, err := login("--password-env", "MY_PASSWORD", "--allow-env", "OTHER")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"OTHER", "MY_PASSWORD"}, l.AllowedEnv()); diff != "" {
		t.Error(diff)
	}
	for _, weakens := range []string{"password-env", "allow-env", "secret-dir", "allow-secret-commands", "jump", "ssh-config"} {
		if variable, ok := LoginEnviron[weakens]; ok {
			t.Errorf("%s gives --%s", variable, weakens)
		}
	}
}
