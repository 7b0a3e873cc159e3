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

// testdata/zypper has what the scripts printed with Debian's zypper 1.14.42 and
// rpm 4.18.0 on the repository of tests/lab/rpm.sh.
func recordedZypper(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "zypper", name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// The locks are as zypper writes them, but for those of a repository, of a version
// and of a kind, which are written in the same form.
func TestZypperReadInstalled(t *testing.T) {
	got, err := Zypper{}.ReadInstalled(shell.Result{Stdout: []byte(`x86_64
lab-slow noarch 0:1.0-1 1795404550
lab-epoch noarch 2:1.0-3 1795404725
lab-slow noarch 0:2.0-1 1795404727
vim x86_64 9.1-1 1
vim-data noarch 9.1-1 1
curl x86_64 8.6-1 1
%installonly
no package provides kernel
%locks

type: package
match_type: glob
case_sensitive: on
solvable_name: lab-slow

type: package
match_type: glob
case_sensitive: on
solvable_name: vim*

type: package
match_type: glob
case_sensitive: on
solvable_name: nowhere

type: package
match_type: glob
case_sensitive: on
solvable_name: curl
version: = 8.6-1

type: package
repo: oss
match_type: glob
solvable_name: curl

type: patch
match_type: glob
solvable_name: curl
`)})
	if err != nil {
		t.Fatal(err)
	}
	want := Inventory{
		Versions: map[string]string{"lab-epoch": "2:1.0-3", "vim": "9.1-1", "vim-data": "9.1-1", "curl": "8.6-1"},
		Broken:   map[string]string{"lab-slow": "duplicated"},
		Held:     map[string]bool{"lab-slow": true, "vim": true, "vim-data": true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []shell.Result{
		{Stdout: []byte("x86_64\nno such line\n")},
		{Stdout: []byte("x86_64\n"), Truncated: true},
		{Status: NotHere},
	} {
		if _, err := (Zypper{}).ReadInstalled(bad); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
}

func TestZypperReadIndex(t *testing.T) {
	asks := []Ask{{Names: []Name{"lab-one", "lab-none"}, Version: "1.0-1"}, {Names: []Name{"lab-mail"}}}
	got, err := Zypper{}.ReadIndex(asks, shell.Result{Stdout: recordedZypper(t, "index.txt")})
	if err != nil {
		t.Fatal(err)
	}
	want := Index{
		Present:    true,
		Candidates: map[string]string{"lab-one": "2.0-1", "lab-none": "", "lab-mail": ""},
		Versions:   map[string][]string{"lab-one": {"2.0-1", "1.1-1", "1.0-1"}, "lab-none": nil},
		Providers:  map[string][]string{"lab-mail": {"lab-mailer-a", "lab-mailer-b"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for answer, present := range map[string]bool{"%index absent\n": false, "%index present\n": true} {
		got, err := Zypper{}.ReadIndex(asks, shell.Result{Stdout: []byte(answer)})
		if err != nil || got.Present != present || got.Candidates != nil {
			t.Errorf("%s: %+v, %v", answer, got, err)
		}
	}
	for _, bad := range []string{
		"", "nonsense\n", "%index present\n%arch x86_64\n", "%index present\n<?xml version='1.0'?>\n<stream>\n<search-result>",
		"%index present\n<?xml version='1.0'?>\n<html></html>", "%index present\n<?xml?><stream>" + strings.Repeat("<a>", 100),
	} {
		if got, err := (Zypper{}).ReadIndex(asks, shell.Result{Stdout: []byte(bad)}); err == nil {
			t.Errorf("%q was taken: %+v", bad, got)
		}
	}
}

// The number of a repository's priority comes before a package's version, what is
// of a foreign architecture is no candidate, and what is installed alone is none
// either.
func TestZypperCandidateIsThatOfTheBestRepository(t *testing.T) {
	got, err := Zypper{}.ReadIndex([]Ask{{Names: []Name{"a", "b", "c"}, Version: "1-1"}}, shell.Result{Stdout: []byte(`%index present
%arch x86_64
%repository 99 main
%repository 90 our own
%repository odd third
<?xml version='1.0'?>
<stream>
<search-result version="0.0">
<solvable-list>
<solvable status="not-installed" name="a" kind="package" edition="9-1" arch="x86_64" repository="main"/>
<solvable status="not-installed" name="a" kind="package" edition="2-1" arch="x86_64" repository="our own"/>
<solvable status="not-installed" name="a" kind="package" edition="10-1" arch="x86_64" repository="third"/>
<solvable status="not-installed" name="a" kind="package" edition="3-1" arch="i586" repository="our own"/>
<solvable status="not-installed" name="a" kind="pattern" edition="4-1" arch="x86_64" repository="our own"/>
<solvable status="not-installed" name="b" kind="package" edition="1.10-1" arch="noarch" repository="main"/>
<solvable status="not-installed" name="b" kind="package" edition="1.9-1" arch="noarch" repository="main"/>
<solvable status="installed" name="c" kind="package" edition="1-1" arch="noarch" repository="(System Packages)"/>
</solvable-list>
</search-result>
</stream>
`)})
	want := Index{
		Present:    true,
		Candidates: map[string]string{"a": "2-1", "b": "1.10-1", "c": ""},
		Versions:   map[string][]string{"a": {"10-1", "9-1", "2-1"}, "b": {"1.10-1", "1.9-1"}, "c": {"1-1"}},
		Providers:  map[string][]string{},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestZypperReadPreview(t *testing.T) {
	install := func(name Name, version Version) Transaction {
		return Transaction{Install: []Want{{Name: name, Version: version}}}
	}
	both := Transaction{Install: []Want{{"lab-one", "1.1-1"}, {"lab-needs", ""}}, Remove: []Name{"lab-epoch"}}
	for file, test := range map[string]struct {
		t    Transaction
		want Effect
		says string
	}{
		"preview_changes.txt": {both, Effect{
			Installs:   []Package{{Name: "lab-dep", Version: "1.0-1"}, {Name: "lab-needs", Version: "3.0-1"}},
			Downgrades: []Package{{Name: "lab-one", Version: "1.1-1", From: "2.0-1"}},
			Removes:    []Package{{Name: "lab-epoch", From: "2:1.0-3"}},
		}, ""},
		"preview_nothing.txt":    {install("lab-one", "2.0-1"), Effect{}, ""},
		"preview_duplicated.txt": {install("lab-slow", ""), Effect{Upgrades: []Package{{Name: "lab-slow", Version: "2.0-1", From: "1.0-1"}}}, ""},
		"preview_forced.txt": {install("lab-rival", ""), Effect{
			Installs: []Package{{Name: "lab-rival", Version: "1.0-1"}}, Removes: []Package{{Name: "lab-one", From: "2.0-1"}},
		}, ""},
		"preview_broken.txt":   {install("lab-broken", ""), Effect{}, "conflict: packages do not go together: nothing provides nowhere-to-be-had needed by lab-broken-1.0-1.noarch"},
		"preview_held.txt":     {install("lab-one", "1.0-1"), Effect{}, "held: it would change a package that is held on the host: lab-one"},
		"preview_none.txt":     {install("lab-none", ""), Effect{}, "not_available: zypper has no package lab-none"},
		"preview_provided.txt": {install("lab-mail", ""), Effect{}, "not_available: lab-mail is no package, but a name that others provide: lab-mailer-a, lab-mailer-b"},
		"preview_version.txt":  {install("lab-one", "9-9"), Effect{}, "version_not_available: the package index has no version 9-9 of lab-one"},
		"preview_guessed.txt":  {install("lab-needs-3.0", ""), Effect{}, "not_available: zypper has no package lab-needs-3.0 and would take others for it: lab-dep, lab-needs"},
	} {
		got, err := Zypper{}.ReadPreview(test.t, shell.Result{Stdout: recordedZypper(t, file)})
		if test.says == "" {
			if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
				t.Errorf("%s: %v\n%s", file, err, diff)
			}
			continue
		}
		var f *Failure
		if !errors.As(err, &f) || f.Code+": "+f.Message != test.says || f.Hint == "" && f.Code != "conflict" {
			t.Errorf("%s: %v (%+v), want %s", file, err, f, test.says)
		}
	}
	// Forced, nothing goes that was not named: then it is a conflict.
	text := recordedZypper(t, "preview_forced.txt")
	named := Transaction{Install: []Want{{Name: "lab-rival"}}, Remove: []Name{"lab-one"}}
	var f *Failure
	if _, err := (Zypper{}).ReadPreview(named, shell.Result{Stdout: text}); !errors.As(err, &f) || f.Code != "conflict" {
		t.Errorf("a conflict: %v", err)
	}
	half := shell.Result{Stdout: text[:len(text)/4], Stderr: []byte("Segmentation fault\n")}
	if _, err := (Zypper{}).ReadPreview(named, half); err == nil || err.Error() != "zypper's answer is not whole: Segmentation fault" {
		t.Errorf("half an answer: %v", err)
	}
}

func TestZypperReadCommit(t *testing.T) {
	const stdout = `x86_64
- lab-one noarch 0:2.0-1
- lab-gone noarch 0:1.0-1
- glibc i686 2.38-1
- lab-slow noarch 0:1.0-1
- lab-slow noarch 0:2.0-1
- lab-same noarch 0:1.0-1
+ lab-one noarch 0:1.1-1
+ lab-new noarch 2:1.0-1
+ glibc i686 2.39-1
+ lab-slow noarch 0:2.0-1
+ lab-same noarch 0:1.0-1
`
	want := Effect{
		Installs:   []Package{{Name: "lab-new", Version: "2:1.0-1"}},
		Upgrades:   []Package{{Name: "glibc:i686", Version: "2.39-1", From: "2.38-1"}, {Name: "lab-slow", Version: "2.0-1", From: "1.0-1"}},
		Downgrades: []Package{{Name: "lab-one", Version: "1.1-1", From: "2.0-1"}},
		Removes:    []Package{{Name: "lab-gone", From: "1.0-1"}},
	}
	for status, fails := range map[int]bool{0: false, 8: true} {
		got, err := Zypper{}.ReadCommit(shell.Result{Status: status, Stdout: []byte(stdout)})
		if diff := cmp.Diff(want, got); diff != "" || (err != nil) != fails {
			t.Error(diff, err)
		}
	}
	if _, err := (Zypper{}).ReadCommit(shell.Result{Stdout: []byte("x86_64\nwhat?\n")}); err == nil {
		t.Error("nonsense was taken")
	}
}

// What is said here was recorded, and cut; of the scriptlet that fails at last, of
// PackageKit and of a read-only file system it is written in the form of zypper's
// and rpm's sources.
func TestZypperFailures(t *testing.T) {
	const aborted = "<message type=\"error\">Problem occurred during or after installation or removal of packages:\nInstallation has been aborted as directed.\nPlease see the above error message for a hint.\n</message>\n"
	for _, test := range []struct {
		status     int
		said, want string
	}{
		{7, "hostkit: /usr/lib/sysimage/rpm/.rpm.lock is held by process 812 (rpm)\n", "locked: /usr/lib/sysimage/rpm/.rpm.lock is held by process 812 (rpm)"},
		{7, "<message type=\"error\">System management is locked by the application with pid 809 (sleep).\nClose this application before trying again.</message>", "locked: /run/zypp.pid is held by process 809 (sleep)"},
		{7, "<message type=\"info\">PackageKit is still running (probably busy).</message>", "locked: PackageKit is changing packages on the host"},
		{1, "hostkit: would remove lab-epoch\n", "would_remove: it would remove a package that the plan does not name: lab-epoch"},
		{1, "hostkit: would downgrade lab-one\n", "would_downgrade: it would downgrade a package that the plan does not name: lab-one"},
		{5, "<message type=\"error\">Root privileges are required to run this command.</message>", "permission_denied: may not change packages on the host"},
		{6, "<message type=\"warning\">There are no enabled repositories defined.</message>", "no_repositories: the host has no package repository enabled"},
		{
			4, "&lt;gpgkey-info&gt;&lt;repository&gt;the lab (15.6)&lt;/repository&gt;&lt;key-name&gt;lab &amp;lt;lab@example.org&amp;gt;&lt;/key-name&gt;&lt;key-fingerprint&gt;8FC710EB3050B8E21396A60698A7F91C05431932&lt;/key-fingerprint&gt;\n - Signature verification failed for repomd.xml\n",
			"signature: the host does not trust the key of the repository the lab (15.6): 8FC710EB3050B8E21396A60698A7F91C05431932",
		},
		{
			4, "<text>File &apos;repomd.xml&apos; from repository &apos;the lab (15.6)&apos; is signed with an unknown key &apos;98A7F91C05431932&apos;. Continue?</text>\n - Signature verification failed for repomd.xml\n",
			"signature: the host does not have the key of the repository the lab (15.6): 98A7F91C05431932",
		},
		{4, "<text>File &apos;repomd.xml&apos; from repository &apos;the lab (15.6)&apos; is unsigned, continue?</text>", "signature: repomd.xml of the repository the lab (15.6) is not signed"},
		{4, "History:\n - Signature verification failed for repomd.xml\n - Can&apos;t provide /repodata/repomd.xml\n", "signature: signature verification failed: repomd.xml"},
		{8, "<message type=\"error\">Installation of lab-big-1.0-1.noarch failed:\nError: Subprocess failed. Error: RPM failed: \tinstalling package lab-big-1.0-1.noarch needs 281MB more space on the /opt/lab filesystem\n</message>" + aborted, "no_space: the host lacks 281MB of free space in /opt/lab"},
		{8, "error: unpacking of archive failed: cpio: write failed - No space left on device", "no_space: the host has no space left on a device"},
		{4, "mkdir: cannot create directory: Read-only file system", "read_only: a file system of the host is read-only"},
		{
			4, "[bad|http://nowhere.invalid/repo] Valid metadata not found at specified URL\nHistory:\n - Download (curl) error for &apos;http://nowhere.invalid/repo/content&apos;:\nError code: Connection failed\nError message: Could not resolve host: nowhere.invalid\n",
			"unreachable: the host can't resolve nowhere.invalid",
		},
		{
			4, "[bad|http://127.0.0.1:9/repo] Valid metadata not found at specified URL\nHistory:\n - [|] Error trying to read from &apos;http://127.0.0.1:9/repo&apos;\nError message: Failed to connect to 127.0.0.1 port 9 after 0 ms: Couldn&apos;t connect to server\n",
			"unreachable: the host can't reach its package repository: Failed to connect to 127.0.0.1 port 9",
		},
		{
			4, "<message type=\"error\">Repository &apos;bad&apos; is invalid.\n[bad|file:/none] Valid metadata not found at specified URL\nHistory:\n - Specified path &apos;/none&apos; is not a directory: file:/none\n",
			"not_found: there is no package repository at file:/none",
		},
		{8, "<message type=\"error\">File &apos;./noarch/lab-dep-1.0-1.noarch.rpm&apos; not found on medium &apos;file:/srv/repo&apos;</message>" + aborted, "not_found: the package repository does not have file:/srv/repo/noarch/lab-dep-1.0-1.noarch.rpm"},
		{8, "<message type=\"warning\">Digest verification failed for file &apos;lab-dep-1.0-1.noarch.rpm&apos;\n[/srv/repo/noarch/lab-dep-1.0-1.noarch.rpm]\n</message>" + aborted, "damaged: lab-dep-1.0-1.noarch.rpm has not the checksum that the package index gives"},
		{4, "<message type=\"info\">In order to install &apos;lab-mailer-a&apos;, you must agree to terms of the following license agreement:\n\nYou give up everything.\n</message>", "license: lab-mailer-a wants a licence to be agreed to"},
		{
			8, "<lhs><file>/opt/lab/lab-one</file><checksum type=\"md5\">b7</checksum><solvable><kind>package</kind><name>lab-clash</name></solvable></lhs>\n<rhs><file>/opt/lab/lab-one</file><solvable><kind>package</kind><name>lab-one</name></solvable></rhs></fileconflict>" + aborted,
			"conflict: packages do not go together: lab-clash and lab-one both have /opt/lab/lab-one",
		},
		{8, "<message type=\"error\">Installation of lab-bad-1.0-1.noarch failed:\nError: Subprocess failed. Error: RPM failed: error: lua script failed: [string &quot;%prein(lab-bad-1.0-1.noarch)&quot;]:1: no thanks\nerror: lab-bad-1.0-1.noarch: install failed\n</message>" + aborted, "package_failed: package lab-bad-1.0-1.noarch: lua script failed: [string \"%prein(lab-bad-1.0-1.noarch)\"]:1: no thanks"},
		{8, "<message type=\"error\">Removal of (7)lab-one-2.0-1.noarch(@System) failed:\n</message>" + aborted, "package_failed: package (7)lab-one-2.0-1.noarch(@System) was not changed as it should be"},
		{107, "warning: %post(foo-1-1.noarch) scriptlet failed, exit status 3\n", "package_failed: package foo-1-1.noarch: its script %post ended with status 3"},
		{107, "", "package_failed: a script of a package failed"},
		{4, "<message type=\"error\">Something new\nhappened.</message>\n</stream>\n", "failed: zypper: Something new happened."},
		{139, "", "failed: zypper ended with status 139"},
		{NotHere, "", "no_package_manager: the host has no zypper"},
	} {
		r := shell.Result{Status: test.status, Stdout: []byte("x86_64\n"), Stderr: []byte(test.said)}
		_, err := Zypper{}.ReadCommit(r)
		var f *Failure
		if !errors.As(err, &f) || f.Code+": "+f.Message != test.want {
			t.Errorf("%s:\n%v, want %s", test.said, err, test.want)
		}
		if err := (Zypper{}).ReadRefresh(r); err == nil || err.Error() != f.Message {
			t.Errorf("%s: a refresh says %v", test.said, err)
		}
	}
}

// A lock that holds more than one name is not taken off for one of them.
func TestZypperDoesNotReleaseWhatAPatternHolds(t *testing.T) {
	said := "%arch x86_64\n%have\n\n\ntype: package\nmatch_type: glob\ncase_sensitive: on\nsolvable_name: lab-*\n"
	for name, held := range map[Name]bool{"lab-one": true, "other": false} {
		_, err := Zypper{}.ReadPreview(Transaction{Release: []Name{name}}, shell.Result{Stdout: []byte(said)})
		var f *Failure
		if errors.As(err, &f) != held || held && (f.Code != "held" || f.Message != "lab-one is held by the lock lab-*, which may hold others too") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestZypperNamesAndVersions(t *testing.T) {
	for name, good := range map[string]bool{
		"bash": true, "gcc-c++": true, "R": true, "python3.12": true, "NetworkManager": true, "389-ds": true, "libfoo.so": true,
		"pattern:base": false, "oss:vim": false, "product:Leap": false, "bash*": false, "[b]ash": false, "/usr/bin/sh": false,
		"perl(x)": false, "a=1": false, "a>1": false, "a = 1": false, "!x": false, "-x": false, "+x": false, "~x": false,
		"sudo-": false, "": false, "a\nb": false, "b?": false, "bash.x86_64": false, "bash.noarch": false, "bash.i586": false, "x.src": false,
	} {
		if _, err := (Zypper{}).ParseName(name); (err == nil) != good {
			t.Errorf("name %q: %v", name, err)
		}
	}
	for version, good := range map[string]bool{
		"1.0-lp156.1.2": true, "2:1.0~rc1^git1-3": true,
		"1.0": false, "0:1.0-1": false, "1.0-*": false, "1-1-1": false, "": false, ":1-1": false,
	} {
		if _, err := (Zypper{}).ParseVersion(version); (err == nil) != good {
			t.Errorf("version %q: %v", version, err)
		}
	}
}

// FuzzZypperAnswers: whatever a host's zypper and rpm print, reading it ends, and
// what is read holds together.
func FuzzZypperAnswers(f *testing.F) {
	f.Add([]byte("x86_64\na noarch 0:1-1 5\na noarch 2-1 6\n%installonly\nkernel\n%locks\nsolvable_name: [a\n"), []byte(""), 0)
	f.Add([]byte("x86_64\n- a noarch 1-1\n+ a noarch 2-1\n+ a noarch 3-1\n"), []byte("hostkit: would remove b\n"), 1)
	f.Add([]byte(""), []byte("System management is locked by the application with pid 1 (zypper)."), 7)
	files, err := filepath.Glob("testdata/zypper/*.txt")
	if err != nil || len(files) == 0 {
		f.Fatal(files, err)
	}
	for _, file := range files {
		f.Add(recordedZypper(f, filepath.Base(file)), []byte(""), 0)
	}
	f.Fuzz(func(t *testing.T, stdout, stderr []byte, status int) {
		r := shell.Result{Stdout: stdout, Stderr: stderr, Status: status & 0xff}
		if inventory, err := (Zypper{}).ReadInstalled(r); err == nil {
			for name := range inventory.Versions {
				if _, both := inventory.Broken[name]; both {
					t.Errorf("%q is whole and broken", name)
				}
			}
		}
		asks := []Ask{{Names: []Name{"curl", "adduser"}}, {Names: []Name{"tree"}, Version: "1-1"}}
		if index, err := (Zypper{}).ReadIndex(asks, r); err == nil {
			checkIndex(t, index)
		}
		if effect, err := (Zypper{}).ReadPreview(Transaction{Install: []Want{{Name: "curl"}}}, r); err == nil {
			checkEffect(t, effect)
		}
		effect, _ := Zypper{}.ReadCommit(r)
		checkEffect(t, effect)
		_ = Zypper{}.ReadRefresh(r)
	})
}
