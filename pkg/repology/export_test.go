package repology

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// TakeTurn waits for a turn, and gives up on others that show no sign of life for
// so long.
func TakeTurn(ctx context.Context, o Options, stuck time.Duration) (end func() error, err error) {
	p := newPace(o)
	p.stuck = stuck
	t, err := p.take(ctx, func() {})
	if err != nil {
		return nil, err
	}
	return func() error { return t.end(0) }, nil
}

// Decode gives what is kept of an answer, for the fuzzer.
func Decode(dir string, body []byte, location string) (string, error) {
	c := New(Options{URL: &url.URL{Scheme: "https", Host: "repology.org"}, Cache: dir})
	kept := ""
	for _, test := range []struct {
		decode decoder
		answer answer
	}{
		{c.decodeProject, answer{status: 200, body: body}},
		{c.decodeProjectsOf, answer{status: 300, body: body}},
		{c.decodeProjectsOf, answer{status: 302, header: http.Header{"Location": {location}}}},
	} {
		e, err := test.decode("/", test.answer)
		if err != nil {
			continue
		}
		kept += fmt.Sprint(e.Projects)
		for repository := range e.Repositories {
			records, err := e.records(repository)
			if err != nil {
				return "", err
			}
			kept += repository
			for _, r := range records {
				kept += r.SrcName + r.BinName + fmt.Sprint(r.BinNames)
			}
		}
	}
	return kept, nil
}
