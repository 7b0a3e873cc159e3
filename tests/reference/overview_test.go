package reference

import (
	"os"
	"slices"
	"testing"

	"hostkit/pkg/cli"
)

const folder = "../../cmd"

// The pages about all commands are up to date, as the commands' own tests say of
// theirs.
func TestReference(t *testing.T) {
	for _, page := range []struct{ name, section, readme string }{
		{"hostkit", "7", "README.md"},
		{"hostkit-config", "5", ""},
		{"hostkit-errors", "7", ""},
	} {
		files, err := overview(folder, page.name, page.section, page.readme)
		if err != nil {
			t.Fatal(err)
		}
		for _, made := range files {
			compare(t, folder+"/"+made.Name, made.Text)
		}
	}
}

// Programs and people look codes up: one that stands in no page helps neither, and one
// that no code says any more misleads.
func TestEveryErrorCodeIsExplained(t *testing.T) {
	all, err := sources("../..")
	if err != nil {
		t.Fatal(err)
	}
	said := errorCodes(all)
	if len(said) < 100 {
		t.Fatalf("only %d codes were found in the code", len(said))
	}
	raw, err := os.ReadFile(folder + "/hostkit-errors.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks, err := parseBlocks("hostkit-errors.md", string(raw))
	if err != nil {
		t.Fatal(err)
	}
	explained := map[string]bool{}
	for _, b := range blocks {
		if b.kind != list {
			continue
		}
		pairs, ok := terms(b.items)
		if !ok {
			t.Fatalf("hostkit-errors.md:%d: an item explains no code", b.line)
		}
		for _, pair := range pairs {
			for _, s := range parseSpans(pair[0]) {
				if s.kind != literal {
					continue
				}
				if explained[s.text] {
					t.Errorf("%s is explained twice", s.text)
				}
				explained[s.text] = true
				if said[s.text] == "" {
					t.Errorf("%s is explained, and no code says it", s.text)
				}
			}
		}
	}
	for code, where := range said {
		if !explained[code] {
			t.Errorf("%s, which %s says, is not explained in hostkit-errors.md", code, where)
		}
	}
}

// Whoever reads the environment says so in cli.Variables.
func TestEveryVariableIsListed(t *testing.T) {
	all, err := sources("../..")
	if err != nil {
		t.Fatal(err)
	}
	listed := func(name string) bool {
		return slices.ContainsFunc(cli.Variables, func(v cli.Variable) bool { return v.Name == name })
	}
	found := variables(all)
	if len(found) < 10 {
		t.Fatalf("only %v were found in the code", found)
	}
	for name, where := range found {
		if !listed(name) {
			t.Errorf("%s, which %s reads, is not listed", name, where)
		}
	}
}
