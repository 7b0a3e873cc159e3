package reference

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
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
	same(t, said, folder+"/hostkit-errors.md")
}

// same holds that the lists of a page explain each of the words once, and no other.
func same(t *testing.T, words map[string]string, page string) {
	t.Helper()
	raw, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	explained := map[string]bool{}
	for _, line := range strings.Split(string(raw), "\n") {
		item, ok := strings.CutPrefix(line, "- ")
		if !ok {
			continue
		}
		pairs, ok := terms([]string{item})
		if !ok {
			t.Fatalf("%s: this explains nothing: %s", page, line)
		}
		for _, s := range parseSpans(pairs[0][0]) {
			if s.kind != literal {
				continue
			}
			if explained[s.text] {
				t.Errorf("%s explains %s twice", page, s.text)
			}
			explained[s.text] = true
			if words[s.text] == "" {
				t.Errorf("%s explains %s, and nothing says or reads it", page, s.text)
			}
		}
	}
	for word, where := range words {
		if !explained[word] {
			t.Errorf("%s does not explain %s of %s", page, word, where)
		}
	}
}

// What the scripts and tests read stands beside them.
func TestEveryVariableOfTheSourceTreeIsListed(t *testing.T) {
	found := map[string]string{}
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if d != nil && d.Name() == "testdata" {
				return fs.SkipDir
			}
			return err
		}
		script := strings.HasSuffix(path, ".sh") || d.Name() == "Makefile"
		if !script && !(strings.HasPrefix(path, "../../tests/") && strings.HasSuffix(path, ".go")) {
			return nil
		}
		raw, err := os.ReadFile(path)
		for _, m := range readVariable.FindAllStringSubmatch(string(raw), -1) {
			found[m[1]+m[2]] = path
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range cli.Variables {
		delete(found, v.Name)
	}
	// The tests' own, which they give to programs that they start themselves.
	for name, path := range found {
		if strings.HasPrefix(name, "HOSTKIT_LAB_TEST_") {
			t.Logf("%s of %s", name, path)
			delete(found, name)
		}
	}
	same(t, found, "../../scripts/README.md")
}

// readVariable finds where a shell or a Go program reads a variable of ours.
var readVariable = regexp.MustCompile(`\$\{?(HOSTKIT_[A-Z_]+)\b|(?:Getenv\(|LookupEnv\(|number\(t, )"(HOSTKIT_[A-Z_]+)"`)

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
