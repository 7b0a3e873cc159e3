package main

import (
	"errors"
	"io/fs"

	"hostkit/pkg/cli"
	"hostkit/pkg/names"
)

// readLock reads the lock whose names the indexes are asked about. One that
// hk-resolve has yet to write has none.
func (o *options) readLock(s cli.Streams) error {
	if o.lockFile == "" {
		return nil
	}
	raw, err := cli.ReadPackageLock(o.lockFile)
	if errors.Is(err, fs.ErrNotExist) {
		s.Say("there is no package lock %s yet, whose names could be asked about", o.lockFile)
		return nil
	}
	if err != nil {
		return s.OfFlag("package-lock", err)
	}
	lock, err := names.ReadLock(o.lockFile, raw)
	o.more.Lock = &lock
	return s.OfFlag("package-lock", err)
}
