package resolve_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"hostkit/pkg/cli"
	"hostkit/pkg/doc"
	"hostkit/pkg/repology"
	"hostkit/pkg/repology/repologytest"
	"hostkit/pkg/resolve"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// short is the interval of servers and clients of these tests.
const short = 10 * time.Millisecond

func server(t *testing.T) (*repologytest.Server, repology.Options) {
	t.Helper()
	s := repologytest.New(short)
	t.Cleanup(s.Close)
	s.Examples()
	u, err := repology.ParseURL(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	return s, repology.Options{URL: u, Version: "test", Cache: t.TempDir(), TTL: time.Hour, Interval: short}
}

func host(repository string, packages ...string) doc.HostDocument {
	h := doc.HostDocument{Facts: &doc.Facts{
		PackageRepository: repository,
		Packages:          &doc.PackageFacts{Index: doc.Present, Installed: map[string]string{"in-index": "1"}, Available: map[string]string{}},
	}}
	for _, name := range packages {
		h.Resources = append(h.Resources, doc.Resource{Address: doc.Address("package:" + name), Kind: "package", Name: name, State: doc.Present})
	}
	return h
}

func TestNamesThatNobodyElseKnows(t *testing.T) {
	s, o := server(t)
	client := repology.New(o)
	for _, test := range []struct{ repository, name, want string }{
		{"debian_12", "hiredis_dev", "libhiredis-dev, the only -dev package, hiredis"},
		{"ubuntu_24_04", "hiredis_devel", "libhiredis-dev, the only -dev package, hiredis"},
		{"fedora_43", "hiredis_dev", "hiredis-devel, the only -devel package, hiredis"},
		{"alpine_3_20", "hiredis_dev", "hiredis-dev, the only -dev package, hiredis"},
		{"arch", "hiredis_headers", "hiredis, headers are in the package itself, binname equals srcname, hiredis"},
		{"arch", "hiredis", "hiredis, binname equals srcname, hiredis"},
		{"debian_12", "pgquarrel", "pgquarrel, binname equals srcname, pgquarrel"},
		{"debian_12", "pgquarrel_tools", "pgquarrel-tools, binname equals the name asked, pgquarrel"},
		{"almalinux_9", "pgquarrel", "pgquarrel, binname equals srcname, in epel_9, pgquarrel"},
		{"debian_12", "fd_find", "fd-find, binname equals the project, fd-find"},
		{"debian_12", "httpie", "httpie, binname equals the name asked, python:httpie"},
		{"debian_12", "whereami", "whereami, binname equals srcname, whereami"},
		{"debian_12", "lua_socket", "lua-socket, binname equals the project, lua-socket"},
	} {
		section, err := resolve.Host(t.Context(), host(test.repository, test.name), resolve.Options{Repology: client})
		n := section.Names[test.name]
		got := strings.Join([]string{n.Package, n.Rule, n.Project}, ", ")
		if err != nil || got != test.want || n.Source != "repology" || n.Version != "" || n.StaleSince != "" {
			t.Errorf("%s on %s: %+v, %v; want %s", test.name, test.repository, n, err, test.want)
		}
	}
	if s.TooFast() > 0 {
		t.Errorf("%d requests were too fast", s.TooFast())
	}
}

func TestNamesThatAreRefused(t *testing.T) {
	_, o := server(t)
	client := repology.New(o)
	for _, test := range []struct{ repository, name, code, message, hint string }{
		{
			"debian_12", "openldap", "package_ambiguous",
			`package "openldap": no name is known for it on debian_12: Repology's project openldap has no package there that is surely meant`,
			`write {"name": "openldap", "as": "…"} with one of slapd, ldap-utils, libldap-2.5-0`,
		},
		{
			"debian_12", "cabal", "package_ambiguous",
			`package "cabal": no name is known for it on debian_12: several of Repology's projects have cabal: cabal-install, haskell:cabal-install`,
			`write {"name": "cabal", "as": "cabal"} if that is the package`,
		},
		{
			"fedora_43", "webserver", "package_ambiguous",
			`package "webserver": no name is known for it on fedora_43: Repology's project lighttpd has no package there that is surely meant`,
			`write {"name": "webserver", "as": "…"} with one of webserver, lighttpd`,
		},
		{
			"debian_12", "no_such", "package_unknown",
			`package "no_such": no name is known for it on debian_12, the host's index was not asked about no-such, and Repology knows no package no-such`,
			`write {"name": "no_such", "as": "no-such"} if that is the package`,
		},
		{
			"fedora_43", "no_such_dev", "package_unknown",
			`package "no_such_dev": no name is known for it on fedora_43, the host's index was not asked about no-such-dev, and Repology knows no package no-such-devel`,
			`write {"name": "no_such_dev", "as": "no-such-dev"} if that is the package`,
		},
	} {
		_, err := resolve.Host(t.Context(), host(test.repository, test.name), resolve.Options{Repology: client})
		if err == nil {
			t.Errorf("%s: not refused", test.name)
			continue
		}
		d := cli.Describe(err)
		if diff := cmp.Diff(doc.HostError{Code: test.code, Message: test.message, Hint: test.hint, Exit: 3}, d); diff != "" {
			t.Errorf("%s:\n%s", test.name, diff)
		}
	}
}

// The table, the host and `as` are asked first.
func TestRepologyIsAskedLastAndOnce(t *testing.T) {
	s, o := server(t)
	client := repology.New(o)
	all := []string{"curl", "in_index", "hiredis_dev"}
	for range 3 {
		if _, err := resolve.Host(t.Context(), host("debian_12", all...), resolve.Options{Repology: client}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := resolve.Host(t.Context(), host("ubuntu_24_04", all...), resolve.Options{Repology: client}); err != nil {
		t.Fatal(err)
	}
	if n := len(s.Requests()); n != 1 {
		t.Errorf("%d requests: %v", n, s.Requests())
	}
	// Nor is it asked about a host that could not look, a name that others
	// provide, or a distribution that is not known.
	failed := host("debian_12", "no_such")
	failed.Facts.Packages.Error = &doc.FactError{Code: "no_space", Message: "no space"}
	provided := host("debian_12", "no_such")
	provided.Facts.Packages.Providers = map[string][]string{"no-such": {"a", "b"}}
	for _, h := range []doc.HostDocument{failed, provided, host("", "no_such"), host("gentoo", "no_such")} {
		if _, err := resolve.Host(t.Context(), h, resolve.Options{Repology: client}); err == nil {
			t.Error("not refused")
		}
	}
	if n := len(s.Requests()); n != 1 {
		t.Errorf("%d requests: %v", n, s.Requests())
	}
}

func TestTroubleIsToldOnceForAllNames(t *testing.T) {
	s, o := server(t)
	s.Close()
	_, err := resolve.Host(t.Context(), host("debian_12", "bb", "aa", "curl"), resolve.Options{Repology: repology.New(o)})
	d := cli.Describe(err)
	if d.Exit != 1 || d.Code != "repology_unreachable" || !strings.HasPrefix(d.Message, "no name is known on debian_12 for aa, bb: ask "+s.URL+": ") || !strings.Contains(d.Hint, "--offline") {
		t.Errorf("%+v", d)
	}
}

func TestOldAnswersSaySo(t *testing.T) {
	s, o := server(t)
	h := host("debian_12", "hiredis_dev")
	fresh, err := resolve.Host(t.Context(), h, resolve.Options{Repology: repology.New(o)})
	if err != nil || resolve.Stale(fresh) != "" {
		t.Fatalf("%v, %v", fresh, err)
	}
	s.Close()
	o.TTL = 0
	for _, offline := range []bool{false, true} {
		o.Offline = offline
		lock := doc.PackageLock{}
		section, err := resolve.Host(t.Context(), h, resolve.Options{Repology: repology.New(o), Grow: &lock})
		if err != nil {
			t.Fatal(err)
		}
		since := section.Names["hiredis_dev"].StaleSince
		if _, err := time.Parse(time.RFC3339, since); err != nil {
			t.Errorf("stale since %q", since)
		}
		if got := resolve.Stale(section); !strings.Contains(got, "hiredis_dev (of "+since+")") {
			t.Errorf("%q", got)
		}
		kept := lock.Repositories["debian_12"].Packages["hiredis_dev"]
		if kept.Package != "libhiredis-dev" || kept.Project != "hiredis" || kept.StaleSince != "" {
			t.Errorf("locked %+v", kept)
		}
	}
	// What the cache does not have is said.
	_, err = resolve.Host(t.Context(), host("debian_12", "pgquarrel"), resolve.Options{Repology: repology.New(o)})
	if d := cli.Describe(err); d.Exit != 3 || !strings.Contains(d.Message, "the cache of Repology has no answer (--offline)") {
		t.Errorf("%+v", d)
	}
}

// Two hundred names from the cache: 50 ms is the bound, and a benchmark shows
// what is left of it.
func BenchmarkWarm(b *testing.B) {
	dir := b.TempDir()
	s := repologytest.New(0)
	defer s.Close()
	var all []string
	for i := range 200 {
		name := fmt.Sprintf("name%d", i)
		all = append(all, name)
		for repository := range 200 {
			s.Project(name, repologytest.Record{Repo: fmt.Sprintf("debian_%d", repository), SrcName: name, BinNames: []string{name, name + "-dev", name + "-doc"}, Version: "1.2.3", Status: "newest"})
		}
	}
	u, err := repology.ParseURL(s.URL)
	if err != nil {
		b.Fatal(err)
	}
	o := repology.Options{URL: u, Version: "test", Cache: dir, TTL: time.Hour, Interval: 1}
	fill := func() {
		if _, err := resolve.Host(b.Context(), host("debian_12", all...), resolve.Options{Repology: repology.New(o)}); err != nil {
			b.Fatal(err)
		}
	}
	fill()
	for b.Loop() {
		fill()
	}
}
