package e2e

import (
	"os"
	"slices"
	"strings"
	"testing"

	"hostkit/pkg/names"
	"hostkit/tests/lab"
)

// indexOf lists the packages in the index of a new Debian host, sorted. All of
// apt's index is read in one query; `apt-cache pkgnames` would not do, since it
// lists names that other packages only mention.
func indexOf(t *testing.T) []string {
	t.Helper()
	h := lab.Run(t, lab.Options{WholeIndex: true})
	out, err := h.Exec(t.Context(), "sh", "-c", "apt-cache dumpavail | sed -n 's/^Package: //p'")
	if err != nil {
		t.Fatal(err)
	}
	index := strings.Fields(string(out))
	slices.Sort(index)
	return index
}

// Every name that the embedded table has for Debian is a package there, and so is
// every one that the table of expectations has; what that says is not packaged is
// not.
func TestTableIsTrueOfDebian(t *testing.T) {
	t.Parallel()
	index := indexOf(t)
	there := func(name string) bool {
		_, found := slices.BinarySearch(index, name)
		return found
	}
	for _, name := range names.Known("debian_12") {
		if !there(name) {
			t.Errorf("Debian's index of %d packages has no %s", len(index), name)
		}
	}
	checked := 0
	for name, want := range expectedOfDebian(t) {
		checked++
		switch {
		case want == "-" && there(names.Dashed(name)):
			t.Errorf("Debian's index has %s, which is expected not to be packaged", names.Dashed(name))
		case want != "-" && !there(want):
			t.Errorf("Debian's index of %d packages has no %s, which is expected of %s", len(index), want, name)
		}
	}
	if checked < 60 {
		t.Errorf("only %d expectations", checked)
	}
}

// expectedOfDebian reads Debian's column of the table of expectations.
func expectedOfDebian(t *testing.T) map[string]string {
	t.Helper()
	raw, err := os.ReadFile("../../pkg/names/testdata/distributions.tsv")
	if err != nil {
		t.Fatal(err)
	}
	expected := make(map[string]string)
	for line := range strings.Lines(string(raw)) {
		fields := strings.Split(line, "\t")
		if strings.HasPrefix(line, "#") || fields[0] == "name" {
			continue
		}
		if len(fields) < 2 {
			t.Fatalf("bad row %q", line)
		}
		if fields[1] != "" {
			expected[fields[0]] = fields[1]
		}
	}
	return expected
}
