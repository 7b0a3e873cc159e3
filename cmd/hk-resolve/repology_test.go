package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hostkit/pkg/cli"
	"hostkit/pkg/repology/repologytest"
)

// asks runs the command with a Repology of its own, which is Repology in that it
// allows one request a second.
func asks(t *testing.T) (*repologytest.Server, map[string]string) {
	t.Helper()
	s := repologytest.New(time.Second)
	t.Cleanup(s.Close)
	s.Examples()
	return s, map[string]string{"HOSTKIT_REPOLOGY_URL": s.URL, "XDG_CACHE_HOME": t.TempDir()}
}

const hiredis = `"hiredis_dev":{"package":"libhiredis-dev","source":"repology","rule":"the only -dev package","project":"hiredis"`

func TestAsksRepologyAndCaches(t *testing.T) {
	s, environ := asks(t)
	in := host("a", debian, "hiredis_dev", "pgquarrel", "curl")
	first := runWith(t, in, environ)
	if first.exit != 0 || !strings.Contains(first.stdout, hiredis+"}") {
		t.Fatalf("%+v", first)
	}
	s.Close()
	for _, args := range [][]string{nil, {"--offline"}} {
		if again := runWith(t, in, environ, args...); again.exit != 0 || again.stdout != first.stdout || again.stderr != "" {
			t.Errorf("%q: %+v", args, again)
		}
	}
	old := runWith(t, in, environ, "--offline", "--repology-cache-ttl", "0s")
	if old.exit != 0 || !strings.Contains(old.stdout, hiredis+`,"stale_since":"`) || !strings.Contains(old.stderr, "a: names from older answers of Repology, which were not confirmed anew: hiredis_dev (of ") {
		t.Errorf("%+v", old)
	}
	if len(s.Requests()) != 2 || s.TooFast() != 0 {
		t.Errorf("%v, %d too fast", s.Requests(), s.TooFast())
	}
}

func TestTroubleWithRepologyIsAFailure(t *testing.T) {
	s, environ := asks(t)
	s.Close()
	got := runWith(t, host("a", debian, "hiredis_dev"), environ)
	if got.exit != cli.ExitFailed || !strings.Contains(got.stdout, `"code":"repology_unreachable"`) || strings.Contains(got.stdout, `"packages":{"repository"`) || !strings.Contains(got.stderr, "hint: run it again later; --package-lock") {
		t.Errorf("%+v", got)
	}
	// What nobody need ask Repology about does not need it.
	if got := runWith(t, host("a", debian, "curl"), environ); got.exit != 0 || got.stderr != "" {
		t.Errorf("%+v", got)
	}
	// Where no answer can be kept, nobody takes turns either.
	delete(environ, "XDG_CACHE_HOME")
	if got := runWith(t, host("a", debian, "hiredis_dev"), environ); got.exit != cli.ExitFailed || !strings.Contains(got.stderr, "no folder is known for it") {
		t.Errorf("%+v", got)
	}
}

// A lock is all that is asked, cache included.
func TestPackageLockAsksNobody(t *testing.T) {
	s, environ := asks(t)
	path := filepath.Join(t.TempDir(), "lock")
	if got := runWith(t, host("a", debian, "hiredis_dev"), environ, "--write-package-lock", path); got.exit != 0 {
		t.Fatalf("%+v", got)
	}
	got := runWith(t, host("a", debian, "hiredis_dev"), environ, "--package-lock", path)
	if got.exit != 0 || !strings.Contains(got.stdout, `"hiredis_dev":{"package":"libhiredis-dev","source":"lock","rule":"the only -dev package","project":"hiredis"}`) {
		t.Errorf("%+v", got)
	}
	if got := runWith(t, host("a", debian, "hiredis_dev", "pgquarrel"), environ, "--package-lock", path); got.exit != cli.ExitRefused {
		t.Errorf("%+v", got)
	}
	if n := len(s.Requests()); n != 1 {
		t.Errorf("%d requests", n)
	}
	// Only what is asked for anew is, though the cache is fresh; the answer to it
	// is that nothing has changed.
	got = runWith(t, host("a", debian, "hiredis_dev"), environ, "--write-package-lock", path, "--update", "hiredis_dev")
	if asked := s.Requests(); got.exit != 0 || !strings.Contains(got.stdout, hiredis+"}") || len(asked) != 2 || asked[1].Status != 304 {
		t.Errorf("%+v, %+v", got, asked)
	}
}

func TestOwnCache(t *testing.T) {
	for _, test := range []struct{ xdg, home, want string }{
		{"/c", "/h", "/c/hostkit/repology"},
		{"", "/h", "/h/.cache/hostkit/repology"},
		{"relative", "/h", "/h/.cache/hostkit/repology"},
		{"", "", ""},
	} {
		environ := map[string]string{"XDG_CACHE_HOME": test.xdg, "HOME": test.home}
		if got := ownCache(func(name string) string { return environ[name] }); got != test.want {
			t.Errorf("%+v: %q", test, got)
		}
	}
}
