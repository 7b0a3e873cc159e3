package resolve

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hostkit/pkg/repology"
)

// source is a record as Debian and rpm distributions have it.
func source(name, binaries string) repology.Record {
	return repology.Record{Repo: "r", SrcName: name, BinNames: strings.Fields(binaries)}
}

// binary is a record as Arch and Alpine have it.
func binary(name, source string) repology.Record {
	return repology.Record{Repo: "r", SrcName: source, BinName: name}
}

func doubtful(r repology.Record, status string) repology.Record {
	r.Status = status
	return r
}

func TestChoose(t *testing.T) {
	for name, test := range map[string]struct {
		repository, project, name string
		looked                    bool
		records                   []repology.Record
		want, rule                string
		candidates                string
	}{
		"srcname": {
			repository: "debian_12", project: "apache", name: "apache",
			records: []repology.Record{source("apache2", "apache2 apache2-bin apache2-dev")},
			want:    "apache2", rule: "binname equals srcname",
		},
		"one source, several records": {
			repository: "debian_12", project: "curl", name: "curl",
			records: []repology.Record{source("curl", "curl libcurl4"), source("curl", "curl libcurl4t64")},
			want:    "curl", rule: "binname equals srcname",
		},
		"several sources, the project's name": {
			repository: "debian_12", project: "gcc", name: "gcc",
			records: []repology.Record{source("gcc-11", "gcc-11 g++-11"), source("gcc-12", "gcc-12 g++-12"), source("gcc-defaults", "g++ gcc")},
			want:    "gcc", rule: "binname equals the project",
		},
		"several sources, none of them meant": {
			repository: "fedora_43", project: "nodejs", name: "nodejs",
			records:    []repology.Record{source("nodejs20", "nodejs20"), source("nodejs22", "nodejs22")},
			candidates: "nodejs20 nodejs22",
		},
		"the only one is no choice": {
			repository: "debian_12", project: "fd", name: "fd",
			records:    []repology.Record{source("rust-fd-find", "fd-find")},
			candidates: "fd-find",
		},
		"a soname": {
			repository: "debian_13", project: "libzip", name: "libzip",
			records:    []repology.Record{source("libzip-src", "libzip-dev libzip5t64 ziptool")},
			candidates: "libzip-dev libzip5t64 ziptool",
		},
		"the name that was looked up": {
			repository: "debian_12", project: "postgresql", name: "postgresql-client", looked: true,
			records: []repology.Record{source("postgresql-15", "postgresql-15 postgresql-client-15"), source("postgresql-common", "postgresql postgresql-client")},
			want:    "postgresql-client", rule: "binname equals the name asked",
		},
		// The source's own package is not what was asked for.
		"the name that was looked up, one source": {
			repository: "almalinux_9", project: "postgresql", name: "postgresql-server", looked: true,
			records: []repology.Record{source("postgresql", "postgresql postgresql-server")},
			want:    "postgresql-server", rule: "binname equals the name asked",
		},
		"what an rpm provides is no package": {
			repository: "fedora_43", project: "nginx", name: "webserver", looked: true,
			records:    []repology.Record{source("nginx", "nginx nginx-mod-stream webserver")},
			candidates: "nginx nginx-mod-stream webserver",
		},
		"one record for each binary": {
			repository: "arch", project: "postgresql", name: "postgresql",
			records: []repology.Record{binary("postgresql", "postgresql"), binary("postgresql-libs", "postgresql")},
			want:    "postgresql", rule: "binname equals srcname",
		},
		"no source known": {
			repository: "alpine_3_20", project: "fd", name: "fd",
			records: []repology.Record{binary("fd", ""), binary("fd-doc", "")},
			want:    "fd", rule: "binname equals the project",
		},
		"only the source is known": {
			repository: "debian_12", project: "curl", name: "curl",
			records:    []repology.Record{source("curl", "")},
			candidates: "curl",
		},
		"doubtful ones do not count": {
			repository: "debian_12", project: "x", name: "x",
			records: []repology.Record{source("x", "x"), doubtful(source("x-other", "x-other"), "incorrect"), doubtful(source("y", "y"), "untrusted")},
			want:    "x", rule: "binname equals srcname",
		},
		"unless there are no others": {
			repository: "debian_12", project: "x", name: "x",
			records: []repology.Record{doubtful(source("x", "x"), "ignored")},
			want:    "x", rule: "binname equals srcname",
		},
		"nothing": {repository: "debian_12", project: "x", name: "x"},
	} {
		f, _ := familyOf(test.repository)
		got := choose(f, test.records, test.project, test.name, test.looked)
		want := choice{test.want, test.rule, strings.Fields(test.candidates)}
		if diff := cmp.Diff([]string{want.binary, want.rule, strings.Join(want.candidates, " ")}, []string{got.binary, got.rule, strings.Join(got.candidates, " ")}); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

func TestChooseDevel(t *testing.T) {
	for name, test := range map[string]struct {
		repository, project string
		records             []repology.Record
		want, rule          string
		candidates          string
	}{
		"the only one": {
			repository: "debian_13", project: "openssl",
			records: []repology.Record{source("openssl", "openssl libssl3t64 libssl-dev libssl-doc")},
			want:    "libssl-dev", rule: "the only -dev package",
		},
		"rpm": {
			repository: "opensuse_tumbleweed", project: "bzip2",
			records: []repology.Record{source("bzip2", "bzip2 libbz2-1 libbz2-devel bzip2-devel")},
			want:    "bzip2-devel", rule: "binname equals <srcname>-devel",
		},
		"rpm, an older name": {
			repository: "fedora_43", project: "zlib",
			records: []repology.Record{source("zlib-ng", "zlib-ng zlib-ng-devel zlib-devel")},
			want:    "zlib-ng-devel", rule: "binname equals <srcname>-devel",
		},
		"alpine": {
			repository: "alpine_3_20", project: "curl",
			records: []repology.Record{binary("curl", "curl"), binary("curl-dev", "curl"), binary("libcurl", "curl")},
			want:    "curl-dev", rule: "the only -dev package",
		},
		"with lib": {
			repository: "debian_12", project: "gmp",
			records: []repology.Record{source("gmp", "libgmp-dev libgmp10-dev libgmp3-dev")},
			want:    "libgmp-dev", rule: "binname equals lib<srcname>-dev",
		},
		"several": {
			repository: "debian_12", project: "curl",
			records:    []repology.Record{source("curl", "curl libcurl4-gnutls-dev libcurl4-openssl-dev")},
			candidates: "libcurl4-gnutls-dev libcurl4-openssl-dev",
		},
		"headers of their own": {
			repository: "debian_12", project: "linux",
			records:    []repology.Record{source("linux", "linux-headers-amd64 linux-libc-dev")},
			candidates: "linux-libc-dev",
		},
		"none": {
			repository: "debian_12", project: "htop",
			records: []repology.Record{source("htop", "htop")},
		},
	} {
		f, _ := familyOf(test.repository)
		got := chooseDevel(f, test.records, test.project, test.project)
		if diff := cmp.Diff([]string{test.want, test.rule, test.candidates}, []string{got.binary, got.rule, strings.Join(got.candidates, " ")}); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

func TestWithExtras(t *testing.T) {
	for repository, want := range map[string]string{
		"debian_12": "debian_12", "almalinux_9": "almalinux_9 epel_9", "rocky_10": "rocky_10 centos_stream_10 epel_10",
		"centos_stream_10": "centos_stream_10 epel_10", "arch": "arch",
	} {
		if got := strings.Join(withExtras(repository), " "); got != want {
			t.Errorf("%s: %s, want %s", repository, got, want)
		}
	}
}
