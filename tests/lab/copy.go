package lab

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
)

// Copy starts another host that is what h was when it was killed: the same disk,
// machine-id, users, host keys and login key, at another address. Many may be
// made, each in the time of a Start, since they share h's disk. h must have been
// killed, and neither be restarted nor stopped while there are copies. diskSize is
// that of Options.
//
// In one file a copy differs: sshd's own, which has the address.
func (h *Host) Copy(ctx context.Context, diskSize int64) (*Host, error) {
	if !h.current().ended() || h.below != "" || h.options.DiskSize != 0 {
		return nil, errors.New("copy of a lab host: it must have been killed, have a whole disk, and be no copy itself")
	}
	dir, err := newHostDir(ctx, filepath.Base(h.base.dir))
	if err != nil {
		return nil, fmt.Errorf("copy of a lab host: %w", err)
	}
	c := &Host{
		Name: h.Name, Port: h.Port, Dir: dir, Identity: h.Identity,
		options: h.options, base: h.base, login: h.login, keys: h.keys,
		below: filepath.Join(h.Dir, "disk", "upper"),
	}
	c.options.DiskSize = diskSize
	if err := c.bootCopy(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("copy of a lab host: %w", err), c.Stop())
	}
	return c, nil
}

func (h *Host) bootCopy(ctx context.Context) error {
	if err := h.place(); err != nil {
		return err
	}
	if err := h.writeKnownHosts(); err != nil {
		return err
	}
	return h.boot(ctx, func(ctx context.Context) error {
		if err := h.WriteFile(sshdFile, []byte(h.sshdConfig()), 0o644); err != nil {
			return err
		}
		return h.mountReadOnly(ctx)
	})
}
