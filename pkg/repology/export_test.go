package repology

import (
	"fmt"
	"net/http"
	"net/url"
)

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
