package manager_test

import (
	"testing"

	"hostkit/pkg/manager"
	"hostkit/pkg/shell"
	"hostkit/tests/lab"
)

// apt-config, 10 ms of hk-facts' 60 on the host, is asked only where a line of
// apt.conf could mean that the lists lie elsewhere. Each way to say so must be
// among those lines, and what distributions ship must not.
func TestAptFindsListsThatWereMoved(t *testing.T) {
	host := lab.Run(t, lab.Options{Files: []lab.File{{Path: "/srv/empty/keep"}, {Path: "/etc/more.conf", Content: `Dir::State::Lists "/srv/empty";`}}})
	for conf, present := range map[string]bool{
		"":                                     true,
		`Dir::Cache::pkgcache "";`:             true,
		`DPkg::Options { "--force-confold" };`: true,
		`Dir::State::lists "/srv/empty";`:      false,
		`dir::state::LISTS "/srv/empty/";`:     false,
		`Dir::State "/srv/empty";`:             false,
		"Dir {\n  State {\n    lists \"/srv/empty\";\n  };\n};\n": false,
		"Dir\n{ State\n{ lists \"/srv/empty\"; }; };\n":           false,
		`Dir "/srv/empty";`:        false,
		`#include /etc/more.conf;`: false,
	} {
		if err := host.WriteFile("/etc/apt/apt.conf.d/98moved", []byte(conf), 0o644); err != nil {
			t.Fatal(err)
		}
		out, err := host.Exec(t.Context(), "sh", "-c", manager.Apt{}.Index(nil).String())
		if err != nil {
			t.Fatal(err)
		}
		index, err := manager.Apt{}.ReadIndex(nil, shell.Result{Stdout: out})
		if err != nil || index.Present != present {
			t.Errorf("%q: index present: %v, want %v; %v", conf, index.Present, present, err)
		}
	}
}
