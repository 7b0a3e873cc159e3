package resource

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hostkit/pkg/doc"
	"hostkit/pkg/shell"
)

// staticProgram is a program for a processor, in the number of elf(5).
func staticProgram(machine byte) []byte {
	head := make([]byte, 128)
	copy(head, "\x7fELF\x02\x01\x01")
	head[16], head[18], head[20], head[32], head[52], head[54], head[56] = 2, machine, 1, 64, 64, 56, 1
	return head
}

func TestExpandMise(t *testing.T) {
	program := staticProgram(62)
	digest := string(digestOf(program))
	local := localFiles{"mise": {Bytes: program}, "archive": {Bytes: doc.Bytes("\x1f\x8b")}}
	sum := "sha256:" + strings.Repeat("1", 64)
	for _, test := range []struct{ section, want string }{
		{`{}`, `/usr/local/bin/mise present {}`},
		{`{"path": "/opt/mise", "version": "2026.9.15"}`, `/opt/mise present {"version":"2026.9.15"}`},
		{`{"state": "absent"}`, `/usr/local/bin/mise absent {}`},
		{
			`{"url": "https://example.org/mise", "checksum": "` + sum + `", "depends_on": ["package:curl"]}`,
			`/usr/local/bin/mise present {"url":"https://example.org/mise","checksum":"` + sum + `"}`,
		},
		{`{"path": "bin/mise"}`, `problem at /path: "bin/mise" is not an absolute path`},
		{`{"system_data_dir": "/a/"}`, `problem at /system_data_dir: "/a/" is not a clean path`},
		{`{"url": "https://example.org/mise"}`, `problem at /url: url is given without a checksum`},
		{`{"checksum": "` + sum + `"}`, `problem at /checksum: checksum is given without what it is of`},
		{`{"from": "mise", "url": "https://example.org/mise"}`, `problem at : from and url are both given`},
		{`{"from": "none"}`, `problem at /from: open none: no such file`},
		{`{"from": "archive"}`, `problem at /from: archive: it is no program for Linux (an ELF file)`},
		{`{"from": "x\u0000"}`, `problem at /from: from holds a NUL byte`},
		{`{"from": "mise", "checksum": "` + sum + `"}`, `problem at /checksum: mise has ` + digest + ` and not the checksum`},
		{`{"version": "v2026.9.15"}`, `problem at /version: "v2026.9.15" is not a version of mise`},
		{`{"version": "latest"}`, `problem at /version: "latest" is not a version of mise`},
		{`{"url": "ftp://example.org/", "checksum": "` + sum + `"}`, `problem at /url: "ftp://example.org/" is not an address to download from`},
		{
			`{"state": "absent", "version": "2026.9.15", "from": "mise"}`,
			"problem at /from: from says how it should be, and state says that it should be absent\n" +
				"problem at /version: version says how it should be, and state says that it should be absent",
		},
		{`{"pth": "/x"}`, `problem at /pth: unknown object member name`},
	} {
		declared, problems := mises{}.Expand(doc.Raw(test.section), local)
		var lines []string
		for _, p := range problems {
			lines = append(lines, fmt.Sprintf("problem at %s: %s", p.Pointer, p.Message))
		}
		for _, d := range declared {
			if problems == nil {
				lines = append(lines, fmt.Sprintf("%s %s %s", d.Name, d.Common.State, attributes(d.Spec)))
			}
		}
		if diff := cmp.Diff(test.want, strings.Join(lines, "\n")); diff != "" {
			t.Errorf("%s:\n%s", test.section, diff)
		}
	}
	declared, _ := mises{}.Expand(doc.Raw(`{"from": "mise", "checksum": "`+digest+`"}`), local)
	spec := declared[0].Spec.(miseSpec)
	if spec.Platform != "linux-x64-static" || string(spec.Checksum) != digest || contentDigest(*spec.Content) != spec.Checksum {
		t.Errorf("%s", attributes(spec))
	}
}

// miseWorld is a host as hk-plan knows it.
func miseWorld(observed string) World {
	return World{
		Facts: doc.Facts{
			Identity: doc.Identity{Arch: "x86_64"},
			Observed: map[doc.Address]doc.Observation{"mise:/m": {State: doc.Absent, Attributes: doc.Attributes(observed)}},
		},
		Mise: &doc.MiseRelease{Version: "1.1.1", Source: "lock", Builds: map[string]doc.Download{
			"linux-x64": {URL: "https://example.org/x64", Checksum: digestOf([]byte("x64"))},
		}},
	}
}

func TestCompareMise(t *testing.T) {
	const glibc, musl = `"loaders":["/lib64/ld-linux-x86-64.so.2"]`, `"loaders":["/lib/ld-musl-x86_64.so.1"],"musl":true`
	const curl = `"downloaders":["curl"]`
	sum := string(digestOf([]byte("own")))
	content := `{"content":"` + strings.Repeat("x", 3) + `","platform":"linux-arm64"}`
	for _, test := range []struct{ name, spec, observed, want string }{
		{
			"the release's", `{}`, glibc + "," + curl,
			`create missing {"digest":"` + string(digestOf([]byte("x64"))) + `","mode":"0755","source":"lock","state":"present","type":"file","url":"https://example.org/x64","version":"1.1.1"}`,
		},
		{
			"the config's", `{"url":"https://example.org/own","checksum":"` + sum + `"}`, curl,
			`create missing {"digest":"` + sum + `","mode":"0755","source":"config","state":"present","type":"file","url":"https://example.org/own"}`,
		},
		{"no checksum for the platform", `{}`, musl + "," + curl, "no checksum is known of mise 1.1.1 for linux-x64-musl (lock)"},
		{"no way to download", `{}`, glibc, "/m is to be downloaded, and the host has neither curl nor wget"},
		{
			"no platform", `{}`, curl,
			"mise has no builds for this host: its processor is x86_64, and it has none of the program loaders /lib64/ld-linux-x86-64.so.2, /lib/ld-linux-aarch64.so.1, /lib/ld-linux-armhf.so.3, /lib/ld-musl-x86_64.so.1, /lib/ld-musl-aarch64.so.1, /lib/ld-musl-armhf.so.1",
		},
		{"a file for another platform", content, glibc, "the file of the config is a program for linux-arm64, and the host is linux-x64"},
	} {
		r := doc.Resource{Address: "mise:/m", Kind: "mise", Name: "/m", State: doc.Present, Spec: doc.Attributes(test.spec)}
		d, err := mises{}.Compare(r, miseWorld("{"+test.observed+"}"))
		got := fmt.Sprintf("%s %s %s", d.Action, d.Reason, d.After)
		if err != nil {
			got = err.Error()
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s:\n%s", test.name, diff)
		}
	}
}

// What downloads may come with the same plan, whatever the config calls it.
func TestMiseDownloadsWithWhatThePlanInstalls(t *testing.T) {
	w := miseWorld(`{"loaders":["/lib64/ld-linux-x86-64.so.2"]}`)
	r := doc.Resource{Address: "mise:/m", Kind: "mise", Name: "/m", State: doc.Present}
	for state, good := range map[doc.Presence]bool{doc.Present: true, doc.Absent: false} {
		w.Names = map[string]doc.PackageName{"fetcher": {Package: "wget"}}
		w.Resources = []doc.Resource{r, {Address: "package:fetcher", Kind: "package", Name: "fetcher", State: state}}
		if _, err := (mises{}).Compare(r, w); (err == nil) != good {
			t.Errorf("%s: %v", state, err)
		}
	}
}

// Look, download, look again, download again, take back, in each shell.
func TestMiseOnAHost(t *testing.T) {
	content := []byte(strings.Repeat("mise", 1<<14))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(content) }))
	t.Cleanup(server.Close)
	onEachShell(t, func(t *testing.T, h *testHost) {
		folder := publicFolder(t)
		r := doc.Resource{
			Address: doc.NewAddress("mise", folder+"/mise"), Kind: "mise", Name: folder + "/mise", State: doc.Present,
			Spec: doc.Attributes(`{"url":"` + server.URL + `","checksum":"` + string(digestOf(content)) + `"}`),
		}
		look := func(r doc.Resource) (doc.Change, bool) {
			t.Helper()
			facts := doc.Facts{Identity: doc.Identity{Arch: "x86_64"}, Observed: map[doc.Address]doc.Observation{}}
			probes, err := mises{}.Survey([]doc.Resource{r}, Site{})
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range probes {
				if err := p.Read(h.run(shell.Step{Name: p.Name, Script: p.Script, Limit: p.Limit})[0], &facts); err != nil {
					t.Fatal(err)
				}
			}
			seen, err := readAttributes[miseObservation](facts.Observed[r.Address].Attributes)
			if err != nil || !slices.Contains(seen.Loaders, "/lib64/ld-linux-x86-64.so.2") || seen.Musl || len(seen.Downloaders) == 0 {
				t.Fatalf("%v: %s", err, facts.Observed[r.Address].Attributes)
			}
			d, err := mises{}.Compare(r, World{Facts: facts})
			if err != nil {
				t.Fatal(err)
			}
			return doc.Change{Address: r.Address, Kind: r.Kind, Action: d.Action, Before: d.Before, After: d.After}, d.Action != ""
		}
		for _, state := range []doc.Presence{doc.Present, doc.Absent} {
			r.State = state
			change, differs := look(r)
			if !differs {
				t.Fatalf("%s: nothing to do", state)
			}
			for range 2 {
				if err := h.make(change); err != nil {
					t.Fatalf("%s: %v", state, err)
				}
				if found := h.recheck(change); !(mises{}).Holds(change.After, found[r.Address]) {
					t.Fatalf("%s: found %s, want %s", state, found[r.Address], change.After)
				}
			}
			if change, differs := look(r); differs {
				t.Errorf("%s: a second plan has %s", state, change.After)
			}
			left, err := os.ReadDir(folder)
			if want := map[doc.Presence]int{doc.Present: 1}[state]; err != nil || len(left) != want {
				t.Errorf("%s: %v, %v", state, left, err)
			}
		}
	})
}

// A host of which nothing is known, and one that says what makes no sense.
func TestReadMiseLook(t *testing.T) {
	for text, want := range map[string]miseObservation{
		"": {},
		"loader /lib/ld-musl-x86_64.so.1\nmusl\ndownloader wget\nsomething new\n": {
			Loaders: []string{"/lib/ld-musl-x86_64.so.1"}, Musl: true, Downloaders: []string{"wget"},
		},
	} {
		if diff := cmp.Diff(want, readMiseLook([]byte(text))); diff != "" {
			t.Error(diff)
		}
	}
}
