package manager_test

import (
	"slices"
	"testing"

	"hostkit/pkg/manager"
	"hostkit/pkg/shell"
	"hostkit/tests/lab"
)

// twoPackages makes an archive of hk-first, which takes its time, and hk-second.
const twoPackages = `set -e
mkdir -p /srv/archive && cd /srv/archive
for name in hk-first hk-second; do
	mkdir -p $name/DEBIAN
	printf 'Package: %s\nVersion: 1.0\nArchitecture: all\nMaintainer: a <a@example.org>\nDescription: x\n' $name >$name/DEBIAN/control
	[ $name = hk-second ] || { printf '#!/bin/sh\ntouch /var/tmp/started\nsleep 3\n' >$name/DEBIAN/preinst; chmod 755 $name/DEBIAN/preinst; }
	dpkg-deb --build $name $name.deb >/dev/null
	{
		cat $name/DEBIAN/control
		printf 'Filename: ./%s.deb\nSize: %s\nSHA256: %s\n\n' $name "$(stat -c %s $name.deb)" "$(sha256sum $name.deb | cut -d' ' -f1)"
	} >>Packages
done
echo 'deb [trusted=yes] file:/srv/archive ./' >/etc/apt/sources.list
rm -f /etc/apt/sources.list.d/*
apt-get -q update >/dev/null
`

// Of two transactions at once both said that they had installed what only the
// first one did: the second listed what is there before it waited for the lock.
func TestAptCommitClaimsOnlyItsOwnWork(t *testing.T) {
	host := lab.Run(t, lab.Options{})
	if _, err := host.Exec(t.Context(), "sh", "-c", twoPackages); err != nil {
		t.Fatal(err)
	}
	type answer struct {
		out []byte
		err error
	}
	commit := func(tx manager.Transaction, wait string) chan answer {
		done := make(chan answer, 1)
		go func() {
			// A step is made in a subshell of the session's shell.
			out, err := host.Exec(t.Context(), "sh", "-c", wait+"(\n"+manager.Apt{}.Commit(tx).String()+"\n)")
			done <- answer{out, err}
		}()
		return done
	}
	install := func(name manager.Name) manager.Transaction {
		return manager.Transaction{Install: []manager.Want{{Name: name}}}
	}
	// hk-second waits from while hk-first is being unpacked.
	const started = "for i in $(seq 200); do [ ! -e /var/tmp/started ] || break; sleep 0.05; done\n"
	for name, ch := range map[string]chan answer{
		"hk-first": commit(install("hk-first"), ""), "hk-second": commit(install("hk-second"), started),
	} {
		got := <-ch
		effect, err := manager.Apt{}.ReadCommit(shell.Result{Stdout: got.out})
		if got.err != nil || err != nil || !slices.Equal(effect.Installs, []manager.Package{{Name: name, Version: "1.0"}}) ||
			effect.Removes != nil || effect.Upgrades != nil {
			t.Errorf("%s: %+v, %v, %v", name, effect, got.err, err)
		}
	}
	again := <-commit(install("hk-first"), "")
	effect, err := manager.Apt{}.ReadCommit(shell.Result{Stdout: again.out})
	if again.err != nil || err != nil || effect.Installs != nil || effect.Removes != nil {
		t.Errorf("again: %+v, %v, %v", effect, again.err, err)
	}
	gone := <-commit(manager.Transaction{Remove: []manager.Name{"hk-first"}}, "")
	effect, err = manager.Apt{}.ReadCommit(shell.Result{Stdout: gone.out})
	if gone.err != nil || err != nil || !slices.Equal(effect.Removes, []manager.Package{{Name: "hk-first", From: "1.0"}}) {
		t.Errorf("removed: %+v, %v, %v", effect, gone.err, err)
	}
}
