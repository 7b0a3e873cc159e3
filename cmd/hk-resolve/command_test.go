package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hostkit/pkg/cli"
)

type run struct {
	exit           int
	stdout, stderr string
}

func runWith(t *testing.T, stdin string, environ map[string]string, args ...string) run {
	t.Helper()
	var out, errs bytes.Buffer
	exit := cli.Main(t.Context(), command(), args, cli.Streams{
		Stdin: strings.NewReader(stdin), Stdout: &out, Stderr: &errs,
		Getenv: func(name string) string { return environ[name] },
	})
	return run{exit, out.String(), errs.String()}
}

// host is a document with packages, and with facts unless they are empty.
func host(name, facts string, packages ...string) string {
	var resources []string
	for _, p := range packages {
		name, as, _ := strings.Cut(p, "=")
		r := `{"address":"package:` + name + `","kind":"package","name":"` + name + `","service":"s","state":"present","declared_at":"c#/` + name + `"`
		if as != "" {
			r += `,"as":"` + as + `"`
		}
		resources = append(resources, r+"}")
	}
	d := `{"schema":"hostkit.host/v1","project":"p", "host":{"name":"` + name + `"},"resources":[` + strings.Join(resources, ",") + `]`
	if facts != "" {
		d += `,"facts":` + facts
	}
	return d + ",\"x\":1}\n"
}

const (
	debian = `{"identity":{"arch":"x86_64"},"os":{"id":"debian","id_like":[],"version_id":"12"},"package_manager":"apt","package_repository":"debian_12","packages":{"index":"present","installed":{"foo-bar":"1"},"available":{"absent-one":""}},"observed":{},"now":{}}`
	rhel   = `{"identity":{"arch":"x86_64"},"os":{"id":"rhel","id_like":["fedora"],"version_id":"9.4"},"package_repository":"almalinux_9","packages":{"index":"present","installed":{},"available":{}},"observed":{},"now":{}}`
	other  = `{"identity":{"arch":"x86_64"},"os":{"id":"kali","id_like":["debian"]},"package_manager":"apt","packages":{"index":"present","installed":{"foo-bar":"1"},"available":{}},"observed":{},"now":{}}`
)

func TestAddsTheSectionAndLeavesTheRest(t *testing.T) {
	in := host("a", debian, "openssl_dev", "foo_bar", "mine=its-own")
	got := runWith(t, in, nil)
	section := `,"packages":{"repository":"debian_12","names":{` +
		`"foo_bar":{"package":"foo-bar","source":"index","rule":"same name"},` +
		`"mine":{"package":"its-own","source":"as"},` +
		`"openssl_dev":{"package":"libssl-dev","source":"embedded","rule":"table"}}}}` + "\n"
	want := run{stdout: strings.TrimSuffix(in, "}\n") + section}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(run{})); diff != "" {
		t.Fatal(diff)
	}
	if again := runWith(t, got.stdout, nil); again.stdout != got.stdout {
		t.Errorf("a second time:\n%s", again.stdout)
	}
}

func TestRefusals(t *testing.T) {
	for name, test := range map[string]struct {
		in   string
		args []string
		want string
	}{
		"no facts":   {host("a", "", "curl"), nil, "hk-resolve: error: a: the document of host \"a\" has no facts\nhk-resolve: hint: run hk-facts before hk-resolve, or name the repository with --repository\n"},
		"not known":  {host("a", debian, "absent_one", "absent_two"), []string{"--offline"}, "hk-resolve: error: a: package \"absent_one\": no name is known for it on debian_12, the host's index has no absent-one, and there is no cache of Repology without HOME or XDG_CACHE_HOME (--offline) (c#/absent_one)\nhk-resolve: hint: is the name right? another name goes into as: {\"name\": \"absent_one\", \"as\": \"…\"}\nhk-resolve: error: a: package \"absent_two\": no name is known for it on debian_12, the host's index was not asked about absent-two, and there is no cache of Repology without HOME or XDG_CACHE_HOME (--offline) (c#/absent_two)\nhk-resolve: hint: write {\"name\": \"absent_two\", \"as\": \"absent-two\"} if that is the package\n"},
		"other host": {host("a", debian, "curl"), []string{"--repository", "arch"}, "hk-resolve: error: a: host \"a\" has packages of debian_12, not of arch\nhk-resolve: hint: leave --repository out: facts know it\n"},
	} {
		got := runWith(t, test.in, nil, test.args...)
		if diff := cmp.Diff(test.want, got.stderr); diff != "" || got.exit != cli.ExitRefused {
			t.Errorf("%s: exit %d\n%s", name, got.exit, diff)
		}
		if !strings.Contains(got.stdout, `"error":{"stage":"hk-resolve"`) || strings.Contains(got.stdout, `"packages":{"repository"`) {
			t.Errorf("%s: %s", name, got.stdout)
		}
	}
}

func TestRepositoryStandsInForFacts(t *testing.T) {
	got := runWith(t, host("a", "", "openssl_dev")+host("b", other, "openssl_dev", "foo_bar"), nil, "--repository", "debian_12")
	if got.exit != 0 || strings.Count(got.stdout, `"openssl_dev":{"package":"libssl-dev"`) != 2 || !strings.Contains(got.stdout, `"rule":"same name"`) {
		t.Errorf("%+v", got)
	}
	for name, hint := range map[string]string{
		"debian12": "hint: did you mean debian_12\n", "bookworm": "hint: repositories are spelled like debian_12, ",
	} {
		if got := runWith(t, host("a", "", "curl"), nil, "--repository", name); got.exit != cli.ExitUsage || got.stdout != "" || !strings.Contains(got.stderr, hint) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestSaysWhoseNamesAHostGets(t *testing.T) {
	got := runWith(t, host("a", rhel, "openssl_dev"), nil)
	if got.exit != 0 || !strings.Contains(got.stderr, "a: names of almalinux_9: ") || !strings.Contains(got.stdout, `"package":"openssl-devel"`) {
		t.Errorf("%+v", got)
	}
}

func TestLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "host_kit.package.lock")
	both := host("a", debian, "openssl_dev", "mine=m") + host("b", rhel, "curl")
	if got := runWith(t, both, nil, "--write-package-lock", path); got.exit != 0 || !strings.Contains(got.stderr, "wrote "+path) {
		t.Fatalf("%+v", got)
	}
	first, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(first), "libssl-dev") || strings.Contains(string(first), "mine") {
		t.Fatalf("%s, %v", first, err)
	}
	if got := runWith(t, both, nil, "--write-package-lock", path); got.exit != 0 || strings.Contains(got.stderr, "wrote") {
		t.Errorf("nothing is new, and yet: %+v", got)
	}
	if got := runWith(t, both, nil, "--package-lock", path); got.exit != 0 || strings.Count(got.stdout, `"source":"lock"`) != 2 {
		t.Errorf("%+v", got)
	}
	if got := runWith(t, both, map[string]string{cli.PackageLockVariable: path}); got.exit != 0 || strings.Count(got.stdout, `"source":"lock"`) != 2 {
		t.Errorf("%+v", got)
	}
	more := host("a", debian, "openssl_dev", "git", "curl")
	got := runWith(t, more, nil, "--package-lock", path)
	want := "hk-resolve: error: a: the package lock " + path + " has no name for curl, git on debian_12\nhk-resolve: hint: hk-eval CONFIG | hk-facts | hk-resolve --write-package-lock " + path + " adds what is missing\n"
	if diff := cmp.Diff(want, got.stderr); diff != "" || got.exit != cli.ExitRefused {
		t.Errorf("%d %s", got.exit, diff)
	}
	// A host that fails leaves the lock as it was, though other hosts had more.
	got = runWith(t, more+host("c", debian, "absent_one"), nil, "--offline", "--write-package-lock", path)
	if raw, _ := os.ReadFile(path); got.exit != cli.ExitRefused || !bytes.Equal(raw, first) || !strings.Contains(got.stderr, path+" was not written") {
		t.Errorf("%+v\n%s", got, raw)
	}
	got = runWith(t, more, nil, "--write-package-lock", path)
	if raw, _ := os.ReadFile(path); got.exit != 0 || !strings.Contains(string(raw), `"git"`) {
		t.Errorf("%+v\n%s", got, raw)
	}
}

func TestUpdateReplacesInTheLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	stale := `{"schema":"hostkit.package-lock/v1","repositories":{"debian_12":{"packages":{"curl":{"package":"old-curl","source":"repology"},"git":{"package":"old-git","source":"repology"}}}}}`
	in := host("a", debian, "curl", "git")
	for update, want := range map[string][2]string{"curl": {"curl", "old-git"}, "all": {"curl", "git"}} {
		if err := os.WriteFile(path, []byte(stale), 0o600); err != nil {
			t.Fatal(err)
		}
		got := runWith(t, in, nil, "--write-package-lock", path, "--update", update)
		raw, _ := os.ReadFile(path)
		for _, text := range []string{got.stdout, strings.ReplaceAll(strings.ReplaceAll(string(raw), " ", ""), "\n", "")} {
			if got.exit != 0 || !strings.Contains(text, `"curl":{"package":"`+want[0]+`"`) || !strings.Contains(text, `"git":{"package":"`+want[1]+`"`) {
				t.Errorf("--update %s: %+v\n%s", update, got, raw)
			}
		}
	}
	got := runWith(t, in, nil, "--write-package-lock", path, "--update", "nginx")
	if got.exit != cli.ExitUsage || got.stdout != "" {
		t.Errorf("%+v", got)
	}
}

func TestUsage(t *testing.T) {
	in := host("a", debian, "curl")
	missing := filepath.Join(t.TempDir(), "none")
	for _, test := range []struct {
		exit int
		args []string
	}{
		{cli.ExitUsage, []string{"--package-lock", "a", "--write-package-lock", "b"}},
		{cli.ExitUsage, []string{"--update", "curl"}},
		{cli.ExitUsage, []string{"file.json"}},
		{cli.ExitRefused, []string{"--package-lock", missing}},
		{cli.ExitUsage, []string{"--repology-url", "http://repology.org"}},
		{cli.ExitUsage, []string{"--repology-url", "repology.org"}},
		{cli.ExitUsage, []string{"--repology-cache-ttl", "-1h"}},
	} {
		if got := runWith(t, in, nil, test.args...); got.exit != test.exit || got.stdout != "" || got.stderr == "" {
			t.Errorf("%q: %+v", test.args, got)
		}
	}
	if got := runWith(t, in, map[string]string{cli.PackageLockVariable: missing}, "--write-package-lock", missing); got.exit != 0 {
		t.Errorf("a lock from the environment does not contradict one to write: %+v", got)
	}
	if got := runWith(t, host("a", ""), nil); got.exit != 0 || !strings.Contains(got.stdout, `"packages":{"repository":"","names":{}}`) {
		t.Errorf("a host without packages needs no facts: %+v", got)
	}
}

// A lock that is kept elsewhere and linked into the project was said to become a
// file of its own.
func TestLockBehindALinkStaysThere(t *testing.T) {
	folder := t.TempDir()
	link, kept := filepath.Join(folder, "lock"), filepath.Join(folder, "kept")
	if err := errors.Join(os.WriteFile(kept, []byte(`{"schema":"hostkit.package-lock/v1","repositories":{}}`), 0o600), os.Symlink("kept", link)); err != nil {
		t.Fatal(err)
	}
	got := runWith(t, host("a", debian, "openssl_dev"), nil, "--write-package-lock", link)
	raw, err := os.ReadFile(kept)
	if to, _ := os.Readlink(link); got.exit != 0 || err != nil || to != "kept" || !strings.Contains(string(raw), "libssl-dev") {
		t.Errorf("%+v, the link leads to %q, the file has %s, %v", got, to, raw, err)
	}
}
