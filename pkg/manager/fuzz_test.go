package manager

import (
	"slices"
	"testing"

	"hostkit/pkg/shell"
)

// FuzzAptAnswers: whatever a host's apt and dpkg print, reading it ends, and what
// is read holds together.
func FuzzAptAnswers(f *testing.F) {
	f.Add([]byte("amd64\ninstalled ok adduser all 3.134\ninstalled ok libc6 i386 2.36\nconfig-files ok zip amd64 3.0-13\nhalf-configured ok b all 1\n"), []byte(""), 0)
	f.Add([]byte(recordedPolicy), []byte(""), 0)
	f.Add([]byte("NOTE\nInst curl [7.88.1-10] (7.88.1-11 Debian:12 [amd64])\nRemv tree [2.1.0-1]\nConf curl (7.88.1-11 Debian:12 [amd64])\n"), []byte(""), 0)
	f.Add([]byte("The following held packages will be changed:\n  curl\n"), []byte(""), 0)
	f.Add([]byte("amd64\n- installed ok curl amd64 1\n+ installed ok curl amd64 2\n+ half-installed ok a all 1\n"), []byte("E: Sub-process returned an error\n"), 100)
	f.Add([]byte(""), []byte("E: Could not get lock /var/lib/dpkg/lock. It is held by process 1 (apt)\n"), 100)
	f.Fuzz(func(t *testing.T, stdout, stderr []byte, status int) {
		r := shell.Result{Stdout: stdout, Stderr: stderr, Status: status & 0xff}
		if inventory, err := (Apt{}).ReadInstalled(r); err == nil {
			for name := range inventory.Versions {
				if _, both := inventory.Broken[name]; both {
					t.Errorf("%q is whole and broken", name)
				}
			}
		}
		asks := []Ask{{Names: []Name{"curl", "adduser"}}, {Names: []Name{"tree"}, Version: "1"}}
		if index, err := (Apt{}).ReadIndex(asks, r); err == nil {
			checkIndex(t, index)
		}
		wanted := Transaction{Install: []Want{{Name: "curl"}}}
		if effect, err := (Apt{}).ReadPreview(wanted, r); err == nil {
			checkEffect(t, effect)
		}
		effect, _ := Apt{}.ReadCommit(r)
		checkEffect(t, effect)
		_ = Apt{}.ReadRefresh(r)
	})
}

// checkIndex wants nothing in an index that nobody asked about.
func checkIndex(t *testing.T, index Index) {
	for name := range index.Candidates {
		if !slices.Contains([]string{"curl", "adduser", "tree"}, name) {
			t.Errorf("a candidate of %q", name)
		}
	}
	for name := range index.Versions {
		if name != "tree" {
			t.Errorf("versions of %q", name)
		}
	}
}

// checkEffect wants every package in an effect once, and in order.
func checkEffect(t *testing.T, e Effect) {
	seen := map[string]bool{}
	for _, list := range [][]Package{e.Installs, e.Upgrades, e.Downgrades, e.Removes} {
		for i, p := range list {
			if seen[p.Name] || i > 0 && list[i-1].Name > p.Name {
				t.Errorf("%q twice or out of order in %+v", p.Name, e)
			}
			seen[p.Name] = true
		}
	}
}

// FuzzDebVersions: the order of versions is an order.
func FuzzDebVersions(f *testing.F) {
	f.Add("1.0~rc1", "1.0", "1:0")
	f.Add("0-0", "0", "")
	f.Add("1.0-1+b1", "1.0-10", "1.0+dfsg-1")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		ab, bc, ac := compareDebVersions(a, b), compareDebVersions(b, c), compareDebVersions(a, c)
		if compareDebVersions(a, a) != 0 || compareDebVersions(b, a) != -ab {
			t.Errorf("%q and %q are ordered %d one way and %d the other", a, b, ab, compareDebVersions(b, a))
		}
		if ab <= 0 && bc <= 0 && ac > 0 || ab == 0 && ac != bc {
			t.Errorf("%q, %q, %q: %d, %d, %d", a, b, c, ab, bc, ac)
		}
	})
}
