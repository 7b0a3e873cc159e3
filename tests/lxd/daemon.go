package lxd

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"hostkit/tests/lab"
)

//go:embed start.sh
var startScript string

//go:embed uplink.sh
var uplinkScript string

// Image is the name of the image that [Daemon.Uplink] imports: a Debian with systemd
// and Python, and without an SSH server.
const Image = "lab/debian"

// Daemon is a running LXD, without storage and network as it is when just installed.
type Daemon struct {
	host *lab.Host
	// bin is the folder on this machine that has the client's script.
	bin string
}

// Start makes a lab host and starts LXD in it. The caller must Stop it; dir is for
// files that are needed while it runs.
func Start(ctx context.Context, dir string) (*Daemon, error) {
	h, err := lab.Start(ctx, lab.Options{Hostname: "incus", LXD: true})
	if err != nil {
		return nil, err
	}
	d := &Daemon{host: h, bin: filepath.Join(dir, "bin")}
	if err := d.start(ctx); err != nil {
		return nil, errors.Join(err, h.Stop())
	}
	return d, nil
}

func (d *Daemon) start(ctx context.Context) error {
	if err := d.host.WriteFile("/root/start.sh", []byte(startScript), 0o755); err != nil {
		return err
	}
	if err := d.host.WriteFile("/root/uplink.sh", []byte(uplinkScript), 0o755); err != nil {
		return err
	}
	if _, err := d.host.Exec(ctx, "/root/start.sh"); err != nil {
		return fmt.Errorf("start LXD: %w", err)
	}
	return d.writeClients()
}

// writeClients writes the scripts lxc and lxd, which call those in the host.
func (d *Daemon) writeClients() error {
	if err := os.MkdirAll(d.bin, 0o755); err != nil {
		return err
	}
	for _, name := range []string{"lxc", "lxd"} {
		script := fmt.Sprintf("#!/bin/sh\nexec env HOME=/root nsenter --target %d --mount --uts --ipc --pid --wd=/ -- /usr/bin/%s \"$@\"\n",
			d.host.PID(), name)
		if err := os.WriteFile(filepath.Join(d.bin, name), []byte(script), 0o755); err != nil {
			return err
		}
	}
	return nil
}

// Uplink lets instances reach what this machine can, and imports [Image]. LXD must
// have storage and a network by now (`lxd init`).
func (d *Daemon) Uplink(ctx context.Context) error {
	if _, err := d.host.Exec(ctx, "/root/uplink.sh"); err != nil {
		return fmt.Errorf("uplink of LXD: %w", err)
	}
	return nil
}

// Command is a command of this machine in LXD's network. Its environment is this
// process's, with the client in PATH.
func (d *Daemon) Command(ctx context.Context, argv ...string) *exec.Cmd {
	args := append([]string{"--net=" + filepath.Join(d.host.Root(), "run/netns/lxd"), "--"}, argv...)
	cmd := exec.CommandContext(ctx, "nsenter", args...)
	cmd.Env = append(os.Environ(), "PATH="+d.bin+":"+os.Getenv("PATH"))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// Stop ends LXD and all its instances, and removes their files.
func (d *Daemon) Stop() error { return d.host.Stop() }

// Run is a daemon that lives as long as the test. Where no lab host can be made the
// test is skipped, or fails, as by [lab.Require].
func Run(t testing.TB) *Daemon {
	t.Helper()
	lab.Require(t)
	d, err := Start(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Stop(); err != nil {
			t.Error(err)
		}
	})
	return d
}
