package shell

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

var tempFolder string

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "hostkit-shell")
	if err != nil {
		panic(err)
	}
	tempFolder = folder
	code := m.Run()
	os.RemoveAll(folder)
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// target is one kind of host: a shell under the name sh, and a PATH of tools.
type target struct{ name, sh, path string }

var targetNames = []string{"dash", "bash", "busybox"}

// wanted reports whether this run tests the named shell. HOSTKIT_TEST_SHELLS, a
// list with commas, leaves out what a machine can't have; nothing else does.
func wanted(name string) bool {
	list, set := os.LookupEnv("HOSTKIT_TEST_SHELLS")
	if !set {
		return true
	}
	for _, item := range strings.Split(list, ",") {
		if item == name {
			return true
		}
	}
	return false
}

// command returns the path of a program that a test needs. The Debian package
// has the program's name.
func command(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("this test needs %s: apt-get install %s (or leave it out of HOSTKIT_TEST_SHELLS)", name, name)
	}
	return path
}

var targetCache sync.Map

func newTarget(t testing.TB, name string) target {
	t.Helper()
	if cached, ok := targetCache.Load(name); ok {
		return cached.(target)
	}
	program := command(t, name)
	folder := filepath.Join(tempFolder, name)
	applets := []string{"sh"}
	path := Path
	if name == "busybox" {
		out, err := exec.Command(program, "--list").Output()
		if err != nil {
			t.Fatal(err)
		}
		applets = strings.Fields(string(out))
		path = folder
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, applet := range applets {
		if err := os.Symlink(program, filepath.Join(folder, applet)); err != nil && !os.IsExist(err) {
			t.Fatal(err)
		}
	}
	made := target{name, filepath.Join(folder, "sh"), path}
	targetCache.Store(name, made)
	return made
}

// anyTarget is for what does not depend on the shell.
func anyTarget(t testing.TB) target {
	t.Helper()
	for _, name := range targetNames {
		if wanted(name) {
			return newTarget(t, name)
		}
	}
	t.Fatal("HOSTKIT_TEST_SHELLS leaves no shell")
	return target{}
}

// onEach runs test on every kind of host.
func onEach(t *testing.T, test func(t *testing.T, on target)) {
	for _, name := range targetNames {
		if !wanted(name) {
			continue
		}
		t.Run(name, func(t *testing.T) { test(t, newTarget(t, name)) })
	}
}

// host is a local process in the place of a login shell on a host.
type host struct {
	cmd    *exec.Cmd
	stream Stream
}

// startHost starts `SHELL -c LINE` as sshd would.
func startHost(t testing.TB, shell, line string, env ...string) *host {
	t.Helper()
	cmd := exec.Command(shell, "-c", line)
	cmd.Env = append(os.Environ(), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	end := func() error {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		stdin.Close()
		stdout.Close()
		return stderr.Close()
	}
	t.Cleanup(func() {
		end()
		cmd.Wait()
	})
	return &host{cmd, Stream{Stdin: stdin, Stdout: stdout, Stderr: stderr, Close: end}}
}

func open(t testing.TB, on target) (*Session, *host) {
	t.Helper()
	h := startHost(t, on.sh, execLine(on.sh, on.path, Become{}))
	return sessionOf(t, h), h
}

func sessionOf(t testing.TB, h *host) *Session {
	t.Helper()
	s, err := NewSession(t.Context(), h.stream)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// limited is a context that turns a hang into a failure.
func limited(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeoutCause(context.Background(), 60*time.Second, fmt.Errorf("the test hung"))
	t.Cleanup(cancel)
	return ctx
}

// results runs the steps and returns all results.
func results(t testing.TB, s *Session, steps ...Step) []Result {
	t.Helper()
	got, err := runAll(limited(t), s, steps)
	if err != nil {
		t.Fatalf("run: %v", err)
	}
	return got
}

func runAll(ctx context.Context, s *Session, steps []Step) ([]Result, error) {
	var got []Result
	err := s.Run(ctx, steps, func(i int, r Result) error {
		if i != len(got) {
			return fmt.Errorf("result %d came after %d results", i, len(got))
		}
		got = append(got, r)
		return nil
	})
	return got, err
}

func script(source text, args ...string) Step { return Step{Script: New(source, args...)} }

func withContent(source text, content string) Step {
	return Step{Script: New(source), Content: strings.NewReader(content), Size: int64(len(content))}
}

// discard is a Stdin that takes everything.
type discard struct{ io.Writer }

func (discard) Close() error { return nil }
