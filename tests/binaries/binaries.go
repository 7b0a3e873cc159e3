// Package binaries builds the real commands for tests that run them.
package binaries

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// Build builds every command of cmd/ as `make build` does, static, once a
// process, and returns their folder. Call Remove at the end of TestMain.
var Build = sync.OnceValues(build)

var dir string

func build() (string, error) {
	root, err := Module()
	if err != nil {
		return "", err
	}
	if dir, err = os.MkdirTemp("", "hostkit-bin-"); err != nil {
		return "", err
	}
	cmd := exec.Command("go", "build", "-trimpath", "-o", dir+string(filepath.Separator), "./cmd/...")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return dir, nil
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

// Environ is this process's environment with the commands first on PATH and
// none of our own variables, which would stand in for flags.
func Environ(bin string, more ...string) []string {
	var env []string
	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, "HOSTKIT_") && !strings.HasPrefix(entry, "PATH=") {
			env = append(env, entry)
		}
	}
	env = append(env, "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	return append(env, more...)
}
