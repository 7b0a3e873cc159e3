package resource

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"hostkit/pkg/doc"
	"hostkit/pkg/shell"
)

// makeAll makes changes of one kind as a layer is made; the errors are what a
// person is told of each.
func (h *testHost) makeAll(cs []doc.Change) (failed map[doc.Address]string, works []Work) {
	h.t.Helper()
	works, err := pathKindOf(cs[0].Kind).Steps(cs, Site{})
	mustDo(h.t, err)
	failed = map[doc.Address]string{}
	for _, w := range works {
		step := shell.Step{Name: w.Name, Script: w.Script}
		if w.Content != nil {
			step.Content, step.Size = bytes.NewReader(w.Content.Bytes), contentSize(*w.Content)
		}
		outcome, err := w.Read(h.run(step)[0])
		for _, a := range w.Changes {
			if err := outcome.Failed[a]; err != nil {
				failed[a] = err.Error()
			}
			if err != nil {
				failed[a] = err.Error()
			}
		}
	}
	return failed, works
}

// planAll plans a resource for each of the paths.
func (h *testHost) planAll(kind, spec string, paths []string) []doc.Change {
	var cs []doc.Change
	for _, p := range paths {
		cs = append(cs, h.mustPlan(resourceOf(kind, p, doc.Present, spec)))
	}
	return cs
}

// mustHold says of each change that was made that it is so now.
func (h *testHost) mustHold(cs []doc.Change, but map[doc.Address]string) {
	h.t.Helper()
	for a, found := range h.recheck(cs...) {
		i := slices.IndexFunc(cs, func(c doc.Change) bool { return c.Address == a })
		if holds := pathKindOf(cs[i].Kind).Holds(cs[i].After, found); holds != (but[a] == "") {
			h.t.Errorf("%s: after is %s, found %s, told %q", a, cs[i].After, found, but[a])
		}
	}
}

func pathsIn(folder string, names []string) []string {
	var paths []string
	for _, name := range names {
		paths = append(paths, filepath.Join(folder, name))
	}
	return paths
}

// manyNames are more than enough for one step, and as hostile as names get.
var manyNames = append([]string{"...", ".a", "..a", "\xff\xfe", strings.Repeat("x", manyName), "-rf", "=a"}, hostileNames...)

func TestManyHostileNamesAreMadeByOneStep(t *testing.T) {
	onEachShell(t, func(t *testing.T, h *testHost) {
		for kind, spec := range map[string]string{
			"directory": `{"mode":"0750"}`,
			"file":      fileSpecOf([]byte("hk 0 1 -\nbye\n\x00\xff"), ""),
		} {
			root := publicFolder(t)
			cs := h.planAll(kind, spec, pathsIn(root, manyNames))
			failed, works := h.makeAll(cs)
			if len(failed) > 0 || len(works) != 1 {
				t.Errorf("%s: %d steps, failed %q", kind, len(works), failed)
			}
			h.mustHold(cs, nil)
			left, err := os.ReadDir(root)
			if err != nil || len(left) != len(manyNames) {
				t.Errorf("%s: %d entries, error %v: %v", kind, len(left), err, left)
			}
		}
	})
}

// Contents of any size, and none.
func TestManyContents(t *testing.T) {
	onEachShell(t, func(t *testing.T, h *testHost) {
		root := t.TempDir()
		var cs []doc.Change
		for _, size := range []int{0, 1, 511, 512, 513, 1024, 65536, 10240} {
			p := filepath.Join(root, fmt.Sprint(size))
			cs = append(cs, h.mustPlan(resourceOf("file", p, doc.Present, fileSpecOf(bytes.Repeat([]byte{'x'}, size), ""))))
		}
		failed, works := h.makeAll(cs)
		if len(failed) > 0 || len(works) != 1 {
			t.Errorf("%d steps, failed %q", len(works), failed)
		}
		h.mustHold(cs, nil)
		noTemp(t, root)
	})
}

// What is made among many is as it would be alone, wherever that is.
func TestManyAreDressedAsOneIs(t *testing.T) {
	needRoot(t)
	specs := []string{`"mode":"0644"`, `"mode":"4755","owner":"daemon","group":"bin"`, `"owner":"4711"`, `"group":"bin"`, `"mode":"2770"`}
	folders := map[string]func(p string) error{
		"plain":  func(string) error { return nil },
		"setgid": func(p string) error { return os.Chown(p, 1, 2) },
		"acl": func(p string) error {
			return syscall.Setxattr(p, "system.posix_acl_default", readersACL, 0)
		},
	}
	onEachShell(t, func(t *testing.T, h *testHost) {
		for _, kind := range []string{"file", "directory"} {
			for where, prepare := range folders {
				for _, more := range specs {
					root := t.TempDir()
					mustDo(t, prepare(root), syscall.Chmod(root, map[bool]uint32{true: 0o2755, false: 0o755}[where == "setgid"]))
					spec := "{" + more + "}"
					if kind == "file" {
						spec = `{"content":"x",` + more + "}"
					}
					h.converge(resourceOf(kind, filepath.Join(root, "alone"), doc.Present, spec))
					cs := h.planAll(kind, spec, pathsIn(root, []string{"a", "b", "c", "d"}))
					if failed, works := h.makeAll(cs); len(failed) > 0 || len(works) != 1 {
						t.Fatalf("%s in %s with %s: %d steps, failed %q", kind, where, more, len(works), failed)
					}
					want := dressOf(t, filepath.Join(root, "alone"))
					for _, name := range []string{"a", "d"} {
						if got := dressOf(t, filepath.Join(root, name)); got != want {
							t.Errorf("%s in %s with %s: %s, and alone %s", kind, where, more, got, want)
						}
					}
					noTemp(t, root)
				}
			}
		}
	})
}

// dressOf is mode, owner and ACL.
func dressOf(t testing.TB, p string) string {
	t.Helper()
	said := statOf(t, p)
	for _, name := range []string{"system.posix_acl_access", "system.posix_acl_default"} {
		value := make([]byte, 256)
		if n, err := syscall.Getxattr(p, name, value); err == nil {
			said += fmt.Sprintf(" %x", value[:n])
		}
	}
	return said
}

// Not every host has tar.
func TestManyFilesWithoutTar(t *testing.T) {
	for _, name := range wantedShells() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := publicFolder(t)
			for _, tool := range []string{
				"cat", "chmod", "chown", "cp", "cut", "dd", "env", "getent", "id", "ls", "mkdir", "mv", "readlink", "rm",
				"rmdir", "sha256sum", "stat", "sync", "tr", "true",
			} {
				from := filepath.Join(toolsOf(t, name), tool)
				if name != "busybox" {
					from = filepath.Join("/usr/bin", tool)
				}
				if target, err := filepath.EvalSymlinks(from); err == nil {
					mustDo(t, os.Symlink(map[bool]string{true: target, false: from}[name == "busybox"], filepath.Join(folder, tool)))
				}
			}
			h := newTestHostIn(t, name, folder)
			root := t.TempDir()
			var cs []doc.Change
			for i, size := range []int{0, 1, 511, 512, 513, 70000} {
				p := filepath.Join(root, manyNames[i])
				cs = append(cs, h.mustPlan(resourceOf("file", p, doc.Present, fileSpecOf(bytes.Repeat([]byte{'x'}, size), ""))))
			}
			if failed, works := h.makeAll(cs); len(failed) > 0 || len(works) != 1 {
				t.Errorf("%d steps, failed %q", len(works), failed)
			}
			h.mustHold(cs, nil)
			noTemp(t, root)
		})
	}
}

// Few are made one by one, and so is what is alike in less than all.
func TestWhatIsMadeTogether(t *testing.T) {
	root := t.TempDir()
	change := func(kind, p, before, after string) doc.Change {
		return doc.Change{Address: doc.NewAddress(kind, p), Kind: kind, Before: doc.Attributes(before), After: doc.Attributes(after)}
	}
	file := func(name, more string) doc.Change {
		return change("file", root+"/"+name, `{"state":"absent"}`,
			`{"state":"present","type":"file","content":"","digest":"`+string(digestOf(nil))+`"`+more+`}`)
	}
	several := func(n int, prefix, more string) []doc.Change {
		var cs []doc.Change
		for i := range n {
			cs = append(cs, file(fmt.Sprint(prefix, i), more))
		}
		return cs
	}
	mode := `,"mode":"0644"`
	for name, c := range map[string]struct {
		cs   []doc.Change
		want []int
	}{
		"few":             {several(3, "a", mode), []int{1, 1, 1}},
		"enough":          {several(4, "a", mode), []int{4}},
		"two modes":       {append(several(4, "a", mode), several(5, "b", `,"mode":"0600"`)...), []int{4, 5}},
		"one folder more": {append(several(4, "a", mode), several(1, "b/", mode)...), []int{4, 1}},
		"a long name":     {append(several(4, "a", mode), file(strings.Repeat("x", manyName+1), mode)), []int{4, 1}},
		"no mode":         {several(4, "a", ``), []int{1, 1, 1, 1}},
		"very many":       {several(manyMost+4, "a", mode), []int{manyMost, 4}},
		"long names":      {several(700, strings.Repeat("x", 90), mode), []int{631, 69}},
		"one there": {append(several(4, "a", mode), change("file", root+"/b", `{"state":"present","type":"file"}`,
			`{"state":"present","type":"file","content":"","digest":"`+string(digestOf(nil))+`","mode":"0644"}`)), []int{4, 1}},
	} {
		works, err := files{}.Steps(c.cs, Site{})
		mustDo(t, err)
		var sizes []int
		for _, w := range works {
			sizes = append(sizes, len(w.Changes))
		}
		if !slices.Equal(sizes, c.want) {
			t.Errorf("%s: steps of %v changes, want %v", name, sizes, c.want)
		}
	}
}
