package editor

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hostkit/pkg/doc"
	"hostkit/schemas"
	"hostkit/tests/lab"
)

var update = flag.Bool("update", false, "write what editors say of the bad configs")

//go:embed package.json
var packageJSON []byte

//go:embed package-lock.json
var packageLock []byte

// problem is what an editor underlines, and where that begins.
type problem struct {
	Line, Column int
	Message      string
}

// linted is what it has to say of a file.
type linted struct {
	Found   []problem
	Offered []string
}

// modules is the folder with the language service, which is fetched once for a machine.
func modules(t *testing.T) string {
	t.Helper()
	sum := sha256.Sum256(packageLock)
	dir := filepath.Join(lab.CacheDir(), "editor-"+hex.EncodeToString(sum[:8]))
	installed := filepath.Join(dir, "node_modules")
	if _, err := os.Stat(installed); err == nil {
		return installed
	}
	if err := os.MkdirAll(lab.CacheDir(), 0o755); err != nil {
		t.Fatal(err)
	}
	aside, err := os.MkdirTemp(lab.CacheDir(), "editor-building-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(aside)
	for name, text := range map[string][]byte{"package.json": packageJSON, "package-lock.json": packageLock} {
		if err := os.WriteFile(filepath.Join(aside, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	cmd.Dir = aside
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v\n%s", err, out)
	}
	// Another process may have been first.
	if err := os.Rename(aside, dir); err != nil && !errors.Is(err, fs.ErrExist) {
		t.Fatal(err)
	}
	return installed
}

// lint has the language service look at the files.
func lint(t *testing.T, files ...string) []linted {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "node", append([]string{"lint.cjs"}, files...)...)
	cmd.Env = append(os.Environ(), "NODE_PATH="+modules(t))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("node: %v\n%s", err, stderr.String())
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != len(files) {
		t.Fatalf("%d answers for %d files", len(lines), len(files))
	}
	all := make([]linted, len(files))
	for i, line := range lines {
		if err := json.Unmarshal([]byte(line), &all[i]); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// schemaFile is the schema as `hk-eval --schema config` writes it.
func schemaFile(t *testing.T) string {
	t.Helper()
	raw, _ := schemas.Get(doc.SchemaConfig)
	return write(t, filepath.Join(t.TempDir(), "config.v1.schema.json"), string(raw))
}

func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

var ownSchema = regexp.MustCompile(`"\$schema": *"[^"]*"`)

// withSchema copies configs to where the schema is, and has each name it. What is no
// object has no place for that, and is left out.
func withSchema(t *testing.T, pattern string) (names, copies []string) {
	t.Helper()
	folder := filepath.Dir(schemaFile(t))
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) == 0 {
		t.Fatalf("%s: %v", pattern, err)
	}
	for _, name := range found {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text := string(raw)
		if !strings.HasPrefix(text, "{") {
			continue
		}
		if text = ownSchema.ReplaceAllString(text, `"$$schema": "config.v1.schema.json"`); text == string(raw) {
			text = `{"$schema": "config.v1.schema.json",` + text[1:]
		}
		names = append(names, strings.TrimSuffix(filepath.Base(name), ".json"))
		copies = append(copies, write(t, filepath.Join(folder, filepath.Base(name)), text))
	}
	return names, copies
}

// An editor has nothing against what hk-eval takes. The examples that name a schema
// are as they stand in the repository, with the path to the schema that they have there.
func TestAnEditorTakesGoodConfigs(t *testing.T) {
	t.Parallel()
	names, files := withSchema(t, "../corpus/config/good/*.json")
	examples, err := filepath.Glob("../../examples/*.json")
	if err != nil {
		t.Fatal(err)
	}
	examples = slices.DeleteFunc(examples, func(name string) bool {
		raw, err := os.ReadFile(name)
		return err != nil || !ownSchema.Match(raw)
	})
	if len(examples) == 0 {
		t.Error("no example names its schema")
	}
	names, files = append(names, examples...), append(files, examples...)
	for i, l := range lint(t, files...) {
		for _, p := range l.Found {
			t.Errorf("%s:%d:%d: %s", names[i], p.Line, p.Column, p.Message)
		}
	}
}

// Every mistake that a schema can see is underlined, and what is said of it never
// holds a password.
func TestAnEditorUnderlinesBadConfigs(t *testing.T) {
	t.Parallel()
	names, files := withSchema(t, "../corpus/config/bad/*.json")
	var said strings.Builder
	for i, l := range lint(t, files...) {
		if len(l.Found) == 0 {
			t.Errorf("nothing is said of %s", names[i])
		}
		for _, p := range l.Found {
			fmt.Fprintf(&said, "%s:%d:%d: %s\n", names[i], p.Line, p.Column, p.Message)
			if strings.Contains(p.Message, "hunter2") {
				t.Errorf("%s: the password is shown: %s", names[i], p.Message)
			}
		}
	}
	const golden = "testdata/messages.txt"
	if *update {
		write(t, golden, said.String())
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), said.String()); diff != "" {
		t.Errorf("-update writes what editors say:\n%s", diff)
	}
}

// Where a member of a host could stand, the members of a host are offered.
func TestAnEditorOffersMembers(t *testing.T) {
	t.Parallel()
	file := write(t, filepath.Join(filepath.Dir(schemaFile(t)), "config.json"), `{
  "$schema": "config.v1.schema.json", "schema": "hostkit.config/v1", "project": "x",
  "hosts": {"server": {"COMPLETE": 1}}
}`)
	offered := lint(t, file)[0].Offered
	for _, member := range []string{"hostname", "user", "ssh", "sudo"} {
		if !slices.Contains(offered, member) {
			t.Errorf("%s is not among %q", member, offered)
		}
	}
}
