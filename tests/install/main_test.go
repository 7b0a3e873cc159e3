package install

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"hostkit/tests/binaries"
)

// work is a folder for all tests, gone afterwards.
var work string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "hostkit-install-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	work = dir
	return m.Run()
}

// source is the folder of this source, on whose files the test depends.
func source(t *testing.T) string {
	t.Helper()
	root, err := binaries.Module()
	if err == nil {
		err = binaries.Depend(root)
	}
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// commands are the names of our commands.
func commands(t *testing.T) []string {
	t.Helper()
	folders, err := filepath.Glob(filepath.Join(source(t), "cmd", "hk-*"))
	if err != nil || len(folders) != 7 {
		t.Fatalf("%q, %v", folders, err)
	}
	for i, folder := range folders {
		folders[i] = filepath.Base(folder)
	}
	return folders
}
