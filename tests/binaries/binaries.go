// Package binaries builds the real commands for tests that run them.
package binaries

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// Build builds every command of cmd/ as `make build` does, static, once a
// process, and returns their folder, which is this process's own. Call Remove at the
// end of TestMain.
var Build = sync.OnceValues(build)

var dir string

func build() (string, error) {
	root, err := Module()
	if err != nil {
		return "", err
	}
	if err := Depend(root); err != nil {
		return "", err
	}
	if dir, err = os.MkdirTemp("", "hostkit-bin-"); err != nil {
		return "", err
	}
	// make test builds them once for all packages.
	if from := os.Getenv("HOSTKIT_TEST_BINARIES"); from != "" {
		return dir, link(from, dir)
	}
	cmd := exec.Command("go", "build", "-trimpath", "-o", dir+string(filepath.Separator), "./cmd/...")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return dir, nil
}

// link makes what is in one folder appear in another.
func link(from, to string) error {
	files, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, file := range files {
		if err := os.Link(filepath.Join(from, file.Name()), filepath.Join(to, file.Name())); err != nil {
			return err
		}
	}
	return nil
}

// Depend makes a test depend on the sources of the module at root. The go command
// takes a test's result from its cache for as long as the files are the same
// that the test itself opened; what a compiler or `go list` opens it doesn't see.
func Depend(root string) error {
	for _, folder := range []string{"cmd", "pkg", "schemas"} {
		// To list a folder is to depend on the sizes and times of what is in it.
		err := filepath.WalkDir(filepath.Join(root, folder), func(string, fs.DirEntry, error) error { return nil })
		if err != nil {
			return err
		}
	}
	return nil
}

// Remove deletes what Build made.
func Remove() {
	if dir != "" {
		_ = os.RemoveAll(dir)
	}
}

// Module is the folder of the module that the test belongs to.
func Module() (string, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	return strings.TrimSpace(string(out)), err
}

// Environ is this process's environment with the commands first on PATH, none of
// our own variables, which would stand in for flags, and a home that holds
// nothing: a test must not log in with somebody's keys, agent or ssh_config.
func Environ(bin string, more ...string) []string {
	var env []string
	for _, entry := range os.Environ() {
		switch name, _, _ := strings.Cut(entry, "="); {
		case strings.HasPrefix(name, "HOSTKIT_"), strings.HasPrefix(name, "SSH_"), name == "PATH", name == "HOME":
		default:
			env = append(env, entry)
		}
	}
	env = append(env, "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "HOME="+filepath.Join(bin, "home"))
	return append(env, more...)
}
