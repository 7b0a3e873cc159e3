package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, err := range []error{
		os.WriteFile(at("wide"), []byte("old"), 0o644),
		os.Symlink("wide", at("link")),
		os.Symlink("hop", at("dangling")),
		os.Symlink(at("fresh"), at("hop")),
		os.Symlink("nowhere/fresh", at("astray")),
		os.Mkdir(at("folder"), 0o755),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{
		"new":      "",
		"wide":     "",
		"link":     "",
		"dangling": "",
		"astray":   "no such file or directory",
		"folder":   "it is not a regular file",
		"no/where": "no such file or directory",
	} {
		early := CanWrite(at(name))
		err := WriteFile(at(name), []byte("text"), 0o600)
		if (early == nil) != (err == nil) {
			t.Errorf("%s: %v, but at first %v", name, err, early)
		}
		if want != "" {
			if err == nil || !strings.Contains(err.Error(), want) || exitOf(err) != ExitFailed {
				t.Errorf("%s: %v, want %q", name, err, want)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		info, err := os.Stat(at(name))
		if err != nil || info.Mode() != 0o600 {
			t.Errorf("%s: mode %v, error %v", name, info.Mode(), err)
		}
	}
	if to, err := os.Readlink(at("link")); err != nil || to != "wide" {
		t.Errorf("the link now is %q: %v", to, err)
	}
	// A lock behind a link to a file that is not there yet took the link's place.
	if to, err := os.Readlink(at("dangling")); err != nil || to != "hop" {
		t.Errorf("the dangling link now is %q: %v", to, err)
	}
	if text, err := os.ReadFile(at("fresh")); err != nil || string(text) != "text" {
		t.Errorf("behind the links is %q: %v", text, err)
	}
	if err := WriteFile("/dev/null", nil, 0o600); err == nil {
		t.Error("/dev/null was renamed over")
	}
}
