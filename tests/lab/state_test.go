package lab

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// leftover makes a host folder that says it is of a process that has ended, and
// whose PID 1 is init.
func leftover(t *testing.T, hosts string, init process) string {
	t.Helper()
	o, err := currentOwner("base-none")
	if err != nil {
		t.Fatal(err)
	}
	o.Process.Start++ // our number, another process
	o.Init = init
	dir := filepath.Join(hosts, "host-1")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := o.write(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

func sleeper(t *testing.T) (*exec.Cmd, process) {
	t.Helper()
	cmd := exec.Command("sleep", "1000")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p, err := processOf(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	return cmd, p
}

func TestSweepEndsALeftoverProcess(t *testing.T) {
	hosts := t.TempDir()
	cmd, init := sleeper(t)
	dir := leftover(t, hosts, init)
	// Killed, it stays a zombie until the Wait below: dead enough for the sweep.
	if err := sweep(hosts); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // says that it was killed
	if status := cmd.ProcessState.Sys().(syscall.WaitStatus); status.Signal() != syscall.SIGKILL {
		t.Errorf("ended by %v", status)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("folder left: %v", err)
	}
}

// A number that was given to another process since is not ours to kill.
func TestSweepSparesAnotherProcessOfTheSameNumber(t *testing.T) {
	hosts := t.TempDir()
	cmd, init := sleeper(t)
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	other := init
	other.Start--
	leftover(t, hosts, other)
	if err := sweep(hosts); err != nil {
		t.Fatal(err)
	}
	if !init.alive() {
		t.Error("killed a process that is not the leftover's")
	}
}

func TestSweepRemovesAFolderWithoutOwner(t *testing.T) {
	hosts := t.TempDir()
	if err := os.Mkdir(filepath.Join(hosts, "host-2"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := sweep(hosts); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(hosts); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

func TestParseExecReadsBackBytes(t *testing.T) {
	p, ok, err := parseExec(`7  execve("\x2f", ["\x61\x22\x5d", "\x2c"], ["\x78\x3d"]) = -1 ENOENT (No such file or directory)` + "\n")
	if err != nil || !ok || p.PID != 7 || len(p.Cmdline) != 2 || p.Cmdline[0] != `a"]` || p.Environ[0] != "x=" {
		t.Errorf("%+v %v %v", p, ok, err)
	}
	if _, _, err := parseExec(`7 execve("\x2f", ["\x61"...], []) = 0`); err == nil {
		t.Error("a string that was cut short passes")
	}
	if _, ok, err := parseExec("7 <... execve resumed>) = 0\n"); ok || err != nil {
		t.Errorf("resumed: %v %v", ok, err)
	}
}
