// Command hk-lxd runs a command beside a throwaway LXD: in its network, with its client
// as `lxc` in PATH, and with what scripts/incus_integration_vm.sh needs to use both.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"

	"hostkit/tests/lxd"
)

const usage = `usage: hk-lxd COMMAND [ARGUMENT]...

Starts LXD in a host of the lab, runs the command, and ends LXD with all that it
has. INCUS, HOSTKIT_INCUS_IMAGE and HOSTKIT_SSH_PUBLIC_KEY are set for the command,
HOME is a folder of its own, and its exit status is that of hk-lxd.
`

func main() {
	// Ctrl-C at a terminal reaches the command too, which ends as it does.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		fmt.Fprint(stderr, usage)
		return 2
	}
	err := beside(ctx, args, stdout, stderr)
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	if err != nil {
		fmt.Fprintf(stderr, "hk-lxd: error: %v\n", err)
		return 1
	}
	return 0
}

// beside runs the command while there is an LXD.
func beside(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	dir, err := os.MkdirTemp("", "hk-lxd-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	key := filepath.Join(dir, "id_ed25519")
	if out, err := exec.CommandContext(ctx, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key).CombinedOutput(); err != nil {
		return fmt.Errorf("ssh-keygen: %w: %s", err, out)
	}
	d, err := lxd.Start(ctx, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Stop()) }()
	if out, err := d.Command(ctx, "lxd", "init", "--minimal").CombinedOutput(); err != nil {
		return fmt.Errorf("lxd init: %w: %s", err, out)
	}
	if err := d.Uplink(ctx); err != nil {
		return err
	}
	cmd := d.Command(ctx, args...)
	cmd.Env = append(cmd.Env, "INCUS=lxc", "HOSTKIT_INCUS_IMAGE="+lxd.Image, "HOSTKIT_SSH_PUBLIC_KEY="+key+".pub", "HOME="+dir)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, stdout, stderr
	return cmd.Run()
}
