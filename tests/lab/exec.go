package lab

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const hostPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// Command is a command as root inside the host, entered through its namespaces
// and not through ssh. Its environment is fixed; its folder is "/".
func (h *Host) Command(ctx context.Context, argv ...string) *exec.Cmd {
	args := append([]string{"--target", strconv.Itoa(h.PID()), "--mount", "--pid", "--uts", "--ipc", "--"}, argv...)
	cmd := exec.CommandContext(ctx, "nsenter", args...)
	cmd.Env = []string{"PATH=" + hostPath, "HOME=/root", "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive"}
	// nsenter forks to enter the PID namespace: killing it alone would leave its
	// child running, with our pipes open.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// Exec runs a command inside the host and returns its stdout. An exit status
// other than 0 is an error that wraps [exec.ExitError] and quotes stderr.
func (h *Host) Exec(ctx context.Context, argv ...string) ([]byte, error) {
	var stdout, stderr bytes.Buffer
	cmd := h.Command(ctx, argv...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return stdout.Bytes(), fmt.Errorf("%s in host: %w: %s", argv[0], err, bytes.TrimSpace(lastBytes(stderr.Bytes(), 2000)))
	}
	return stdout.Bytes(), nil
}

// OpenRoot opens the host's file system such that no symbolic link leads out of
// it; absolute ones are refused. Names given to it are relative ("etc/motd").
func (h *Host) OpenRoot() (*os.Root, error) { return os.OpenRoot(h.Root()) }

// ReadFile reads a file of the host by its absolute path.
func (h *Host) ReadFile(name string) ([]byte, error) {
	root, err := h.OpenRoot()
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return root.ReadFile(strings.TrimPrefix(name, "/"))
}

// WriteFile writes a file of the host by its absolute path, parents made as
// needed, owned by root, with exactly that mode.
func (h *Host) WriteFile(name string, data []byte, mode fs.FileMode) error {
	root, err := h.OpenRoot()
	if err != nil {
		return err
	}
	defer root.Close()
	return writeFile(root, File{Path: name, Content: string(data), Mode: mode})
}
