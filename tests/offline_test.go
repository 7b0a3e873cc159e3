package tests

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"hostkit/tests/binaries"
)

// alone runs a hk-resolve that must not reach anybody: nobody listens on port 1.
func alone(t *testing.T, environ []string, document string, args ...string) (exit int, stdout, stderr string) {
	t.Helper()
	bin, err := binaries.Build()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), filepath.Join(bin, "hk-resolve"), append([]string{"--repository", "debian_12"}, args...)...)
	cmd.Env = append([]string{"HOSTKIT_REPOLOGY_URL=http://127.0.0.1:1"}, environ...)
	cmd.Stdin = strings.NewReader(document)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	_ = cmd.Run()
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

// filled is a folder for XDG_CACHE_HOME whose cache has an answer about zz_0, and
// the address that was asked for it.
func filled(t *testing.T) (cache, url string) {
	t.Helper()
	s := strict(t, 1)
	cache = t.TempDir()
	if out, err := asker(t, s, cache, wanting("zz_0")).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return cache, s.URL
}

// Each way to work without a network gives names, or says what could not be known
// and why.
func TestOffline(t *testing.T) {
	t.Parallel()
	cache, url := filled(t)
	lock := filepath.Join(t.TempDir(), "lock")
	text := `{"schema":"hostkit.package-lock/v1","repositories":{"debian_12":{"packages":{"zz_0":{"package":"zz-locked","source":"repology"}}}}}`
	if err := os.WriteFile(lock, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	damaged := t.TempDir()
	answers, err := filepath.Glob(filepath.Join(cache, "hostkit", "repology", "*.answer"))
	if err != nil || len(answers) != 1 {
		t.Fatalf("%q, %v", answers, err)
	}
	if err := os.WriteFile(filepath.Join(damaged, filepath.Base(answers[0])), []byte("hostkit-repology/1 cut"), 0o600); err != nil {
		t.Fatal(err)
	}
	none := filepath.Join(t.TempDir(), "none")
	for _, test := range []struct {
		name    string
		environ []string
		args    []string
		wants   string
		exit    int
		has     string
	}{
		{"table", nil, []string{"--offline"}, "curl", 0, `"package":"curl","source":"embedded"`},
		{"table, asking allowed", nil, nil, "curl", 0, `"package":"curl","source":"embedded"`},
		{"lock", nil, []string{"--package-lock", lock}, "zz_0", 0, `"package":"zz-locked","source":"lock"`},
		{"lock that grows", nil, []string{"--offline", "--write-package-lock", lock}, "zz_0", 0, `"package":"zz-locked","source":"lock"`},
		{"cache", []string{"XDG_CACHE_HOME=" + cache}, []string{"--offline", "--repology-url", url}, "zz_0", 0, `"package":"zz-0","source":"repology"`},
		{"cache by flag", nil, []string{"--offline", "--repology-url", url, "--repology-cache", filepath.Join(cache, "hostkit", "repology")}, "zz_0", 0, `"package":"zz-0","source":"repology"`},
		{"old cache", []string{"XDG_CACHE_HOME=" + cache}, []string{"--offline", "--repology-url", url, "--repology-cache-ttl", "0s"}, "zz_0", 0, `"stale_since":"20`},
		{"nothing", nil, []string{"--offline"}, "zz_0", 3, "there is no cache of Repology without HOME or XDG_CACHE_HOME (--offline)"},
		{"no cache yet", []string{"HOME=" + none}, []string{"--offline"}, "zz_0", 3, "there is no cache of Repology in " + none + "/.cache/hostkit/repology (--offline)"},
		{"another name", []string{"XDG_CACHE_HOME=" + cache}, []string{"--offline", "--repology-url", url}, "zz_1", 3, "the cache of Repology has no answer (--offline)"},
		{"unreadable", nil, []string{"--offline", "--repology-cache", file}, "zz_0", 3, "the cache of Repology can't be read: open " + file + ": not a directory (--offline)"},
		{"damaged", nil, []string{"--offline", "--repology-url", url, "--repology-cache", damaged}, "zz_0", 3, "the answer in the cache of Repology is damaged (--offline)"},
		{"nowhere to take turns", nil, nil, "zz_0", 1, "hint: set HOME or XDG_CACHE_HOME, or name a folder with --repology-cache; --package-lock, `as` and --offline need none"},
		{"turns in a file", []string{"XDG_CACHE_HOME=" + file}, nil, "zz_0", 1, "hint: set XDG_CACHE_HOME to a folder that this user can write; "},
		{"nobody there", []string{"HOME=" + none}, nil, "zz_0", 1, "hint: run it again later; --package-lock and `as` need no Repology, --offline takes what its cache has"},
	} {
		exit, stdout, stderr := alone(t, test.environ, wanting(test.wants), test.args...)
		if exit != test.exit || !strings.Contains(stdout+stderr, test.has) {
			t.Errorf("%s: exit %d, no %q in\n%s%s", test.name, exit, test.has, stdout, stderr)
		}
	}
	if _, err := os.Stat(filepath.Join(none, "none")); err == nil {
		t.Error("--offline has made a folder")
	}
}

// What is written by several processes at the same time has the names of all.
func TestWritersOfOneLock(t *testing.T) {
	t.Parallel()
	lock := filepath.Join(t.TempDir(), "lock")
	names := []string{"curl", "git", "jq", "tree", "zsh", "rsync", "tar", "sed"}
	var all sync.WaitGroup
	for _, name := range names {
		all.Go(func() {
			if exit, _, stderr := alone(t, nil, wanting(name), "--offline", "--write-package-lock", lock); exit != 0 {
				t.Errorf("%s: exit %d: %s", name, exit, stderr)
			}
		})
	}
	all.Wait()
	raw, err := os.ReadFile(lock)
	for _, name := range names {
		if !bytes.Contains(raw, []byte(fmt.Sprintf("%q: {\"package\"", name))) {
			t.Errorf("the lock has no %s: %v\n%s", name, err, raw)
		}
	}
}

// A full or read-only file system leaves the lock as it was.
func TestLockThatCantBeWritten(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("mounting a file system wants root")
	}
	const old = `{
  "schema": "hostkit.package-lock/v1",
  "repositories": {
    "debian_12": {
      "packages": {
        "curl": {"package": "curl", "source": "embedded", "rule": "table"}
      }
    }
  }
}
`
	for name, test := range map[string]struct {
		flags uintptr
		want  string
	}{
		"full":      {0, "no space left on device"},
		"read-only": {unix.MS_REMOUNT | unix.MS_RDONLY, "read-only file system"},
	} {
		folder := t.TempDir()
		// One page, which the old lock takes.
		if err := unix.Mount("tmpfs", folder, "tmpfs", 0, "size=4k"); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = unix.Unmount(folder, unix.MNT_DETACH) })
		lock := filepath.Join(folder, "lock")
		if err := os.WriteFile(lock, []byte(old), 0o600); err != nil {
			t.Fatal(err)
		}
		if test.flags != 0 {
			if err := unix.Mount("tmpfs", folder, "tmpfs", test.flags, ""); err != nil {
				t.Fatal(err)
			}
		}
		exit, _, stderr := alone(t, nil, wanting("curl", "git"), "--offline", "--write-package-lock", lock)
		raw, err := os.ReadFile(lock)
		left, readErr := os.ReadDir(folder)
		if exit != 1 || !strings.Contains(stderr, "hk-resolve: error: write "+lock+": "+test.want) || string(raw) != old || err != nil || readErr != nil || len(left) != 1 {
			t.Errorf("%s: exit %d, %s\n%s, %v, %v", name, exit, stderr, raw, err, left)
		}
		// What has nothing new for it needs no writing.
		if exit, _, stderr := alone(t, nil, wanting("curl"), "--offline", "--write-package-lock", filepath.Join(folder, "lock")); exit != 0 && name == "read-only" {
			t.Errorf("%s: exit %d, %s", name, exit, stderr)
		}
	}
}
