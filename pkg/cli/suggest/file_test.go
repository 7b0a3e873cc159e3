package suggest

import (
	"os"
	"path/filepath"
	"testing"
)

func TestFile(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"config.json", "down.json", "fleet.jsonnet", "plan.json"} {
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(folder, "confg.jsonx"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"confg.json": "config.json", "pla.json": "plan.json", "facts.json": "", "no/confg.json": "",
		"nope.json": "", "lan.json": "plan.json", "config": "config.json", "config.jsonnet": "config.json", "fleet.json": "fleet.jsonnet",
	} {
		got, ok := File(filepath.Join(folder, name))
		if want != "" {
			want = filepath.Join(folder, want)
		}
		if ok != (want != "") || ok && got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	t.Chdir(folder)
	if got, ok := File("plna.json"); !ok || got != "plan.json" {
		t.Errorf("in the working folder: %q", got)
	}
}
