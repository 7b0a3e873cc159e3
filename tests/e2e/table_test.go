package e2e

import (
	"slices"
	"strings"
	"testing"

	"hostkit/pkg/names"
	"hostkit/tests/lab"
)

// Every name that the embedded table has for Debian is a package there. All of
// apt's index is read in one query; `apt-cache pkgnames` would not do, since it
// lists names that other packages only mention.
func TestTableIsTrueOfDebian(t *testing.T) {
	t.Parallel()
	h := lab.Run(t, lab.Options{})
	out, err := h.Exec(t.Context(), "sh", "-c", "apt-cache dumpavail | sed -n 's/^Package: //p'")
	if err != nil {
		t.Fatal(err)
	}
	index := strings.Fields(string(out))
	slices.Sort(index)
	for _, name := range names.Known("debian_12") {
		if _, there := slices.BinarySearch(index, name); !there {
			t.Errorf("Debian's index of %d packages has no %s", len(index), name)
		}
	}
}
