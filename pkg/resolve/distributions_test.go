package resolve_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"hostkit/pkg/doc"
	"hostkit/pkg/names"
	"hostkit/pkg/repology"
	"hostkit/pkg/repology/repologytest"
	"hostkit/pkg/resolve"
)

// expectation is what a name is to become in a repository: a package, "refuse" or
// "-".
type expectation struct {
	name, repository, want string
	// source says where that is from.
	source string
}

// expectations reads the table that names real packages with their sources.
func expectations(t *testing.T) []expectation {
	t.Helper()
	raw, err := os.ReadFile("../names/testdata/distributions.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var head []string
	var all []expectation
	for line := range strings.Lines(string(raw)) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if strings.HasPrefix(line, "#") {
			continue
		}
		if head == nil {
			head = fields
			continue
		}
		if len(fields) != len(head) {
			t.Fatalf("bad row %q", line)
		}
		last := len(head) - 1
		for i, want := range fields[1:last] {
			if want != "" {
				all = append(all, expectation{fields[0], head[i+1], want, sourceOf(fields[last], head[i+1])})
			}
		}
	}
	return all
}

// sourceOf reads the last column: a source for all repositories, and those of
// single ones.
func sourceOf(sources, repository string) string {
	if repository == "debian_12" {
		return "index"
	}
	found := ""
	for word := range strings.FieldsSeq(sources) {
		if own, source, single := strings.Cut(word, "="); !single {
			found = word
		} else if own == repository {
			return source
		}
	}
	return found
}

// became asks the resolver for one name, without a host.
func became(t *testing.T, e expectation, client resolve.Repology) (string, error) {
	t.Helper()
	h := doc.HostDocument{Resources: []doc.Resource{{Address: doc.Address("package:" + e.name), Kind: "package", Name: e.name, State: doc.Present}}}
	section, err := resolve.Host(t.Context(), h, resolve.Options{Repository: e.repository, Repology: client})
	var refusal *names.Refusal
	switch {
	case err == nil:
		return section.Names[e.name].Package, nil
	case !errors.As(err, &refusal):
		return "", err
	case refusal.Code() == "package_ambiguous", refusal.Code() == "package_several":
		return "refuse", err
	case refusal.Code() == "package_unknown":
		return "-", err
	}
	return "", err
}

// What the table says is right for real distributions, and what it doesn't say
// Repology's records and the rules do, without ever a wrong name.
func TestDistributions(t *testing.T) {
	s, o := server(t)
	realProjects(s)
	client := repology.New(o)
	all := expectations(t)
	asked, settled := make(map[string]bool), 0
	for _, e := range all {
		asked[e.name] = true
		if e.source == "" {
			t.Errorf("%s on %s: no source", e.name, e.repository)
		}
		got, err := became(t, e, nil)
		if got != e.want && got != "refuse" && got != "-" {
			t.Errorf("%s on %s, the table alone: %q, want %s (%s): %v", e.name, e.repository, got, e.want, e.source, err)
		}
		if got == e.want {
			settled++
		}
		if got, err = became(t, e, client); got != e.want {
			t.Errorf("%s on %s: %q, want %s (%s): %v", e.name, e.repository, got, e.want, e.source, err)
		}
	}
	if len(asked) < 60 || len(all) < 700 || settled < 700 {
		t.Errorf("%d names, %d expectations, %d settled by the table", len(asked), len(all), settled)
	}
	if n := s.TooFast(); n > 0 {
		t.Errorf("%d requests came before their time", n)
	}
}

// realProjects gives the server the projects of names that the table lacks, with
// the binary packages that their sources build.
func realProjects(s *repologytest.Server) {
	add := func(project, repository, source, binaries string) {
		s.Project(project, repologytest.Record{Repo: repository, SrcName: source, BinNames: strings.Fields(binaries), Version: "1"})
	}
	each := func(project, repository, source, binaries string) {
		for binary := range strings.FieldsSeq(binaries) {
			s.Project(project, repologytest.Record{Repo: repository, SrcName: source, BinName: binary, Version: "1"})
		}
	}
	for project, builds := range map[string]struct{ source, deb, fedora, opensuse, alpine, arch string }{
		"apparmor": {"apparmor", "apparmor libapparmor-dev libapparmor1 libpam-apparmor", "", "apparmor-parser libapparmor-devel libapparmor1", "", ""},
		"gnutls":   {"gnutls28", "gnutls-bin libgnutls28-dev libgnutls30", "gnutls gnutls-devel gnutls-utils", "gnutls libgnutls-devel libgnutls30 libgnutlsxx-devel", "gnutls gnutls-c++ gnutls-dev gnutls-utils", "gnutls"},
		"nettle":   {"nettle", "libhogweed6 libnettle8 nettle-bin nettle-dev", "nettle nettle-devel", "libnettle-devel libnettle8 nettle", "nettle nettle-dev nettle-utils", ""},
		"json-c":   {"json-c", "libjson-c-dev libjson-c5", "json-c json-c-devel json-c-doc", "libjson-c-devel libjson-c5", "json-c json-c-dev", ""},
		"libtirpc": {"libtirpc", "libtirpc-common libtirpc-dev libtirpc3", "libtirpc libtirpc-devel", "libtirpc-devel libtirpc3", "libtirpc libtirpc-dev", ""},
		"yajl":     {"yajl", "libyajl-dev libyajl2 yajl-tools", "yajl yajl-devel", "libyajl-devel libyajl2 yajl", "yajl yajl-dev", ""},
		"pixman":   {"pixman", "libpixman-1-0 libpixman-1-dev", "pixman pixman-devel", "libpixman-1-0 libpixman-1-0-devel", "pixman pixman-dev", ""},
		"redis":    {"redis", "redis redis-server redis-tools", "", "", "", ""},
	} {
		add(project, "debian_12", builds.source, builds.deb)
		add(project, "ubuntu_24_04", builds.source, builds.deb)
		if builds.fedora != "" {
			add(project, "fedora_43", project, builds.fedora)
		}
		if builds.opensuse != "" {
			add(project, "opensuse_tumbleweed", project, builds.opensuse)
		}
		each(project, "alpine_3_22", project, builds.alpine)
		each(project, "arch", project, builds.arch)
	}
}
