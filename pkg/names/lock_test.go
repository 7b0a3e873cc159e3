package names

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hostkit/pkg/doc"
)

const lockText = `{
  "schema": "hostkit.package-lock/v1",
  "repositories": {
    "alpine_3_20": {
      "packages": {
        "zlib_dev": {"package": "zlib-dev", "source": "embedded", "rule": "table"}
      }
    },
    "arch": {
      "packages": {}
    },
    "debian_12": {
      "packages": {
        "curl": {"package": "curl", "source": "embedded", "rule": "table", "version": "7.88.1-10", "checksums": ["a\\", {"of": "{,:\"}"}, [], null]}
      },
      "mise": {
        "version": "2026.9.15"
      }
    }
  },
  "later": true
}
`

// A lock is kept in git: what is written back must differ in nothing but what
// was added, whoever wrote it.
func TestLockKeepsWhatIsThere(t *testing.T) {
	lock, err := ReadLock("l", []byte(lockText))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := MarshalLock(lock)
	if diff := cmp.Diff(lockText, string(raw)); diff != "" || err != nil {
		t.Fatal(diff, err)
	}
	section := doc.PackageNames{Repository: "debian_12", Names: map[string]doc.PackageName{
		"curl":  {Package: "curl", Source: "lock"},
		"git":   {Package: "git", Source: "embedded", Rule: "table"},
		"named": {Package: "mine", Source: "as"},
	}}
	if err := Add(&lock, section, nil); err != nil {
		t.Fatal(err)
	}
	raw, err = MarshalLock(lock)
	added := ` null]},
        "git": {"package": "git", "source": "embedded", "rule": "table"}`
	want := strings.Replace(lockText, " null]}", added, 1)
	if diff := cmp.Diff(want, string(raw)); diff != "" || err != nil {
		t.Error(diff, err)
	}
	section.Names["curl"] = doc.PackageName{Package: "curl", Source: "embedded", Rule: "table"}
	if err := Add(&lock, section, []string{"curl"}); err != nil {
		t.Fatal(err)
	}
	if got := lock.Repositories["debian_12"].Packages["curl"]; got.Version != "" {
		t.Errorf("curl was not replaced: %+v", got)
	}
}

func TestAddToAnEmptyLock(t *testing.T) {
	var lock doc.PackageLock
	names := map[string]doc.PackageName{"mine": {Package: "m", Source: "as"}}
	if err := Add(&lock, doc.PackageNames{Names: names}, nil); err != nil || lock.Repositories != nil {
		t.Errorf("%+v, %v", lock, err)
	}
	names["git"] = doc.PackageName{Package: "git", Source: "index"}
	if err := Add(&lock, doc.PackageNames{Names: names}, nil); err == nil {
		t.Error("a name of an unknown repository was locked")
	}
	if err := Add(&lock, doc.PackageNames{Repository: "arch", Names: names}, nil); err != nil || len(lock.Repositories["arch"].Packages) != 1 {
		t.Errorf("%+v, %v", lock, err)
	}
}

func TestReadLockRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"schema":     `{"schema": "hostkit.package-lock/v2", "repositories": {}}`,
		"other":      `{"schema": "hostkit.plan/v1"}`,
		"twice":      `{"schema": "hostkit.package-lock/v1", "repositories": {"a": {"packages": {}}, "a": {"packages": {}}}}`,
		"no package": `{"schema": "hostkit.package-lock/v1", "repositories": {"a": {"packages": {"x": {"package": "", "source": "as"}}}}}`,
		"no source":  `{"schema": "hostkit.package-lock/v1", "repositories": {"a": {"packages": {"x": {"package": "x"}}}}}`,
		"bad name":   `{"schema": "hostkit.package-lock/v1", "repositories": {"a": {"packages": {"X Y": {"package": "x", "source": "index"}}}}}`,
		"cut":        `{"schema": "hostkit.package-lock/v1", "repositories": {`,
		"nothing":    ``,
		"missing":    `{"schema": "hostkit.package-lock/v1"}`,
		"no target":  `{"version": 1, "target": null, "packages": {"a": "a"}}`,
		"version 2":  `{"version": 2, "target": "arch", "packages": {"a": "a"}}`,
		"nameless":   `{"version": 1, "target": "arch", "packages": {"a": ""}}`,
		"more":       `{"version": 1, "target": "arch", "packages": {}, "later": 1}`,
	} {
		if lock, err := ReadLock("l", []byte(text)); err == nil {
			t.Errorf("%s was taken: %+v", name, lock)
		}
	}
}

// A pin that is passed over in silence installs another version.
func TestReadLockRefusesSlips(t *testing.T) {
	entry := func(members string) string {
		return `{"schema": "hostkit.package-lock/v1", "repositories": {"arch": {"packages": {"x": {"package": "x", "source": "index"` + members + `}}}}}`
	}
	for text, want := range map[string][2]string{
		entry(`, "verison": "9"`):                                  {`l:1:119: unknown member "verison" in /repositories/arch/packages/x`, `did you mean "version"`},
		entry(`, "Version": "9"`):                                  {`l:1:119: unknown member "Version" in /repositories/arch/packages/x`, `did you mean "version"`},
		entry(`, "pin": "9"`):                                      {`l:1:119: unknown member "pin" in /repositories/arch/packages/x`, `did you mean "version"`},
		entry(`, "later": 1, "pn~": 1`):                            {},
		`{"schema": "hostkit.package-lock/v1", "repositries": {}}`: {`l:1:39: unknown member "repositries"`, `did you mean "repositories"`},
		`{"schema": "hostkit.package-lock/v1", "repositories": {"a/b": {"package": {}}}}`:                  {`l:1:64: unknown member "package" in /repositories/a~1b`, `did you mean "packages"`},
		`{"schema": "hostkit.package-lock/v1", "repositories": {}, "mise": {"verson": "1", "builds": {}}}`: {`l:1:68: unknown member "verson" in /mise`, `did you mean "version"`},
	} {
		_, err := ReadLock("l", []byte(text))
		got := [2]string{}
		if refused := (*Refusal)(nil); errors.As(err, &refused) {
			got = [2]string{refused.Error(), refused.Hint()}
		}
		if got != want {
			t.Errorf("%s:\n got %q\nwant %q", text, got, want)
		}
	}
}

// HostKit's own lock has names of one release, and calls Alpine's by the number
// of a point release.
func TestReadLockOfHostKit(t *testing.T) {
	for target, want := range map[string]string{
		"debian_12": "debian_12", "alpine_3_20_3": "alpine_3_20", "alpine_3_20": "alpine_3_20",
	} {
		raw := []byte(`{"version": 1, "target": "` + target + `", "packages": {"openssl_dev": "libssl-dev"}}`)
		if !IsHostKitLock(raw) {
			t.Errorf("%s is not known", raw)
		}
		got, err := ReadLock("l", raw)
		named := map[string]doc.PackageName{"openssl_dev": {Package: "libssl-dev", Source: "lock", Rule: "lock of HostKit"}}
		if diff := cmp.Diff(lockOf(want, named), &got); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
	}
	if IsHostKitLock([]byte(lockText)) || IsHostKitLock([]byte(`{"version": 1`)) {
		t.Error("another file is taken for HostKit's")
	}
}

// git runs git in a folder, without the settings of the person who tests.
func git(t *testing.T, dir string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.org", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.org")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// Two branches add names to the lock. Where the names are apart git merges them;
// where they are neighbours the conflict shows an entry a line, and taking both
// is all there is to do.
func TestTwoBranchesAddToALock(t *testing.T) {
	with := func(packages ...string) []byte {
		lock := doc.PackageLock{Repositories: map[string]doc.LockedRepository{}}
		for _, repository := range []string{"alpine_3_20", "debian_12"} {
			names := make(map[string]doc.PackageName)
			for _, p := range packages {
				names[p] = doc.PackageName{Package: p, Source: "embedded", Rule: "table"}
			}
			lock.Repositories[repository] = doc.LockedRepository{Packages: names}
		}
		raw, err := MarshalLock(lock)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	for name, test := range map[string]struct {
		base, ours, theirs []string
		conflicts          int
	}{
		"apart":      {[]string{"curl", "git", "jq", "vim"}, []string{"bash"}, []string{"htop"}, 0},
		"neighbours": {[]string{"curl", "git", "vim"}, []string{"htop"}, []string{"jq"}, 2},
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, "host_kit.package.lock")
		commit := func(packages ...string) {
			err := os.WriteFile(path, with(packages...), 0o600)
			if out, gitErr := git(t, dir, "add", "."); err != nil || gitErr != nil {
				t.Fatal(err, gitErr, out)
			}
			if out, err := git(t, dir, "commit", "-q", "-m", "lock"); err != nil {
				t.Fatal(err, out)
			}
		}
		must := func(args ...string) {
			if out, err := git(t, dir, args...); err != nil {
				t.Fatal(err, out)
			}
		}
		must("init", "-q", "-b", "main")
		commit(test.base...)
		must("checkout", "-q", "-b", "theirs")
		commit(slices.Concat(test.base, test.theirs)...)
		must("checkout", "-q", "main")
		commit(slices.Concat(test.base, test.ours)...)
		out, err := git(t, dir, "merge", "-q", "--no-edit", "theirs")
		merged, readErr := os.ReadFile(path)
		if readErr != nil || (err == nil) != (test.conflicts == 0) || strings.Count(string(merged), "<<<<<<< ") != test.conflicts {
			t.Fatalf("%s: %v, %v, %s\n%s", name, readErr, err, out, merged)
		}
		if test.conflicts > 0 {
			_, err := ReadLock("l", merged)
			if err == nil || err.Error() != "l:8: git has left a merge conflict here" {
				t.Errorf("%s: %v", name, err)
			}
			merged = regexp.MustCompile(`(?m)^(<<<<<<<|=======|>>>>>>>).*\n`).ReplaceAll(merged, nil)
		}
		if diff := cmp.Diff(string(with(slices.Concat(test.base, test.ours, test.theirs)...)), string(merged)); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

func TestForHost(t *testing.T) {
	resources := []doc.Resource{{Address: "package:curl", Kind: "package", Name: "curl", State: doc.Present}}
	as := []doc.Resource{{Address: "package:curl", Kind: "package", Name: "curl", State: doc.Present, Spec: doc.Attributes(`{"as": "mine"}`)}}
	section := func(repository, pkg, source string) *doc.PackageNames {
		return &doc.PackageNames{Repository: repository, Names: map[string]doc.PackageName{"curl": {Package: pkg, Source: source}}}
	}
	known := &doc.Facts{PackageRepository: "debian_12"}
	lock := lockOf("debian_12", map[string]doc.PackageName{"curl": {Package: "curl"}})
	for name, test := range map[string]struct {
		h       doc.HostDocument
		lock    *doc.PackageLock
		want    string
		problem string
	}{
		"nothing to name":    {doc.HostDocument{}, lock, "", ""},
		"resolved here":      {doc.HostDocument{Resources: resources, Facts: known}, nil, "curl", ""},
		"from the section":   {doc.HostDocument{Resources: resources, Facts: known, Packages: section("debian_12", "other", "index")}, nil, "other", ""},
		"told repository":    {doc.HostDocument{Resources: resources, Facts: &doc.Facts{}, Packages: section("debian_12", "other", "index")}, nil, "other", ""},
		"lock agrees":        {doc.HostDocument{Resources: resources, Facts: known, Packages: section("debian_12", "curl", "embedded")}, lock, "curl", ""},
		"lock differs":       {doc.HostDocument{Resources: resources, Facts: known, Packages: section("debian_12", "other", "embedded")}, lock, "", `package "curl" is other in the document and curl in the package lock l`},
		"other repository":   {doc.HostDocument{Resources: resources, Facts: known, Packages: section("arch", "curl", "embedded")}, nil, "", "the document's package names are those of arch, its facts those of debian_12"},
		"names are older":    {doc.HostDocument{Resources: as, Facts: known, Packages: section("debian_12", "curl", "embedded")}, nil, "", `package "curl": the document's package names are older than its resources: it says curl, the config says as "mine"`},
		"as is gone":         {doc.HostDocument{Resources: resources, Facts: known, Packages: section("debian_12", "mine", "as")}, nil, "", "package \"curl\": the document's package names are older than its resources: it says mine because of an `as` that the config no longer has"},
		"missing in section": {doc.HostDocument{Resources: resources, Facts: known, Packages: &doc.PackageNames{Repository: "debian_12"}}, nil, "", `package "curl": the document's package names are older than its resources: it has no name for it`},
	} {
		got, err := ForHost(test.h, Options{Lock: test.lock, LockName: "l"})
		problem := ""
		if err != nil {
			problem = err.Error()
		}
		if got["curl"].Package != test.want || problem != test.problem {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}
