package names

import (
	"slices"
	"testing"

	"hostkit/pkg/doc"
)

func TestCapability(t *testing.T) {
	for name, want := range map[string]string{
		"openssl_dev": "openssl", "openssl_devel": "openssl", "linux_headers": "linux", "curl": "", "dev": "", "_dev": "", "a_dev_b": "",
	} {
		base, devel := Capability(name)
		if devel != (want != "") || devel && base != want {
			t.Errorf("%s: %q, %v", name, base, devel)
		}
	}
}

// The development package of a family is found offline where the host has exactly
// one of the names that the family's rule gives.
func TestDevelopmentPackageOfTheIndex(t *testing.T) {
	for _, test := range []struct {
		repository, name string
		available        []string
		want, rule       string
	}{
		{"debian_12", "hiredis_dev", []string{"libhiredis-dev"}, "libhiredis-dev", "the only -dev package of that name that the host has"},
		{"debian_12", "hiredis_dev", []string{"hiredis-dev", "libhiredis-dev"}, "hiredis-dev", "same name"},
		{"debian_12", "hiredis_devel", []string{"hiredis-dev", "libhiredis-dev"}, "", ""},
		{"debian_12", "libfoo_dev", []string{"liblibfoo-dev"}, "", ""},
		{"fedora_43", "hiredis_dev", []string{"hiredis-devel"}, "hiredis-devel", "the only -devel package of that name that the host has"},
		{"opensuse_tumbleweed", "json_c_dev", []string{"libjson-c-devel"}, "libjson-c-devel", "the only -devel package of that name that the host has"},
		{"alpine_3_22", "hiredis_devel", []string{"hiredis-dev"}, "hiredis-dev", "the only -dev package of that name that the host has"},
		{"arch", "hiredis_dev", []string{"hiredis"}, "hiredis", "headers are in the package itself"},
		{"arch", "hiredis_headers", []string{"hiredis"}, "", ""},
		{"gentoo", "hiredis_dev", []string{"hiredis"}, "", ""},
	} {
		facts := &doc.PackageFacts{Index: doc.Present, Available: map[string]string{}}
		for _, name := range test.available {
			facts.Available[name] = "1"
		}
		got, err := Resolve([]Request{{Name: test.name}}, test.repository, facts, Options{})
		if n := got[test.name]; n.Package != test.want || n.Rule != test.rule || (err == nil) != (test.want != "") {
			t.Errorf("%s on %s of %q: %+v, %v", test.name, test.repository, test.available, n, err)
		}
	}
}

// What hk-facts asks an index about has what a lock says, of hosts with the same
// package manager only.
func TestGuessKnowsTheLock(t *testing.T) {
	lock := &doc.PackageLock{Repositories: map[string]doc.LockedRepository{
		"debian_12":    {Packages: map[string]doc.PackageName{"odd": {Package: "odd-deb"}}},
		"ubuntu_24_04": {Packages: map[string]doc.PackageName{"odd": {Package: "odd-ubuntu"}}},
		"fedora_43":    {Packages: map[string]doc.PackageName{"odd": {Package: "odd-rpm"}}},
	}}
	for _, test := range []struct {
		as   Candidates
		want []string
	}{
		{nil, []string{"odd", "odd-deb", "odd-ubuntu"}},
		{Candidates{"a"}, []string{"a"}},
		{Candidates{"a", "b"}, []string{"a", "b", "odd-deb", "odd-ubuntu"}},
	} {
		if got := Guess(Request{Name: "odd", As: test.as}, "apt", lock); !slices.Equal(got, test.want) {
			t.Errorf("as %q: %q, want %q", test.as, got, test.want)
		}
	}
}
