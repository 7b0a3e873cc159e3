package manager

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadAptSources(t *testing.T) {
	for name, c := range map[string]struct {
		file, text string
		want       []string
	}{
		"lines": {
			"/etc/apt/sources.list", "# deb http://no/ no main\n" +
				"deb http://a/debian/ bookworm main contrib # remark\n" +
				"\tdeb-src [ arch=amd64 signed-by=/x ] http://b stable/updates main\n" +
				"deb [trusted=yes] file:/opt/archive ./\n" +
				"rpm http://c x y\ndeb http://d\n",
			[]string{"http://a/debian bookworm main contrib", "http://b stable/updates main", "file:/opt/archive ./"},
		},
		"stanzas": {
			"/x/y.sources", "Types: deb deb-src\nURIs: http://a http://b/\nSuites: s\n  t\n# remark\nComponents: main\n" +
				"Signed-By:\n -----BEGIN\n .\n URIs: http://no\n\n\nenabled: no\nTypes: deb\nURIs: http://off\nSuites: s\n\nTYPES: deb\nuris: file:/f\nsuites: ./\n",
			[]string{"http://a s main", "http://a t main", "http://b s main", "http://b t main", "file:/f ./"},
		},
		"nothing": {"/x/y.sources", "", nil},
	} {
		var got []string
		for _, s := range ReadAptSources(c.file, c.text) {
			got = append(got, s.String())
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// The names are those that apt 2.6 gave to the files of such sources.
func TestTheNamesOfAptsLists(t *testing.T) {
	for source, want := range map[string]string{
		"https://example.org/apt bookworm-pgdg main": "example.org_apt_dists_bookworm-pgdg_",
		"file:/srv/vendor_x stable main":             "_srv_vendor%5fx_dists_stable_",
		"http://127.0.0.1:8080 stable/updates main":  "127.0.0.1:8080_dists_stable_updates_",
		"file:/opt/archive ./":                       "_opt_archive_._",
		"file:///opt/archive /":                      "_opt_archive_",
		"http://example.org/~x y main":               "example.org_%7ex_dists_y_",
	} {
		s, err := ParseAptSource(source)
		if err != nil || s.list() != want {
			t.Errorf("%s: %q, %v, want %q", source, s.list(), err, want)
		}
		if err == nil && s.String() != source {
			t.Errorf("%q is spelt %q", source, s)
		}
	}
}

func TestWhatIsNoSourceOfApt(t *testing.T) {
	for _, text := range []string{
		"", "http://a", "http://a s", "http://a s/ main", "ftp://a s main", "http://a  s main", "http://a s main ",
		"http://user:secret@a s main", "file:srv s main", "http://a/../b s main", "http://a ../s main", "http://a s/../../x/",
		"http://a -s main", "http://a s ma$in", "http://a s [main]", "http://a/b\x00 s main", "cdrom:[x]/ s main", "http:// s main",
	} {
		if s, err := ParseAptSource(text); err == nil {
			t.Errorf("%q is taken for %+v", text, s)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("the password is in %q", err)
		}
	}
}

// What a sources file names comes to names of files in one folder, whatever it is.
func FuzzAptSources(f *testing.F) {
	f.Add("deb [trusted=yes] file:/opt/archive ./\ndeb http://a/debian bookworm main\n", false)
	f.Add("Types: deb\nURIs: http://a http://b/\nSuites: s\n t\nComponents: main\nSigned-By:\n x\n", true)
	f.Fuzz(func(t *testing.T, text string, stanzas bool) {
		file := map[bool]string{false: "/a.list", true: "/a.sources"}[stanzas]
		for _, s := range ReadAptSources(file, text) {
			parsed, err := ParseAptSource(s.String())
			if err != nil {
				continue
			}
			for _, name := range parsed.lists() {
				if strings.ContainsAny(name, "/\x00\n ") || name == "" {
					t.Errorf("%q gives the name %q", parsed, name)
				}
			}
		}
	})
}
