package integration_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"hostkit/tests/binaries"
	"hostkit/tests/lab"
)

func TestMain(m *testing.M) {
	status := m.Run()
	binaries.Remove()
	if folder != "" {
		_ = os.RemoveAll(folder)
	}
	os.Exit(status)
}

// folder holds the program, apart from the commands, which other tests use too.
var folder string

// program is what `make integration` runs.
var program = sync.OnceValues(func() (path string, err error) {
	if folder, err = os.MkdirTemp("", "hostkit-integration-"); err != nil {
		return "", err
	}
	path = filepath.Join(folder, "hk-integration")
	cmd := exec.Command("go", "build", "-o", path, "./cmd/hk-integration")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w: %s", err, out)
	}
	return path, nil
})

// outcome is what a person sees of a run.
type outcome struct {
	exit int
	text string
}

// integrate runs the suite in a HOME of its own. watch, if there is one, is given the
// running process.
func integrate(t *testing.T, env []string, watch func(*os.Process)) outcome {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	bin, err := binaries.Build()
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cmd := exec.CommandContext(ctx, path, "--bin", bin)
	cmd.Env = append(plainEnviron(), "HOME="+home, "TMPDIR="+home)
	cmd.Env = append(cmd.Env, env...)
	// The go command keeps its things in HOME unless told otherwise.
	for _, name := range []string{"GOPATH", "GOCACHE", "GOMODCACHE"} {
		out, err := exec.Command("go", "env", name).Output()
		if err != nil {
			t.Fatal(err)
		}
		cmd.Env = append(cmd.Env, name+"="+strings.TrimSpace(string(out)))
	}
	var both bytes.Buffer
	cmd.Stdout, cmd.Stderr = &both, &both
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if watch != nil {
		watch(cmd.Process)
	}
	_ = cmd.Wait()
	return outcome{cmd.ProcessState.ExitCode(), both.String()}
}

// plainEnviron is this process's without what would choose a target.
func plainEnviron() []string {
	var env []string
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); !strings.HasPrefix(name, "HOSTKIT_") && name != "SSH_AUTH_SOCK" {
			env = append(env, entry)
		}
	}
	return env
}

// must fails unless the run has ended so, and said each of the words.
func (o outcome) must(t *testing.T, exit int, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(o.text, w) {
			t.Errorf("it does not say %q", w)
			exit = -1
		}
	}
	if o.exit != exit {
		t.Errorf("exit status %d\n%s", o.exit, o.text)
	}
}

// untouched fails unless the host is what it was. Managers keep logs and databases of
// what they have done; the state in them is in the snapshot's list of packages.
func untouched(t *testing.T, h *lab.Host, before *lab.Snapshot) {
	t.Helper()
	after, err := h.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	kept := []string{
		"/var/log/", "/var/lib/dpkg/", "/var/cache/apt/", "/var/lib/apt/extended_states", "/etc/ld.so.cache", "/var/cache/ldconfig/", "/var/cache/man/",
	}
	for _, d := range lab.WithoutDirTimes(before.Diff(after)) {
		mayBe := false
		for _, k := range kept {
			mayBe = mayBe || strings.HasPrefix(d.Path, k)
		}
		if !mayBe {
			t.Errorf("not as it was: %s", d)
		}
	}
}

func snapshot(t *testing.T, h *lab.Host) *lab.Snapshot {
	t.Helper()
	s, err := h.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// interrupt is Ctrl-C.
func interrupt(t *testing.T, p *os.Process) {
	t.Helper()
	if err := p.Signal(syscall.SIGINT); err != nil {
		t.Error(err)
	}
}
