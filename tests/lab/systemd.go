package lab

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// The cgroup of a host with systemd is all that it has outside its namespaces: a
// folder in this machine's cgroup2, empty when the last process is gone, and removed
// when the host's files are.

// cgroups is where this machine has its cgroup2.
var cgroups = sync.OnceValues(func() (string, error) {
	text, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(text)) {
		head, tail, _ := strings.Cut(line, " - ")
		fields := strings.Fields(head)
		if len(fields) > 4 && fields[3] == "/" && strings.HasPrefix(tail, "cgroup2 ") {
			return fields[4], nil
		}
	}
	return "", errors.New("a host with systemd needs this machine's cgroup2, which is not mounted")
})

// cgroupOf is the cgroup of the host whose files are in dir.
func cgroupOf(dir string) (string, error) {
	top, err := cgroups()
	return filepath.Join(top, "hostkit-lab-"+filepath.Base(dir)), err
}

// cgroup is the host's, empty where it has none.
func (h *Host) cgroup() string {
	if !h.options.Systemd {
		return ""
	}
	name, _ := cgroupOf(h.Dir)
	return name
}

// makeCgroup makes it anew: what a boot before has left in it is removed.
func makeCgroup(dir string) error {
	name, err := cgroupOf(dir)
	if err != nil {
		return err
	}
	if err := removeCgroup(dir); err != nil {
		return err
	}
	return os.Mkdir(name, 0o755)
}

// removeCgroup removes it with those that systemd has made in it, if there is one.
func removeCgroup(dir string) error {
	name, err := cgroupOf(dir)
	if err != nil {
		return nil // without a cgroup2 there is none
	}
	var folders []string
	err = filepath.WalkDir(name, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			folders = append(folders, path)
		}
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, folder := range slices.Backward(folders) {
		// A process that was waited for leaves its cgroup a moment later.
		for tries := 0; ; tries++ {
			err := syscall.Rmdir(folder)
			if err == nil || errors.Is(err, fs.ErrNotExist) {
				break
			}
			if tries == 200 {
				return fmt.Errorf("remove cgroup %s: %w", folder, err)
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	return nil
}

// awaitBoot returns when systemd has come to the end of its boot: until then none but
// root may log in.
func (h *Host) awaitBoot(ctx context.Context) error {
	out, err := h.Exec(ctx, "systemctl", "is-system-running", "--wait")
	if err == nil {
		return nil
	}
	failed, _ := h.Exec(ctx, "systemctl", "list-units", "--failed", "--no-legend", "--plain")
	return fmt.Errorf("systemd: %w: %s: %s", err, strings.TrimSpace(string(out)), strings.TrimSpace(string(failed)))
}
