package resource

import (
	"os"
	"path/filepath"
	"testing"

	"hostkit/pkg/doc"
)

// What a link leads to, a folder or not, is nothing that it can't be replaced for.
func TestALinkCanLeadElsewhere(t *testing.T) {
	onEachShell(t, func(t *testing.T, h *testHost) {
		root := publicFolder(t)
		link := filepath.Join(root, "current")
		if err := os.Mkdir(filepath.Join(root, "folder"), 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(root, "file"), "x\n", 0o644)
		from := `{"state":"absent"}`
		for _, to := range []string{"folder", "file", "folder", "nowhere", "file", "folder", "folder/."} {
			side := `{"state":"present","type":"symlink","to":"` + to + `"}`
			err := h.make(doc.Change{
				Address: doc.NewAddress("symlink", link), Kind: "symlink", Action: doc.Update,
				Before: doc.Attributes(from), After: doc.Attributes(side),
			})
			if got, _ := os.Readlink(link); err != nil || got != to {
				t.Errorf("%s: it leads to %q, %v", to, got, err)
			}
			from = side
		}
		if left, _ := filepath.Glob(filepath.Join(root, ".hostkit*")); left != nil {
			t.Errorf("left: %q", left)
		}
	})
}
