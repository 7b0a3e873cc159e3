package lab

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
)

//go:embed setup.sh
var setupScript string

// Available says why no host can be made on this machine; nil means that one
// can. It installs missing tools (setup.sh). The answer is found once.
func Available() error { return available() }

var available = sync.OnceValue(func() error {
	if runtime.GOOS != "linux" {
		return fmt.Errorf("lab: needs Linux, this is %s", runtime.GOOS)
	}
	if os.Geteuid() != 0 {
		return errors.New("lab: needs root, to make namespaces and mounts")
	}
	if _, err := os.Stat("/etc/debian_version"); err != nil {
		return errors.New("lab: needs Debian, to build a Debian host from its mirror")
	}
	if err := installTools(); err != nil {
		return err
	}
	return tryMount()
})

func installTools() error {
	missing := false
	for _, tool := range []string{"debootstrap", "ssh", "nsenter", "mount", "pivot_root", "dpkg-query", "strace"} {
		if _, err := exec.LookPath(tool); err != nil {
			missing = true
		}
	}
	if !missing {
		return nil
	}
	cmd := exec.Command("/bin/bash", "-c", setupScript, "setup.sh")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("lab: install tools: %w: %s", err, lastBytes(out, 2000))
	}
	return nil
}

// tryMount makes the namespaces and an overlay in them: a container may deny
// either, and its own root may be an overlay, which can't hold an upper layer.
func tryMount() error {
	dir, err := newHostDir(context.Background(), "")
	if err != nil {
		return fmt.Errorf("lab: %w", err)
	}
	defer os.RemoveAll(dir)
	var out strings.Builder
	cmd := exec.Command("/bin/sh", "-c", `
		set -e; cd "$1"; mkdir l u w m; mount --make-rprivate /
		mount -t overlay -o lowerdir=l,upperdir=u,workdir=w overlay m
		mount -t tmpfs tmpfs l; mknod l/null c 1 3; : >l/null`, "sh", dir)
	cmd.Stderr = &out
	p, err := startContained(cmd, syscall.CLONE_NEWUTS|syscall.CLONE_NEWIPC)
	if err == nil {
		<-p.done
		err = p.err
	}
	if err != nil {
		return fmt.Errorf("lab: can't make namespaces and mounts: %w: %s", err, strings.TrimSpace(out.String()))
	}
	return nil
}
