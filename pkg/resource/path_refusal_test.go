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

	"hostkit/pkg/doc"
	"hostkit/pkg/shell"
)

// snapshot is everything about a tree but its access times, which looking may
// set. Without times it leaves out when folders changed, since a step that fails
// may have made and removed a file in them.
func snapshot(t testing.TB, root string, times bool) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		var s syscall.Stat_t
		if err := syscall.Lstat(p, &s); err != nil {
			return err
		}
		line := fmt.Sprintf("ino %d mode %o uid %d gid %d links %d", s.Ino, s.Mode, s.Uid, s.Gid, s.Nlink)
		if times || !d.IsDir() {
			line += fmt.Sprintf(" size %d mtime %v ctime %v", s.Size, s.Mtim, s.Ctim)
		}
		if d.Type().IsRegular() {
			content, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			line += " " + string(digestOf(content))
		}
		all[p] = line
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func needRoot(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("owners can be tested as root only")
	}
}

func mustDo(t testing.TB, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// What moved between plan and step: the step must say so and touch nothing.
func TestStepsRefuseWhatMoved(t *testing.T) {
	// Only the step can tell of a link or an entry that is new: the other name
	// is no part of the resource, and what is in a folder may go before it.
	late := []string{"hard links", "not empty"}
	content := `{"content":"new\n","mode":"0644"}`
	old := func(p string) { _ = os.WriteFile(p, []byte("old\n"), 0o644) }
	gone := func(p string) { _ = os.RemoveAll(p) }
	link := func(p string) { gone(p); _ = os.Symlink("elsewhere", p) }
	folder := func(p string) { gone(p); _ = os.Mkdir(p, 0o755) }
	file := func(p string) { gone(p); old(p) }
	fifo := func(p string) { gone(p); _ = syscall.Mkfifo(p, 0o644) }
	swapped := func(p string) {
		_ = os.Rename(filepath.Dir(p), filepath.Dir(p)+".real")
		_ = os.Symlink(filepath.Dir(p)+".real", filepath.Dir(p))
	}
	cases := []struct {
		name   string
		before func(p string)
		r      doc.Resource
		moved  func(p string)
		want   string
	}{
		{"file to folder", old, resourceOf("file", "", doc.Present, content), folder, "is a folder now"},
		{"file to link", old, resourceOf("file", "", doc.Present, content), link, "is a symbolic link now"},
		{"file to pipe", old, resourceOf("file", "", doc.Present, content), fifo, "is a device, pipe or socket now"},
		{"nothing to folder", gone, resourceOf("file", "", doc.Present, content), folder, "is a folder now"},
		{"nothing to link", gone, resourceOf("file", "", doc.Present, content), link, "is a symbolic link now"},
		{"folder gone", old, resourceOf("file", "", doc.Present, content), func(p string) { gone(filepath.Dir(p)) }, "its folder D is missing"},
		{"folder swapped", old, resourceOf("file", "", doc.Present, content), swapped, "its folder is really D.real now, not D as planned"},
		{
			"hard link made", old, resourceOf("file", "", doc.Present, content),
			func(p string) { _ = os.Link(p, p+".other") },
			"has 2 names (hard links), and the others would keep the old content",
		},
		{"unmanaged mode gone", old, resourceOf("file", "", doc.Present, `{"content":"new"}`), gone, "is missing now, and its mode with it"},
		{"mode of nothing", old, resourceOf("file", "", doc.Present, `{"content":"old\n","mode":"0600"}`), gone, "is missing now"},
		{"mode of a link", old, resourceOf("file", "", doc.Present, `{"content":"old\n","mode":"0600"}`), link, "is a symbolic link now"},
		{"remove a folder", old, resourceOf("file", "", doc.Absent, ""), folder, "is a folder now"},
		{"remove a link", old, resourceOf("file", "", doc.Absent, ""), link, "is a symbolic link now"},
		{"remove behind a link", old, resourceOf("file", "", doc.Absent, ""), swapped, "its folder is really D.real now, not D as planned"},
		{"folder to file", gone, resourceOf("directory", "", doc.Present, ""), file, "is a file now"},
		{"folder to link", gone, resourceOf("directory", "", doc.Present, ""), link, "is a symbolic link now"},
		{"mode of a folder to link", folder, resourceOf("directory", "", doc.Present, `{"mode":"0700"}`), link, "is a symbolic link now"},
		{"folder behind a link", gone, resourceOf("directory", "", doc.Present, ""), swapped, "its folder is really D.real now, not D as planned"},
		{
			"folder filled", folder, resourceOf("directory", "", doc.Absent, ""),
			func(p string) {
				for _, name := range []string{"a", "b", "c", ".d", "..e"} {
					old(filepath.Join(p, name))
				}
			},
			"folder is not empty: has a, b and 3 more",
		},
		{"link to file", link, resourceOf("symlink", "", doc.Present, `{"to":"x"}`), file, "is a file now"},
		{"link to folder", link, resourceOf("symlink", "", doc.Present, `{"to":"x"}`), folder, "is a folder now"},
		{"nothing to file", gone, resourceOf("symlink", "", doc.Present, `{"to":"x"}`), file, "is a file now"},
		{"link behind a link", link, resourceOf("symlink", "", doc.Present, `{"to":"x"}`), swapped, "its folder is really D.real now, not D as planned"},
		{"remove a file for a link", link, resourceOf("symlink", "", doc.Absent, ""), file, "is a file now"},
	}
	onEachShell(t, func(t *testing.T, h *testHost) {
		for _, c := range cases {
			root := t.TempDir()
			d := filepath.Join(root, "d")
			p := filepath.Join(d, "p")
			mustDo(t, os.Mkdir(d, 0o755))
			c.before(p)
			c.r.Name, c.r.Address = p, doc.NewAddress(c.r.Kind, p)
			change := h.mustPlan(c.r)
			c.moved(p)
			before := snapshot(t, root, false)
			err := h.make(change)
			// The report puts the address before it: with the path here too, a
			// person read "file:/etc/x: /etc/x: is a folder now".
			want := strings.NewReplacer("P", p, "D", d).Replace(c.want)
			if err == nil || err.Error() != want {
				t.Errorf("%s: error %q, want %q", c.name, err, want)
			}
			if diff := cmp.Diff(before, snapshot(t, root, false)); diff != "" {
				t.Errorf("%s: the refused step changed (-before +after):\n%s", c.name, diff)
			}
			if slices.ContainsFunc(late, func(s string) bool { return strings.Contains(want, s) }) {
				continue
			}
			if found := h.recheck(change)[change.Address]; pathKindOf(c.r.Kind).Holds(change.Before, found) {
				t.Errorf("%s: preflight finds nothing wrong with %s", c.name, found)
			}
		}
	})
}

// What a step meets that stands already as it should is no failure: a plan that
// was cut off is applied again.
func TestStepsMayBeMadeAgain(t *testing.T) {
	cases := []doc.Resource{
		resourceOf("file", "", doc.Present, `{"content":"x"}`),
		resourceOf("file", "", doc.Absent, ""),
		resourceOf("directory", "", doc.Present, `{"mode":"2770"}`),
		resourceOf("directory", "", doc.Absent, ""),
		resourceOf("symlink", "", doc.Present, `{"to":"x"}`),
		resourceOf("symlink", "", doc.Absent, ""),
	}
	onEachShell(t, func(t *testing.T, h *testHost) {
		for _, r := range cases {
			p := filepath.Join(t.TempDir(), "p")
			r.Name, r.Address = p, doc.NewAddress(r.Kind, p)
			switch {
			case r.State == doc.Present:
			case r.Kind == "file":
				write(t, p, "", 0o600)
			case r.Kind == "directory":
				mustDo(t, os.Mkdir(p, 0o755))
			case r.Kind == "symlink":
				mustDo(t, os.Symlink("x", p))
			}
			c := h.converge(r)
			if err := h.make(c); err != nil {
				t.Errorf("%s %s again: %v", r.Kind, r.State, err)
			}
			if found := h.recheck(c)[c.Address]; !pathKindOf(r.Kind).Holds(c.After, found) {
				t.Errorf("%s %s again: %s", r.Kind, r.State, found)
			}
		}
	})
}

func TestDamagedContentIsRefused(t *testing.T) {
	planned := strings.Repeat("content\n", 1000)
	cases := []struct {
		name, content string
		size          int
	}{
		{"cut and padded", planned[:5000], len(planned)},
		{"shorter", planned[:5000], 5000},
		{"other", strings.ToUpper(planned), len(planned)},
		{"none", "", 0},
	}
	onEachShell(t, func(t *testing.T, h *testHost) {
		for _, c := range cases {
			root := t.TempDir()
			p := filepath.Join(root, "f")
			write(t, p, "old", 0o640)
			change := h.mustPlan(resourceOf("file", p, doc.Present, fileSpecOf([]byte(planned), "")))
			works, err := files{}.Steps([]doc.Change{change}, Site{})
			mustDo(t, err)
			before := snapshot(t, root, false)
			step := shell.Step{Script: works[0].Script, Content: strings.NewReader(c.content), Size: int64(c.size)}
			r := h.run(step)[0]
			if r.Status != 74 || !strings.HasPrefix(string(r.Stderr), p+": the content arrived damaged: ") {
				t.Errorf("%s: status %d, stderr %q", c.name, r.Status, r.Stderr)
			}
			if diff := cmp.Diff(before, snapshot(t, root, false)); diff != "" {
				t.Errorf("%s: (-before +after):\n%s", c.name, diff)
			}
		}
	})
}

// A signal in the middle leaves nothing behind. $PPID of a child is the step's
// own shell, which has no other name in POSIX.
func TestSignalsLeaveNothing(t *testing.T) {
	const script = `signal=$1; shift; n=0
hk_must_be() {
	n=$((n + 1))
	[ $n -lt 2 ] || sh -c 'kill -$0 $PPID' "$signal"
	return 1
}
"$@"`
	onEachShell(t, func(t *testing.T, h *testHost) {
		for _, signal := range []string{"HUP", "INT", "TERM", "PIPE"} {
			root := t.TempDir()
			p := filepath.Join(root, "p")
			none := strings.TrimPrefix(string(digestOf(nil)), "sha256:")
			for _, args := range [][]string{
				{signal, "hk_put", p, root, "0", none, "", "", "0600"},
				{signal, "hk_link", p, root, "x", "", ""},
			} {
				r := h.run(shell.Step{Script: shell.New(script, args...)})[0]
				if r.Status < 128 {
					t.Errorf("%s of %s: status %d, stderr %q", signal, args[1], r.Status, r.Stderr)
				}
				if left, _ := os.ReadDir(root); len(left) > 0 {
					t.Errorf("%s of %s leaves %v", signal, args[1], left)
				}
			}
		}
	})
}
