package facts

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
	"hostkit/pkg/shell"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// fixture reads an answer from testdata, where a line "== what it is" stands for
// the NUL between two parts, and before the first of several.
func fixture(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(raw, []byte("== ")) {
		return raw
	}
	var parts []string
	for line := range strings.Lines(string(raw)) {
		if strings.HasPrefix(line, "== ") {
			parts = append(parts, "")
			continue
		}
		parts[len(parts)-1] += line
	}
	for i, part := range parts {
		parts[i] = strings.TrimSuffix(part, "\n")
	}
	return []byte(strings.Join(parts, "\x00"))
}

// fixtures are the answers of a group.
func fixtures(t testing.TB, g Group) []string {
	t.Helper()
	names, err := filepath.Glob("testdata/" + g.Name() + "/*.txt")
	least := 6
	if g.Name() == "runs" {
		least = 1 // what is read is our own, on each of them
	}
	if err != nil || len(names) < least {
		t.Fatalf("%s has %d fixtures, want one of each distribution (%v)", g.Name(), len(names), err)
	}
	return names
}

// read gives the facts that an answer makes.
func read(t testing.TB, g Group, r shell.Result) doc.Facts {
	t.Helper()
	facts := doc.Facts{OS: doc.OS{IDLike: []string{}}, Observed: map[doc.Address]doc.Observation{}}
	if err := groupProbe(g).Read(r, &facts); err != nil {
		t.Fatalf("a group failed its host: %v", err)
	}
	return facts
}

// What the distributions answer, and the facts that it makes; testdata/README.md
// says where the answers are from.
func TestDistributions(t *testing.T) {
	for _, g := range Groups {
		for _, name := range fixtures(t, g) {
			t.Run(strings.TrimPrefix(name, "testdata/"), func(t *testing.T) {
				facts := read(t, g, shell.Result{Stdout: fixture(t, name)})
				raw, err := jsonx.Marshal(facts)
				if err != nil {
					t.Fatal(err)
				}
				got, err := jsonx.Indent(raw)
				if err != nil {
					t.Fatal(err)
				}
				golden := strings.TrimSuffix(name, ".txt") + ".json"
				if *update {
					if err := os.WriteFile(golden, got, 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(golden)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(want), string(got)); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}
