package resource

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"hostkit/pkg/doc"
	"hostkit/pkg/shell"
)

// What stands in the way of some is told of them, in the words that it has alone,
// and the others are made.
func TestSomeOfManyAreRefused(t *testing.T) {
	names := []string{"a", "b link", "c", "d folder", "e pipe", "f dangling", "g file", "h"}
	inTheWay := func(root string) {
		mustDo(t, os.Symlink("a", filepath.Join(root, "b link")),
			os.Mkdir(filepath.Join(root, "d folder"), 0o711),
			syscall.Mkfifo(filepath.Join(root, "e pipe"), 0o644),
			os.Symlink("nowhere", filepath.Join(root, "f dangling")))
		write(t, filepath.Join(root, "g file"), "a package's", 0o600)
	}
	for kind, c := range map[string]struct {
		spec string
		want map[string]string
	}{
		"file": {`{"content":"x","mode":"0640"}`, map[string]string{
			"b link": "is a symbolic link now", "d folder": "is a folder now",
			"e pipe": "is a device, pipe or socket now", "f dangling": "is a symbolic link now",
		}},
		"directory": {`{"mode":"0750"}`, map[string]string{
			"b link": "is a symbolic link now", "g file": "is a file now",
			"e pipe": "is a device, pipe or socket now", "f dangling": "is a symbolic link now",
		}},
	} {
		onEachShell(t, func(t *testing.T, h *testHost) {
			root := t.TempDir()
			cs := h.planAll(kind, c.spec, pathsIn(root, names))
			inTheWay(root)
			failed, works := h.makeAll(cs)
			want := map[doc.Address]string{}
			for name, words := range c.want {
				want[doc.NewAddress(kind, filepath.Join(root, name))] = words
			}
			if !maps.Equal(failed, want) || len(works) != 1 {
				t.Errorf("%s: %d steps, told %q, want %q", kind, len(works), failed, want)
			}
			h.mustHold(cs, want)
			noTemp(t, root)
			for _, name := range []string{"a", "b link", "f dangling"} {
				if to, _ := os.Readlink(filepath.Join(root, name)); name != "a" && to != "a" && to != "nowhere" {
					t.Errorf("%s: the link %q leads to %q", kind, name, to)
				}
			}
		})
	}
}

// What comes into the way while the step runs is not replaced either.
func TestWhatComesInTheWayOfManyIsNotReplaced(t *testing.T) {
	const script = `root=$1; shift
mv() { ln -s elsewhere "$root/b"; echo late >"$root/c"; chmod 0600 "$root/c"; command mv "$@"; }
hk_folder_all "$@"`
	onEachShell(t, func(t *testing.T, h *testHost) {
		root := t.TempDir()
		r := h.run(shell.Step{Script: shell.New(script, root, root+"/a", root, "", "", "0755", "./a", "./b", "./c", "./d")})[0]
		if r.Status != 0 || string(r.Stdout) != "1 is a symbolic link now\x002 is a file now\x00" {
			t.Errorf("status %d, stdout %q, stderr %q", r.Status, r.Stdout, r.Stderr)
		}
		if to, err := os.Readlink(root + "/b"); to != "elsewhere" {
			t.Errorf("the link leads to %q, %v", to, err)
		}
		if late, err := os.ReadFile(root + "/c"); string(late) != "late\n" {
			t.Errorf("the file holds %q, %v", late, err)
		}
		noTemp(t, root)
	})
}

// What holds of the folder holds of all that were to be made in it.
func TestManyAreRefusedWithTheirFolder(t *testing.T) {
	content := `{"content":"x"}`
	for name, c := range map[string]struct {
		moved func(d string)
		spec  string
		want  string
	}{
		"gone":    {func(d string) { _ = os.RemoveAll(d) }, content, "its folder D is missing"},
		"swapped": {func(d string) { _ = os.Rename(d, d+".real"); _ = os.Symlink(d+".real", d) }, content, "its folder is really D.real now, not D as planned"},
		"owner":   {func(string) {}, `{"content":"x","owner":"no one"}`, "owner no one: no such user"},
	} {
		onEachShell(t, func(t *testing.T, h *testHost) {
			root := t.TempDir()
			d := filepath.Join(root, "d")
			mustDo(t, os.Mkdir(d, 0o755))
			cs := h.planAll("file", c.spec, pathsIn(d, []string{"a", "b", "c", "d"}))
			c.moved(d)
			failed, _ := h.makeAll(cs)
			for _, change := range cs {
				if want := strings.ReplaceAll(c.want, "D", d); failed[change.Address] != want {
					t.Errorf("%s: %s: %q, want %q", name, change.Address, failed[change.Address], want)
				}
			}
			for _, folder := range []string{d, d + ".real"} {
				if left, _ := os.ReadDir(folder); len(left) > 0 {
					t.Errorf("%s: made %v", name, left)
				}
			}
		})
	}
}

func TestDamagedContentOfManyIsRefused(t *testing.T) {
	onEachShell(t, func(t *testing.T, h *testHost) {
		root := t.TempDir()
		cs := h.planAll("file", fileSpecOf(bytes.Repeat([]byte("content\n"), 100), ""), pathsIn(root, []string{"a", "b", "c", "d"}))
		works, err := files{}.Steps(cs, Site{})
		mustDo(t, err)
		whole := works[0].Content.Bytes
		for name, content := range map[string][]byte{
			"cut and padded": append(bytes.Clone(whole[:3000]), make([]byte, len(whole)-3000)...),
			"shorter":        whole[:3000],
			"other":          bytes.Replace(whole, []byte("content\ncontent"), []byte("content\ncontenT"), 1),
			"none":           nil,
		} {
			step := shell.Step{Script: works[0].Script, Content: bytes.NewReader(content), Size: int64(len(content))}
			r := h.run(step)[0]
			if _, err := works[0].Read(r); r.Status != 74 && r.Status != 73 || err == nil {
				t.Errorf("%s: status %d, stderr %q, read as %v", name, r.Status, r.Stderr, err)
			}
			if left, _ := os.ReadDir(root); len(left) > 0 {
				t.Errorf("%s leaves %v", name, left)
			}
		}
	})
}

// Where the disk is full in the middle none is there, and none is said to be.
func TestFullDiskInTheMiddleOfMany(t *testing.T) {
	needRoot(t)
	onEachNamespace(t, func(t *testing.T, h *testHost, root string) {
		h.mustRun(`mount -t tmpfs -o size=64k none "$1"`, root)
		cs := h.planAll("file", fileSpecOf(make([]byte, 10<<10), ""), pathsIn(root, manyNames[:20]))
		failed, works := h.makeAll(cs)
		for _, c := range cs {
			if failed[c.Address] != "no space left on device" {
				t.Errorf("%s: %q", c.Address, failed[c.Address])
			}
		}
		if got := h.mustRun(`ls -A "$1"`, root); got != "" || len(works) != 1 {
			t.Errorf("%d steps, left behind: %q", len(works), got)
		}
	})
}

func TestSignalsLeaveNothingOfMany(t *testing.T) {
	const script = `signal=$1; shift
mv() { sh -c 'kill -$0 $PPID' "$signal"; }
hk_folder_all "$@"`
	onEachShell(t, func(t *testing.T, h *testHost) {
		for _, signal := range []string{"HUP", "INT", "TERM", "PIPE"} {
			root := t.TempDir()
			r := h.run(shell.Step{Script: shell.New(script, signal, root+"/a", root, "", "", "0755", "./a", "./b")})[0]
			if r.Status < 128 {
				t.Errorf("%s: status %d, stderr %q", signal, r.Status, r.Stderr)
			}
			if left, _ := os.ReadDir(root); len(left) > 0 {
				t.Errorf("%s leaves %v", signal, left)
			}
		}
	})
}

// The owner of a folder can put something else where the staging folder was made.
func TestAStagingFolderThatIsReplacedIsNotUsed(t *testing.T) {
	needRoot(t)
	for name, swap := range map[string]string{
		"a link":   `command mkdir "$@" && rmdir "$2" && ln -s "$victim" "$2"`,
		"a folder": `command mkdir "$@" && chown 1 "$2"`,
		"filled":   `command mkdir "$@" && : >"$2/a"`,
	} {
		onEachShell(t, func(t *testing.T, h *testHost) {
			root, victim := t.TempDir(), t.TempDir()
			write(t, filepath.Join(victim, "a"), "the victim's", 0o600)
			before := snapshot(t, victim, true)
			const script = `victim=$1 swap=$2; shift 2
mkdir() { [ "${2#./.hostkit}" = "$2" ] && { command mkdir "$@"; return; }; eval "$swap"; }
hk_folder_all "$@"`
			r := h.run(shell.Step{Script: shell.New(script, victim, swap, root+"/a", root, "", "", "0755", "./a", "./b")})[0]
			if want := root + "/a: what is made beside it was replaced meanwhile\n"; r.Status != 65 || string(r.Stderr) != want {
				t.Errorf("%s: status %d, stderr %q", name, r.Status, r.Stderr)
			}
			if after := snapshot(t, victim, true); !maps.Equal(before, after) {
				t.Errorf("%s: %v, then %v", name, before, after)
			}
			if made, _ := filepath.Glob(root + "/[ab]"); len(made) > 0 {
				t.Errorf("%s: made %v", name, made)
			}
		})
	}
}
