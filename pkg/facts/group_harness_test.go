package facts

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hostkit/pkg/doc"
	"hostkit/pkg/shell"
)

// kinds are the kinds of hosts, each a shell and where its commands come from.
// HOSTKIT_TEST_SHELLS, a list with commas, leaves out what a machine can't have.
func kinds() []string {
	all := []string{"dash", "bash", "busybox", "busybox with gnu"}
	only, set := os.LookupEnv("HOSTKIT_TEST_SHELLS")
	return slices.DeleteFunc(all, func(kind string) bool {
		name, _, _ := strings.Cut(kind, " ")
		return set && !slices.Contains(strings.Split(only, ","), name)
	})
}

// onEachKind runs a test with this machine, seen as each kind of host.
func onEachKind(t *testing.T, test func(t *testing.T, sh, path string)) {
	t.Helper()
	for _, kind := range kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			name, _, gnu := strings.Cut(kind, " ")
			folder := shellFolder(t, name)
			path := shell.Path
			if name == "busybox" && !gnu {
				path = folder
			}
			test(t, filepath.Join(folder, "sh"), path)
		})
	}
}

// shellFolder is a folder with the shell under the name sh, and for BusyBox all its
// applets.
func shellFolder(t *testing.T, name string) string {
	t.Helper()
	program, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("this test needs %s: apt-get install %s (or leave it out of HOSTKIT_TEST_SHELLS)", name, name)
	}
	folder, applets := t.TempDir(), []string{"sh"}
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

// stateFunctions are those of the receiver that groups call.
func stateFunctions(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../shell/state.sh")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// answer runs a group's script as the receiver does.
func answer(t *testing.T, g Group, sh, path string) shell.Result {
	t.Helper()
	return answerAfter(t, stateFunctions(t), g, sh, path)
}

// answerAfter runs a group's script behind functions that it calls.
func answerAfter(t *testing.T, functions string, g Group, sh, path string) shell.Result {
	t.Helper()
	ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, errors.New("the script hangs"))
	defer cancel()
	cmd := exec.CommandContext(ctx, sh, "-c", functions+"\n("+g.Script().String()+"\n)")
	cmd.Env, cmd.Dir = []string{"PATH=" + path, "LC_ALL=C"}, "/"
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if stderr.Len() > 0 {
		t.Errorf("%s says on stderr: %s", g.Name(), stderr.Bytes())
	}
	return shell.Result{Status: cmd.ProcessState.ExitCode(), Stdout: stdout.Bytes(), Stderr: stderr.Bytes()}
}

// gather reads a group of this machine, in which nothing may be left out.
func gather(t *testing.T, g Group, sh, path string) doc.Facts {
	t.Helper()
	var facts doc.Facts
	if err := groupProbe(g).Read(answer(t, g, sh, path), &facts); err != nil {
		t.Fatal(err)
	}
	for member, gathered := range gatheredOf(facts) {
		if gathered != (doc.Gathered{}) {
			t.Errorf("%s: %+v, error %v", member, gathered, gathered.Error)
		}
	}
	return facts
}

// gatheredOf gives what the groups that are there say of themselves.
func gatheredOf(f doc.Facts) map[string]doc.Gathered {
	all := map[string]doc.Gathered{}
	if f.CPU != nil {
		all["cpu"] = f.CPU.Gathered
	}
	if f.Memory != nil {
		all["memory"] = f.Memory.Gathered
	}
	if f.Disks != nil {
		all["disks"] = f.Disks.Gathered
	}
	if f.Users != nil {
		all["users"] = f.Users.Gathered
	}
	if f.Systemd != nil {
		all["systemd"] = f.Systemd.Gathered
	}
	if f.Ports != nil {
		all["ports"] = f.Ports.Gathered
	}
	if f.Runs != nil {
		all["runs"] = f.Runs.Gathered
	}
	return all
}

// answerLoud is answer for scripts of which a command complains.
func answerLoud(t *testing.T, g Group, sh, path string) shell.Result {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), sh, "-c", "("+g.Script().String()+"\n)")
	cmd.Env, cmd.Dir = []string{"PATH=" + path, "LC_ALL=C"}, "/"
	out, _ := cmd.Output()
	return shell.Result{Status: cmd.ProcessState.ExitCode(), Stdout: out}
}
