package resource

import (
	"fmt"
	"slices"
	"strings"

	"hostkit/pkg/doc"
	"hostkit/pkg/manager"
)

// AptRepository is a package repository of hosts with apt. The name of the member
// is that of its file in /etc/apt/sources.list.d, without ".sources".
//
// The key stands in that file, and binds this repository alone: with one change
// both are there, and apt has fetched what the repository has. What can't be
// fetched, or is signed with another key, changes nothing. It takes apt 2.3.10
// (Debian 12, Ubuntu 22.04).
type AptRepository struct {
	Common
	Signed
	// URIs are the addresses of the repository: https://…, http://… or file:/….
	URIs []string `json:"uris,omitzero"`
	// Suites are the releases that are taken: "bookworm-pgdg". One that ends with
	// a slash is a path in the repository, which has no components.
	Suites []string `json:"suites,omitzero"`
	// Components are the parts of the suites that are taken: "main".
	Components []string `json:"components,omitzero"`
	// Architectures are those that are taken, in Debian's spelling: "amd64". When
	// they are not given, all that the host has.
	Architectures []string `json:"architectures,omitzero"`
}

// aptRepositorySpec is one in a resource.
type aptRepositorySpec struct {
	URIs          []string `json:"uris,omitzero"`
	Suites        []string `json:"suites,omitzero"`
	Components    []string `json:"components,omitzero"`
	Architectures []string `json:"architectures,omitzero"`
	signedSpec
}

// aptRepositories is the kind `apt_repository`.
type aptRepositories struct{}

// Name is "apt_repository".
func (aptRepositories) Name() string { return "apt_repository" }

// Section is `apt_repositories`.
func (aptRepositories) Section() Section {
	return Section{Member: "apt_repositories", Shape: map[string]AptRepository{}, Example: `{"pgdg": {
		"uris": ["https://apt.postgresql.org/pub/repos/apt"], "suites": ["bookworm-pgdg"], "components": ["main"],
		"key": {"from": "keys/pgdg.asc"}, "fingerprint": "B97B 0AFC AA1A 47F0 44F2  44A0 7FCC 7D46 ACCC 4CF8"}}`}
}

// Expand reads the key too: that it is the one of the fingerprint.
func (aptRepositories) Expand(section doc.Raw, local Files) ([]Declared, []Problem) {
	common := func(a AptRepository) Common { return a.Common }
	return expandNamed(section, checkRepositoryName, common, func(name string, a AptRepository, ps *problems) any {
		if a.State == doc.Absent {
			ps.unwanted(name, map[string]bool{
				"uris": a.URIs != nil, "suites": a.Suites != nil, "components": a.Components != nil,
				"architectures": a.Architectures != nil, "key": a.Key != nil, "fingerprint": a.Fingerprint != "",
			})
			return aptRepositorySpec{}
		}
		a.check(name, ps)
		return aptRepositorySpec{
			URIs: a.URIs, Suites: a.Suites, Components: a.Components, Architectures: a.Architectures,
			signedSpec: signedOf(name, a.Signed, local, ps),
		}
	})
}

func (a AptRepository) check(name string, ps *problems) {
	if len(a.URIs) == 0 {
		ps.add("the repository has no address", `give "uris": ["https://…"]`, name)
	}
	for i, uri := range a.URIs {
		if err := manager.CheckAptURI(uri); err != nil {
			hint := ""
			if strings.Contains(uri, "@") {
				hint = "a plan is no place for a password: a file in /etc/apt/auth.conf.d on the host is (apt_auth.conf(5))"
			}
			ps.add(err.Error(), hint, name, "uris", fmt.Sprint(i))
		}
	}
	if len(a.Suites) == 0 {
		ps.add("the repository has no suite", `give "suites": ["stable"], or what its vendor says`, name)
	}
	paths := 0
	for i, suite := range a.Suites {
		if strings.HasSuffix(suite, "/") {
			paths++
		}
		if suite != "/" {
			checkAptWord(suite, ps, name, "suites", i)
		}
	}
	switch {
	case paths > 0 && paths < len(a.Suites):
		ps.add("some suites are paths and others are not", "make two repositories of it", name, "suites")
	case paths > 0 && len(a.Components) > 0:
		ps.add("a suite that is a path has no components", "drop one of the two", name, "components")
	case paths == 0 && len(a.Suites) > 0 && len(a.Components) == 0:
		ps.add("the repository has no components", `give "components": ["main"], or what its vendor says`, name)
	}
	for i, word := range a.Components {
		checkAptWord(word, ps, name, "components", i)
	}
	for i, word := range a.Architectures {
		checkAptWord(word, ps, name, "architectures", i)
	}
}

func checkAptWord(word string, ps *problems, name, member string, i int) {
	if err := manager.CheckAptWord(word); err != nil {
		ps.add(err.Error(), "", name, member, fmt.Sprint(i))
	}
}

// aptSourcesFile is where the repository of that name stands.
func aptSourcesFile(name string) string { return manager.AptSourcesFolder + "/" + name + ".sources" }

// file is the text of the sources file (sources.list(5), deb822 style). A line of
// the key that is empty has a dot.
func (s aptRepositorySpec) file() doc.Bytes {
	var b strings.Builder
	field := func(name string, words []string) {
		if len(words) > 0 {
			fmt.Fprintf(&b, "%s: %s\n", name, strings.Join(words, " "))
		}
	}
	b.WriteString("# Written by HostKit.\n")
	field("Types", []string{"deb"})
	field("URIs", s.URIs)
	field("Suites", s.Suites)
	field("Components", s.Components)
	field("Architectures", s.Architectures)
	b.WriteString("Signed-By:\n")
	for line := range strings.Lines(s.Key) {
		if line == "\n" {
			line = ".\n"
		}
		b.WriteString(" " + line)
	}
	return doc.Bytes(b.String())
}

// sources are what the file names, each as one of apt's sources.
func (s aptRepositorySpec) sources() []manager.AptSource {
	var all []manager.AptSource
	for _, uri := range s.URIs {
		for _, suite := range s.Suites {
			all = append(all, manager.AptSource{
				URI: strings.TrimRight(uri, "/"), Suite: suite, Components: s.Components,
			})
		}
	}
	return all
}

// Ties provides the sources too, of which apt takes each from one file alone.
func (aptRepositories) Ties(r doc.Resource) Ties {
	t := repositoryTies(r, manager.Apt{}, aptSourcesFile(r.Name))
	var spec aptRepositorySpec
	_ = decodeSpec(r, &spec)
	for _, s := range spec.sources() {
		h := Handle("apt_source:" + s.URI + " " + s.Suite)
		if !slices.Contains(t.Provides, h) {
			t.Provides = append(t.Provides, h)
		}
	}
	return t
}
