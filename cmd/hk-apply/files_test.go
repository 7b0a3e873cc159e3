package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hostkit/pkg/doc"
)

func planned(t *testing.T, content string) (string, doc.FileRef) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	digest := doc.Digest(fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(content))))
	return path, doc.FileRef{Path: "f", Size: int64(len(content)), Digest: digest}
}

// A file that is known is not read again; one that has changed since is, whatever
// time it shows.
func TestAFileThatIsKnownIsReadAgainWhenItHasChanged(t *testing.T) {
	path, ref := planned(t, "planned")
	l := newLocalFiles(filepath.Dir(path))
	l.now = func() time.Time { return time.Now().Add(time.Hour) }
	open := func() error {
		file, err := l.open(ref)
		if err != nil {
			return err
		}
		return file.Close()
	}
	for range 2 {
		if err := open(); err != nil || len(l.known) != 1 {
			t.Fatalf("%v, knows %v", err, l.known)
		}
	}
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	// The kernel's clock must tick for the change to have a time of its own.
	for changed := before; changed.ModTime().Equal(before.ModTime()); {
		if err := os.WriteFile(path, []byte("PLANNED"), 0o600); err != nil {
			t.Fatal(err)
		}
		if changed, err = os.Stat(path); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chtimes(path, time.Time{}, before.ModTime()); err != nil {
		t.Fatal(err)
	}
	if err := open(); err == nil || !strings.Contains(err.Error(), "is not the file that was planned") {
		t.Errorf("a changed file: %v", err)
	}
}

// Of a file that changed a moment ago the time of the last change need not tell of
// the next one.
func TestAFileThatHasJustChangedIsNotKnown(t *testing.T) {
	path, ref := planned(t, "planned")
	l := newLocalFiles(filepath.Dir(path))
	file, err := l.open(ref)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if len(l.known) != 0 {
		t.Errorf("knows %v", l.known)
	}
}
