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
