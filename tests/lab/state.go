package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// CacheDir is where bases and the files of running hosts lie:
// $HOSTKIT_LAB_CACHE, else /var/cache/hostkit-lab, else (without root) below the
// user's cache folder.
func CacheDir() string {
	if dir := os.Getenv("HOSTKIT_LAB_CACHE"); dir != "" {
		return dir
	}
	if dir, err := os.UserCacheDir(); os.Geteuid() != 0 && err == nil {
		return filepath.Join(dir, "hostkit-lab")
	}
	return "/var/cache/hostkit-lab"
}

// owner is the file owner.json in a host's folder: written by the process that
// made the folder, read by the next one that sweeps.
type owner struct {
	Process      process `json:"process"`
	Init         process `json:"init"` // zero until the host has been cloned
	PIDNamespace string  `json:"pid_namespace"`
	BootID       string  `json:"boot_id"`
	Base         string  `json:"base"` // name of the base it stands on
}

// dead says whether a folder's owner is known to be gone. Numbers from another
// PID namespace tell nothing here.
func (o owner) dead() bool {
	here, err := currentOwner("")
	if err != nil {
		return false
	}
	if o.BootID != here.BootID {
		return true
	}
	return o.PIDNamespace == here.PIDNamespace && !o.Process.alive()
}

func currentOwner(base string) (owner, error) {
	self, err := processOf(os.Getpid())
	if err != nil {
		return owner{}, fmt.Errorf("find own start time: %w", err)
	}
	ns, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		return owner{}, fmt.Errorf("find own PID namespace: %w", err)
	}
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return owner{}, fmt.Errorf("find boot id: %w", err)
	}
	return owner{Process: self, PIDNamespace: ns, BootID: string(boot), Base: base}, nil
}

func (o owner) write(dir string) error {
	text, err := json.Marshal(o)
	if err != nil {
		return err
	}
	// Renamed into place: a sweep must never read half of it.
	next := filepath.Join(dir, "owner.next")
	if err := os.WriteFile(next, text, 0o600); err != nil {
		return err
	}
	return os.Rename(next, filepath.Join(dir, "owner.json"))
}

func readOwner(dir string) (owner, error) {
	var o owner
	text, err := os.ReadFile(filepath.Join(dir, "owner.json"))
	if err != nil {
		return o, err
	}
	return o, json.Unmarshal(text, &o)
}

// lockFile waits for an exclusive lock on path. The lock ends with the returned
// file, or with this process.
func lockFile(ctx context.Context, path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return f, nil
		}
		if !errors.Is(err, unix.EWOULDBLOCK) && !errors.Is(err, unix.EINTR) {
			return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), f.Close())
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(fmt.Errorf("lock %s: %w", path, ctx.Err()), f.Close())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// newHostDir makes a folder for a host, after removing those of dead owners.
func newHostDir(ctx context.Context, base string) (string, error) {
	hosts := filepath.Join(CacheDir(), "hosts")
	if err := os.MkdirAll(CacheDir(), 0o755); err != nil {
		return "", err
	}
	if err := os.MkdirAll(hosts, 0o700); err != nil {
		return "", err
	}
	// Held until owner.json is there, so that no sweep sees a folder without one
	// and takes it for the rest of a crash.
	lock, err := lockFile(ctx, filepath.Join(CacheDir(), "hosts.lock"))
	if err != nil {
		return "", err
	}
	defer lock.Close()
	if err := sweep(hosts); err != nil {
		return "", fmt.Errorf("sweep %s: %w", hosts, err)
	}
	dir, err := os.MkdirTemp(hosts, "host-")
	if err != nil {
		return "", err
	}
	o, err := currentOwner(base)
	if err == nil {
		err = o.write(dir)
	}
	if err != nil {
		return "", errors.Join(err, os.RemoveAll(dir))
	}
	return dir, nil
}

// sweep removes what hosts of dead processes left. The caller holds the lock.
func sweep(hosts string) error {
	entries, err := os.ReadDir(hosts)
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range entries {
		dir := filepath.Join(hosts, e.Name())
		o, err := readOwner(dir)
		if err == nil && !o.dead() {
			continue
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
			continue
		}
		errs = append(errs, endLeftover(o), removeCgroup(dir), removeHostDir(dir))
	}
	return errors.Join(errs...)
}

// endLeftover kills the PID 1 of a host whose owner died. The parent-death
// signal has done so already unless that was sent in the instant of cloning.
func endLeftover(o owner) error {
	if o.Init.PID == 0 || !o.Init.alive() {
		return nil
	}
	here, err := currentOwner("")
	if err != nil || here.BootID != o.BootID || here.PIDNamespace != o.PIDNamespace {
		return err
	}
	if err := syscall.Kill(o.Init.PID, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("kill leftover %d: %w", o.Init.PID, err)
	}
	for range 500 {
		if !o.Init.alive() {
			return nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return fmt.Errorf("leftover %d does not end", o.Init.PID)
}

// removeHostDir removes a host's folder. A mount below it that is visible here
// means that a host runs outside a namespace of its own: removing would then
// reach through it, so that is refused.
func removeHostDir(dir string) error {
	mounts, err := mountPoints("self")
	if err != nil {
		return err
	}
	if mounts = atOrBelow(mounts, dir); len(mounts) > 0 {
		return fmt.Errorf("%s has mounts below it (%s): not removed", dir, mounts[0])
	}
	return os.RemoveAll(dir)
}
