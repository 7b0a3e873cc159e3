package resource

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hostkit/pkg/doc"
)

// localFiles is a folder of a config.
type localFiles map[string]doc.Content

func (fs localFiles) Load(name string) (doc.Content, error) {
	c, ok := fs[name]
	if !ok {
		return c, fmt.Errorf("open %s: no such file", name)
	}
	return c, nil
}

func (fs localFiles) Open(name string) (LocalFile, error) {
	c, err := fs.Load(name)
	return struct {
		io.ReaderAt
		io.Closer
	}{bytes.NewReader(c.Bytes), io.NopCloser(nil)}, err
}

func TestExpandPaths(t *testing.T) {
	local := localFiles{
		"logo": {Bytes: doc.Bytes("\xff")},
		"big":  {File: &doc.FileRef{Path: "big", Size: 70000, Digest: digestOf(nil)}},
	}
	long := "/" + strings.Repeat("x", 256)
	cases := []struct {
		kind    Kind
		section string
		// want has a line for each resource and each problem.
		want string
	}{
		{files{}, `{}`, ``},
		{files{}, `{"/etc/motd": {"content": "welcome\n", "mode": "0644"}}`, `/etc/motd at /~1etc~1motd present {"content":"welcome\n","mode":"0644"}`},
		{files{}, `{"/a": {"content": ""}}`, `/a at /~1a present {"content":""}`},
		{files{}, `{"/a": {"content": {"$base64": "/w=="}}}`, `/a at /~1a present {"content":{"$base64":"/w=="}}`},
		{files{}, `{"/a": {"content": {"$secret": {"env": "HOSTKIT_A"}}}}`, `/a at /~1a present {"content":{"$secret":{"env":"HOSTKIT_A"}}}`},
		{files{}, `{"/a": {"from": "logo"}}`, `/a at /~1a present {"content":{"$base64":"/w=="}}`},
		{files{}, `{"/a": {"from": "big"}}`, `/a at /~1a present {"content":{"$file":"big","size":70000,"digest":"` + string(digestOf(nil)) + `"}}`},
		{files{}, `{"/a": {"state": "absent"}}`, `/a at /~1a absent {}`},
		{files{}, `{"/a": {"state": "absent", "sensitive": true}}`, `/a at /~1a absent {"sensitive":true}`},
		{
			files{},
			`{"/a~b": {"content": "", "owner": "www-data", "group": "33", "depends_on": ["package:x"]}}`,
			`/a~b at /~1a~0b present {"owner":"www-data","group":"33","content":""}`,
		},
		{files{}, `{"/new\nline": {"content": ""}}`, "/new\nline at /~1new\nline present {\"content\":\"\"}"},
		{files{}, `{"/a": {}}`, `problem at /~1a: the file has no content`},
		{files{}, `{"/a": {"content": "", "from": "logo"}}`, `problem at /~1a: content and from are both given`},
		{files{}, `{"/a": {"from": "nothing"}}`, `problem at /~1a/from: open nothing: no such file`},
		{files{}, `{"/a": {"from": "x\u0000"}}`, `problem at /~1a/from: from holds a NUL byte`},
		{
			files{},
			`{"/a": {"state": "absent", "content": "x", "mode": "0644", "owner": "a"}}`,
			"problem at /~1a/content: content says how it should be, and state says that it should be absent\n" +
				"problem at /~1a/mode: mode says how it should be, and state says that it should be absent\n" +
				"problem at /~1a/owner: owner says how it should be, and state says that it should be absent",
		},
		{files{}, `{"etc/motd": {"content": ""}}`, `problem at /etc~1motd: "etc/motd" is not an absolute path`},
		{files{}, `{"~/x": {"content": ""}}`, `problem at /~0~1x: "~/x" is not an absolute path`},
		{files{}, `{"": {"content": ""}}`, `problem at /: the path is empty`},
		{files{}, `{"/": {"content": ""}}`, `problem at /~1: the root folder can't be managed`},
		{files{}, `{"/a//b": {"content": ""}}`, `problem at /~1a~1~1b: "/a//b" is not a clean path`},
		{files{}, `{"//a": {"content": ""}}`, `problem at /~1~1a: "//a" is not a clean path`},
		{files{}, `{"/a/": {"content": ""}}`, `problem at /~1a~1: "/a/" is not a clean path`},
		{files{}, `{"/a/./b": {"content": ""}}`, `problem at /~1a~1.~1b: "/a/./b" is not a clean path`},
		{files{}, `{"/a/../b": {"content": ""}}`, `problem at /~1a~1..~1b: "/a/../b" is not a clean path`},
		{files{}, `{"/a\u0000b": {"content": ""}}`, "problem at /~1a\x00b: \"/a\\x00b\" holds a NUL byte"},
		{files{}, `{"` + long + `": {"content": ""}}`, `problem at /~1` + long[1:] + `: the name "` + long[1:] + `" has 256 bytes, more than the 255 that Linux takes`},
		{files{}, `{"/a": {"content": "", "typo": 1}}`, `problem at /~1a/typo: unknown object member name`},
		{files{}, `{"/a": {"content": "", "mode": "644"}}`, `problem at /~1a/mode: "644" is not a mode: want four octal digits like "0644"`},
		{files{}, `{"/a": {"content": "", "owner": "007"}}`, `problem at /~1a/owner: "007" is not the number of a user or group: want 0 to 4294967294 without leading zeros`},
		{files{}, `{"/a": {"content": "", "owner": "4294967295"}}`, `problem at /~1a/owner: "4294967295" is not the number of a user or group: want 0 to 4294967294 without leading zeros`},
		{files{}, `{"/a": {"content": "", "group": "a:b"}}`, `problem at /~1a/group: "a:b" is not the name of a user or group`},
		{files{}, `{"/a": {"content": "", "owner": "-R"}}`, `problem at /~1a/owner: "-R" is not the name of a user or group`},
		{files{}, `{"/a": {"content": "", "owner": ""}}`, `problem at /~1a/owner: "" is not a user or group: want a name or a number`},
		{
			directories{},
			`{"/srv/app": {"mode": "0750", "owner": "root", "group": "DOMAIN\\domain users"}}`,
			`/srv/app at /~1srv~1app present {"owner":"root","group":"DOMAIN\\domain users","mode":"0750"}`,
		},
		{directories{}, `{"/a": {}}`, `/a at /~1a present {}`},
		{directories{}, `{"/a": {"state": "absent", "mode": "0755"}}`, `problem at /~1a/mode: mode says how it should be, and state says that it should be absent`},
		{symlinks{}, `{"/srv/current": {"to": "/srv/app"}}`, `/srv/current at /~1srv~1current present {"to":"/srv/app"}`},
		{symlinks{}, `{"/a": {"to": "../x/"}}`, `/a at /~1a present {"to":"../x/"}`},
		{symlinks{}, `{"/a": {}}`, `problem at /~1a: the link does not say where it leads`},
		{symlinks{}, `{"/a": {"state": "absent", "to": "x"}}`, `problem at /~1a/to: to says how it should be, and state says that it should be absent`},
		{symlinks{}, `{"/a": {"to": "x\u0000"}}`, `problem at /~1a/to: to holds a NUL byte`},
	}
	for _, c := range cases {
		declared, problems := c.kind.Expand(doc.Raw(c.section), local)
		var lines []string
		if len(problems) == 0 {
			for _, d := range declared {
				lines = append(lines, fmt.Sprintf("%s at %s %s %s", d.Name, d.Pointer, d.Common.State, jsonOf(d.Spec)))
			}
		}
		for _, p := range problems {
			lines = append(lines, fmt.Sprintf("problem at %s: %s", p.Pointer, p.Message))
		}
		if diff := cmp.Diff(c.want, strings.Join(lines, "\n")); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", c.kind.Name(), c.section, diff)
		}
	}
}

func TestPathTies(t *testing.T) {
	cases := []struct {
		r    doc.Resource
		want string
	}{
		{
			resourceOf("file", "/a/b/c", doc.Present, `{"content":"","owner":"app","group":"4"}`),
			"path:/a/b/c; path:/a/b (parent folder), path:/a (parent folder), user:app (owner)",
		},
		{resourceOf("file", "/a", doc.Absent, `{}`), "path:/a; "},
		{resourceOf("directory", "/a/b", doc.Present, `{"group":"app"}`), "path:/a/b; path:/a (parent folder), group:app (group)"},
		{resourceOf("symlink", "/a/l", doc.Present, `{"to":"/b"}`), "path:/a/l; path:/a (parent folder), path:/b (link target)"},
		{resourceOf("symlink", "/a/l", doc.Present, `{"to":"../b/./c/"}`), "path:/a/l; path:/a (parent folder), path:/b/c (link target)"},
		{resourceOf("symlink", "/a/l", doc.Present, `{"to":"."}`), "path:/a/l; path:/a (parent folder)"},
		{resourceOf("symlink", "/a/l", doc.Present, `{"to":"l/x"}`), "path:/a/l; path:/a (parent folder)"},
		{resourceOf("symlink", "/l", doc.Present, `{"to":"/"}`), "path:/l; "},
		{resourceOf("symlink", "/l", doc.Absent, `{}`), "path:/l; "},
	}
	for _, c := range cases {
		ties := pathKindOf(c.r.Kind).Ties(c.r)
		var provides, needs []string
		for _, h := range ties.Provides {
			provides = append(provides, string(h))
		}
		for _, n := range ties.Needs {
			for _, h := range append([]Handle{n.Handle}, n.Else...) {
				needs = append(needs, fmt.Sprintf("%s (%s)", h, n.Reason))
			}
		}
		if got := strings.Join(provides, ", ") + "; " + strings.Join(needs, ", "); got != c.want {
			t.Errorf("%s %s:\nwant %s\n got %s", c.r.Address, c.r.Spec, c.want, got)
		}
	}
}

// Every kind is in the registry once, under its own name.
func TestKinds(t *testing.T) {
	members := map[string]bool{}
	for _, k := range Kinds {
		if found, ok := ByName(k.Name()); !ok || found != k {
			t.Errorf("%s is not found by its name", k.Name())
		}
		if m := k.Section().Member; m != "" && members[m] {
			t.Errorf("two kinds stand under %q", m)
		} else {
			members[m] = true
		}
	}
	if _, ok := ByName("nothing"); ok {
		t.Error("an unknown kind is found")
	}
}
