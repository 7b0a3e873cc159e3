// Command measure runs a command and writes its peak memory, in KiB, to
// descriptor 3.
//
// The kernel counts what a process was before its exec to its peak. A child of
// a large program would thus seem as large as its parent, and a child of this
// one seems at least as large as this one, which is smaller than any of ours.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

func main() {
	status, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "measure: error:", err)
	}
	os.Exit(status)
}

func run(args []string) (int, error) {
	if len(args) == 0 {
		return 2, errors.New("no command")
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := cmd.Run()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		return 2, err
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return 2, errors.New("this system tells no peak memory")
	}
	if _, err := fmt.Fprintln(os.NewFile(3, "peak"), usage.Maxrss); err != nil {
		return 2, err
	}
	return max(cmd.ProcessState.ExitCode(), 0), nil
}
