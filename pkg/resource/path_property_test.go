package resource

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"hostkit/pkg/doc"
)

// Whatever a small tree is and should be: a plan makes it so, keeps its promises,
// leaves nothing for a second plan, and what the kinds say undoes it takes it back;
// that is taken back too.
func TestAnyTreeConverges(t *testing.T) {
	needRoot(t)
	hosts := map[string]*testHost{}
	for _, name := range wantedShells() {
		hosts[name] = newTestHost(t, name)
	}
	rapid.Check(t, func(rt *rapid.T) {
		h := hosts[rapid.SampledFrom(wantedShells()).Draw(rt, "shell")]
		root := filepath.Join(publicFolder(t), "root")
		mustDo(t, os.Mkdir(root, 0o755), os.Chmod(root, 0o755))
		rs := drawTree(rt, t, root)
		before := treeOf(t, root)
		cs := planAll(rt, h, rs)
		applyAll(rt, h, cs)
		if left := planAll(rt, h, rs); len(left) > 0 {
			rt.Fatalf("a second plan has %s", jsonOf(left))
		}
		after, back := treeOf(t, root), takenBack(rt, cs)
		applyAll(rt, h, back)
		if diff := cmp.Diff(before, treeOf(t, root)); diff != "" {
			rt.Fatalf("%s\nis not taken back (-before +after):\n%s", jsonOf(cs), diff)
		}
		applyAll(rt, h, takenBack(rt, back))
		if diff := cmp.Diff(after, treeOf(t, root)); diff != "" {
			rt.Fatalf("%s\nis not made again (-before +after):\n%s", jsonOf(back), diff)
		}
	})
}

// drawTree makes what there is, and returns what there should be. Every path has
// one kind, since no plan turns one into another.
func drawTree(rt *rapid.T, t *testing.T, root string) []doc.Resource {
	var rs []doc.Resource
	var draw func(folder string, depth int, exists bool, wanted doc.Presence)
	draw = func(folder string, depth int, exists bool, wanted doc.Presence) {
		for _, name := range []string{"a", "b\n", "-c"}[:3-depth] {
			p := filepath.Join(folder, name)
			kind := rapid.SampledFrom([]string{"directory", "file", "symlink"}).Draw(rt, "kind of "+p)
			here := exists && rapid.Bool().Draw(rt, p+" is there")
			state := rapid.SampledFrom([]doc.Presence{doc.Present, doc.Absent, ""}).Draw(rt, p+" should be")
			switch {
			// What is not managed stays in the way of its folder's end.
			case wanted == doc.Absent, wanted == "" && !exists:
				state = doc.Absent
			case wanted == "" && state == doc.Present && !exists:
				state = ""
			}
			if here {
				drawNode(rt, t, kind, p)
			}
			if state != "" {
				rs = append(rs, resourceOf(kind, p, state, drawSpec(rt, kind, state)))
			}
			if kind == "directory" && depth < 2 {
				draw(p, depth+1, here, state)
			}
		}
	}
	draw(root, 0, true, doc.Present)
	return rs
}

// Modes that let everybody read: only then is old content fetched, without which
// nothing can be taken back.
var (
	fileModes   = []doc.Mode{"0644", "0755", "4755", "0604"}
	folderModes = []doc.Mode{"0755", "0711", "2775", "1777"}
	accounts    = []string{"root", "daemon", "2", "4711"}
)

func drawNode(rt *rapid.T, t *testing.T, kind, p string) {
	switch kind {
	case "file":
		write(t, p, rapid.SampledFrom([]string{"", "a", "b\n"}).Draw(rt, "content"), 0o600)
	case "directory":
		mustDo(t, os.Mkdir(p, 0o755))
	case "symlink":
		mustDo(t, os.Symlink(rapid.SampledFrom([]string{"x", "nowhere", "/"}).Draw(rt, "target"), p))
	}
	ids := rapid.SampledFrom([]int{0, 1, 2, 4711})
	mustDo(t, os.Lchown(p, ids.Draw(rt, "uid"), ids.Draw(rt, "gid")))
	if modes := map[string][]doc.Mode{"file": fileModes, "directory": folderModes}[kind]; modes != nil {
		var mode uint32
		_, err := fmt.Sscanf(string(rapid.SampledFrom(modes).Draw(rt, "mode")), "%o", &mode)
		mustDo(t, err, syscall.Chmod(p, mode))
	}
}

func drawSpec(rt *rapid.T, kind string, state doc.Presence) string {
	members := map[string]string{}
	maybe := func(name string, values ...string) {
		if rapid.Bool().Draw(rt, name+" managed") {
			members[name] = rapid.SampledFrom(values).Draw(rt, name)
		}
	}
	if state == doc.Absent {
		return "{}"
	}
	maybe("owner", accounts...)
	maybe("group", accounts...)
	switch kind {
	case "file":
		members["content"] = rapid.SampledFrom([]string{"", "a", "c\x00"}).Draw(rt, "content")
		maybe("mode", "0644", "0755", "4755")
	case "directory":
		maybe("mode", "0755", "0711", "2775", "1777")
	case "symlink":
		// Never a loop: BusyBox can't chown a link that is in one.
		members["to"] = rapid.SampledFrom([]string{"x", "else\nwhere", "/"}).Draw(rt, "to")
	}
	return jsonOf(members)
}

// treeOf describes a tree as people would: without inodes and times.
func treeOf(t testing.TB, root string) map[string]string {
	t.Helper()
	all := map[string]string{}
	mustDo(t, filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		mustDo(t, err)
		line := d.Type().String() + " " + statOf(t, p)
		if d.Type().IsRegular() {
			content, err := os.ReadFile(p)
			mustDo(t, err)
			line += fmt.Sprintf(" %q", content)
		}
		if to, err := os.Readlink(p); err == nil {
			line += fmt.Sprintf(" -> %q", to)
		}
		all[p] = line
		return nil
	}))
	return all
}

// planAll compares all resources, and puts the changes in an order that folders
// allow.
func planAll(rt *rapid.T, h *testHost, rs []doc.Resource) []doc.Change {
	facts := h.survey(rs...)
	var cs []doc.Change
	for _, r := range rs {
		d, err := pathKindOf(r.Kind).Compare(r, World{Facts: facts, Resources: rs})
		if err != nil {
			rt.Fatalf("%s: %v", r.Address, err)
		}
		if d.Action != "" {
			cs = append(cs, doc.Change{Address: r.Address, Kind: r.Kind, Action: d.Action, Before: d.Before, After: d.After})
		}
	}
	slices.SortStableFunc(cs, func(a, b doc.Change) int { return turn(a) - turn(b) })
	return cs
}

// turn is small for what goes first: what is removed, the deepest before the
// others; then what is made, the other way round.
func turn(c doc.Change) int {
	depth := strings.Count(c.Address.Name(), "/")
	if c.Action == doc.Delete {
		return -depth
	}
	return depth
}

// applyAll does what hk-apply does: it looks, makes every change, and looks again.
func applyAll(rt *rapid.T, h *testHost, cs []doc.Change) {
	found := h.recheck(cs...)
	for _, c := range cs {
		if !pathKindOf(c.Kind).Holds(c.Before, found[c.Address]) {
			rt.Fatalf("%s: before is %s, found %s", c.Address, c.Before, found[c.Address])
		}
	}
	for _, c := range cs {
		if err := h.make(c); err != nil {
			rt.Fatalf("%s: %v", c.Address, err)
		}
	}
	found = h.recheck(cs...)
	for _, c := range cs {
		if !pathKindOf(c.Kind).Holds(c.After, found[c.Address]) {
			rt.Fatalf("%s: after is %s, found %s", c.Address, c.After, found[c.Address])
		}
	}
}

// takenBack is the way back: what the kinds say, from the last change to the first.
// Where content is not in the plan, the host has kept it.
func takenBack(rt *rapid.T, cs []doc.Change) []doc.Change {
	var back []doc.Change
	for _, c := range slices.Backward(cs) {
		undone, err := pathKindOf(c.Kind).Undo(c, &doc.ChangeReport{Backup: "kept"})
		if err != nil {
			rt.Fatalf("%s: %v", c.Address, err)
		}
		back = append(back, undone...)
	}
	return back
}
