package repologytest_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"hostkit/pkg/repology/repologytest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// client follows nothing, and keeps no connection.
var client = &http.Client{
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	Transport:     &http.Transport{DisableKeepAlives: true},
}

const agent = "test/1 (+https://example.org/issues)"

type reply struct {
	Status         int
	Body, Location string
}

func get(t *testing.T, url, agent string) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("User-Agent", agent)
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return reply{Body: err.Error()}
	}
	text := string(body)
	if strings.HasPrefix(text, "<!DOCTYPE html>") {
		text = "html"
	}
	return reply{res.StatusCode, text, res.Header.Get("Location")}
}

func server(t *testing.T, interval time.Duration) *repologytest.Server {
	t.Helper()
	s := repologytest.New(interval)
	t.Cleanup(s.Close)
	s.Project("one", repologytest.Record{Repo: "debian_12", SrcName: "one", BinNames: []string{"one", "both"}, Version: "1"})
	s.Project("two", repologytest.Record{Repo: "debian_12", BinName: "both", Version: "1"})
	return s
}

func TestAnswersInRepologysForms(t *testing.T) {
	s := server(t, 0)
	for path, want := range map[string]reply{
		repologytest.ByProject("none"):             {200, `[]`, ""},
		repologytest.ByProject("two"):              {200, `[{"repo":"debian_12","binname":"both","version":"1"}]`, ""},
		repologytest.ByBinary("debian_12", "one"):  {302, "html", "/api/v1/project/one"},
		repologytest.ByBinary("debian_12", "none"): {404, "html", ""},
		repologytest.ByBinary("debian_99", "one"):  {404, "html", ""},
		"/tools/project-by?name=one":               {400, "html", ""},
		"/elsewhere":                               {404, "html", ""},
		repologytest.ByBinary("debian_12", "both"): {300, `{"_comment":"ambiguous redirect, multiple targets are possible","targets":{"one":"/api/v1/project/one","two":"/api/v1/project/two"}}`, ""},
		// The first wins in silence.
		"/tools/project-by?repo=debian_12&name_type=binname&target_page=api_v1_project&name=both": {302, "html", "/api/v1/project/one"},
	} {
		if diff := cmp.Diff(want, get(t, s.URL+path, agent)); diff != "" {
			t.Errorf("%s\n%s", path, diff)
		}
	}
}

func TestEnforcesTheTerms(t *testing.T) {
	s := server(t, time.Hour)
	for _, want := range []int{200, 429, 429} {
		if got := get(t, s.URL+repologytest.ByProject("one"), agent); got.Status != want {
			t.Errorf("status %d, want %d", got.Status, want)
		}
	}
	if s.TooFast() != 2 || len(s.Requests()) != 3 {
		t.Errorf("%d of %v were too fast", s.TooFast(), s.Requests())
	}
	s = server(t, 0)
	for _, nameless := range []string{"Go-http-client/1.1", "test/1", "test/1 (+https://example.org/)"} {
		if got := get(t, s.URL+repologytest.ByProject("one"), nameless); got.Status != http.StatusForbidden {
			t.Errorf("%s: %+v", nameless, got)
		}
	}
}

func TestGivesOrderedAnswersFirst(t *testing.T) {
	s := server(t, 0)
	path := repologytest.ByProject("one")
	s.Next(path, repologytest.Later(503, 7), repologytest.Answer{Status: 200, Body: "[]", Cut: true})
	for _, want := range []reply{{503, "html", ""}, {Body: "unexpected EOF"}, {200, `[{"repo":"debian_12","srcname":"one","binnames":["one","both"],"version":"1"}]`, ""}} {
		if diff := cmp.Diff(want, get(t, s.URL+path, agent)); diff != "" {
			t.Error(diff)
		}
	}
}

func TestConfirmsByETag(t *testing.T) {
	s := server(t, 0)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+repologytest.ByProject("one"), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("User-Agent", agent)
	for _, want := range []int{200, 304} {
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("status %d, want %d", res.StatusCode, want)
		}
		req.Header.Set("If-None-Match", res.Header.Get("ETag"))
	}
}
