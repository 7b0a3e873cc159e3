package manager

import (
	"fmt"
	"regexp"
	"strings"
)

// AptSource is one suite of one archive, as a sources file of apt names it
// (sources.list(5)).
type AptSource struct {
	// URI has no slash at its end.
	URI string
	// Suite ends with a slash where it is a path; such a source has no components.
	Suite      string
	Components []string
}

// String is the source as in a line of sources.list: "URI SUITE COMPONENT…".
func (s AptSource) String() string {
	return strings.Join(append([]string{s.URI, s.Suite}, s.Components...), " ")
}

// Same reports whether apt would take both for one source.
func (s AptSource) Same(other AptSource) bool {
	return s.URI == other.URI && s.Suite == other.Suite
}

var (
	aptURI  = regexp.MustCompile(`^(?:https?://[A-Za-z0-9.:\[\]-]+|file:(?://)?)(?:/[A-Za-z0-9._~+,=:%-]*)*$`)
	aptWord = regexp.MustCompile(`^[A-Za-z0-9.][A-Za-z0-9._~+:/-]*$`)
)

// ParseAptSource reads what String gives. It refuses what apt would read as
// something else, and what could lead out of the archive.
func ParseAptSource(text string) (AptSource, error) {
	words := strings.Fields(text)
	if len(words) < 2 || strings.Join(words, " ") != text {
		return AptSource{}, fmt.Errorf("%q is not a source of apt", text)
	}
	s := AptSource{URI: words[0], Suite: words[1], Components: words[2:]}
	if err := CheckAptURI(s.URI); err != nil {
		return AptSource{}, err
	}
	for _, word := range words[1:] {
		if err := CheckAptWord(word); err != nil && word != "/" {
			return AptSource{}, err
		}
	}
	if flat := strings.HasSuffix(s.Suite, "/"); flat != (len(s.Components) == 0) {
		return AptSource{}, fmt.Errorf("%q: a suite has components, unless it is a path that ends with a slash", text)
	}
	s.URI = strings.TrimRight(s.URI, "/")
	return s, nil
}

// CheckAptURI refuses what is not the address of an archive that apt has over
// HTTP or in its own file system.
func CheckAptURI(uri string) error {
	_, rest, _ := strings.Cut(uri, "://")
	host, _, _ := strings.Cut(rest, "/")
	switch {
	case strings.Contains(host, "@"):
		return fmt.Errorf("a user or password stands in the address of %q", host[strings.LastIndex(host, "@")+1:])
	case !aptURI.MatchString(uri) || strings.Contains(uri+"/", "/../"):
		return fmt.Errorf("%q is not the address of a repository: want https://HOST/PATH, http://HOST/PATH or file:/PATH", uri)
	}
	return nil
}

// CheckAptWord refuses what is not a suite, component or architecture.
func CheckAptWord(word string) error {
	if !aptWord.MatchString(word) || strings.Contains(word+"/", "../") {
		return fmt.Errorf("%q is not a word that apt takes here", word)
	}
	return nil
}

// ReadAptSources gives what a sources file names and has not switched off: one
// whose name ends with ".sources" has stanzas, any other has lines. What it can't
// read it passes over.
func ReadAptSources(file, text string) []AptSource {
	if strings.HasSuffix(file, ".sources") {
		return readAptStanzas(text)
	}
	var all []AptSource
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(aptOptions.ReplaceAllString(line, "$1"))
		if len(words) > 2 && (words[0] == "deb" || words[0] == "deb-src") {
			all = append(all, AptSource{URI: strings.TrimRight(words[1], "/"), Suite: words[2], Components: words[3:]})
		}
	}
	return all
}

// aptOptions are the options of a line: "[arch=amd64 signed-by=/x]".
var aptOptions = regexp.MustCompile(`^(\s*deb(?:-src)?)\s+\[[^\]]*\]`)

// readAptStanzas reads the fields of deb822(5), whose names have no case.
func readAptStanzas(text string) []AptSource {
	var all []AptSource
	fields, last := map[string][]string{}, ""
	take := func() {
		if enabled := fields["enabled"]; len(enabled) != 1 || !aptNo[strings.ToLower(enabled[0])] {
			for _, uri := range fields["uris"] {
				for _, suite := range fields["suites"] {
					all = append(all, AptSource{URI: strings.TrimRight(uri, "/"), Suite: suite, Components: fields["components"]})
				}
			}
		}
		fields, last = map[string][]string{}, ""
	}
	for line := range strings.Lines(text) {
		name, value, named := strings.Cut(line, ":")
		switch {
		case strings.TrimSpace(line) == "":
			take()
		case line[0] == '#':
		case line[0] == ' ' || line[0] == '\t':
			fields[last] = append(fields[last], strings.Fields(line)...)
		case named:
			last = strings.ToLower(strings.TrimSpace(name))
			fields[last] = strings.Fields(value)
		}
	}
	take()
	return all
}

// aptNo are the words that apt takes for false.
var aptNo = map[string]bool{"no": true, "false": true, "without": true, "off": true, "disable": true, "0": true}

// list is how the names of all files begin that apt keeps of the source's suite:
// the address of its Release file without scheme, as URItoFileName of apt-pkg
// writes it.
func (s AptSource) list() string {
	_, at, _ := strings.Cut(s.URI, ":")
	at = strings.TrimPrefix(at, "//") + "/"
	switch {
	case s.Suite == "/":
	case strings.HasSuffix(s.Suite, "/"):
		at += s.Suite
	default:
		at += "dists/" + s.Suite + "/"
	}
	var b strings.Builder
	for i := range len(at) {
		switch c := at[i]; {
		case c == '/':
			b.WriteByte('_')
		case c <= ' ' || c >= 0x7f || strings.IndexByte(`\|{}[]<>"^~_=!@#$%^&*`, c) >= 0:
			fmt.Fprintf(&b, "%%%02x", c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// lists are how the names of the source's own files begin.
func (s AptSource) lists() []string {
	at := s.list()
	begin := []string{at + "InRelease", at + "Release"}
	if len(s.Components) == 0 {
		return append(begin, at+"Packages", at+"Sources")
	}
	for _, c := range s.Components {
		begin = append(begin, at+strings.ReplaceAll(strings.ReplaceAll(c, "_", "%5f"), "/", "_")+"_")
	}
	return begin
}
