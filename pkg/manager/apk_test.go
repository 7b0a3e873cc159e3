package manager

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hostkit/pkg/shell"
)

// apkSaid is what a real apk has said: testdata/apk/README.md tells when, and of
// which texts that is not so.
func apkSaid(tb testing.TB, name string) string {
	tb.Helper()
	text, err := os.ReadFile(filepath.Join("testdata/apk", name))
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

// apkHad is what have prints of a database and a world.
func apkHad(tb testing.TB, file, world string) string {
	tb.Helper()
	text := "%arch x86_64\n%world\n" + world + "\n%installed\n"
	for line := range strings.Lines(apkSaid(tb, file)) {
		if strings.IndexAny(line, "PVAf") == 0 && line[1] == ':' {
			text += line
		}
	}
	return text
}

func TestApkReadInstalled(t *testing.T) {
	had := apkHad(t, "installed-broken", "musl\nbusybox=1.24.2-r9 zlib@edge~1.2\nada-libs>2.7\n!curl\n.build-deps=20260509.091445\n") +
		"P:grub\nV:2.06-r2\nA:x86\nP:docs\nV:0.2-r6\nA:noarch\nf:S\n"
	got, err := Apk{}.ReadInstalled(shell.Result{Stdout: []byte(had)})
	if err != nil {
		t.Fatal(err)
	}
	want := Inventory{
		Versions: map[string]string{
			"musl": "1.1.14-r10", "busybox": "1.24.2-r9", "ada-libs": "2.7.4-r0", "grub:x86": "2.06-r2", "docs": "0.2-r6",
		},
		Broken: map[string]string{"zlib": "broken-files"},
		Held:   map[string]bool{"busybox": true, "zlib": true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	const head = "%arch x86_64\n%world\n\n%installed\n"
	for _, bad := range []shell.Result{
		{Stdout: []byte("musl-1.2.5-r9\n")},
		{Stdout: []byte(head + "V:1\n")},
		{Stdout: []byte(head + "P:musl\n")},
		{Stdout: []byte(head + "P:musl\nV:1\nhello\n")},
		{Stdout: []byte(had), Truncated: true},
		{Status: NotHere},
		{Stdout: []byte(had), Status: 2},
	} {
		if _, err := (Apk{}).ReadInstalled(bad); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
}

func TestApkReadIndex(t *testing.T) {
	asks := []Ask{
		{Names: []Name{"gmp-dev", "gmp-devel"}},
		{Names: []Name{"libx11-dev"}, Version: "1.7.2-r0"},
		{Names: []Name{"capnproto"}},
		{Names: []Name{"mail-agent"}},
	}
	policy := apkSaid(t, "policy-two-repositories") + apkSaid(t, "policy-installed") + apkSaid(t, "policy-tagged") +
		"unasked policy:\n  1-r0:\n    https://x\n"
	read := func(text string) Index {
		t.Helper()
		got, err := Apk{}.ReadIndex(asks, shell.Result{Stdout: []byte(text)})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	want := Index{
		Present: true,
		// capnproto is to be had from a repository with a tag alone.
		Candidates: map[string]string{"gmp-dev": "6.2.1-r0", "gmp-devel": "", "libx11-dev": "1.7.1-r0", "capnproto": "", "mail-agent": ""},
		Versions:   map[string][]string{"libx11-dev": {"1.7.1-r0"}},
		Providers:  map[string][]string{"mail-agent": {"exim", "ssmtp"}},
	}
	if diff := cmp.Diff(want, read("%index present\n%policy\n"+policy+"%providers\n"+apkSaid(t, "written-providers"))); diff != "" {
		t.Error(diff)
	}
	// What a repository whose index is not there may have is not known.
	warning, _, _ := strings.Cut(apkSaid(t, "del"), "World")
	want = Index{
		Present:    true,
		Candidates: map[string]string{"gmp-dev": "6.2.1-r0", "libx11-dev": "1.7.1-r0"},
		Versions:   map[string][]string{}, Providers: map[string][]string{},
	}
	if diff := cmp.Diff(want, read("%index present\n%policy\n"+warning+policy)); diff != "" {
		t.Error(diff)
	}
	for text, want := range map[string]Index{"%index present\n": {Present: true}, "%index absent\n": {}} {
		if got := read(text); !cmp.Equal(got, want) {
			t.Errorf("%q: %+v", text, got)
		}
	}
	for _, bad := range []shell.Result{{Stdout: []byte("hello")}, {Status: 1, Stderr: []byte(apkSaid(t, "database"))}, {Status: NotHere}} {
		if _, err := (Apk{}).ReadIndex(asks, bad); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
}

// previewOf reads a simulation on the host of the fixture installed.
func previewOf(t *testing.T, tx Transaction, world, said string, status int) (Effect, error) {
	t.Helper()
	return Apk{}.ReadPreview(tx, shell.Result{Status: status, Stdout: []byte(apkHad(t, "installed", world) + "%apk\n" + said)})
}

func TestApkReadPreview(t *testing.T) {
	tx := Transaction{Install: []Want{{"curl", ""}, {"busybox", "1.24.1-r0"}, {"musl", ""}}, Remove: []Name{"zlib", "not-there"}}
	got, err := previewOf(t, tx, "musl zlib\n", apkSaid(t, "written-simulate"), 0)
	want := Effect{
		Installs:   []Package{{Name: "curl", Version: "8.9.0-r0"}},
		Upgrades:   []Package{{Name: "ada-libs", Version: "2.7.4-r0", From: "2.7.4-r0"}, {Name: "musl", Version: "1.1.14-r12", From: "1.1.14-r10"}},
		Downgrades: []Package{{Name: "busybox", Version: "1.24.1-r0", From: "1.24.2-r9"}},
		Removes:    []Package{{Name: "zlib", From: "1.2.8-r2"}},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	got, err = previewOf(t, Transaction{Install: []Want{{"bash", ""}}}, "", apkSaid(t, "add"), 0)
	if err != nil || len(got.Installs) != 5 || got.Installs[0] != (Package{Name: "bash", Version: "4.3.48-r1"}) {
		t.Errorf("%+v, %v", got, err)
	}
	// What only the removed package needed goes along: apk 3 pads its numbers.
	got, err = previewOf(t, Transaction{}, "", apkSaid(t, "del"), 0)
	if err != nil || len(got.Removes) != 6 || got.Removes[5] != (Package{Name: "m4", From: "1.4.20-r0"}) {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err = previewOf(t, Transaction{}, "", apkSaid(t, "add-upgrades")+"OK: 1 MiB in 2 packages\n", 0); err != nil || len(got.Upgrades) != 3 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestApkReadPreviewRefuses(t *testing.T) {
	install := func(name Name, version Version) Transaction {
		return Transaction{Install: []Want{{name, version}}}
	}
	for name, test := range map[string]struct {
		tx          Transaction
		world, said string
		status      int
		want        string
	}{
		"no such version": {
			install("nodejs", "20.12.1-r0"), "", apkSaid(t, "world-pin"), 1,
			"version_not_available: the package index has no version 20.12.1-r0 of nodejs",
		},
		"a version that world holds": {
			install("yarn", ""), "nodejs=20.12.1-r0\n", apkSaid(t, "world-pin"), 1,
			"held: it needs nodejs-20.15.1-r0, but /etc/apk/world on the host holds nodejs=20.12.1-r0",
		},
		"versions loosely": {
			install("git", ""), "curl~8.0\n", apkSaid(t, "world-fuzzy"), 1,
			"held: it needs curl-8.1.1-r0, but /etc/apk/world on the host holds curl~8.0",
		},
		"held itself": {
			install("musl", ""), "musl=1.1.14-r10\n", apkSaid(t, "written-simulate"), 0,
			"held: it would change a package that is held on the host: /etc/apk/world has musl=1.1.14-r10",
		},
		"a conflict": {
			install("openssl-dev", ""), "", apkSaid(t, "conflict"), 1,
			"conflict: packages do not go together: libcrypto1.1-1.1.1k-r0: breaks: openssl-dev-1.1.1l-r0[libcrypto1.1=1.1.1l-r0] satisfies: world[libcrypto1.1=1.1.1k-r0]",
		},
		"no such package": {
			install("fastfetch", ""), "", apkSaid(t, "no-such-package"), 2,
			"not_available: apk has no package fastfetch",
		},
		"taken by another": {
			install("mawk", ""), "", apkSaid(t, "add"), 0,
			"not_available: apk has no package mawk and would take others for it: bash, ncurses-libs, ncurses-terminfo, ncurses-terminfo-base, readline",
		},
		"provided by one that is there": {
			install("sh", ""), "", "OK: 8 MiB in 15 packages\n", 0,
			"not_available: apk has no package sh and would take others for it",
		},
		"needed by others": {
			Transaction{Remove: []Name{"zlib"}},
			"", strings.ReplaceAll(apkSaid(t, "del-stays"), "luci-app-filebrowser", "zlib"), 0,
			"conflict: zlib stays, since others need it: luci-i18n-filebrowser-zh-cn",
		},
		"needed by many": {
			Transaction{Remove: []Name{"zlib"}},
			"", strings.ReplaceAll(apkSaid(t, "del"), "pkgconf", "zlib"), 0,
			"conflict: zlib stays, since others need it: libpng-dev, freetype-dev, icu-dev, libzip-dev, jpeg-dev, oniguruma-dev, libwebp-dev",
		},
		"said nothing": {
			install("musl", ""), "", "", 0, "failed: apk ended with status 0",
		},
	} {
		_, err := previewOf(t, test.tx, test.world, test.said, test.status)
		var f *Failure
		if !errors.As(err, &f) || f.Code+": "+f.Message != test.want {
			t.Errorf("%s:\n%v\nwant\n%s", name, err, test.want)
		}
	}
	// apk ends every transaction with an error while a package is broken.
	_, err := Apk{}.ReadPreview(install("nginx", ""), shell.Result{Status: 1, Stdout: []byte(apkHad(t, "installed-broken", "") + "%apk\n" + apkSaid(t, "failed-before"))})
	var f *Failure
	if !errors.As(err, &f) || f.Code != "interrupted" || f.Hint != "run apk fix zlib on the host" {
		t.Errorf("%v", err)
	}
}

func TestApkReadCommit(t *testing.T) {
	const before = "%arch x86_64\n%world\nzlib\n\n%installed\nP:musl\nV:1.1.14-r10\nA:x86_64\nP:busybox\nV:1.24.2-r9\nA:x86_64\nP:zlib\nV:1.2.8-r2\nA:x86_64\n"
	const after = "%arch x86_64\n%world\ncurl\n\n%installed\nP:musl\nV:1.1.14-r12\nA:x86_64\nP:busybox\nV:1.24.1-r0\nA:x86_64\nP:jobber\nV:1.3.4-r0\nA:x86_64\nf:s\n"
	got, err := Apk{}.ReadCommit(shell.Result{
		Status: 1, Stdout: []byte("%before\n" + before + "\n%after\n" + after + "\n"), Stderr: []byte(apkSaid(t, "script")),
	})
	want := Effect{
		Installs:   []Package{{Name: "jobber", Version: "1.3.4-r0", State: "broken-script"}},
		Upgrades:   []Package{{Name: "musl", Version: "1.1.14-r12", From: "1.1.14-r10"}},
		Downgrades: []Package{{Name: "busybox", Version: "1.24.1-r0", From: "1.24.2-r9"}},
		Removes:    []Package{{Name: "zlib", From: "1.2.8-r2"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if err == nil || err.Error() != "package jobber-1.3.4-r0: its post-install script ended with status 1" {
		t.Error(err)
	}
	for _, bad := range []string{"", "%before\n" + before, "%before\nx\n%after\n" + after} {
		if _, err := (Apk{}).ReadCommit(shell.Result{Stdout: []byte(bad)}); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestApkReadRefresh(t *testing.T) {
	for file, want := range map[string]string{
		"update":             "",
		"update-unreachable": "unreachable: the host can't reach its package repository https://dl-cdn.alpinelinux.org/alpine/v3.17/main: temporary error (try again later)",
		"update-ends-well":   "failed: apk: Ignoring file:///ish/apk/community/x86/APKINDEX.tar.gz: Interrupted system call",
		"untrusted-3":        "signature: signature of https://github.com/4IceG/Modem-extras-apk/raw/refs/heads/main/myapk/packages.adb: UNTRUSTED signature",
	} {
		err := Apk{}.ReadRefresh(shell.Result{Stderr: []byte(apkSaid(t, file) + "\n")})
		var f *Failure
		if errors.As(err, &f) != (want != "") || f != nil && f.Code+": "+f.Message != want {
			t.Errorf("%s: %v, want %s", file, err, want)
		}
	}
}

func TestApkExplains(t *testing.T) {
	for file, want := range map[string]string{
		"no-such-package":            "not_available: apk has no package fastfetch",
		"no-network-then-no-package": "unreachable: the host can't reach its package repository http://dl-cdn.alpinelinux.org/alpine/v3.21/community: temporary error (try again later)",
		"virtual":                    "not_available: libudev is no package, but a name that others provide: libudev-zero",
		"locked":                     "locked: apk's database is locked by another process",
		"locked-3":                   "locked: apk's database is locked by another process",
		"permission":                 "permission_denied: may not change packages on the host",
		"read-only":                  "read_only: a file system of the host is read-only",
		"untrusted":                  "signature: signature of /home/user/packages/user/x86_64/APKINDEX.tar.gz: UNTRUSTED signature",
		"stale-index":                "index_stale: the package repository no longer has wayland-libs-cursor-1.18.0-r5, which the host's index names",
		"no-space":                   "no_space: the host has no space left on a device",
		"overwrite":                  "conflict: packages do not go together: alpine-baselayout-data-3.2.0-r23 and glibc-2.35-r0 both have /etc/nsswitch.conf",
		"script":                     "package_failed: package jobber-1.3.4-r0: its post-install script ended with status 1",
		"script-3":                   "package_failed: package gomailserver-1.0.2: its post-install script ended with status 127",
		"database":                   "database_damaged: apk can't read its database: FDB format error (line 6860, entry 'F')",
		"conflict-2.10":              "conflict: packages do not go together: krb5-libs-1.15.3-r0: breaks: world[krb5-libs=1.15.2-r2] satisfies: krb5-dev-1.15.3-r0[krb5-libs=1.15.3-r0] krb5-1.15.3-r0[so:libgssapi_krb5.so.2] krb5-1.15.3-r0[so:libk5crypto.so.3]",
		"world-pins":                 "conflict: packages do not go together: ruby-2.5.9-r0: breaks: world[ruby=2.5.7-r0] ruby-json-2.5.9-r0: breaks: world[ruby-json=2.5.7-r0]",
	} {
		f := explainApk(shell.Result{Status: 1, Stderr: []byte(apkSaid(t, file))})
		if got := f.Code + ": " + f.Message; got != want {
			t.Errorf("%s:\n%s\nwant\n%s", file, got, want)
		}
	}
	for said, want := range map[string]string{
		"hostkit: /lib/apk/db/lock is held by process 7 (apk)\nERROR: Unable to lock database: temporary error\n": "locked: /lib/apk/db/lock is held by process 7 (apk)",
		"hostkit: would_remove zlib\n":                      "would_remove: it would remove a package that the plan does not name: zlib",
		"hostkit: would_downgrade zlib\n":                   "would_downgrade: it would downgrade a package that the plan does not name: zlib",
		"WARNING: fetching https://a/b: DNS lookup error\n": "unreachable: the host can't resolve the name in https://a/b: DNS lookup error",
		"ERROR: something new\n":                            "failed: apk: something new",
		"sh: killed\n":                                      "failed: apk ended with status 1: sh: killed",
		"":                                                  "failed: apk ended with status 1",
	} {
		f := explainApk(shell.Result{Status: 1, Stderr: []byte(said)})
		if got := f.Code + ": " + f.Message; got != want {
			t.Errorf("%s: %s", said, got)
		}
	}
}
