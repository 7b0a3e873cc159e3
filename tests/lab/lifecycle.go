package lab

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
)

// Stop kills everything in the host, which undoes its mounts, then removes its
// files and frees its address. A second Stop does nothing.
func (h *Host) Stop() error {
	var errs []error
	if p := h.current(); p != nil {
		errs = append(errs, p.kill())
	}
	if h.Dir != "" {
		errs = append(errs, removeCgroup(h.Dir))
		errs = append(errs, removeHostDir(h.Dir))
	}
	if h.reserved != nil {
		errs = append(errs, h.reserved.Close())
		h.reserved = nil
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("stop lab host: %w", err)
	}
	return nil
}

// Kill ends every process of the host at once, as a power cut does: connections
// to it die, its address refuses new ones. What it wrote stays for Restart.
func (h *Host) Kill() error { return h.current().kill() }

// Restart is a power cut and a new boot with the same disk, address and keys: a
// new boot id, an empty /run, no processes.
func (h *Host) Restart(ctx context.Context) error {
	if h.options.DiskSize != 0 {
		return errors.New("lab host: a host with a limited disk can't be restarted: its disk is a tmpfs")
	}
	if err := h.Kill(); err != nil {
		return err
	}
	if err := h.boot(ctx, h.mountReadOnly); err != nil {
		return fmt.Errorf("restart lab host: %w", err)
	}
	return nil
}

// RewriteHostKeys restarts the host with new host keys, as one that was made
// anew at the same address. The file KnownHosts keeps the old ones.
func (h *Host) RewriteHostKeys(ctx context.Context) error {
	if err := h.newHostKeys(); err != nil {
		return err
	}
	return h.Restart(ctx)
}

// Recreate is RewriteHostKeys with an empty disk and a fresh machine-id as well:
// another machine at the same address.
func (h *Host) Recreate(ctx context.Context) error {
	if err := h.Kill(); err != nil {
		return err
	}
	if err := os.RemoveAll(h.Dir + "/disk"); err != nil {
		return err
	}
	if err := os.Mkdir(h.Dir+"/disk", 0o755); err != nil {
		return err
	}
	if err := h.newHostKeys(); err != nil {
		return err
	}
	if err := h.boot(ctx, h.configure); err != nil {
		return fmt.Errorf("recreate lab host: %w", err)
	}
	return nil
}

func randomUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // documented never to fail
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
