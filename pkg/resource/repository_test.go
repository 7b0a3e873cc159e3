package resource

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"hostkit/pkg/doc"
)

// What stands against a repository is said where it stands, all at once.
func TestExpandRepositories(t *testing.T) {
	local := localFiles{
		"page.html": {Bytes: doc.Bytes("<html>404</html>\n")},
		"big":       {File: &doc.FileRef{Path: "big", Size: 70000, Digest: digestOf(nil)}},
	}
	const signed = `"key":{"from":"page.html"},"fingerprint":"B97B0AFCAA1A47F044F244A07FCC7D46ACCC4CF8"`
	for _, c := range []struct {
		kind          Kind
		section, want string
	}{
		{aptRepositories{}, `{"a":{"state":"absent"}}`, ""},
		{aptRepositories{}, `{"a":{"state":"absent","uris":["http://x"]}}`, "/a/uris: uris says how it should be"},
		{aptRepositories{}, `{"a/b":{"state":"absent"}}`, `/a~1b: "a/b" is not the name of a repository`},
		{aptRepositories{}, `{".x":{"state":"absent"}}`, `/.x: ".x" is not the name of a repository`},
		{aptRepositories{}, `{"a":{}}`, "/a: the repository has no address\n/a: the repository has no suite\n" +
			"/a: the repository has no fingerprint\n/a: the repository has no key"},
		{
			aptRepositories{},
			`{"a":{"uris":["https://x"],"suites":["s"],"components":["main"],` + signed + `}}`,
			"/a/key/from: the key can't be used: it is neither an armored nor a binary OpenPGP key",
		},
		{
			aptRepositories{},
			`{"a":{"uris":["https://user:secret@x"],"suites":["s"],` + signed + `}}`,
			"/a/uris/0: a user or password stands in the address of \"x\"\n/a: the repository has no components\n/a/key/from: the key can't",
		},
		{
			aptRepositories{},
			`{"a":{"uris":["ftp://x"],"suites":["./","s"],"components":["x y"],` + signed + `}}`,
			"/a/uris/0: \"ftp://x\" is not the address\n/a/suites: some suites are paths\n/a/components/0: \"x y\" is not a word\n/a/key/from: the key can't",
		},
		{
			aptRepositories{},
			`{"a":{"uris":["file:/x"],"suites":["./"],"components":["main"],"fingerprint":"B97B0AFCAA1A47F044F244A07FCC7D46ACCC4CF8","key":{"from":"big"}}}`,
			"/a/components: a suite that is a path\n/a/key/from: big has 70000 bytes, more than a key",
		},
		{aptRepositories{}, `{"a":{"uris":["file:/x"],"suites":["./"],"fingerprint":"ACCC4CF8"}}`, `/a/fingerprint: "ACCC4CF8" is not a full fingerprint`},
		{dnfRepositories{}, `{"a":{"state":"absent"}}`, ""},
		{
			dnfRepositories{},
			`{"a":{"baseurl":"https://x","metalink":"https://y",` + signed + `}}`,
			"/a: exactly one of baseurl, mirrorlist and metalink\n/a/key/from: the key can't",
		},
		{
			dnfRepositories{},
			`{"a":{"baseurl":"https://x/\ngpgcheck=0","description":"x\ngpgcheck=0",` + signed + `}}`,
			"/a/baseurl: \"https://x/\\ngpgcheck=0\" is not the address\n/a/description: the description is more than one line\n/a/key/from: the key can't",
		},
		{
			dnfRepositories{},
			`{"a":{"mirrorlist":"https://x","key":{},"fingerprint":"B97B0AFCAA1A47F044F244A07FCC7D46ACCC4CF8"}}`,
			"/a/key: exactly one of from and content is wanted",
		},
	} {
		_, problems := c.kind.Expand(doc.Raw(c.section), local)
		var got []string
		for _, p := range problems {
			got = append(got, fmt.Sprintf("%s: %s", p.Pointer, p.Message))
		}
		var want []string
		if c.want != "" {
			want = strings.Split(c.want, "\n")
		}
		ok := len(got) == len(want)
		for i := range min(len(got), len(want)) {
			ok = ok && strings.HasPrefix(got[i], want[i])
		}
		if !ok || strings.Contains(strings.Join(got, ""), "secret") {
			t.Errorf("%s: %q, want %q", c.section, got, want)
		}
	}
}

// A repository of another manager, an old apt and an expired key are refused.
func TestRepositoriesThatAHostCanNotHave(t *testing.T) {
	r := resourceOf("apt_repository", "a", doc.Present,
		`{"uris":["http://x"],"suites":["s"],"components":["main"],"fingerprint":"B97B0AFCAA1A47F044F244A07FCC7D46ACCC4CF8","key_expires":"2024-01-02T03:04:05Z","key":"k\n"}`)
	for seen, want := range map[string]string{
		`{"state":"absent","apt":"2.6.1","key_expired":true}`:   "key_expired",
		`{"state":"absent","apt":"2.2.4"}`:                      "unsupported",
		`{"state":"absent","apt":"2.6.1","elsewhere":["/x/y"]}`: "configured_elsewhere",
		`{"state":"absent","apt":"2.6.1"}`:                      "",
	} {
		var observation doc.Observation
		mustDo(t, json.Unmarshal([]byte(seen), &observation))
		w := World{Facts: doc.Facts{PackageManager: "apt", Observed: map[doc.Address]doc.Observation{r.Address: observation}}}
		d, err := aptRepositories{}.Compare(r, w)
		if got := refusalCode(err); got != want || want == "" && d.Action != doc.Create {
			t.Errorf("%s: %v, want %q", seen, err, want)
		}
		w.Facts.PackageManager = "dnf"
		if _, err := (aptRepositories{}).Compare(r, w); refusalCode(err) != "other_manager" {
			t.Errorf("on a host with dnf: %v", err)
		}
	}
}

func refusalCode(err error) string {
	var refusal *Refusal
	if errors.As(err, &refusal) {
		return refusal.Code
	}
	return ""
}
