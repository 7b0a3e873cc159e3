package mise

import (
	"strings"
	"testing"

	"hostkit/pkg/doc"
	"hostkit/pkg/names"
)

func resources(specs ...string) []doc.Resource {
	var rs []doc.Resource
	for i, spec := range specs {
		at := string(rune('a' + i))
		rs = append(rs, doc.Resource{
			Address: doc.NewAddress(Kind, "/"+at), Kind: Kind, Name: "/" + at, State: doc.Present,
			DeclaredAt: "c#/" + at, Spec: doc.Attributes(spec),
		})
	}
	return rs
}

func release(version, checksum string) *doc.MiseRelease {
	return &doc.MiseRelease{Version: version, Builds: map[string]doc.Download{
		"linux-x64": {URL: "https://example.org/" + version, Checksum: doc.Digest("sha256:" + strings.Repeat(checksum, 64))},
	}}
}

// told is the release in a few words, or why there is none.
func told(r *doc.MiseRelease, err error) string {
	switch {
	case err != nil:
		return err.Error()
	case r == nil:
		return "none"
	}
	return r.Version + " " + r.Source
}

func TestResolve(t *testing.T) {
	own := Embedded().Version
	locked := &doc.PackageLock{Mise: release("2020.1.1", "1")}
	foreign := &doc.PackageLock{Mise: &doc.MiseRelease{Version: "2020.1.1", Builds: map[string]doc.Download{"linux-x64": {URL: "file:///x"}}}}
	for _, test := range []struct {
		name    string
		rs      []doc.Resource
		options names.Options
		want    string
	}{
		{"nothing to do", nil, names.Options{}, "none"},
		{"to be absent", []doc.Resource{{Kind: Kind, State: doc.Absent}}, names.Options{}, "none"},
		{"from elsewhere", resources(`{"url":"https://x/"}`, `{"content":{"$file":"m"}}`), names.Options{}, "none"},
		{"no version", resources(`{}`), names.Options{}, own + " embedded"},
		{"the embedded version", resources(`{"version":"` + own + `"}`), names.Options{}, own + " embedded"},
		{"another version", resources(`{"version":"2020.1.1"}`), names.Options{}, "no checksum is known of mise 2020.1.1 (c#/a)"},
		{"the lock's", resources(`{}`), names.Options{Lock: locked}, "2020.1.1 lock"},
		{"the lock's version", resources(`{"version":"2020.1.1"}`), names.Options{Lock: locked, Closed: true}, "2020.1.1 lock"},
		{
			"not the lock's", resources(`{"version":"` + own + `"}`),
			names.Options{Lock: locked, LockName: "l"},
			"the config wants mise " + own + " (c#/a), and the package lock l has 2020.1.1",
		},
		{"anew", resources(`{}`), names.Options{Lock: locked, Anew: []string{"mise"}}, own + " embedded"},
		{"a lock without one", resources(`{}`), names.Options{Lock: &doc.PackageLock{}}, own + " embedded"},
		{"a closed lock without one", resources(`{}`), names.Options{Lock: &doc.PackageLock{}, LockName: "l", Closed: true}, "the package lock l has no release of mise"},
		{"a lock with a file", resources(`{}`), names.Options{Lock: foreign, LockName: "l"}, `the package lock l: mise for linux-x64: "file:///x" is not an address to download from`},
		{"two versions", resources(`{"version":"1.1.1"}`, `{"version":"2.2.2"}`), names.Options{}, "mise is wanted at 1.1.1 (c#/a) and at 2.2.2 (c#/b)"},
		{"two, one says", resources(`{}`, `{"version":"2020.1.1"}`), names.Options{Lock: locked}, "2020.1.1 lock"},
		{"nonsense", resources(`{"version":1}`), names.Options{}, "mise:/a: version and url want to be strings"},
	} {
		if got := told(Resolve(test.rs, test.options)); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

func TestForHost(t *testing.T) {
	one, other := release("2020.1.1", "1"), release("2020.1.1", "2")
	section := func(r *doc.MiseRelease) *doc.PackageNames { return &doc.PackageNames{Mise: r} }
	lock := func(r *doc.MiseRelease) names.Options {
		return names.Options{Lock: &doc.PackageLock{Mise: r}, LockName: "l"}
	}
	for _, test := range []struct {
		name    string
		d       doc.HostDocument
		options names.Options
		want    string
	}{
		{"no mise", doc.HostDocument{}, lock(nil), "none"},
		{"without hk-resolve", doc.HostDocument{Resources: resources(`{}`)}, names.Options{}, Embedded().Version + " embedded"},
		{"what hk-resolve said", doc.HostDocument{Resources: resources(`{}`), Packages: section(one)}, names.Options{}, "2020.1.1 "},
		{
			"hk-resolve came before mise",
			doc.HostDocument{Resources: resources(`{}`), Packages: section(nil)},
			names.Options{},
			"mise: the document's package names are older than its resources: they name no release",
		},
		{
			"hk-resolve came before the version",
			doc.HostDocument{Resources: resources(`{"version":"3.3.3"}`), Packages: section(one)},
			names.Options{},
			"mise: the document's package names are older than its resources: they name 2020.1.1, the config 3.3.3 (c#/a)",
		},
		{"a lock that agrees", doc.HostDocument{Resources: resources(`{}`), Packages: section(one)}, lock(one), "2020.1.1 lock"},
		{
			"a lock of another version",
			doc.HostDocument{Resources: resources(`{}`), Packages: section(release("1.1.1", "1"))},
			lock(one),
			"mise is 1.1.1 in the document and 2020.1.1 in the package lock l",
		},
		{
			"a lock with another checksum",
			doc.HostDocument{Resources: resources(`{}`), Packages: section(other)},
			lock(one),
			"mise 2020.1.1 for linux-x64 is sha256:" + strings.Repeat("2", 64) + " in the document and sha256:" + strings.Repeat("1", 64) + " in the package lock l",
		},
		{"a lock without one", doc.HostDocument{Resources: resources(`{}`)}, lock(nil), "the package lock l has no release of mise"},
	} {
		if got := told(ForHost(test.d, test.options)); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

func TestLock(t *testing.T) {
	var lock doc.PackageLock
	for _, step := range []struct {
		add  *doc.MiseRelease
		anew []string
		want string
	}{
		{nil, nil, "none"},
		{&doc.MiseRelease{Version: "1.1.1", Source: "embedded"}, nil, "1.1.1 "},
		{release("2.2.2", "2"), nil, "1.1.1 "},
		{nil, []string{"mise"}, "1.1.1 "},
		{release("2.2.2", "2"), []string{"mise"}, "2.2.2 "},
	} {
		Lock(&lock, step.add, step.anew)
		if got := told(lock.Mise, nil); got != step.want {
			t.Errorf("%+v: %q, want %q", step, got, step.want)
		}
	}
}
