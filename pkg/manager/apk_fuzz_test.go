package manager

import (
	"strings"
	"testing"

	"hostkit/pkg/shell"
)

// FuzzApkVersions: the order of versions is an order.
func FuzzApkVersions(f *testing.F) {
	f.Add("1.0_rc1-r0", "1.0-r0", "1.0_p1-r0")
	f.Add("1.02", "1.2", "1.010")
	f.Add("0.0", "0.00", "x")
	f.Add("1.2~0a-r1", "1.2a", "1.2_alpha_pre")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		ab, bc, ac := compareApkVersions(a, b), compareApkVersions(b, c), compareApkVersions(a, c)
		if compareApkVersions(a, a) != 0 || compareApkVersions(b, a) != -ab {
			t.Errorf("%q and %q are ordered %d one way and %d the other", a, b, ab, compareApkVersions(b, a))
		}
		if ab <= 0 && bc <= 0 && ac > 0 || ab == 0 && ac != bc {
			t.Errorf("%q, %q, %q: %d, %d, %d", a, b, c, ab, bc, ac)
		}
	})
}

// FuzzApkNamesAndVersions: what is parsed is one word of apk's command line and
// means that package and no other.
func FuzzApkNamesAndVersions(f *testing.F) {
	for _, seed := range []string{"bash", "g++", "so:x", "!x", "x@y", ".x", "1.2-r0", "1.2_rc1~0a-r3", "-x", "a b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if name, err := (Apk{}).ParseName(s); err == nil {
			if string(name) != s || strings.ContainsAny(s, " \t\n!@=<>~:/*?[]'\"$`\\") || s[0] == '-' || s[0] == '.' || strings.Contains(s, ".apk") {
				t.Errorf("the name %q was taken", s)
			}
			if apkPin(s) != "" || apkPin(s+"=1-r0") != s || apkPin(s+"@edge~1") != s {
				t.Errorf("world's entry for %q is not found again", s)
			}
		}
		if version, err := (Apk{}).ParseVersion(s); err == nil {
			if string(version) != s || strings.ContainsAny(s, " \t\n=<>/*?'\"$`\\") || compareApkVersions(s, "0_alpha") < 0 {
				t.Errorf("the version %q was taken", s)
			}
		}
	})
}

// FuzzApkAnswers: whatever a host's apk and its files say, reading it ends, and
// what is read holds together.
func FuzzApkAnswers(f *testing.F) {
	had := apkHad(f, "installed-broken", "musl\nzlib=1\n")
	f.Add([]byte(had), []byte(""), 0)
	f.Add([]byte("%index present\n%policy\n"+apkSaid(f, "policy-installed")+"%providers\n"+apkSaid(f, "written-providers")), []byte(""), 0)
	f.Add([]byte(had+"%apk\n"+apkSaid(f, "written-simulate")), []byte(""), 0)
	f.Add([]byte(had+"%apk\n"+apkSaid(f, "del")), []byte(""), 0)
	f.Add([]byte("%before\n"+had+"\n%after\n"+apkHad(f, "installed", "")), []byte(apkSaid(f, "script")), 1)
	for _, name := range []string{"virtual", "locked", "world-pin", "conflict-2.10", "update-unreachable", "untrusted"} {
		f.Add([]byte(had+"%apk\n"), []byte(apkSaid(f, name)), 1)
	}
	f.Fuzz(func(t *testing.T, stdout, stderr []byte, status int) {
		r := shell.Result{Stdout: stdout, Stderr: stderr, Status: status & 0xff}
		if inventory, err := (Apk{}).ReadInstalled(r); err == nil {
			for name := range inventory.Versions {
				if _, both := inventory.Broken[name]; both {
					t.Errorf("%q is whole and broken", name)
				}
			}
		}
		asks := []Ask{{Names: []Name{"curl", "adduser"}}, {Names: []Name{"tree"}, Version: "1-r0"}}
		if index, err := (Apk{}).ReadIndex(asks, r); err == nil {
			checkIndex(t, index)
		}
		wanted := Transaction{Install: []Want{{Name: "curl", Version: "1-r0"}}, Remove: []Name{"zlib"}}
		if effect, err := (Apk{}).ReadPreview(wanted, r); err == nil {
			checkEffect(t, effect)
		}
		effect, _ := Apk{}.ReadCommit(r)
		checkEffect(t, effect)
		_ = Apk{}.ReadRefresh(r)
	})
}
