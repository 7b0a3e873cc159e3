package repology_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"hostkit/pkg/repology"
	"hostkit/pkg/repology/repologytest"
)

// turns is where the clients of all tests take turns, whatever their caches.
var turns string

func TestMain(m *testing.M) {
	var err error
	if turns, err = os.MkdirTemp("", "repology-"); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(status int) {
		_ = os.RemoveAll(turns)
		os.Exit(status)
	}))
}

// short is the interval of servers and clients of these tests.
const short = 20 * time.Millisecond

func server(t *testing.T) *repologytest.Server {
	t.Helper()
	s := repologytest.New(short)
	t.Cleanup(s.Close)
	t.Cleanup(func() {
		if n := s.TooFast(); n > 0 {
			t.Errorf("%d requests came before their time", n)
		}
	})
	s.Project("postgresql",
		repologytest.Record{Repo: "debian_12", SubRepo: "main", SrcName: "postgresql-15", BinNames: []string{"postgresql-15", "libpq-dev"}, Version: "15.1", Status: "outdated"},
		repologytest.Record{Repo: "fedora_43", SrcName: "postgresql18", BinNames: []string{"postgresql", "perl(Carp)", "/usr/bin/x", "\x1b[31m"}, Version: "18", Status: "newest"})
	s.Project("python:requests", repologytest.Record{Repo: "arch", BinName: "python-requests", SrcName: "python-requests", Version: "2", Status: "ignored"})
	return s
}

// options are those of a client of the server with a cache of its own.
func options(t *testing.T, url string) repology.Options {
	t.Helper()
	u, err := repology.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	return repology.Options{URL: u, Version: "test", Cache: t.TempDir(), Pace: turns, TTL: time.Hour, Interval: short}
}

func project(t *testing.T, o repology.Options, name string, repositories ...string) (repology.Answer, error) {
	t.Helper()
	return repology.New(o).Project(t.Context(), name, repositories...)
}

func TestProject(t *testing.T) {
	s := server(t)
	o := options(t, s.URL)
	debian := repology.Record{Repo: "debian_12", SrcName: "postgresql-15", BinNames: []string{"postgresql-15", "libpq-dev"}, Version: "15.1", Status: "outdated"}
	fedora := repology.Record{Repo: "fedora_43", SrcName: "postgresql18", BinNames: []string{"postgresql"}, Version: "18", Status: "newest"}
	arch := repology.Record{Repo: "arch", SrcName: "python-requests", BinName: "python-requests", Version: "2", Status: "ignored"}
	for _, test := range []struct {
		name, repositories string
		want               []repology.Record
	}{
		{"postgresql", "debian_12", []repology.Record{debian}},
		{"postgresql", "fedora_43 debian_12", []repology.Record{fedora, debian}},
		{"postgresql", "alpine_3_20", nil},
		{"python:requests", "arch", []repology.Record{arch}},
		{"none", "arch", nil},
	} {
		got, err := project(t, o, test.name, strings.Fields(test.repositories)...)
		if diff := cmp.Diff(repology.Answer{Records: test.want}, got); err != nil || diff != "" {
			t.Errorf("%s in %s: %v\n%s", test.name, test.repositories, err, diff)
		}
	}
	if n := len(s.Requests()); n != 3 {
		t.Errorf("%d requests for 3 projects: %v", n, s.Requests())
	}
	if !arch.Doubtful() || fedora.Doubtful() {
		t.Error("ignored is doubtful, newest is not")
	}
}

func TestProjectsOf(t *testing.T) {
	s := server(t)
	s.Project("other", repologytest.Record{Repo: "debian_12", BinNames: []string{"libpq-dev"}, Version: "1"})
	o := options(t, s.URL)
	for range 2 { // the second time from the cache
		for binary, want := range map[string][]string{"postgresql-15": {"postgresql"}, "libpq-dev": {"other", "postgresql"}, "none": nil} {
			got, err := repology.New(o).ProjectsOf(t.Context(), "debian_12", binary)
			if diff := cmp.Diff(repology.Answer{Projects: want}, got); err != nil || diff != "" {
				t.Errorf("%s: %v\n%s", binary, err, diff)
			}
		}
	}
	if n := len(s.Requests()); n != 3 {
		t.Errorf("%d requests for 3 packages: %v", n, s.Requests())
	}
}

func TestOddAnswersAreRefused(t *testing.T) {
	s := server(t)
	for name, test := range map[string]struct {
		answers []repologytest.Answer
		code    string
	}{
		"html":              {[]repologytest.Answer{{Status: 200, Body: "<html>"}}, "repology_answer"},
		"truncated":         {[]repologytest.Answer{repologytest.JSON(`[{"repo":"debi`)}, "repology_answer"},
		"an object":         {[]repologytest.Answer{repologytest.JSON(`{}`)}, "repology_answer"},
		"null":              {[]repologytest.Answer{repologytest.JSON(`null`)}, "repology_answer"},
		"duplicate members": {[]repologytest.Answer{repologytest.JSON(`[{"repo":"a","repo":"b"}]`)}, "repology_answer"},
		"no utf-8":          {[]repologytest.Answer{repologytest.JSON("[{\"repo\":\"\xff\"}]")}, "repology_answer"},
		"numbers":           {[]repologytest.Answer{repologytest.JSON(`[{"repo":1}]`)}, "repology_answer"},
		"too large":         {[]repologytest.Answer{repologytest.JSON("[" + strings.Repeat(" ", 17<<20) + "]")}, "repology_answer"},
		"bad request":       {[]repologytest.Answer{repologytest.Page(400)}, "repology_answer"},
		"redirect":          {[]repologytest.Answer{repologytest.Redirect("/api/v1/project/other")}, "repology_answer"},
		"not asked":         {[]repologytest.Answer{repologytest.Page(304)}, "repology_answer"},
		"hangs":             {[]repologytest.Answer{{Hang: true}}, "repology_unreachable"},
		"cut thrice":        {[]repologytest.Answer{{Status: 200, Body: "[]", Cut: true}, {Status: 200, Body: "[]", Cut: true}, {Status: 200, Body: "[]", Cut: true}}, "repology_unreachable"},
		"busy thrice":       {[]repologytest.Answer{repologytest.Page(429), repologytest.Page(503), repologytest.Page(500)}, "repology_busy"},
	} {
		t.Run(name, func(t *testing.T) {
			s.Next(repologytest.ByProject("postgresql"), test.answers...)
			o := options(t, s.URL)
			if name == "hangs" {
				o.Timeout = 5 * short
			}
			_, err := project(t, o, "postgresql", "debian_12")
			var refused *repology.Error
			if !errors.As(err, &refused) || refused.Code() != test.code || refused.Exit() != 1 || refused.Hint() == "" {
				t.Fatalf("%v", err)
			}
			if strings.HasSuffix(err.Error(), "EOF") || strings.Contains(err.Error(), "context") {
				t.Errorf("nobody understands: %v", err)
			}
		})
	}
}

// An hour is not waited for.
func TestAServerThatWantsToBeLeftAlone(t *testing.T) {
	s := server(t)
	s.Next(repologytest.ByProject("postgresql"), repologytest.Later(503, 3600))
	o := options(t, s.URL)
	o.Pace = o.Cache // nobody else shall wait
	_, err := project(t, o, "postgresql", "debian_12")
	if err == nil || !strings.HasSuffix(err.Error(), "it answers 503 Service Unavailable and asks to wait for 1h0m0s") || len(s.Requests()) != 1 {
		t.Errorf("%v, %v", err, s.Requests())
	}
}

func TestAbsentMembersAreNoError(t *testing.T) {
	s := server(t)
	s.Next(repologytest.ByProject("x"), repologytest.JSON(`[{"repo":"debian_12"},{"repo":"debian_12","srcname":"x","binnames":null,"new":{"a":[1]}},{"version":"1"},{"repo":"\u001b[31m"}]`))
	got, err := project(t, options(t, s.URL), "x", "debian_12")
	if diff := cmp.Diff([]repology.Record{{Repo: "debian_12"}, {Repo: "debian_12", SrcName: "x"}}, got.Records); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestAsksAgainWhereThatMayHelp(t *testing.T) {
	s := server(t)
	for name, answer := range map[string]repologytest.Answer{
		"429": repologytest.Page(429), "502": repologytest.Page(502), "cut": {Status: 200, Body: "[]", Cut: true},
		// A second, whatever the interval.
		"Retry-After": repologytest.Later(503, 1),
	} {
		s.Next(repologytest.ByProject("postgresql"), answer)
		if got, err := project(t, options(t, s.URL), "postgresql", "debian_12"); err != nil || len(got.Records) != 1 {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func TestNobodyIsAskedTwiceWhoIsNotThere(t *testing.T) {
	s := server(t)
	gone := repologytest.New(0)
	o := options(t, gone.URL)
	gone.Close()
	client := repology.New(o)
	_, first := client.Project(t.Context(), "a", "arch")
	_, second := client.Project(t.Context(), "b", "arch")
	if first == nil || !errors.Is(second, first) || !strings.Contains(first.Error(), "connection refused") {
		t.Errorf("%v; %v", first, second)
	}
	// One answer that can't be read says nothing of others.
	client = repology.New(options(t, s.URL))
	s.Next(repologytest.ByProject("a"), repologytest.JSON("{}"))
	_, first = client.Project(t.Context(), "a", "arch")
	if _, second = client.Project(t.Context(), "postgresql", "arch"); first == nil || second != nil {
		t.Errorf("%v; %v", first, second)
	}
}

func TestEndsWithTheContext(t *testing.T) {
	s := server(t)
	began := make(chan struct{})
	s.Next(repologytest.ByProject("x"), repologytest.Answer{Hang: true, Began: began})
	ctx, cancel := context.WithCancelCause(t.Context())
	ended := errors.New("ended")
	o := options(t, s.URL)
	asked := make(chan error, 1)
	go func() {
		_, err := repology.New(o).Project(ctx, "x")
		asked <- err
	}()
	<-began
	// Another one waits for its turn, and ends as well.
	waiting := make(chan struct{})
	var once sync.Once
	o.Waiting = func(string) { once.Do(func() { close(waiting) }) }
	go func() {
		_, err := repology.New(o).Project(ctx, "y")
		asked <- err
	}()
	<-waiting
	cancel(ended)
	for range 2 {
		if err := <-asked; !errors.Is(err, ended) {
			t.Errorf("%v", err)
		}
	}
}

// Eight clients are eight processes to each other: they share the folder alone.
func TestClientsTakeTurns(t *testing.T) {
	s := server(t)
	o := options(t, s.URL)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			own := o
			own.Cache = filepath.Join(o.Cache, fmt.Sprint(i))
			for _, name := range []string{"postgresql", "none"} {
				if _, err := repology.New(own).Project(t.Context(), name, "debian_12"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if n := len(s.Requests()); n != 16 || s.TooFast() != 0 {
		t.Errorf("%d requests, %d too fast", n, s.TooFast())
	}
}

func files(t *testing.T, dir, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func rewrite(t *testing.T, path string, change func([]byte) []byte) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, change(raw), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
