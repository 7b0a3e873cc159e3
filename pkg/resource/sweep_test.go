package resource

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hostkit/pkg/doc"
	"hostkit/pkg/shell"
)

// What steps that were killed have left goes, whatever it is; what only looks alike
// stays, and so does what a link leads to.
func TestWhatWasLeftUnfinishedIsSweptUp(t *testing.T) {
	t.Parallel()
	onEachShell(t, func(t *testing.T, h *testHost) {
		dir, err := filepath.EvalSymlinks(t.TempDir())
		mustDo(t, err)
		const left = ".hostkit.1dec2025-4ac5-4d66-a14a-73209e9770ce"
		folder := filepath.Join(dir, "a folder")
		others := filepath.Join(dir, "others")
		mustDo(t, os.MkdirAll(filepath.Join(folder, left+"x", "staged", "deep"), 0o700))
		mustDo(t, os.MkdirAll(others, 0o700))
		mustDo(t, os.WriteFile(filepath.Join(folder, left), nil, 0o600))
		mustDo(t, os.WriteFile(filepath.Join(folder, left+".sources"), nil, 0o600))
		mustDo(t, os.WriteFile(filepath.Join(others, left), nil, 0o600))
		mustDo(t, os.Symlink(others, filepath.Join(folder, left+"y")))
		mustDo(t, os.Symlink(folder, filepath.Join(dir, "link")))
		mustDo(t, os.WriteFile(filepath.Join(folder, ".hostkit.mine"), nil, 0o600))
		sweep := func(folders ...string) string {
			r := h.run(shell.Step{Name: "sweep", Script: shell.New(`hk_sweep "$@"`, folders...)})[0]
			return strings.TrimSpace(string(r.Stdout))
		}
		if n := sweep(filepath.Join(dir, "link"), filepath.Join(dir, "missing")); n != "0" {
			t.Errorf("through a link %s were removed", n)
		}
		if n := sweep(folder); n != "4" {
			t.Errorf("%s were removed, and 4 are wanted", n)
		}
		for path, want := range map[string]string{folder: ".hostkit.mine", others: left} {
			entries, err := os.ReadDir(path)
			mustDo(t, err)
			if len(entries) != 1 || entries[0].Name() != want {
				t.Errorf("left in %s: %v", path, entries)
			}
		}
	})
}

// The folders are those that steps really go into, and those that go themselves.
func TestFoldersWithUnfinishedThings(t *testing.T) {
	t.Parallel()
	gone := doc.Change{
		Address: "directory:/srv/a/b", Kind: "directory", Action: doc.Delete,
		Before: doc.Attributes(`{"state":"present","type":"directory","real_parent":"/data/a"}`),
		After:  doc.Attributes(`{"state":"absent"}`),
	}
	got := strings.Join(directories{}.Unfinished([]doc.Change{gone}), " ")
	if got != "/data/a /srv/a/b" {
		t.Errorf("got %q", got)
	}
}
