package manager

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hostkit/pkg/shell"
)

// What apt and dpkg answer in these tests was recorded on Debian 12 with apt
// 2.6.1 and dpkg 1.21.22; archives were renamed.

func TestAptReadInstalled(t *testing.T) {
	got, err := Apt{}.ReadInstalled(shell.Result{Stdout: []byte(`amd64
installed ok adduser all 3.134 install
installed ok libc6 amd64 2.36-9+deb12u10 hold
installed ok libc6 i386 2.36-9+deb12u10 install
config-files ok zip amd64 3.0-13 deinstall
not-installed ok tree   hold
half-configured ok hk-broken all 1.0 hold
triggers-pending ok man-db amd64 2.11.2-2 install
installed reinstreq odd amd64 1 install
`)})
	if err != nil {
		t.Fatal(err)
	}
	want := Inventory{
		Versions: map[string]string{"adduser": "3.134", "libc6": "2.36-9+deb12u10", "libc6:i386": "2.36-9+deb12u10"},
		Broken:   map[string]string{"hk-broken": "half-configured", "man-db": "triggers-pending", "odd": "reinst-required"},
		Held:     map[string]bool{"libc6": true, "hk-broken": true, "tree": true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []shell.Result{
		{Stdout: []byte("amd64\nno such line\n")},
		{Stdout: []byte("amd64\n"), Truncated: true},
		{Status: NotHere},
	} {
		if _, err := (Apt{}).ReadInstalled(bad); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
}

const recordedPolicy = `%index present
%policy
adduser:
  Installed: 3.134
  Candidate: 3.134
  Version table:
 *** 3.134 500
        500 http://deb.example.org/debian bookworm/main amd64 Packages
        100 /var/lib/dpkg/status
curl:
  Installed: 7.88.1-10+deb12u14
  Candidate: 7.88.1-10+deb12u15
  Version table:
     7.88.1-10+deb12u15 500
        500 http://deb.example.org/debian bookworm/main amd64 Packages
 *** 7.88.1-10+deb12u14 100
        100 /var/lib/dpkg/status
     7.88.1-10+deb12u5 500
        500 http://deb.example.org/debian-security bookworm-security/main amd64 Packages
mail-transport-agent:
  Installed: (none)
  Candidate: (none)
  Version table:
unasked:
  Candidate: 1
%providers
Package: mail-transport-agent
 ssmtp 2.64-11 (= )
 postfix 3.7.11-0+deb12u1 (= )
 postfix 3.7.10-0+deb12u1 (= )
 
`

func TestAptReadIndex(t *testing.T) {
	asks := []Ask{
		{Names: []Name{"adduser", "nosuch"}},
		{Names: []Name{"curl"}, Version: "1"},
		{Names: []Name{"mail-transport-agent"}},
	}
	got, err := Apt{}.ReadIndex(asks, shell.Result{Stdout: []byte(recordedPolicy)})
	if err != nil {
		t.Fatal(err)
	}
	want := Index{
		Present:    true,
		Candidates: map[string]string{"adduser": "3.134", "nosuch": "", "curl": "7.88.1-10+deb12u15", "mail-transport-agent": ""},
		Versions:   map[string][]string{"curl": {"7.88.1-10+deb12u15", "7.88.1-10+deb12u14", "7.88.1-10+deb12u5"}},
		Providers:  map[string][]string{"mail-transport-agent": {"postfix", "ssmtp"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for text, want := range map[string]Index{"%index present\n": {Present: true}, "%index absent\n": {}} {
		got, err := Apt{}.ReadIndex(asks, shell.Result{Stdout: []byte(text)})
		if err != nil || !cmp.Equal(got, want) {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
	if _, err := (Apt{}).ReadIndex(asks, shell.Result{Stdout: []byte("hello")}); err == nil {
		t.Error("nonsense was taken")
	}
}

func TestAptReadPreview(t *testing.T) {
	tx := Transaction{Install: []Want{{"jq", ""}, {"hk-a", "1.0"}, {"hk-broken", ""}}}
	got, err := Apt{}.ReadPreview(tx, shell.Result{Stdout: []byte(`Reading package lists...
Building dependency tree...
Reading state information...
hk-broken is already the newest version (1.0).
The following packages will be DOWNGRADED:
  hk-a
0 upgraded, 2 newly installed, 1 downgraded, 1 to remove and 0 not upgraded.
Remv hk-old [1.0]
Remv hk-swap [1.0]
Inst hk-a [2.0] (1.0 localhost [all]) []
Inst hk-swap (1.1 localhost [all])
Inst libjq1 (1.6-2.1+deb12u2 Debian:12.15/oldstable [amd64])
Inst jq (1.6-2.1+deb12u2 Debian:12.15/oldstable [amd64])
Conf hk-a (1.0 localhost [all])
Conf jq (1.6-2.1+deb12u2 Debian:12.15/oldstable [amd64])
`)})
	want := Effect{
		Installs:   []Package{{Name: "jq", Version: "1.6-2.1+deb12u2"}, {Name: "libjq1", Version: "1.6-2.1+deb12u2"}},
		Upgrades:   []Package{{Name: "hk-swap", Version: "1.1", From: "1.0"}},
		Downgrades: []Package{{Name: "hk-a", Version: "1.0", From: "2.0"}},
		Removes:    []Package{{Name: "hk-old", From: "1.0"}},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestAptReadCommit(t *testing.T) {
	got, err := Apt{}.ReadCommit(shell.Result{
		Status: 100,
		Stdout: []byte(`amd64
- installed ok hk-a all 2.0
- installed ok zip amd64 3.0-13
- config-files ok tree amd64 1
+ installed ok hk-a all 1.0
+ half-configured ok hk-broken all 1.0
+ installed ok tree amd64 2
+ config-files ok zip amd64 3.0-13
`),
		Stderr: []byte(`Setting up hk-broken (1.0) ...
oops
dpkg: error processing package hk-broken (--configure):
 installed hk-broken package post-installation script subprocess returned error exit status 3
Errors were encountered while processing:
 hk-broken
E: Sub-process /usr/bin/dpkg returned an error code (1)
`),
	})
	want := Effect{
		Installs:   []Package{{Name: "hk-broken", Version: "1.0", State: "half-configured"}, {Name: "tree", Version: "2"}},
		Downgrades: []Package{{Name: "hk-a", Version: "1.0", From: "2.0"}},
		Removes:    []Package{{Name: "zip", From: "3.0-13"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if err == nil || err.Error() != "package hk-broken: installed hk-broken package post-installation script subprocess returned error exit status 3" {
		t.Error(err)
	}
}

func TestAptExplains(t *testing.T) {
	for said, want := range map[string][2]string{
		"E: Unable to locate package nosuch:native\n":                                                     {"not_available", "apt has no package nosuch"},
		"E: Unable to locate package libc6.dev:native\nE: Couldn't find any package by glob 'x'\n":        {"not_available", "apt has no package libc6.dev"},
		"E: Package 'mail-transport-agent' has no installation candidate\n":                               {"not_available", "no package mail-transport-agent can be installed: only others provide it, or the host's pins forbid it"},
		"E: Version '3' for 'hk-a' was not found\n":                                                       {"version_not_available", "the package index has no version 3 of hk-a"},
		"E: dpkg was interrupted, you must manually run 'dpkg --configure -a' to correct the problem. \n": {"interrupted", "dpkg was interrupted at an earlier time"},
		"E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 4692 (unattended-upgr)\nE: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?\n": {
			"locked", "/var/lib/dpkg/lock-frontend is held by process 4692 (unattended-upgr)",
		},
		"E: Could not get lock /var/lib/apt/lists/lock\nhostkit: /var/lib/apt/lists/lock is held by process 7 (apt-get)\n": {
			"locked", "/var/lib/apt/lists/lock is held by process 7 (apt-get)",
		},
		"E: Could not open lock file /var/lib/dpkg/lock-frontend - open (13: Permission denied)\n": {"permission_denied", "may not open /var/lib/dpkg/lock-frontend"},
		"E: You don't have enough free space in /var/cache/apt/archives/.\n":                       {"no_space", "the host has not enough free space in /var/cache/apt/archives/"},
		" cannot copy extracted data: failed to write (No space left on device)\n":                 {"no_space", "the host has no space left on a device"},
		"The following packages have unmet dependencies:\n hk-old : Depends: hk-a (< 2) but 2.0 is to be installed\nE: Unable to correct problems, you have held broken packages.\n": {
			"conflict", "packages do not go together: hk-old : Depends: hk-a (< 2) but 2.0 is to be installed",
		},
		"E: Packages need to be removed but remove is disabled.\n": {"would_remove", "it would remove packages that the plan does not name"},
		"E: Failed to fetch http://deb.example.org/debian/dists/bookworm/InRelease  Temporary failure resolving 'deb.example.org'\nE: Some index files failed to download. They have been ignored, or old ones used instead.\n": {
			"unreachable", "the host can't resolve deb.example.org",
		},
		"E: Failed to fetch http://127.0.0.1:1/debian/dists/bookworm/InRelease  Could not connect to 127.0.0.1:1 (127.0.0.1). - connect (111: Connection refused)\n": {
			"unreachable", "the host can't reach its package archive: Could not connect to 127.0.0.1:1 (127.0.0.1)",
		},
		"E: Failed to fetch http://deb.example.org/dists/x/InRelease  400  Bad Request [IP: 192.0.2.1 80]\nE: The repository 'http://deb.example.org x InRelease' is not signed.\n": {
			"not_found", "the package archive does not give http://deb.example.org/dists/x/InRelease: 400 Bad Request",
		},
		"E: Failed to fetch http://deb.example.org/pool/a.deb  404  Not Found [IP: 192.0.2.1 80]\n": {
			"index_stale", "the package archive no longer has http://deb.example.org/pool/a.deb, which the host's index names",
		},
		"E: Failed to fetch http://deb.example.org/dists/x/Packages  404  Not Found [IP: 192.0.2.1 80]\n": {
			"not_found", "the package archive does not have http://deb.example.org/dists/x/Packages (404)",
		},
		"W: GPG error: http://deb.example.org/debian bookworm InRelease: The following signatures couldn't be verified because the public key is not available: NO_PUBKEY 6ED0E7B82643E131\nE: Some index files failed\n": {
			"signature", "signature of http://deb.example.org/debian: The following signatures couldn't be verified because the public key is not available: NO_PUBKEY 6ED0E7B82643E131",
		},
		"E: The repository 'http://deb.example.org/debian nosuch Release' does not have a Release file.\n": {
			"no_release", "the package archive http://deb.example.org/debian nosuch Release does not have a Release file",
		},
		"E: something new\nE: Something newer\n": {"failed", "apt: Something newer"},
		"sh: killed\n":                           {"failed", "apt ended with status 100: sh: killed"},
		"":                                       {"failed", "apt ended with status 100"},
	} {
		var failure *Failure
		if err := explainApt(shell.Result{Status: 100, Stderr: []byte(said)}); !errors.As(err, &failure) || failure.Code != want[0] || failure.Message != want[1] {
			t.Errorf("%s\nis explained as %+v", said, failure)
		}
	}
}

// apt-get update before 2.1 ends with 0 although a list could not be fetched.
func TestAptReadRefreshReadsOn(t *testing.T) {
	if err := (Apt{}).ReadRefresh(shell.Result{Stderr: []byte("Get:1 http://deb.example.org\nW: Target Packages is configured multiple times\n")}); err != nil {
		t.Error(err)
	}
	old := "W: Failed to fetch http://deb.example.org/dists/x/InRelease  Temporary failure resolving 'deb.example.org'\nW: Some index files failed to download. They have been ignored, or old ones used instead.\n"
	if err := (Apt{}).ReadRefresh(shell.Result{Stderr: []byte(old)}); err == nil {
		t.Error("a failed fetch was taken for a success")
	}
}

func TestAptCommitAllowsNoMoreThanAsked(t *testing.T) {
	for name, test := range map[string]struct {
		tx        Transaction
		has, lack []string
	}{
		"install": {Transaction{Install: []Want{{"g++", ""}}}, []string{"'--no-remove'", "'--' 'g++:native'\n"}, []string{"'--allow-downgrades'"}},
		"pin":     {Transaction{Install: []Want{{"a1", "2:1"}}}, []string{"'--no-remove'", "'--allow-downgrades'", "'a1:native=2:1'"}, nil},
		"remove":  {Transaction{Remove: []Name{"g++"}}, []string{"'g++:native-'"}, []string{"'--no-remove'", "'--allow-downgrades'"}},
	} {
		head, _, _ := strings.Cut(Apt{}.Commit(test.tx).String(), "command -v")
		for _, word := range test.has {
			if !strings.Contains(head, word) {
				t.Errorf("%s: no %s in %s", name, word, head)
			}
		}
		for _, word := range test.lack {
			if strings.Contains(head, word) {
				t.Errorf("%s: %s in %s", name, word, head)
			}
		}
	}
}
