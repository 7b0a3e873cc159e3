package repology

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const projectPath = "/api/v1/project/"

// Record is one package of a project in a repository, as far as names need it.
// A repository may have several: versions, subrepositories, and, on Arch and
// Alpine, one for each binary package.
type Record struct {
	Repo string `json:"repo"`
	// SrcName is the source package; empty where Repology does not know it.
	SrcName string `json:"srcname,omitzero"`
	// BinName is the binary package, where there is one for each record, and
	// BinNames all of a source package. Either or both may be absent. Of
	// rpm packages they hold what a package provides, too.
	BinName  string   `json:"binname,omitzero"`
	BinNames []string `json:"binnames,omitzero"`
	Version  string   `json:"version,omitzero"`
	// Status is "newest", "outdated", "incorrect", ….
	Status string `json:"status,omitzero"`
}

// Doubtful reports whether Repology takes the record's version for wrong.
func (r Record) Doubtful() bool {
	return slices.Contains([]string{"incorrect", "untrusted", "ignored"}, r.Status)
}

// decoder makes of an answer what is kept of it. The error is an *Error.
type decoder func(path string, got answer) (entry, error)

func (c *Client) decodeProject(path string, got answer) (entry, error) {
	switch got.status {
	case http.StatusOK:
	case http.StatusNotFound: // today an unknown project is an empty list
		return entry{}, nil
	default:
		return entry{}, c.odd(path, "it answers "+statusText(got.status))
	}
	var records []Record
	if err := json.Unmarshal(got.body, &records); err != nil || records == nil {
		return entry{}, c.odd(path, "the answer is no list of packages")
	}
	grouped := make(map[string][]Record)
	for _, r := range records {
		if r, ok := r.clean(); ok {
			grouped[r.Repo] = append(grouped[r.Repo], r)
		}
	}
	e := entry{Repositories: make(map[string]jsontext.Value, len(grouped))}
	for repository, records := range grouped {
		raw, err := json.Marshal(records)
		if err != nil {
			return entry{}, c.odd(path, "the answer is no list of packages")
		}
		e.Repositories[repository] = raw
	}
	return e, nil
}

var (
	repositoryForm = regexp.MustCompile(`^[a-z0-9][a-z0-9_.-]{0,99}$`)
	packageForm    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9+._-]{0,199}$`)
)

// clean drops what can't be the name of a package: capabilities such as
// "perl(Carp)", paths, and what a hostile server may send.
func (r Record) clean() (Record, bool) {
	if !packageForm.MatchString(r.SrcName) {
		r.SrcName = ""
	}
	if !packageForm.MatchString(r.BinName) {
		r.BinName = ""
	}
	r.BinNames = slices.DeleteFunc(r.BinNames, func(name string) bool { return !packageForm.MatchString(name) })
	return r, repositoryForm.MatchString(r.Repo)
}

func (c *Client) decodeProjectsOf(path string, got answer) (entry, error) {
	switch {
	case got.status == http.StatusNotFound: // unknown repository or package, with HTML
		return entry{}, nil
	case got.status == http.StatusMultipleChoices:
		return c.decodeTargets(path, got.body)
	case got.status >= 300 && got.status < 400:
		project, ok := c.projectAt(got.header.Get("Location"))
		if !ok {
			return entry{}, c.odd(path, "it leads to another place than a project of the same server")
		}
		return entry{Projects: []string{project}}, nil
	}
	return entry{}, c.odd(path, "it answers "+statusText(got.status))
}

// decodeTargets reads the answer about a package that several projects have.
func (c *Client) decodeTargets(path string, body []byte) (entry, error) {
	var several struct {
		Targets map[string]string `json:"targets"`
	}
	if err := json.Unmarshal(body, &several); err != nil || len(several.Targets) == 0 {
		return entry{}, c.odd(path, "the answer names no projects")
	}
	var e entry
	for project := range several.Targets {
		if !validProject(project) {
			return entry{}, c.odd(path, fmt.Sprintf("%q can't be the name of a project", project))
		}
		e.Projects = append(e.Projects, project)
	}
	slices.Sort(e.Projects)
	return e, nil
}

// projectAt reads the project out of a Location, which must be of the same
// server and of the form of the interface that we use.
func (c *Client) projectAt(location string) (string, bool) {
	base := c.options.URL
	to, err := base.Parse(location)
	if err != nil || to.Scheme != base.Scheme || to.Host != base.Host || to.User != nil || to.RawQuery != "" || to.Fragment != "" {
		return "", false
	}
	escaped, ok := strings.CutPrefix(to.EscapedPath(), base.EscapedPath()+projectPath)
	if !ok || strings.Contains(escaped, "/") {
		return "", false
	}
	project, err := url.PathUnescape(escaped)
	return project, err == nil && validProject(project)
}

// validProject reports whether a project may be called so: "python:requests".
func validProject(name string) bool {
	odd := func(r rune) bool { return r == '/' || r == '\\' || !unicode.IsPrint(r) || unicode.IsSpace(r) }
	return name != "" && len(name) <= 200 && !strings.HasPrefix(name, ".") && utf8.ValidString(name) && !strings.ContainsFunc(name, odd)
}
