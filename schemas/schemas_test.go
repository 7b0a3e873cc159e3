package schemas_test

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"hostkit/schemas"
)

func TestGet(t *testing.T) {
	compiler := jsonschema.NewCompiler()
	for _, s := range schemas.All {
		raw, ok := schemas.Get(s)
		if !ok {
			t.Fatalf("no schema for %s", s)
		}
		parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		if err := compiler.AddResource(schemas.FileName(s), parsed); err != nil {
			t.Fatal(err)
		}
		if _, err := compiler.Compile(schemas.FileName(s)); err != nil {
			t.Error(err)
		}
	}
	if _, ok := schemas.Get("hostkit.plan/v2"); ok {
		t.Error("a schema that is not there")
	}
	names, err := fs.Glob(schemas.FS, "*")
	if err != nil || len(names) != len(schemas.All) {
		t.Errorf("embedded are %v, %v", names, err)
	}
}

// Whoever changes a document's type runs `make generate`.
func TestSchemasAreWhatTheTypesSay(t *testing.T) {
	if testing.Short() {
		t.Skip("runs go")
	}
	out := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "go", "run", "-C", "gen", ".", "-root", "../..", "-out", out)
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=readonly", "GOWORK=off")
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	names := []string{"README.md"}
	for _, s := range schemas.All {
		names = append(names, schemas.FileName(s))
	}
	for _, name := range names {
		made, err := os.ReadFile(filepath.Join(out, name))
		if err != nil {
			t.Fatal(err)
		}
		kept, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(made, kept) {
			t.Errorf("%s is not what the types say: run make generate", name)
		}
	}
}
