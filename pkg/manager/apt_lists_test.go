package manager_test

import (
	"errors"
	"strings"
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

// An apt-cache that failed printed nothing, which was read as "the index has none
// of these packages": a host whose /tmp was full was told that joe does not
// exist, and its owner to look for another name.
func TestAptCacheThatFailsIsNoAnswer(t *testing.T) {
	for damage, want := range map[string]string{
		`mount -t tmpfs -o size=16k none /tmp && { dd if=/dev/zero of=/tmp/x bs=4k count=9; :; }`:          "no_space",
		`rm -f /var/cache/apt/*.bin; for f in /var/lib/apt/lists/*Packages*; do echo Version: 1 >$f; done`: "index_damaged",
		`echo '}; Dir' >/etc/apt/apt.conf.d/99bad`:                                                         "failed",
	} {
		host := lab.Run(t, lab.Options{})
		asks := []manager.Ask{{Names: []manager.Name{"joe"}}}
		script := manager.Apt{}.Index(asks).String()
		out, err := host.Exec(t.Context(), "sh", "-c", "{ "+damage+"; } >/dev/null 2>&1; (\n"+script+"\n) 2>&1; echo status $?")
		if err != nil {
			t.Fatalf("%s: %v", damage, err)
		}
		if !strings.HasSuffix(string(out), "\nstatus 100\n") {
			t.Fatalf("%s: the script says\n%s", damage, out)
		}
		var failure *manager.Failure
		index, err := manager.Apt{}.ReadIndex(asks, shell.Result{Status: 100, Stderr: out})
		if !errors.As(err, &failure) || failure.Code != want || index.Candidates != nil {
			t.Errorf("%s: %+v, %v, want %s", damage, index, err, want)
		}
	}
}
