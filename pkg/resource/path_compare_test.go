package resource

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"hostkit/pkg/doc"
)

// secretA is a content.
const secretA = `{"$secret":{"env":"HOSTKIT_A"}}`

func TestComparePaths(t *testing.T) {
	d := func(s string) string { return string(digestOf([]byte(s))) }
	file := func(more string) string {
		return `{"state":"present","type":"file","mode":"0600","owner":"app","group":"app","uid":1000,"gid":1000,"size":3,"digest":"` + d("old") + `"` + more + `}`
	}
	holding := func(matches string) string {
		return `{"state":"present","type":"file","mode":"0600","owner":"app","group":"app","uid":1000,"gid":1000,"size":3,"stamp":"3 1 2 3","compared_with":` + secretA + `,"matches":` + matches + `}`
	}
	folder := `{"state":"present","type":"directory","mode":"0700","owner":"root","group":"root","uid":0,"gid":0}`
	link := `{"state":"present","type":"symlink","to":"old","owner":"root","group":"root","uid":0,"gid":0}`
	const absent = `{"state":"absent"}`
	cases := []struct {
		name  string
		kind  Kind
		state doc.Presence
		spec  string
		seen  string
		want  string
	}{
		{"not observed", files{}, doc.Present, `{"content":"x"}`, ``, `not observed`},
		{"not to be seen", files{}, doc.Present, `{"content":"x"}`, `{"error":{"code":"permission_denied","message":"no"}}`, `permission_denied: no`},
		{"missing file", files{}, doc.Present, `{"content":"x"}`, absent, `create (missing) ` + absent +
			` -> {"state":"present","type":"file","digest":"` + d("x") + `","content":"x","mode":"0644"}`},
		{"missing file, all given", files{}, doc.Present, `{"content":"x","mode":"0600","owner":"0","group":"a"}`, absent, `create (missing) ` + absent +
			` -> {"state":"present","type":"file","digest":"` + d("x") + `","content":"x","mode":"0600","owner":"0","group":"a"}`},
		{"missing file in a link", files{}, doc.Present, `{"content":"x"}`, `{"state":"absent","real_parent":"/r"}`, `create (missing) {"state":"absent","real_parent":"/r"}` +
			` -> {"state":"present","type":"file","digest":"` + d("x") + `","content":"x","mode":"0644","real_parent":"/r"}`},
		{"same", files{}, doc.Present, `{"content":"old"}`, file(``), ``},
		{"same with all", files{}, doc.Present, `{"content":"old","mode":"0600","owner":"app","group":"1000"}`, file(``), ``},
		{
			"other content",
			files{},
			doc.Present, `{"content":"new"}`, file(`,"content":"old"`),
			`update (drift) {"state":"present","type":"file","digest":"` + d("old") + `","content":"old"}` +
				` -> {"state":"present","type":"file","digest":"` + d("new") + `","content":"new"}`,
		},
		{
			"other content, sensitive",
			files{},
			doc.Present, `{"content":"new","sensitive":true}`, file(``),
			`update (drift) {"state":"present","type":"file","digest":"` + d("old") + `","sensitive":true}` +
				` -> {"state":"present","type":"file","digest":"` + d("new") + `","content":"new","sensitive":true}`,
		},
		{
			"large content",
			files{},
			doc.Present, `{"content":{"$file":"f","size":3,"digest":"` + d("big") + `"}}`, file(``),
			`update (drift) {"state":"present","type":"file","digest":"` + d("old") + `"}` +
				` -> {"state":"present","type":"file","digest":"` + d("big") + `","content":{"$file":"f","size":3,"digest":"` + d("big") + `"}}`,
		},
		{"missing secret", files{}, doc.Present, `{"content":` + secretA + `}`, absent, `create (missing) ` + absent +
			` -> {"state":"present","type":"file","matches":true,"content":` + secretA + `,"mode":"0600"}`},
		{"same secret", files{}, doc.Present, `{"content":` + secretA + `,"mode":"0600"}`, holding(`true`), ``},
		{
			"other secret",
			files{},
			doc.Present, `{"content":` + secretA + `,"mode":"0600"}`, holding(`false`),
			`update (drift) {"state":"present","type":"file","matches":false,"stamp":"3 1 2 3","mode":"0600"}` +
				` -> {"state":"present","type":"file","matches":true,"content":` + secretA + `,"mode":"0600"}`,
		},
		{
			"secret that was not compared",
			files{},
			doc.Present, `{"content":` + secretA + `,"mode":"0600"}`, holding(`"unknown"`),
			`unknown (not compared: the secret was not had) {"state":"present","type":"file","stamp":"3 1 2 3","mode":"0600"}` +
				` -> {"state":"present","type":"file","matches":true,"content":` + secretA + `,"mode":"0600"}`,
		},
		{
			"secret that was not compared, and another mode",
			files{},
			doc.Present, `{"content":` + secretA + `,"mode":"0640"}`, holding(`"unknown"`),
			`update (drift) {"state":"present","type":"file","stamp":"3 1 2 3","mode":"0600"}` +
				` -> {"state":"present","type":"file","matches":true,"content":` + secretA + `,"mode":"0640"}`,
		},
		{
			"same secret, other mode",
			files{},
			doc.Present, `{"content":` + secretA + `,"mode":"0640"}`, holding(`true`),
			`update (drift) {"state":"present","type":"file","matches":true,"mode":"0600"}` +
				` -> {"state":"present","type":"file","matches":true,"content":` + secretA + `,"mode":"0640"}`,
		},
		{"secret, facts of text", files{}, doc.Present, `{"content":` + secretA + `}`, file(``), `not observed`},
		{"secret, facts of another one", files{}, doc.Present, `{"content":{"$secret":{"env":"HOSTKIT_B"}}}`, holding(`true`), `not observed`},
		{"nothing, facts of a secret", files{}, doc.Absent, `{}`, holding(`true`), `not observed`},
		{
			"secret in an open file",
			files{},
			doc.Present, `{"content":` + secretA + `}`, strings.Replace(holding(`true`), `"0600"`, `"0644"`, 1),
			`readable_secret: everybody on the host may read /p (mode 0644), which is to hold a secret`,
		},
		{"secret in a file that is to be open", files{}, doc.Present, `{"content":` + secretA + `,"mode":"0644"}`, strings.Replace(holding(`true`), `"0600"`, `"0644"`, 1), ``},
		{"text, facts of a secret", files{}, doc.Present, `{"content":"x"}`, holding(`true`), `not observed`},
		{"nonsense for a match", files{}, doc.Present, `{"content":` + secretA + `}`, holding(`1`), `invalid_fact: its observation can't be read: /matches: want true, false or "unknown"`},
		{
			"secret in a file of several names",
			files{},
			doc.Present, `{"content":` + secretA + `}`, strings.Replace(holding(`"unknown"`), `"mode"`, `"hard_links":2,"mode"`, 1),
			`hard_links: /p has 2 names (hard links), and the others would keep the old content`,
		},
		{
			"other mode",
			files{},
			doc.Present, `{"content":"old","mode":"0644"}`, file(`,"content":"old"`),
			`update (drift) {"state":"present","type":"file","digest":"` + d("old") + `","mode":"0600"}` +
				` -> {"state":"present","type":"file","digest":"` + d("old") + `","mode":"0644"}`,
		},
		{
			"other owner, group by number",
			files{},
			doc.Present, `{"content":"old","owner":"root","group":"1000"}`, file(``),
			`update (drift) {"state":"present","type":"file","digest":"` + d("old") + `","owner":"app","group":"1000"}` +
				` -> {"state":"present","type":"file","digest":"` + d("old") + `","owner":"root","group":"1000"}`,
		},
		{"folder in the way", files{}, doc.Present, `{"content":"x"}`, folder, `wrong_type: /p is a folder and should be a file`},
		{"link in the way", files{}, doc.Present, `{"content":"x"}`, link, `wrong_type: /p is a symbolic link and should be a file`},
		{"pipe in the way", files{}, doc.Present, `{"content":"x"}`, `{"state":"present","type":"fifo"}`, `wrong_type: /p is a named pipe and should be a file`},
		{"folder instead of file to go", files{}, doc.Absent, `{}`, folder, `wrong_type: /p is a folder and is to be removed as a file`},
		{
			"hard links",
			files{},
			doc.Present, `{"content":"x"}`, file(`,"hard_links":3`),
			`hard_links: /p has 3 names (hard links), and the others would keep the old content`,
		},
		{
			"mode of hard links",
			files{},
			doc.Present, `{"content":"old","mode":"0644"}`, file(`,"hard_links":3`),
			`update (drift) {"state":"present","type":"file","digest":"` + d("old") + `","mode":"0600"}` +
				` -> {"state":"present","type":"file","digest":"` + d("old") + `","mode":"0644"}`,
		},
		{
			"mount point",
			files{},
			doc.Present, `{"content":"x"}`, file(`,"mount_point":true`),
			`mount_point: /p is a mount point, which can be neither replaced nor removed`,
		},
		{
			"mount point to go",
			files{},
			doc.Absent, `{}`, file(`,"mount_point":true`),
			`mount_point: /p is a mount point, which can be neither replaced nor removed`,
		},
		{"file gone", files{}, doc.Absent, `{}`, absent, ``},
		{
			"file to go",
			files{},
			doc.Absent, `{}`, file(`,"content":"old"`),
			`delete (not wanted) {"state":"present","type":"file","digest":"` + d("old") + `","content":"old","mode":"0600","owner":"app","group":"app"} -> ` + absent,
		},
		{"missing folder", directories{}, doc.Present, `{}`, absent, `create (missing) ` + absent + ` -> {"state":"present","type":"directory","mode":"0755"}`},
		{"same folder", directories{}, doc.Present, `{}`, folder, ``},
		{
			"folder's mode",
			directories{},
			doc.Present, `{"mode":"0755","owner":"root"}`, folder,
			`update (drift) {"state":"present","type":"directory","mode":"0700","owner":"root"} -> {"state":"present","type":"directory","mode":"0755","owner":"root"}`,
		},
		{
			"folder to go",
			directories{},
			doc.Absent, `{}`, strings.TrimSuffix(folder, "}") + `,"empty":false}`,
			`delete (not wanted) {"state":"present","type":"directory","mode":"0700","owner":"root","group":"root","empty":false} -> ` + absent,
		},
		{"file in the way", directories{}, doc.Present, `{}`, file(``), `wrong_type: /p is a file and should be a folder`},
		{"missing link", symlinks{}, doc.Present, `{"to":"x"}`, absent, `create (missing) ` + absent + ` -> {"state":"present","type":"symlink","to":"x"}`},
		{"same link", symlinks{}, doc.Present, `{"to":"old"}`, link, ``},
		{
			"link elsewhere",
			symlinks{},
			doc.Present, `{"to":"new","group":"root"}`, link,
			`update (drift) {"state":"present","type":"symlink","to":"old","group":"root"} -> {"state":"present","type":"symlink","to":"new","group":"root"}`,
		},
		{
			"link not UTF-8",
			symlinks{},
			doc.Present, `{"to":"x"}`, `{"state":"present","type":"symlink","to":{"$base64":"/w=="}}`,
			`update (drift) {"state":"present","type":"symlink","to":{"$base64":"/w=="}} -> {"state":"present","type":"symlink","to":"x"}`,
		},
		{"link to go", symlinks{}, doc.Absent, `{}`, link, `delete (not wanted) {"state":"present","type":"symlink","to":"old","owner":"root","group":"root"} -> ` + absent},
		{"link for a file", symlinks{}, doc.Present, `{"to":"x"}`, file(``), `wrong_type: /p is a file and should be a symbolic link`},
	}
	for _, c := range cases {
		r := resourceOf(c.kind.Name(), "/p", c.state, c.spec)
		if got := compared(t, c.kind, r, World{Facts: observedAs(t, r, c.seen)}); got != c.want {
			t.Errorf("%s:\nwant %s\n got %s", c.name, c.want, got)
		}
	}
}

func observedAs(t testing.TB, r doc.Resource, seen string) doc.Facts {
	facts := doc.Facts{Observed: map[doc.Address]doc.Observation{}}
	if seen != "" {
		var found doc.Observation
		mustDo(t, unmarshal(seen, &found))
		facts.Observed[r.Address] = found
	}
	return facts
}

// compared words what Compare returns, and proves that the sides hold themselves
// and not each other.
func compared(t testing.TB, k Kind, r doc.Resource, w World) string {
	t.Helper()
	d, err := k.Compare(r, w)
	switch {
	case errors.Is(err, ErrNotObserved):
		return "not observed"
	case err != nil:
		return code(err) + ": " + err.Error()
	case d.Action == "":
		return ""
	}
	if !k.Holds(d.Before, d.Before) || !k.Holds(d.After, d.After) || k.Holds(d.After, d.Before) {
		t.Errorf("%s: %s and %s do not hold as they should", r.Address, d.Before, d.After)
	}
	return fmt.Sprintf("%s (%s) %s -> %s", d.Action, d.Reason, d.Before, d.After)
}

// A file behind a link that is about to lead elsewhere was looked at in the wrong
// place.
func TestCompareBehindALink(t *testing.T) {
	file := resourceOf("file", "/srv/current/x", doc.Present, `{"content":"x"}`)
	facts := observedAs(t, file, `{"state":"absent","real_parent":"/srv/1"}`)
	link := func(to string, state doc.Presence) doc.Resource {
		r := resourceOf("symlink", "/srv/current", state, `{"to":"`+to+`"}`)
		facts.Observed[r.Address] = doc.Observation{State: doc.Present, Attributes: doc.Attributes(`{"type":"symlink","to":"/srv/1"}`)}
		return r
	}
	for _, c := range []struct {
		link    doc.Resource
		refused bool
	}{
		{link("/srv/1", doc.Present), false},
		{link("/srv/2", doc.Present), true},
		{resourceOf("symlink", "/srv/curr", doc.Present, `{"to":"x"}`), false},
	} {
		_, err := files{}.Compare(file, World{Facts: facts, Resources: []doc.Resource{file, c.link}})
		if got := code(err) == "behind_link"; got != c.refused {
			t.Errorf("%s: error %v", c.link.Spec, err)
		}
	}
}

func TestHolds(t *testing.T) {
	cases := []struct {
		side, found string
		want        bool
	}{
		{`{"state":"absent"}`, `{"state":"absent"}`, true},
		{`{"state":"absent"}`, `{"state":"present","type":"file"}`, false},
		{`{"state":"present"}`, `{"state":"absent"}`, false},
		{`{"state":"present","type":"file"}`, `{"state":"present","type":"directory"}`, false},
		{`{"state":"present","content":"a","sensitive":true,"empty":true}`, `{"state":"present","mode":"0644"}`, true},
		{`{"state":"present","mode":"0644"}`, `{"state":"present","mode":"0600"}`, false},
		{`{"state":"present","owner":"a"}`, `{"state":"present"}`, false},
		{`{"state":"absent"}`, `{"state":"absent","real_parent":"/x"}`, false},
		{`{"state":"absent","real_parent":"/x"}`, `{"state":"absent"}`, false},
		{`{"state":"absent","real_parent":"/x"}`, `{"state":"absent","real_parent":"/x"}`, true},
		{`{"state":"absent"}`, `{"error":{"code":"permission_denied","message":""}}`, false},
		{`{}`, `{"error":{"code":"permission_denied","message":""}}`, false},
		{`null`, ``, false},
	}
	for _, c := range cases {
		if got := holds(doc.Attributes(c.side), doc.Attributes(c.found)); got != c.want {
			t.Errorf("%s holds %s: %t", c.side, c.found, got)
		}
	}
}

// A plan may come from anywhere: what it says must not become a panic, or an
// argument that means something else.
func TestStepsRefuseBadPlans(t *testing.T) {
	const absent = `{"state":"absent"}`
	cases := []struct {
		kind                Kind
		name, before, after string
	}{
		{files{}, "relative", absent, `{"state":"present","digest":"` + string(digestOf(nil)) + `","content":""}`},
		{files{}, "/a/../b", absent, absent},
		{files{}, "/a", `{"state":"present","type":"file\u0000"}`, absent},
		{files{}, "/a", `{"state":"absent","real_parent":"\u0000"}`, absent},
		{files{}, "/a", absent, `{}`},
		{files{}, "/a", absent, `null`},
		{files{}, "/a", absent, ``},
		{files{}, "/a", absent, `{"state":"present","digest":"` + string(digestOf(nil)) + `"}`},
		{files{}, "/a", absent, `{"state":"present","digest":"` + string(digestOf(nil)) + `","content":"other"}`},
		{files{}, "/a", absent, `{"state":"present","digest":"` + string(digestOf(nil)) + `","content":"","owner":"-R"}`},
		{files{}, "/a", absent, `{"state":"present","digest":"` + string(digestOf(nil)) + `","content":"","mode":"u+s"}`},
		{directories{}, "/a", absent, `{"state":"present","group":"a\nb"}`},
		{files{}, "/a", absent, `{"state":"present","content":` + secretA + `}`},
		{files{}, "/a", absent, `{"state":"present","matches":true,"content":` + secretA + `}`}, // nobody had it
		{files{}, "/a", absent, `{"state":"present","matches":true,"from_backup":true,"digest":"` + string(digestOf(nil)) + `","content":` + secretA + `}`},
		{files{}, "/a", absent, `{"state":"present","matches":true,"content":{"$secret":{"env":"a b"}}}`},
		{files{}, "/a", absent, `{"state":"present","matches":true,"digest":"` + string(digestOf(nil)) + `","content":""}`},
		{files{}, "/a", `{"state":"present","matches":true,"content":{"$secret":{"env":"HOSTKIT_B"}}}`, `{"state":"present","matches":true,"content":` + secretA + `}`},
		{files{}, "/a", absent, `{"state":"present","matches":true,"stamp":"1 2 3 4","content":` + secretA + `}`},
		{files{}, "/a", absent, `{"state":"present","matches":true,"digest":"` + string(digestOf(nil)) + `","content":` + secretA + `}`},
		{files{}, "/a", `{"state":"present","matches":false}`, `{"state":"present","matches":true,"content":` + secretA + `}`},
		{files{}, "/a", `{"state":"present"}`, `{"state":"present","matches":true,"content":` + secretA + `}`},
		{files{}, "/a", `{"state":"present","matches":false,"content":` + secretA + `}`, absent},
		{files{}, "/a", `{"state":"present","matches":true,"content":` + secretA + `}`, `{"state":"present","digest":"` + string(digestOf(nil)) + `","content":""}`},
		{mises{}, "/a", absent, `{"state":"present","matches":true,"mode":"0755","content":` + secretA + `}`},
		{symlinks{}, "/a", absent, `{"state":"present","matches":true,"to":"/b","content":` + secretA + `}`},
		{symlinks{}, "/a", absent, `{"state":"present"}`},
		{symlinks{}, "/a", absent, `{"state":"present","to":"\u0000"}`},
	}
	for _, c := range cases {
		change := doc.Change{
			Address: doc.NewAddress(c.kind.Name(), c.name), Kind: c.kind.Name(),
			Before: doc.Attributes(c.before), After: doc.Attributes(c.after),
		}
		if works, err := c.kind.Steps([]doc.Change{change}, Site{}); err == nil {
			t.Errorf("%s %s -> %s: %d steps", change.Address, c.before, c.after, len(works))
		}
		// Whatever they say of it, they say it without a panic.
		_, _ = c.kind.Recheck([]doc.Change{change}, Site{})
		_, _ = c.kind.Survey([]doc.Resource{{Address: change.Address, Kind: c.kind.Name(), Name: c.name + "\x00"}}, Site{})
	}
}

// A file below a declared file, or below a link that leads to none or to no
// folder, was planned: the file that was to be its parent was put first, and the
// plan failed half-way.
func TestCompareRefusesWhatLiesInNoFolder(t *testing.T) {
	needRoot(t)
	onEachShell(t, func(t *testing.T, h *testHost) {
		root := publicFolder(t)
		h.mustRun(`cd "$1" && mkdir real && echo x >old && ln -s real way && ln -s old wrong && ln -s nowhere loose && ln -s way/../loose deep`, root)
		file := func(name string, state doc.Presence) doc.Resource {
			return resourceOf("file", root+"/"+name, state, `{"content":"x"}`)
		}
		link := func(name, to string) doc.Resource {
			return resourceOf("symlink", root+"/"+name, doc.Present, `{"to":"`+to+`"}`)
		}
		cases := []struct {
			above, r doc.Resource
			want     string
		}{
			{file("new", doc.Present), file("new/k", doc.Present), "inside_file"},
			{file("new", doc.Present), file("new/a/k", doc.Present), "inside_file"},
			{file("new", doc.Present), resourceOf("directory", root+"/new/k", doc.Present, ""), "inside_file"},
			{file("new", doc.Present), file("new/k", doc.Absent), ""},
			{file("new", doc.Present), file("newer", doc.Present), ""},
			{link("way", "real"), file("way/k", doc.Present), ""},
			{link("way", "real"), file("way/a/k", doc.Present), ""},
			{link("wrong", "old"), file("wrong/k", doc.Present), "behind_link"},
			{link("wrong", "old"), file("wrong/k", doc.Absent), ""},
			{link("loose", "nowhere"), file("loose/k", doc.Present), "behind_link"},
			{link("deep", "way/../loose"), file("deep/a/k", doc.Present), "behind_link"},
			{link("fresh", "real"), file("fresh/k", doc.Present), "behind_link"},
		}
		for _, c := range cases {
			w := World{Facts: h.survey(c.above, c.r), Resources: []doc.Resource{c.r, c.above}}
			_, err := pathKindOf(c.r.Kind).Compare(c.r, w)
			if code(err) != c.want || err != nil && !strings.Contains(err.Error(), string(c.above.Address)) {
				t.Errorf("%s below %s: %v, want %q", c.r.Address, c.above.Address, err, c.want)
			}
		}
	})
}

// A folder that was to be absent and held more than the config names was planned
// without a word: its declared files were removed before the folder was refused.
func TestCompareRefusesToRemoveAFolderThatKeepsSomething(t *testing.T) {
	onEachShell(t, func(t *testing.T, h *testHost) {
		root := publicFolder(t)
		h.mustRun(`cd "$1" && mkdir none few many && ln -s few way && touch few/a few/.b "few/new
line" && cd many && for i in 0 1 2 3 4 5 6 7 8 9; do touch "1$i" "2$i" "3$i"; done`, root)
		gone := func(kind, name string) doc.Resource {
			return resourceOf(kind, root+"/"+name, doc.Absent, "")
		}
		few := []doc.Resource{gone("file", "few/a"), gone("file", "few/.b"), gone("file", "few/new\nline"), gone("file", "few/missing")}
		var many []doc.Resource
		for i := 10; i < 40; i++ {
			many = append(many, gone("file", fmt.Sprintf("many/%d", i)))
		}
		brings := gone("directory", "few")
		brings.DependsOn = []doc.Address{"package:few"}
		cases := []struct {
			folder doc.Resource
			rest   []doc.Resource
			left   string
		}{
			{gone("directory", "none"), nil, ""},
			{gone("directory", "few"), nil, "a, new\nline, .b"},
			{gone("directory", "few"), few[1:], "a"},
			{gone("directory", "few"), few, ""},
			{gone("directory", "few"), []doc.Resource{gone("file", "way/a"), few[1], few[2]}, ""},
			{gone("directory", "few"), []doc.Resource{few[0], few[1], resourceOf("file", few[2].Name, doc.Present, `{"content":""}`)}, "new\nline"},
			{brings, []doc.Resource{{Address: "package:few", Kind: "package", Name: "few", State: doc.Absent}}, ""},
			{gone("directory", "many"), nil, "10, 11, 12, 13, 14 and 25 more"},
			{gone("directory", "many"), many[1:], "10"},
			{gone("directory", "many"), many[:20], "10 entries"},
			{gone("directory", "many"), many, ""},
		}
		for _, c := range cases {
			rs := append([]doc.Resource{c.folder}, c.rest...)
			_, err := directories{}.Compare(c.folder, World{Facts: h.survey(rs...), Resources: rs})
			if (err == nil) != (c.left == "") || err != nil && (code(err) != "not_empty" || !strings.HasSuffix(err.Error(), " have "+c.left)) {
				t.Errorf("%s with %d others: %v, want %q left", c.folder.Address, len(c.rest), err, c.left)
			}
		}
	})
}
