package repology_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"hostkit/pkg/repology"
	"hostkit/pkg/repology/repologytest"
)

// Location is of the server's making.
func TestRedirectsAreReadNotFollowed(t *testing.T) {
	s := server(t)
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("followed") }))
	defer elsewhere.Close()
	path := repologytest.ByBinary("debian_12", "x")
	for location, want := range map[string]string{
		"/api/v1/project/python%3Arequests":                               "python:requests",
		s.URL + "/api/v1/project/x":                                       "x",
		elsewhere.URL + "/api/v1/project/x":                               "",
		"//127.0.0.2/api/v1/project/x":                                    "",
		"https" + strings.TrimPrefix(s.URL, "http") + "/api/v1/project/x": "",
		"/project/x/versions":                                             "",
		"/api/v1/project/":                                                "",
		"/api/v1/project/a%2Fb":                                           "",
		"/api/v1/project/..":                                              "",
		"/api/v1/project/%1b%5b31m":                                       "",
		"/api/v1/project/x/../../../admin":                                "",
		"/api/v1/project/x?y":                                             "",
		"":                                                                "",
	} {
		s.Next(path, repologytest.Redirect(location))
		got, err := repology.New(options(t, s.URL)).ProjectsOf(t.Context(), "debian_12", "x")
		var refused *repology.Error
		if strings.Join(got.Projects, " ") != want || errors.As(err, &refused) != (want == "") {
			t.Errorf("%q: %q, %v; want %q", location, got.Projects, err, want)
		}
	}
}

func TestParseURL(t *testing.T) {
	for text, want := range map[string]string{
		"https://repology.org": "https://repology.org", "https://mirror.example:8443/r/": "https://mirror.example:8443/r",
		"http://127.0.0.1:80": "http://127.0.0.1:80", "http://[::1]:80/": "http://[::1]:80", "http://localhost": "http://localhost",
		"http://repology.org": "", "http://10.0.0.1": "", "ftp://x": "", "repology.org": "", "https://": "", "https://u:p@x": "",
		"https://x/?a=b": "", "https://x/#a": "", "https://x//a": "", "http://localhost.example.org": "", "": "", "https://:1": "",
	} {
		got, err := repology.ParseURL(text)
		if (err == nil) != (want != "") || err == nil && got.String() != want {
			t.Errorf("%q: %v, %v; want %q", text, got, err, want)
		}
	}
}

// Repology means to be had over IPv6 alone one day.
func TestAServerOfIPv6Alone(t *testing.T) {
	s, err := repologytest.NewIPv6(short)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	s.Project("curl", repologytest.Record{Repo: "debian_12", SrcName: "curl", BinNames: []string{"curl"}, Version: "8"})
	o := options(t, s.URL)
	got, err := project(t, o, "curl", "debian_12")
	if err != nil || len(got.Records) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	of, err := repology.New(o).ProjectsOf(t.Context(), "debian_12", "curl")
	if err != nil || len(of.Projects) != 1 {
		t.Errorf("%+v, %v", of, err)
	}
	if n := s.TooFast(); n > 0 {
		t.Errorf("%d requests came before their time", n)
	}
}
