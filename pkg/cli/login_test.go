package cli_test

import (
	"slices"
	"testing"

	"hostkit/pkg/cli"
	"hostkit/pkg/doc"
)

// A flag puts its way to become root in the place of the document's; whom to
// become stays.
func TestFlagsChooseHowToBecomeRoot(t *testing.T) {
	t.Parallel()
	stored := &doc.SecretRef{Secret: doc.SecretSource{Env: "HOSTKIT_SUDO"}}
	typed := &doc.SecretRef{Secret: doc.SecretSource{Env: "TYPED"}}
	none := doc.HostConfig{}
	sudo := doc.HostConfig{Sudo: doc.Switch[doc.Sudo]{On: true, With: doc.Sudo{User: "app", Password: stored}}}
	doas := doc.HostConfig{Doas: doc.Switch[doc.Doas]{On: true, With: doc.Doas{User: "app"}}}
	for _, tt := range []struct {
		flags    cli.Login
		document doc.HostConfig
		sudo     doc.Switch[doc.Sudo]
		doas     doc.Switch[doc.Doas]
	}{
		{cli.Login{}, sudo, sudo.Sudo, none.Doas},
		{cli.Login{}, doas, none.Sudo, doas.Doas},
		{cli.Login{Sudo: true}, none, doc.Switch[doc.Sudo]{On: true}, none.Doas},
		{cli.Login{Sudo: true}, sudo, sudo.Sudo, none.Doas},
		{cli.Login{Sudo: true}, doas, doc.Switch[doc.Sudo]{On: true}, none.Doas},
		{cli.Login{Doas: true}, sudo, none.Sudo, doc.Switch[doc.Doas]{On: true}},
		{cli.Login{Doas: true}, doas, none.Sudo, doas.Doas},
		{cli.Login{SudoPasswordEnv: "TYPED"}, none, doc.Switch[doc.Sudo]{On: true, With: doc.Sudo{Password: typed}}, none.Doas},
		{cli.Login{SudoPasswordEnv: "TYPED"}, sudo, doc.Switch[doc.Sudo]{On: true, With: doc.Sudo{User: "app", Password: typed}}, none.Doas},
	} {
		host := doc.Host{Name: "h", HostConfig: tt.document}
		tt.flags.Override(&host)
		if !sameSudo(host.Sudo, tt.sudo) || host.Doas != tt.doas {
			t.Errorf("%+v over %+v: sudo %+v, doas %+v", tt.flags, tt.document, host.Sudo, host.Doas)
		}
		if err := tt.flags.Check(); err != nil {
			t.Errorf("%+v: %v", tt.flags, err)
		}
	}
	if l := (cli.Login{SudoPasswordEnv: "TYPED", AllowEnv: cli.List{"OTHER"}}); !slices.Equal(l.AllowedEnv(), []string{"OTHER", "TYPED"}) {
		t.Errorf("allowed: %v", l.AllowedEnv())
	}
}

func sameSudo(a, b doc.Switch[doc.Sudo]) bool {
	env := func(ref *doc.SecretRef) string {
		if ref == nil {
			return ""
		}
		return string(ref.Secret.Env)
	}
	return a.On == b.On && a.With.User == b.With.User && env(a.With.Password) == env(b.With.Password)
}
