// Package repologytest is a Repology for tests. It has the projects that it is
// given, answers about them in the forms that Repology has been seen to answer
// in, and enforces Repology's terms: a request that comes less than a second
// after the one before is answered with 429, one without a User-Agent that names
// an issue tracker with 403, and both are counted.
package repologytest

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// Record is one package as the API has it; what is empty is absent.
type Record struct {
	Repo        string   `json:"repo"`
	SubRepo     string   `json:"subrepo,omitempty"`
	SrcName     string   `json:"srcname,omitempty"`
	BinName     string   `json:"binname,omitempty"`
	BinNames    []string `json:"binnames,omitempty"`
	VisibleName string   `json:"visiblename,omitempty"`
	Version     string   `json:"version"`
	Status      string   `json:"status,omitempty"`
	Summary     string   `json:"summary,omitempty"`
}

// Server is a Repology on the loopback interface. Its methods may be called at
// any time.
type Server struct {
	// URL is where it listens: "http://127.0.0.1:4711".
	URL string
	// Interval is the least time between two requests.
	Interval time.Duration

	http     *httptest.Server
	mu       sync.Mutex
	projects map[string][]Record
	next     map[string][]Answer
	requests []Request
	tooFast  int
	last     time.Time
}

// Request is one that reached the server.
type Request struct {
	// Path is escaped, with the query.
	Path string
	// Status of the answer.
	Status int
	// IfNoneMatch is the header of that name.
	IfNoneMatch string
}

// New starts a server that allows one request in an interval; Repology's is a
// second. The caller closes it.
func New(interval time.Duration) *Server {
	s := newServer(interval)
	s.http = httptest.NewServer(http.HandlerFunc(s.serve))
	s.URL = s.http.URL
	return s
}

// NewIPv6 starts a server that is not to be had over IPv4.
func NewIPv6(interval time.Duration) (*Server, error) {
	listener, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		return nil, err
	}
	s := newServer(interval)
	s.http = httptest.NewUnstartedServer(http.HandlerFunc(s.serve))
	_ = s.http.Listener.Close()
	s.http.Listener = listener
	s.http.Start()
	s.URL = s.http.URL
	return s, nil
}

func newServer(interval time.Duration) *Server {
	return &Server{Interval: interval, projects: map[string][]Record{}, next: map[string][]Answer{}}
}

// Close ends the server and what it still answers.
func (s *Server) Close() {
	s.http.CloseClientConnections()
	s.http.Close()
}

// Project gives the server a project.
func (s *Server) Project(name string, records ...Record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.projects[name] = append(s.projects[name], records...)
}

// Next makes the server give these answers, one after the other, to requests
// for the path; after them it answers as always. The path of a package's
// project is that of [ByBinary].
func (s *Server) Next(path string, answers ...Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next[path] = append(s.next[path], answers...)
}

// ByProject is the path of a project.
func ByProject(name string) string { return "/api/v1/project/" + url.PathEscape(name) }

// ByBinary is the path that leads to the project of a binary package.
func ByBinary(repository, name string) string {
	return "/tools/project-by?" + url.Values{
		"repo": {repository}, "name_type": {"binname"}, "target_page": {"api_v1_project"}, "noautoresolve": {"on"}, "name": {name},
	}.Encode()
}

// Requests are all that have come so far.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// TooFast is how many came before their time.
func (s *Server) TooFast() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tooFast
}

// agent is a User-Agent as the terms want it: with a link to an issue tracker.
var agent = regexp.MustCompile(`^[a-z]+/\S+ \(\+https://\S+/issues\)$`)

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	a := s.choose(r)
	a.give(w, r)
}

// choose notes the request and says how it is answered.
func (s *Server) choose(r *http.Request) Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	path := r.URL.RequestURI()
	now := time.Now()
	early := !s.last.IsZero() && now.Sub(s.last) < s.Interval
	s.last = now
	var a Answer
	switch {
	case early:
		s.tooFast++
		a = Page(http.StatusTooManyRequests)
	case !agent.MatchString(r.UserAgent()):
		a = Page(http.StatusForbidden)
	case r.Method != http.MethodGet:
		a = Page(http.StatusMethodNotAllowed)
	case len(s.next[path]) > 0:
		a, s.next[path] = s.next[path][0], s.next[path][1:]
	default:
		a = s.answer(r)
	}
	s.requests = append(s.requests, Request{path, a.Status, r.Header.Get("If-None-Match")})
	return a
}

func (s *Server) answer(r *http.Request) Answer {
	if escaped, ok := strings.CutPrefix(r.URL.EscapedPath(), "/api/v1/project/"); ok {
		name, err := url.PathUnescape(escaped)
		if err != nil {
			return Page(http.StatusBadRequest)
		}
		return s.project(name, r.Header.Get("If-None-Match"))
	}
	if r.URL.Path == "/tools/project-by" {
		return s.projectBy(r.URL.Query())
	}
	return Page(http.StatusNotFound)
}

// project answers with a list, an empty one for a project that is not there.
func (s *Server) project(name, etag string) Answer {
	records := s.projects[name]
	if records == nil {
		records = []Record{}
	}
	body, err := json.Marshal(records)
	if err != nil {
		return Page(http.StatusInternalServerError)
	}
	a := JSON(string(body))
	a.Header.Set("ETag", fmt.Sprintf(`"%d-%d"`, len(body), len(records)))
	if etag == a.Header.Get("ETag") {
		a.Status, a.Body = http.StatusNotModified, ""
	}
	return a
}

func (s *Server) projectBy(q url.Values) Answer {
	if q.Get("name_type") != "binname" || q.Get("target_page") != "api_v1_project" || q.Get("repo") == "" || q.Get("name") == "" {
		return Page(http.StatusBadRequest)
	}
	targets := map[string]string{}
	for project, records := range s.projects {
		for _, r := range records {
			if r.Repo == q.Get("repo") && (r.BinName == q.Get("name") || slices.Contains(r.BinNames, q.Get("name"))) {
				targets[project] = ByProject(project)
			}
		}
	}
	names := make([]string, 0, len(targets))
	for project := range targets {
		names = append(names, project)
	}
	slices.Sort(names)
	switch {
	case len(names) == 0:
		return Page(http.StatusNotFound)
	case len(names) > 1 && q.Get("noautoresolve") == "on":
		return Several(targets)
	}
	return Redirect(targets[names[0]])
}
