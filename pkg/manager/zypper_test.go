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
		Held:     map[string]bool{"lab-slow": true, "nowhere": true, "vim": true, "vim-data": true},
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
