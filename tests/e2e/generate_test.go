package e2e

import (
	"encoding/base64"
	"fmt"
	"path"
	"strings"

	"pgregory.net/rapid"
)

// oddNames are names that a shell, a tool or a terminal could take for something
// else.
var oddNames = []string{
	"plain", "two words", "new\nline", "ends in newline\n", "'quoted'", `"double"`, "$(touch pwned)", "`id`", "-n", "--help",
	`back\slash`, "*", "ü\u202e", "a\tb", "semi;colon&", "\r", "#", "~", "%s%n", "a:b", " -> ", ".hidden", "{{.}}", "!!",
}

var contents = rapid.OneOf(
	rapid.SampledFrom([]string{
		"", "one line\n", "no newline at the end", "\n\n", "windows\r\n", "$(touch /srv/pwned) `id` $HOME ${x}\n",
		"EOF\nHERE\n.\n", "-n\n", "\x00nul\x00", "\xff\xfe not UTF-8",
	}),
	rapid.String(),
	rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 3000), func(b []byte) string { return string(b) }),
	rapid.Map(rapid.IntRange(0, 200_000), func(n int) string { return strings.Repeat("0123456789abcde\n", n/16) }),
)

var (
	modes  = rapid.SampledFrom([]string{"", "", "0644", "0600", "0755", "0000", "4755", "2775", "1777"})
	owners = rapid.SampledFrom([]string{"", "", "root", "daemon", "nobody", "4321", "0"})
	groups = rapid.SampledFrom([]string{"", "", "root", "adm", "users", "1234"})
)

// place is one path that a case may manage. Its type is the same before and
// after: something else in its place is refused, not replaced.
type place struct {
	kind, path string
	// folder is the place that it lies in; nil for the top.
	folder *place
	// then and now say whether it is there before and should be there after;
	// managed whether the config says so.
	then, managed, now bool
}

// root is the folder of all cases; each of them begins by emptying it.
const root = "/srv/case"

// drawPlaces makes a small tree of odd names, and what is to become of it.
func drawPlaces(t *rapid.T) []*place {
	name := rapid.OneOf(rapid.SampledFrom(oddNames), rapid.StringMatching(`[^/\x00]{1,12}`)).
		Filter(func(s string) bool { return s != "." && s != ".." && strings.ToValidUTF8(s, "") == s })
	names := rapid.SliceOfNDistinct(name, 2, 12, rapid.ID[string]).Draw(t, "names")
	top := &place{kind: "directory", path: root, then: true, now: true}
	folders, all := []*place{top}, []*place{}
	for i, name := range names {
		p := &place{folder: rapid.SampledFrom(folders).Draw(t, "folder")}
		p.path = p.folder.path + "/" + name
		p.kind = rapid.SampledFrom([]string{"directory", "file", "file", "symlink"}).Draw(t, "kind")
		if i == 0 {
			p.kind = "directory"
		}
		p.then = p.folder.then && rapid.Bool().Draw(t, "is there")
		p.managed = p.folder.now && rapid.IntRange(0, 3).Draw(t, "managed") > 0
		p.now = p.folder.now && p.then
		if p.managed {
			p.now = rapid.IntRange(0, 3).Draw(t, "wanted") > 0
		}
		// Only what is empty may go, so all that is in it goes too.
		if !p.folder.now {
			p.managed, p.now = true, false
		}
		if p.kind == "directory" {
			folders = append(folders, p)
		}
		all = append(all, p)
	}
	return all
}

// drawBefore is the shell script, with its arguments, that makes the host what
// it is before. It goes through no code of HostKit's.
func drawBefore(t *rapid.T, places []*place) (script string, args []string) {
	var b strings.Builder
	fmt.Fprintf(&b, "rm -rf %s; mkdir %s\n", root, root)
	arg := func(s string) string {
		args = append(args, s)
		return fmt.Sprintf(`"${%d}"`, len(args))
	}
	for _, p := range places {
		if !p.then {
			continue
		}
		at := arg(p.path)
		switch p.kind {
		case "directory":
			fmt.Fprintf(&b, "mkdir %s\n", at)
		case "symlink":
			fmt.Fprintf(&b, "ln -s -- %s %s\n", arg(rapid.SampledFrom(oddNames).Draw(t, "led to")), at)
		case "file":
			content := base64.StdEncoding.EncodeToString([]byte(contents.Filter(short).Draw(t, "held")))
			fmt.Fprintf(&b, "printf %%s %s | base64 -d > %s\n", arg(content), at)
		}
		owner := rapid.SampledFrom([]string{"root:root", "daemon:adm", "4321:1234"}).Draw(t, "belonged to")
		fmt.Fprintf(&b, "chown -h %s %s\n", owner, at)
		if mode := modes.Draw(t, "had mode"); mode != "" && p.kind != "symlink" {
			fmt.Fprintf(&b, "chmod %s %s\n", mode, at)
		}
	}
	return b.String(), args
}

// short leaves room for all contents in one argument list.
func short(s string) bool { return len(s) < 4000 }

// drawWants is the config. Files that it takes from beside it are given back by
// their names.
func drawWants(t *rapid.T, places []*place) (wants object, local map[string]string) {
	sections := map[string]object{"directory": {}, "file": {}, "symlink": {}}
	local = make(map[string]string)
	for i, p := range places {
		if !p.managed {
			continue
		}
		member := object{}
		sections[p.kind][p.path] = member
		if !p.now {
			member["state"] = "absent"
			continue
		}
		set(member, "owner", owners.Draw(t, "owner"))
		set(member, "group", groups.Draw(t, "group"))
		switch p.kind {
		case "symlink":
			member["to"] = drawTarget(t, p, places)
			continue
		case "file":
			from := fmt.Sprintf("files/%d.bin", i)
			content := contents.Draw(t, "content")
			if rapid.Bool().Draw(t, "from a local file") {
				member["from"], local[from] = from, content
			} else {
				member["content"] = asJSON(content)
			}
		}
		set(member, "mode", modes.Draw(t, "mode"))
	}
	return object{
		"directories": sections["directory"], "files": sections["file"], "symlinks": sections["symlink"],
	}, local
}

// drawTarget is where a link leads. To what the config wants absent it may not
// lead: hk-plan calls that a contradiction.
func drawTarget(t *rapid.T, link *place, places []*place) string {
	to := rapid.SampledFrom(oddNames).Draw(t, "to")
	for _, p := range places {
		if p.managed && !p.now && p.path == path.Clean(link.folder.path+"/"+to) {
			return "nowhere"
		}
	}
	return to
}

func set(o object, name, value string) {
	if value != "" {
		o[name] = value
	}
}

// asJSON is content as a config spells it.
func asJSON(content string) any {
	if strings.ToValidUTF8(content, "") == content {
		return content
	}
	return object{"$base64": base64.StdEncoding.EncodeToString([]byte(content))}
}
