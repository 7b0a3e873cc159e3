// Package repology asks Repology (https://repology.org) what a distribution
// calls a program. It keeps to Repology's terms: at most one request a second,
// whatever the number of processes of this user, and a User-Agent that names an
// issue tracker (https://repology.org/api/v1).
//
// Answers are kept on disk, where any number of processes share them. One that is
// older than it may be is confirmed anew; where that fails it is used, and says
// since when nobody has confirmed it. What a server sends is bounded, checked
// and reduced to what names need: it may be a mirror, or anybody.
package repology

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// DefaultURL is Repology's own address.
const DefaultURL = "https://repology.org"

// DefaultTTL is how old an answer may become before it is confirmed anew.
const DefaultTTL = 24 * time.Hour

// tracker is what the User-Agent links, as the terms want it of clients.
const tracker = "https://github.com/elixir-vibe/host_kit/issues"

// Options say who is asked and how. Only URL and Cache must be set.
type Options struct {
	// URL is the server's, as [ParseURL] gives it.
	URL *url.URL
	// Version of the program, for the User-Agent.
	Version string
	// Cache is the folder of the answers; it is created.
	Cache string
	// Pace is the folder in which all processes of the user agree on who asks next;
	// Cache, when it is empty.
	Pace string
	// TTL is how old an answer may be; 0 confirms every one.
	TTL time.Duration
	// Offline takes answers of any age from the cache, and never connects.
	Offline bool
	// Interval is between two requests: a second, when it is 0. Tests with a server
	// of their own shorten it.
	Interval time.Duration
	// Timeout bounds one request from the first packet to the last byte: 30 s, when
	// it is 0.
	Timeout time.Duration
	// Say, where it is not nil, hears what a person should know, in one line.
	Say func(format string, args ...any)
	// Waiting, where it is not nil, hears which name is to be asked about, several
	// times a second as long as its turn has not come.
	Waiting func(name string)
}

// Client asks one server. It may be used by several goroutines, which take
// turns.
type Client struct {
	options Options
	http    *http.Client
	pace    pace
	cache   cache

	mu sync.Mutex
	// met are the answers of this run, so that a name is asked for once.
	met map[string]met
	// trouble is why the server is not asked any more in this run.
	trouble error
	// kept is how many answers of this run the cache has got.
	kept int
	// said are the lines that a person has been told, each once.
	said map[string]bool
}

type met struct {
	entry entry
	stale time.Time
	err   error
}

// New returns a client; it neither connects nor writes.
func New(o Options) *Client {
	o.Interval = orDefault(o.Interval, time.Second)
	o.Timeout = orDefault(o.Timeout, 30*time.Second)
	if o.Pace == "" {
		o.Pace = o.Cache
	}
	if o.Say == nil {
		o.Say = func(string, ...any) {}
	}
	if o.Waiting == nil {
		o.Waiting = func(string) {}
	}
	c := &Client{
		options: o,
		pace:    newPace(o),
		cache:   cache{dir: o.Cache},
		met:     make(map[string]met),
		said:    make(map[string]bool),
	}
	c.http = &http.Client{
		Timeout: o.Timeout,
		// Where a redirect leads is read and checked, never followed.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			DialContext:            (&net.Dialer{Timeout: c.dialTimeout()}).DialContext,
			TLSHandshakeTimeout:    c.dialTimeout(),
			ResponseHeaderTimeout:  min(20*time.Second, o.Timeout),
			MaxResponseHeaderBytes: 64 << 10,
			// On a connection that was kept, net/http may send a request twice at
			// once.
			DisableKeepAlives: true,
		},
	}
	return c
}

func (c *Client) dialTimeout() time.Duration { return min(10*time.Second, c.options.Timeout) }

func orDefault(d, otherwise time.Duration) time.Duration {
	if d == 0 {
		return otherwise
	}
	return d
}

// Answer is what Repology says, or once said.
type Answer struct {
	// Records of a project, for [Client.Project].
	Records []Record
	// Projects that have the package, sorted, for [Client.ProjectsOf].
	Projects []string
	// Stale is when an answer was last confirmed that is older than it may be; zero
	// for others.
	Stale time.Time
}

// Project gives the records that a project has in the repositories. One that
// Repology does not know, or that is in none of them, has no records. The error
// is an *Error, or the context's.
func (c *Client) Project(ctx context.Context, project string, repositories ...string) (Answer, error) {
	if !validProject(project) {
		return Answer{}, badName(project)
	}
	got := c.get(ctx, project, projectPath+url.PathEscape(project), c.decodeProject)
	if got.err != nil {
		return Answer{}, got.err
	}
	a := Answer{Stale: got.stale}
	for _, repository := range repositories {
		records, err := got.entry.records(repository)
		if err != nil {
			return Answer{}, err
		}
		a.Records = append(a.Records, records...)
	}
	return a, nil
}

// ProjectsOf gives the projects that have the binary package in the repository:
// none, one, or several. The error is an *Error, or the context's.
func (c *Client) ProjectsOf(ctx context.Context, repository, binary string) (Answer, error) {
	query := url.Values{
		"repo": {repository}, "name_type": {"binname"}, "target_page": {"api_v1_project"},
		// Without this the first of several projects wins in silence.
		"noautoresolve": {"on"}, "name": {binary},
	}
	got := c.get(ctx, binary, "/tools/project-by?"+query.Encode(), c.decodeProjectsOf)
	return Answer{Projects: got.entry.Projects, Stale: got.stale}, got.err
}
