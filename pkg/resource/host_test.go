package resource

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"hostkit/pkg/doc"
	"hostkit/pkg/secret"
	"hostkit/pkg/shell"
)

// wantedShells are the kinds of hosts; each must be there. HOSTKIT_TEST_SHELLS, a
// list with commas, leaves out what a machine can't have.
func wantedShells() []string {
	if only, set := os.LookupEnv("HOSTKIT_TEST_SHELLS"); set {
		return strings.Split(only, ",")
	}
	return []string{"dash", "bash", "busybox"}
}

// testHost is this machine, seen through one of the shells.
type testHost struct {
	t       testing.TB
	session *shell.Session
	// secrets are the values of environment variables, by name.
	secrets map[doc.VariableName]string
}

// site is what the kinds are told.
func (h *testHost) site() Site {
	return Site{Secret: func(ref doc.SecretRef) secret.Value { return secret.NewString(h.secrets[ref.Secret.Env]) }}
}

// onEachShell runs test with a session of every shell.
func onEachShell(t *testing.T, test func(t *testing.T, h *testHost)) {
	t.Helper()
	for _, name := range wantedShells() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newTestHost(t, name))
		})
	}
}

func newTestHost(t testing.TB, name string, wrap ...string) *testHost {
	t.Helper()
	return newTestHostIn(t, name, toolsOf(t, name), wrap...)
}

// newTestHostIn starts a session whose commands come from path.
func newTestHostIn(t testing.TB, name, path string, wrap ...string) *testHost {
	t.Helper()
	sh := filepath.Join(shellFolder(t, name), "sh")
	line, err := shell.ExecLine(shell.Become{})
	if err != nil {
		t.Fatal(err)
	}
	line = strings.Replace(line, "/bin/sh", sh, 1)
	line = strings.Replace(line, shell.Path, path, 1)
	args := append(ownState(t), append(slices.Clone(wrap), sh, "-c", line)...)
	cmd := exec.Command(args[0], args[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stdin, err1 := cmd.StdinPipe()
	stdout, err2 := cmd.StdoutPipe()
	stderr, err3 := cmd.StderrPipe()
	if err := errors.Join(err1, err2, err3, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	end := func() error {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		return errors.Join(stdin.Close(), stdout.Close(), stderr.Close())
	}
	t.Cleanup(func() {
		_ = end()
		_ = cmd.Wait()
	})
	session, err := shell.NewSession(t.Context(), shell.Stream{Stdin: stdin, Stdout: stdout, Stderr: stderr, Close: end})
	if err != nil {
		t.Fatal(err)
	}
	return &testHost{t: t, session: session}
}

// ownState begins a command line under which the state folder of this machine is
// another one: what steps keep on a host is not kept here. Who is not root has his
// home for it.
func ownState(t testing.TB) []string {
	t.Helper()
	if os.Geteuid() != 0 {
		return []string{"env", "HOME=" + publicFolder(t)}
	}
	return []string{"unshare", "--mount", "sh", "-c", `mount --bind "$0" /var/lib && exec "$@"`, publicFolder(t)}
}

// shellFolder is a folder with the shell under the name sh, and for BusyBox all
// its applets.
func shellFolder(t testing.TB, name string) string {
	t.Helper()
	program, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("this test needs %s: apt-get install %s (or leave it out of HOSTKIT_TEST_SHELLS)", name, name)
	}
	folder, applets := publicFolder(t), []string{"sh"}
	if name == "busybox" {
		out, err := exec.Command(program, "--list").Output()
		if err != nil {
			t.Fatal(err)
		}
		applets = append(strings.Fields(string(out)), "sh")
	}
	for _, applet := range applets {
		if err := os.Symlink(program, filepath.Join(folder, applet)); err != nil && !os.IsExist(err) {
			t.Fatal(err)
		}
	}
	return folder
}

// publicFolder is a folder that everybody may go through; a test's own is not.
func publicFolder(t testing.TB) string {
	t.Helper()
	folder, err := os.MkdirTemp("/tmp", "hostkit")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	if err := os.Chmod(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	return folder
}

// toolsOf is the PATH of a kind of host: for BusyBox nothing but its applets.
func toolsOf(t testing.TB, name string) string {
	if name == "busybox" {
		return shellFolder(t, name)
	}
	return shell.Path
}

// run runs steps and returns their results.
func (h *testHost) run(steps ...shell.Step) []shell.Result {
	h.t.Helper()
	ctx, cancel := context.WithTimeoutCause(context.Background(), time.Minute, errors.New("the test hung"))
	defer cancel()
	var results []shell.Result
	err := h.session.Run(ctx, steps, func(_ int, r shell.Result) error {
		results = append(results, r)
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return results
}

// survey observes resources as hk-facts does.
func (h *testHost) survey(rs ...doc.Resource) doc.Facts {
	h.t.Helper()
	facts := doc.Facts{Observed: map[doc.Address]doc.Observation{}}
	for _, k := range pathKinds {
		own := slices.DeleteFunc(slices.Clone(rs), func(r doc.Resource) bool { return r.Kind != k.Name() })
		if len(own) == 0 {
			continue
		}
		probes, err := k.Survey(own, h.site())
		if err != nil {
			h.t.Fatal(err)
		}
		for _, p := range probes {
			r := h.run(shell.Step{Name: p.Name, Script: p.Script, Limit: p.Limit})[0]
			if err := p.Read(r, &facts); err != nil {
				h.t.Fatal(err)
			}
		}
	}
	return facts
}

// recheck observes what changes are about as hk-apply does.
func (h *testHost) recheck(cs ...doc.Change) map[doc.Address]doc.Attributes {
	h.t.Helper()
	all := map[doc.Address]doc.Attributes{}
	for _, k := range pathKinds {
		own := slices.DeleteFunc(slices.Clone(cs), func(c doc.Change) bool { return c.Kind != k.Name() })
		probes, err := k.Recheck(own, h.site())
		if err != nil {
			h.t.Fatal(err)
		}
		for _, p := range probes {
			found, err := p.Read(h.run(shell.Step{Name: p.Name, Script: p.Script, Limit: p.Limit})[0])
			if err != nil {
				h.t.Fatal(err)
			}
			maps.Copy(all, found)
		}
	}
	return all
}

// make makes one change; the error is what a person is told.
func (h *testHost) make(c doc.Change) error {
	h.t.Helper()
	_, err := h.outcome(c)
	return err
}

// outcome makes one change, and tells what it tells the report.
func (h *testHost) outcome(c doc.Change) (told Outcome, err error) {
	h.t.Helper()
	works, err := pathKindOf(c.Kind).Steps([]doc.Change{c}, h.site())
	if err != nil {
		return told, err
	}
	for _, w := range works {
		step := shell.Step{Name: w.Name, Script: w.Script}
		if w.Content != nil {
			step.Content, step.Size = bytes.NewReader(w.Content.Bytes), contentSize(*w.Content)
		} else if value := w.Secret; !value.IsZero() {
			step.Content, step.Size = bytes.NewReader(value.Reveal()), int64(value.Len())
		}
		if told, err = w.Read(h.run(step)[0]); err != nil {
			return told, err
		}
	}
	return told, nil
}

var pathKinds = []Kind{directories{}, files{}, symlinks{}, mises{}}

func pathKindOf(name string) Kind {
	for _, k := range pathKinds {
		if k.Name() == name {
			return k
		}
	}
	panic(name)
}
