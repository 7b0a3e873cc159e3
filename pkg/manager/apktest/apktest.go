// Package apktest has a host with a fake apk, for tests of the scripts that drive
// the real one: apk-tools is not to be had on the machines where the tests run.
//
// The fake knows nothing of packages. It prints what it was told to answer to a
// call, leaves the files that the real one would leave, and takes no call that was
// not foreseen. What is recorded of the real one stands in ../testdata/apk.
package apktest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"hostkit/pkg/shell"
)

// Shells are those that the scripts must run on: BusyBox's is Alpine's.
var Shells = []string{"dash", "bash", "busybox"}

// Call is one call of apk: what it is called with, exactly, and what comes of it.
type Call struct {
	Args           string
	Stdout, Stderr string
	Status         int
	// Leaves has the texts of files that the call writes, by their path.
	Leaves map[string]string
}

// Host is a folder that stands for the root of a host: in scripts, the folders of
// apk are looked for there.
type Host struct {
	tb    testing.TB
	root  string
	calls int
}

// apkPaths are the folders of apk that scripts name. /usr/lib/apk comes first, as
// the other one is in its name.
var apkPaths = []string{"/usr/lib/apk", "/lib/apk", "/etc/apk", "/var/cache/apk"}

const fake = `#!/bin/sh
root=$0
root=${root%/bin/apk}
read -r n <"$root/calls/next"
call=$root/calls/$n
if [ ! -d "$call" ]; then
	echo "apktest: apk $* was not foreseen" >&2
	exit 97
fi
want=$(cat "$call/args")
if [ "$want" != "$*" ]; then
	echo "apktest: apk $* came where apk $want was foreseen" >&2
	exit 97
fi
echo $((n + 1)) >"$root/calls/next"
cat "$call/stdout"
cat "$call/stderr" >&2
cp -R "$call/leaves/." "$root/"
exit "$(cat "$call/status")"
`

// New makes a host of the architecture x86_64, without packages.
func New(tb testing.TB) *Host {
	tb.Helper()
	root, err := os.MkdirTemp("", "apktest")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = os.RemoveAll(root) })
	h := &Host{tb: tb, root: root}
	h.Write("/etc/apk/arch", "x86_64\n")
	h.Write("/etc/apk/world", "")
	h.Write("/etc/apk/repositories", "https://dl-cdn.example.org/alpine/v3.22/main\n")
	h.Write("/lib/apk/db/installed", "")
	h.Write("/lib/apk/db/lock", "")
	h.Write("/calls/next", "1\n")
	h.Write("/bin/apk", fake)
	if err := os.Chmod(filepath.Join(root, "bin/apk"), 0o755); err != nil {
		tb.Fatal(err)
	}
	return h
}

// Path is where a file of the host is on this machine.
func (h *Host) Path(path string) string { return filepath.Join(h.root, path) }

// Write writes a file of the host.
func (h *Host) Write(path, text string) {
	h.tb.Helper()
	name := h.Path(path)
	err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(text), 0o644))
	if err != nil {
		h.tb.Fatal(err)
	}
}

// Remove removes a file or folder of the host.
func (h *Host) Remove(path string) {
	h.tb.Helper()
	if err := os.RemoveAll(h.Path(path)); err != nil {
		h.tb.Fatal(err)
	}
}

// Expect says what apk is called with next, and what it answers.
func (h *Host) Expect(calls ...Call) {
	h.tb.Helper()
	for _, c := range calls {
		h.calls++
		folder := fmt.Sprintf("/calls/%d", h.calls)
		h.Write(folder+"/args", c.Args)
		h.Write(folder+"/stdout", c.Stdout)
		h.Write(folder+"/stderr", c.Stderr)
		h.Write(folder+"/status", fmt.Sprint(c.Status))
		if err := os.MkdirAll(h.Path(folder+"/leaves"), 0o755); err != nil {
			h.tb.Fatal(err)
		}
		for path, text := range c.Leaves {
			h.Write(folder+"/leaves"+path, text)
		}
	}
}

// Done fails the test when a call that was foreseen did not come.
func (h *Host) Done() {
	h.tb.Helper()
	next, err := os.ReadFile(h.Path("/calls/next"))
	if err != nil {
		h.tb.Fatal(err)
	}
	if want := fmt.Sprintf("%d\n", h.calls+1); string(next) != want {
		h.tb.Errorf("apk was called up to %q, want %q", next, want)
	}
}

// Run runs a script on the host, by one of Shells, as a batch session does: in the
// C locale, with umask 077 and nothing on stdin. With BusyBox the commands too are
// BusyBox's.
func (h *Host) Run(by string, s shell.Script) shell.Result {
	h.tb.Helper()
	return h.RunText(by, s.String())
}

// RunText runs the text of a script.
func (h *Host) RunText(by, text string) shell.Result {
	h.tb.Helper()
	for i, path := range apkPaths {
		text = strings.ReplaceAll(text, path, fmt.Sprintf("\x00%d", i))
	}
	for i, path := range apkPaths {
		text = strings.ReplaceAll(text, fmt.Sprintf("\x00%d", i), h.root+path)
	}
	program, path := h.commands(by)
	cmd := exec.Command(program, "-c", "umask 077; cd /\n"+text)
	cmd.Env = []string{"PATH=" + h.Path("/bin") + ":" + path, "LC_ALL=C", "HOME=/root"}
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		h.tb.Fatal(err)
	}
	if strings.Contains(out.String()+errs.String(), "apktest: ") {
		h.tb.Errorf("on %s: %s%s", by, out.String(), errs.String())
	}
	return shell.Result{Status: cmd.ProcessState.ExitCode(), Stdout: out.Bytes(), Stderr: errs.Bytes()}
}

// commands gives the shell and the PATH of its commands.
func (h *Host) commands(by string) (program, path string) {
	h.tb.Helper()
	program, err := exec.LookPath(by)
	if err != nil {
		h.tb.Fatalf("this test needs %s: apt-get install %s", by, by)
	}
	if by != "busybox" {
		return program, shell.Path
	}
	folder := h.Path("/applets")
	if _, err := os.Stat(folder); err == nil {
		return filepath.Join(folder, "sh"), folder
	}
	list, err := exec.Command(program, "--list").Output()
	if err := errors.Join(err, os.MkdirAll(folder, 0o755)); err != nil {
		h.tb.Fatal(err)
	}
	for _, applet := range strings.Fields(string(list)) {
		if err := os.Symlink(program, filepath.Join(folder, applet)); err != nil {
			h.tb.Fatal(err)
		}
	}
	return filepath.Join(folder, "sh"), folder
}
