package manager

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hostkit/pkg/shell"
)

// What dnf and rpm answer in these tests was recorded with Debian's dnf 4.14.0
// and rpm 4.18.0 on the repository of tests/lab/dnf.sh, and long answers were cut,
// but for these, which are written in the same form: the lines of glibc, kernel,
// gpg-pubkey and x86_64_v2, the failures package_failed and KeyError, and the
// commit of four changes.

func TestDnfReadInstalled(t *testing.T) {
	got, err := Dnf{}.ReadInstalled(shell.Result{Stdout: []byte(`x86_64
lab-slow noarch 0:1.0-1 1795404550
lab-epoch noarch 2:1.0-3 1795404725
lab-slow noarch 0:2.0-1 1795404727
glibc x86_64 2.39-6.fc40 1
glibc i686 2.39-6.fc40 1
fast x86_64_v2 1-1 1
gpg-pubkey (none) a15b79cc-63d04c2c 1
gpg-pubkey (none) b15b79cc-63d04c2c 2
kernel-core x86_64 6.9-1 3
kernel-core x86_64 6.8-1 2
%installonly
kernel-core
no package provides kernel-PAE
%locked

# Added lock on Mon Nov 23 05:15:20 2026
lab-epoch-2:1.0-3.*
!glibc-0:2.40-1.fc40.*
kernel-core-0:6.9-1.*
kernel-*
lab-sl*
fas
`)})
	if err != nil {
		t.Fatal(err)
	}
	want := Inventory{
		Versions: map[string]string{
			"lab-epoch": "2:1.0-3", "glibc": "2.39-6.fc40", "glibc:i686": "2.39-6.fc40",
			"fast": "1-1", "kernel-core": "6.9-1",
		},
		Broken: map[string]string{"lab-slow": "duplicated"},
		Held:   map[string]bool{"lab-epoch": true, "kernel-core": true, "lab-slow": true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []shell.Result{
		{Stdout: []byte("x86_64\nno such line\n")},
		{Stdout: []byte("x86_64\na b c d\n")},
		{Stdout: []byte("x86_64\n"), Truncated: true},
		{Status: NotHere},
	} {
		if _, err := (Dnf{}).ReadInstalled(bad); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
}

const recordedDnfIndex = `{"present": true, "candidates": {"hello": "2.0-1", "mail-agent": "", "lib": "1.2-1", "nope": ""}, "versions": {"lib": ["1.2-1", "1.0-1"]}, "providers": {"mail-agent": ["mailer-a", "mailer-b"]}}
`

func TestDnfReadIndex(t *testing.T) {
	asks := []Ask{{Names: []Name{"hello", "nope"}}, {Names: []Name{"mail-agent"}}, {Names: []Name{"lib"}, Version: "1.1-1"}}
	got, err := Dnf{}.ReadIndex(asks, shell.Result{Stdout: []byte(recordedDnfIndex)})
	if err != nil {
		t.Fatal(err)
	}
	want := Index{
		Present:    true,
		Candidates: map[string]string{"hello": "2.0-1", "nope": "", "mail-agent": "", "lib": "1.2-1"},
		Versions:   map[string][]string{"lib": {"1.2-1", "1.0-1"}},
		Providers:  map[string][]string{"mail-agent": {"mailer-a", "mailer-b"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for answer, present := range map[string]bool{`{"present": false}`: false, `{"present": true}`: true} {
		got, err := Dnf{}.ReadIndex(asks, shell.Result{Stdout: []byte(answer)})
		if err != nil || got.Present != present || got.Candidates != nil {
			t.Errorf("%s: %+v, %v", answer, got, err)
		}
	}
}

const recordedDnfCommit = `{"changes": [{"name": "hello", "from": "1.1-1", "does": "remove"}, {"name": "lib", "version": "1.0-1", "from": "1.2-1", "does": "downgrade"}, {"name": "rival", "version": "1.0-1", "does": "install"}, {"name": "slow", "version": "2.0-1", "from": "1.0-1", "does": "upgrade"}]}
`

func TestDnfReadCommit(t *testing.T) {
	want := Effect{
		Installs:   []Package{{Name: "rival", Version: "1.0-1"}},
		Upgrades:   []Package{{Name: "slow", Version: "2.0-1", From: "1.0-1"}},
		Downgrades: []Package{{Name: "lib", Version: "1.0-1", From: "1.2-1"}},
		Removes:    []Package{{Name: "hello", From: "1.1-1"}},
	}
	got, err := Dnf{}.ReadCommit(shell.Result{Stdout: []byte(recordedDnfCommit)})
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	failed := strings.Replace(recordedDnfCommit, `]}`, `], "failure": {"kind": "package_failed", "name": "slow"}}`, 1)
	got, err = Dnf{}.ReadCommit(shell.Result{Status: 1, Stdout: []byte(failed)})
	if diff := cmp.Diff(want, got); diff != "" || err == nil {
		t.Error(diff, err)
	}
}

func TestDnfFailures(t *testing.T) {
	for stdout, want := range map[string]string{
		`{"failure": {"name": "nope", "have": [], "kind": "no_package"}, "said": ""}`:                                                          "not_available: dnf has no package nope",
		`{"failure": {"name": "mail-agent", "have": ["mailer-a", "mailer-b"], "kind": "no_package"}, "said": ""}`:                              "not_available: mail-agent is no package, but a name that others provide: mailer-a, mailer-b",
		`{"failure": {"name": "hello", "version": "9-9", "have": ["2.0-1", "1.0-1"], "kind": "no_version"}, "said": ""}`:                       "version_not_available: the package index has no version 9-9 of hello",
		`{"failure": {"path": "/root/.rpmdb/.rpm.lock", "pid": 12274, "comm": "dnf", "kind": "locked"}, "said": ""}`:                           "locked: /root/.rpmdb/.rpm.lock is held by process 12274 (dnf)",
		`{"failure": {"name": "lab-one", "message": "Package lab-one-2.0-1.noarch.rpm is not signed", "kind": "signature"}, "said": ""}`:       "signature: signature of lab-one: Package lab-one-2.0-1.noarch.rpm is not signed",
		`{"failure": {"kind": "no_repositories"}, "said": ""}`:                                                                                 "no_repositories: the host has no package repository enabled",
		`{"failure": {"kind": "DepsolveError", "message": "\n Problem: conflicting requests\n  - nothing provides x needed by broken-1.0-1"}}`: "conflict: packages do not go together: nothing provides x needed by broken-1.0-1",

		`{"failure": {"kind": "RepoError", "message": "Failed to download metadata for repo 'lab'"}, "said": "  - Curl error (6): Couldn't resolve host name for http://nowhere.invalid/repo/repodata/repomd.xml [Could not resolve host: nowhere.invalid]\n"}`:    "unreachable: the host can't resolve nowhere.invalid",
		`{"failure": {"kind": "RepoError", "message": "Failed to download metadata for repo 'lab'"}, "said": "  - Curl error (7): Couldn't connect to server for http://127.0.0.1:9/repo/repodata/repomd.xml [Failed to connect]\n"}`:                              "unreachable: the host can't reach its package repository: Couldn't connect to server http://127.0.0.1:9/repo/repodata/repomd.xml",
		`{"failure": {"kind": "RepoError", "message": "Failed to download metadata for repo 'lab'"}, "said": "  - Curl error (37): Couldn't read a file:// file for file:///none/repo/repodata/repomd.xml [Couldn't open file /none/repo/repodata/repomd.xml]\n"}`: "not_found: the package repository does not have file:///none/repo/repodata/repomd.xml",
		`{"failure": {"kind": "KeyError", "message": ""}}`: "failed: dnf: KeyError",

		`{"failure": {"kind": "Error", "message": "Some packages from local repository have incorrect checksum"}, "said": "Error opening /srv/repo/noarch/lab-one-2.0-1.noarch.rpm: No such file or directory\nPackage \"lab-one-2.0-1.noarch\" from local repository \"lab\" has incorrect checksum\n"}`: "not_found: the package repository does not have /srv/repo/noarch/lab-one-2.0-1.noarch.rpm",
	} {
		_, err := Dnf{}.ReadPreview(Transaction{}, shell.Result{Status: 1, Stdout: []byte(stdout)})
		var f *Failure
		if !errors.As(err, &f) || f.Code+": "+f.Message != want {
			t.Errorf("%s:\n%v, want %s", stdout, err, want)
		}
	}
	err := Dnf{}.ReadRefresh(shell.Result{Status: 1, Stderr: []byte("hostkit: dnf is neither version 4 nor 5\n")})
	var f *Failure
	if !errors.As(err, &f) || f.Code != "unsupported" {
		t.Errorf("dnf 3: %v", err)
	}
}

// What dnf wrote is handed on as it wrote it, not as the program answers it.
func TestDnfFailuresHaveTheWordsOfDnf(t *testing.T) {
	for stdout, want := range map[string]string{
		`{"failure": {"kind": "RepoError", "message": "no"}, "said": "Errors during downloading:\n  - \"a\"\n"}`: "Errors during downloading:\n  - \"a\"",
		`{"failure": {"kind": "DepsolveError", "message": "\n Problem: x\n  - y"}, "said": ""}`:                  "Problem: x\n  - y",
		`{"failure": {"kind": "no_repositories"}, "said": ""}`:                                                   "",
		`{"failure": {"kind": "held_by_pattern", "name": "hello", "message": "hell*"}, "said": ""}`:              "",
	} {
		_, err := Dnf{}.ReadCommit(shell.Result{Status: 1, Stdout: []byte(stdout)})
		var failure *ReportedError
		if !errors.As(err, &failure) || failure.Said != want {
			t.Errorf("%s:\n%+v, want %q", stdout, err, want)
		}
	}
}

func TestDnfNamesAndVersions(t *testing.T) {
	for name, good := range map[string]bool{
		"bash": true, "gcc-c++": true, "R": true, "python3.12": true, "NetworkManager": true, "389-ds-base": true,
		"@core": false, "bash*": false, "[b]ash": false, "/usr/bin/sh": false, "perl(x)": false, "a = 1": false,
		"-x": false, "sudo-": false, "": false, "a:b": false, "a\nb": false, "b?": false,
	} {
		if _, err := (Dnf{}).ParseName(name); (err == nil) != good {
			t.Errorf("name %q: %v", name, err)
		}
	}
	for version, good := range map[string]bool{
		"1.0-1.fc40": true, "2:1.0~rc1^git1-3": true,
		"1.0": false, "0:1.0-1": false, "1.0-*": false, "1-1-1": false, "": false, ":1-1": false,
	} {
		if _, err := (Dnf{}).ParseVersion(version); (err == nil) != good {
			t.Errorf("version %q: %v", version, err)
		}
	}
}

// FuzzDnfAnswers: whatever a host's dnf and rpm print, reading it ends, and what
// is read holds together.
func FuzzDnfAnswers(f *testing.F) {
	f.Add([]byte("x86_64\na noarch 0:1-1 5\na noarch 2-1 6\n%installonly\nkernel\n"), []byte(""), 0)
	f.Add([]byte(recordedDnfIndex), []byte(""), 0)
	f.Add([]byte(recordedDnfCommit), []byte(""), 0)
	f.Add([]byte(`{"failure": {"kind": "locked", "pid": 1}}`), []byte(""), 1)
	f.Add([]byte(""), []byte("hostkit: dnf is neither version 4 nor 5\n"), 1)
	f.Fuzz(func(t *testing.T, stdout, stderr []byte, status int) {
		r := shell.Result{Stdout: stdout, Stderr: stderr, Status: status & 0xff}
		if inventory, err := (Dnf{}).ReadInstalled(r); err == nil {
			for name := range inventory.Versions {
				if _, both := inventory.Broken[name]; both {
					t.Errorf("%q is whole and broken", name)
				}
			}
		}
		asks := []Ask{{Names: []Name{"curl", "adduser"}}, {Names: []Name{"tree"}, Version: "1-1"}}
		if index, err := (Dnf{}).ReadIndex(asks, r); err == nil {
			checkIndex(t, index)
		}
		if effect, err := (Dnf{}).ReadPreview(Transaction{}, r); err == nil {
			checkEffect(t, effect)
		}
		effect, _ := Dnf{}.ReadCommit(r)
		checkEffect(t, effect)
		_ = Dnf{}.ReadRefresh(r)
	})
}
