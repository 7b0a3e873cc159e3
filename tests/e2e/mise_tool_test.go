package e2e

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"hostkit/tests/lab"
)

// The tools of these tests come from a server on loopback, by mise's http backend;
// the mise is the real one.

const miseTools = "/usr/local/share/mise"

// toolServer serves /NAME-VERSION.tar.gz, a program that prints its name and
// version; "slow" only when it is let.
type toolServer struct {
	*httptest.Server
	// asked is closed when the slow one is asked for, and let lets it come.
	asked chan struct{}
	let   func()
}

func newToolServer(t *testing.T) *toolServer {
	t.Helper()
	wait := make(chan struct{})
	s := &toolServer{asked: make(chan struct{})}
	s.let = sync.OnceFunc(func() { close(wait) })
	once := sync.OnceFunc(func() { close(s.asked) })
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, found := strings.CutSuffix(strings.TrimPrefix(r.URL.Path, "/"), ".tar.gz")
		if !found {
			http.NotFound(w, r)
			return
		}
		if strings.HasPrefix(name, "slow") {
			once()
			select {
			case <-wait:
			case <-r.Context().Done():
				return
			}
		}
		_, _ = w.Write(toolArchive(name))
	}))
	t.Cleanup(s.Close)
	t.Cleanup(s.let)
	t.Cleanup(once)
	return s
}

// toolArchive has one program, bin/hello, the same bytes each time.
func toolArchive(says string) []byte {
	var raw bytes.Buffer
	packed := gzip.NewWriter(&raw)
	archive := tar.NewWriter(packed)
	program := "#!/bin/sh\necho " + says + "\n"
	_ = archive.WriteHeader(&tar.Header{Name: "bin/", Typeflag: tar.TypeDir, Mode: 0o755})
	_ = archive.WriteHeader(&tar.Header{Name: "bin/hello", Typeflag: tar.TypeReg, Mode: 0o755, Size: int64(len(program))})
	_, _ = archive.Write([]byte(program))
	_ = archive.Close()
	_ = packed.Close()
	return raw.Bytes()
}

// tool is one of the server's.
func (s *toolServer) tool(name, version string) object {
	return object{"version": version, "options": object{"url": s.URL + "/" + name + "-{{ version }}.tar.gz"}}
}

// newToolSite is a host that has mise.
func newToolSite(t *testing.T, o lab.Options) *site {
	t.Helper()
	program := lab.RequireMise(t)
	s := newSite(t, o)
	raw, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.host.WriteFile(misePath, raw, 0o755); err != nil {
		t.Fatal(err)
	}
	return s
}

func withTools(tools object) object { return withMise(object{"tools": tools}) }

// tools are what is installed: "folder/version", and nothing of ours beside it.
func (s *site) tools() []string {
	s.Helper()
	s.exec(`test ! -e "$1/.hostkit"`, miseTools)
	return strings.Fields(s.exec(`[ ! -d "$1" ] || find "$1/installs" -mindepth 2 -maxdepth 2 -type d -printf '%P\n' | sort`, miseTools))
}

// Each state follows from the one before: versions stand beside each other, and
// only the one that is named goes.
func TestMiseToolsGoFromStateToState(t *testing.T) {
	t.Parallel()
	s, server := newToolSite(t, lab.Options{NoIndex: true}), newToolServer(t)
	hello, scoped := server.tool("hello", "1.0.0"), server.tool("other", "2.1.0-rc.1")
	gone := object{"version": "1.0.0", "state": "absent"}
	for _, step := range []struct {
		name  string
		tools object
		plan  []string
		there []string
	}{
		{
			"two at once",
			object{"http:hello": hello, "http:Foo-BarBaz.x_y9z": scoped},
			[]string{"create mise_tool:http:Foo-BarBaz.x_y9z missing", "create mise_tool:http:hello missing"},
			[]string{"http-foo-bar-baz-x-y9z/2.1.0-rc.1", "http-hello/1.0.0"},
		},
		{
			"another version",
			object{"http:hello": server.tool("hello", "1.1.0")},
			[]string{"create mise_tool:http:hello missing"},
			[]string{"http-foo-bar-baz-x-y9z/2.1.0-rc.1", "http-hello/1.0.0", "http-hello/1.1.0"},
		},
		{
			"the old one goes",
			object{"http:hello": gone},
			[]string{"delete mise_tool:http:hello not wanted"},
			[]string{"http-foo-bar-baz-x-y9z/2.1.0-rc.1", "http-hello/1.1.0"},
		},
	} {
		wants := withTools(step.tools)
		before := s.snapshot()
		p := s.plan(wants)
		s.mustBeUntouched(before, "looking")
		if got := changesOf(p); !slices.Equal(got, step.plan) {
			t.Fatalf("%s: planned %q, want %q\n%s", step.name, got, step.plan, p.raw)
		}
		s.applied(p)
		if got := s.tools(); !slices.Equal(got, step.there) {
			t.Errorf("%s: there is %q, want %q", step.name, got, step.there)
		}
		s.mustHaveNoChange(wants)
	}
	if got := s.exec(`env MISE_SYSTEM_DATA_DIR="$1" mise ls --installed --json`, miseTools); !strings.Contains(got, `"http:Foo-BarBaz.x_y9z"`) {
		t.Errorf("mise itself has %s", got)
	}
	if got := s.exec(miseTools + "/installs/http-hello/1.1.0/hello"); got != "hello-1.1.0\n" {
		t.Errorf("the tool says %q", got)
	}
	s.exec(`test -z "$(find "$1" ! -type l ! -perm -o+r)"`, miseTools)
}

// A host that has neither gets both in one apply.
func TestMiseAndItsToolsInOneApply(t *testing.T) {
	t.Parallel()
	s, server := newSite(t, lab.Options{NoIndex: true}), newToolServer(t)
	s.copyMise(t)
	wants := withMise(object{"from": "mise", "system_data_dir": "/srv/tools", "tools": object{"http:hello": server.tool("hello", "1.0.0")}})
	wants["directories"] = object{"/srv/tools": object{"mode": "0755"}}
	p := s.plan(wants)
	if got, want := changesOf(p), []string{
		"create directory:/srv/tools missing", "create " + miseChange + " missing", "create mise_tool:http:hello missing",
	}; !slices.Equal(got, want) {
		t.Fatalf("planned %q, want %q", got, want)
	}
	s.applied(p)
	s.exec("/srv/tools/installs/http-hello/1.0.0/hello")
	s.mustHaveNoChange(wants)
}

// Of several tools those that can be had are made, and of the others the report
// says why; nothing half-made stays.
func TestMiseToolsThatCanNotBeHad(t *testing.T) {
	t.Parallel()
	s, server := newToolSite(t, lab.Options{NoIndex: true}), newToolServer(t)
	bad := server.tool("bad", "1.0.0")
	bad["options"].(object)["checksum"] = checksum([]byte("other"))
	wants := withTools(object{
		"http:hello": server.tool("hello", "1.0.0"),
		"http:bad":   bad,
		"http:gone":  object{"version": "1.0.0", "options": object{"url": server.URL + "/none"}},
		"node":       "24.1.0",
	})
	p := s.plan(wants)
	report := s.mustFail(p, []string{
		"mise_tool:http:bad failed", "mise_tool:http:gone failed", "mise_tool:http:hello done", "mise_tool:node failed",
	},
		"mise_tool:http:bad: what was downloaded has the checksum "+checksum(toolArchive("bad-1.0.0"))+", and "+checksum([]byte("other"))+" is wanted",
		"mise_tool:http:gone: HTTP status client error (404 Not Found)",
		"mise_tool:node: the host can't reach where it is downloaded from: ")
	if said := report.Changes[0].Output; !strings.Contains(said, "mise ERROR") || report.Changes[1].Output != "" {
		t.Errorf("what mise said does not stand once:\n%+v", report.Changes)
	}
	if got, want := s.tools(), []string{"http-hello/1.0.0"}; !slices.Equal(got, want) {
		t.Errorf("there is %q, want %q", got, want)
	}
	if got, want := changesOf(s.plan(wants)), []string{
		"create mise_tool:http:bad missing", "create mise_tool:http:gone missing", "create mise_tool:node missing",
	}; !slices.Equal(got, want) {
		t.Errorf("then it plans %q, want %q", got, want)
	}
	s.mustFail(s.plan(withTools(object{"no-such-tool-of-mise": "1.0.0"})), []string{"mise_tool:no-such-tool-of-mise failed"},
		"mise knows no such tool")
	s.mustFail(s.plan(withMise(object{"build_packages": false, "tools": object{"erlang": "29.0.2"}})), []string{"mise_tool:erlang failed"},
		"mise_tool:erlang: the host can't reach where it is downloaded from: ")
}

// A tool whose backend the host does not have is refused before mise begins.
func TestMiseToolWithoutItsBackend(t *testing.T) {
	t.Parallel()
	s, server := newToolSite(t, lab.Options{NoIndex: true}), newToolServer(t)
	p := s.plan(withTools(object{"http:hello": server.tool("hello", "1.0.0"), "npm:cowsay": "1.6.0"}))
	before := s.snapshot()
	o, _ := s.apply(p)
	if !strings.Contains(o.stderr, "npm:cowsay is installed with npm, which the host does not have") {
		t.Errorf("%s", o)
	}
	for _, d := range before.Diff(s.snapshot()) {
		if strings.HasPrefix(d.Path, miseTools) {
			t.Errorf("%s", d)
		}
	}
	// An npm that makes what it is told to, without a registry.
	npm := `#!/bin/sh
while [ "$#" -gt 0 ]; do
	[ "$1" != --prefix ] || at=$2
	shift
done
[ -z "$at" ] || { mkdir -p "$at/bin" && echo '#!/bin/sh' >"$at/bin/cowsay" && chmod 755 "$at/bin/cowsay"; }
`
	if err := s.host.WriteFile("/usr/local/bin/npm", []byte(npm), 0o755); err != nil {
		t.Fatal(err)
	}
	s.applied(p)
	s.exec(miseTools + "/installs/npm-cowsay/1.6.0/bin/cowsay")
	if got, want := s.tools(), []string{"http-hello/1.0.0", "npm-cowsay/1.6.0"}; !slices.Equal(got, want) {
		t.Errorf("there is %q, want %q", got, want)
	}
}

// What is on the host for other users of mise counts for nothing: neither their
// files nor those of the system.
func TestMiseToolsOfTheHostsOwnConfigurationsAreLeftOut(t *testing.T) {
	t.Parallel()
	s, server := newToolSite(t, lab.Options{NoIndex: true, Files: []lab.File{
		{Path: "/etc/mise/config.toml", Content: "[tools]\nnode = \"24.1.0\"\n"},
		{Path: "/mise.toml", Content: "[tools]\nnode = \"24.1.0\"\n"},
		{Path: "/root/.config/mise/config.toml", Content: "[tools]\nnode = \"24.1.0\"\n[settings]\ndisable_tools = [\"http:hello\"]\n"},
	}}), newToolServer(t)
	s.applied(s.plan(withTools(object{"http:hello": server.tool("hello", "1.0.0")})))
	if got, want := s.tools(), []string{"http-hello/1.0.0"}; !slices.Equal(got, want) {
		t.Errorf("there is %q, want %q", got, want)
	}
	s.exec("test ! -e /root/.local && test ! -e /root/.cache")
}

// What is downloaded must be what the mise.lock says, and what it does not have is
// refused.
func TestMiseToolsByALockfile(t *testing.T) {
	t.Parallel()
	s, server := newToolSite(t, lab.Options{NoIndex: true}), newToolServer(t)
	lock := func(sum string) []byte {
		text := "lockfile_version = 1\n"
		for _, name := range []string{"hello", "other"} {
			text += fmt.Sprintf(`
[[tools."http:%s"]]
version = "1.0.0"
backend = "http:%s"

[tools."http:%s"."platforms.linux-x64"]
checksum = %q
url = %q
`, name, name, name, sum, server.URL+"/hello-1.0.0.tar.gz")
		}
		return []byte(text)
	}
	wants := withMise(object{"lockfile": object{"from": "mise.lock"}, "tools": object{"http:hello": server.tool("hello", "1.0.0")}})
	other := checksum([]byte("other"))
	s.writeLocal("mise.lock", lock(other))
	p := s.plan(wants)
	if strings.Contains(string(p.raw), "http:other") {
		t.Errorf("the plan has more of the lock than the tool's own:\n%s", p.raw)
	}
	s.mustFail(p, []string{"mise_tool:http:hello failed"},
		"has the checksum "+checksum(toolArchive("hello-1.0.0"))+", and "+other+" is wanted")
	s.writeLocal("mise.lock", lock(checksum(toolArchive("hello-1.0.0"))))
	s.applied(s.plan(wants))
	s.exec(miseTools + "/installs/http-hello/1.0.0/hello")
	s.mustHaveNoChange(wants)
	s.writeLocal("config.json", s.config(withMise(object{"lockfile": object{"from": "mise.lock"}, "tools": object{"http:hello": server.tool("hello", "2.0.0")}})))
	if o := s.run(nil, "hk-eval", "config.json"); o.exit != 3 || !strings.Contains(o.stderr, "mise.lock: it has http:hello 1.0.0, not 2.0.0") {
		t.Errorf("%s", o)
	}
}
