// Package ownstate keeps tests that play the host themselves away from what this
// machine keeps in /var/lib.
package ownstate

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
)

// inside is set in the process that has a /var/lib of its own.
const inside = "HOSTKIT_TEST_OWN_STATE"

// Run calls tests from a package's TestMain and returns the exit status. What root's
// tests write below /var/lib is nobody else's, and gone afterwards: they are called in
// a process with a mount namespace whose /var/lib is an overlay over this machine's.
// Anybody else's state lies in his own home.
func Run(tests func() int) int {
	if os.Geteuid() != 0 {
		return tests()
	}
	if os.Getenv(inside) != "" {
		os.Unsetenv(inside)
		if err := overlay(); err != nil {
			return failed(err)
		}
		return tests()
	}
	// The kernel ends the tests with the thread that has started them.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	self, err := os.Executable()
	if err != nil {
		return failed(err)
	}
	cmd := exec.Command(self, os.Args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), inside+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
	err = cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return failed(err)
	}
	return cmd.ProcessState.ExitCode()
}

func failed(err error) int {
	fmt.Fprintln(os.Stderr, "a /var/lib of the tests' own:", err)
	return 1
}

// overlay mounts, in this process's own namespace, a /var/lib that can be written to.
func overlay() error {
	const lib = "/var/lib"
	// The folder is only a place to mount on: what is in it is in memory, and goes
	// with the namespace.
	folder, err := os.MkdirTemp("", "hostkit-state")
	if err != nil {
		return err
	}
	defer os.Remove(folder)
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, ""); err != nil {
		return err
	}
	upper, work := filepath.Join(folder, "upper"), filepath.Join(folder, "work")
	if err := errors.Join(os.Mkdir(upper, 0o755), os.Mkdir(work, 0o755)); err != nil {
		return err
	}
	if err := syscall.Mount("overlay", lib, "overlay", 0, "lowerdir="+lib+",upperdir="+upper+",workdir="+work); err != nil {
		return err
	}
	return syscall.Unmount(folder, syscall.MNT_DETACH)
}
