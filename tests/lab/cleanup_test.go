package lab_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hostkit/tests/lab"
)

// namespaceProcesses are the processes of this machine in a PID namespace.
func namespaceProcesses(t *testing.T, namespace string) []string {
	t.Helper()
	found, err := filepath.Glob("/proc/[0-9]*/ns/pid")
	if err != nil {
		t.Fatal(err)
	}
	var in []string
	for _, f := range found {
		if ns, err := os.Readlink(f); err == nil && ns == namespace {
			in = append(in, f)
		}
	}
	return in
}

func mountsWith(t *testing.T, s string) string {
	t.Helper()
	text, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	var hits []string
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, s) {
			hits = append(hits, line)
		}
	}
	return strings.Join(hits, "")
}

func TestStopLeavesNothing(t *testing.T) {
	lab.Require(t)
	h, err := lab.Start(t.Context(), lab.Options{NoIndex: true, DiskSize: 64 << 20})
	if err != nil {
		t.Fatal(err)
	}
	namespace, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/pid", h.PID()))
	if err != nil {
		t.Fatal(err)
	}
	// A daemon of its own session outlives its login.
	ssh(t, h, "root", "setsid sleep 1000 >/dev/null 2>&1 </dev/null & echo")
	if got := namespaceProcesses(t, namespace); len(got) < 2 {
		t.Errorf("before Stop: %v", got)
	}
	if got := mountsWith(t, h.Dir); got != "" {
		t.Errorf("mounts of a running host are seen outside it:\n%s", got)
	}
	if err := h.Stop(); err != nil {
		t.Fatal(err)
	}
	if got := namespaceProcesses(t, namespace); len(got) != 0 {
		t.Errorf("processes left: %v", got)
	}
	if _, err := os.Stat(h.Dir); !os.IsNotExist(err) {
		t.Errorf("folder left: %v", err)
	}
	if conn, err := net.Dial("tcp", h.Addr()); err == nil {
		t.Errorf("%s still answers", conn.RemoteAddr())
		_ = conn.Close()
	}
	if err := h.Stop(); err != nil {
		t.Errorf("second Stop: %v", err)
	}
}

func TestKilledOwnerTakesItsHostAlongAndIsSwept(t *testing.T) {
	lab.Require(t)
	for _, init := range []string{"sshd", "systemd"} {
		t.Run(init, func(t *testing.T) { killedOwner(t, init) })
	}
}

func killedOwner(t *testing.T, init string) {
	t.Helper()
	owner := exec.Command(os.Args[0])
	owner.Env = append(os.Environ(), "HOSTKIT_LAB_TEST_OWNER="+init)
	owner.Stderr = os.Stderr
	out, err := owner.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := owner.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	var host struct {
		Dir, Addr string
		PID       int
	}
	if err := json.Unmarshal(line, &host); err != nil {
		t.Fatal(err)
	}
	sweepKeepsOthers(t, host.Dir)
	if err := owner.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = owner.Wait() // says that it was killed
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		// A machine's PID 1 may take seconds to reap what it inherits.
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", host.PID))
		if os.IsNotExist(err) || strings.Contains(string(stat), ") Z ") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("host process %d outlives its owner", host.PID)
		}
	}
	if _, err := os.Stat(host.Dir); err != nil {
		t.Errorf("nothing was left to sweep: %v", err)
	}
	lab.Run(t, lab.Options{NoIndex: true})
	if _, err := os.Stat(host.Dir); !os.IsNotExist(err) {
		t.Errorf("not swept: %v", err)
	}
	if left := cgroupsOf(t, host.Dir); len(left) != 0 {
		t.Errorf("not swept: %q", left)
	}
}

// sweepKeepsOthers: a start does not touch the host of a living process.
func sweepKeepsOthers(t *testing.T, dir string) {
	t.Helper()
	lab.Run(t, lab.Options{NoIndex: true})
	if _, err := os.Stat(dir); err != nil {
		t.Errorf("a living process's host was swept: %v", err)
	}
}
