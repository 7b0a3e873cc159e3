package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"hostkit/pkg/cli"
	"hostkit/pkg/doc"
	"hostkit/pkg/names"
)

// readLock reads the lock that is asked. One that is to be written need not be
// there.
func (o *options) readLock() error {
	path := o.lockFile + o.writeFile
	if path == "" {
		return nil
	}
	raw, err := cli.ReadPackageLock(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && o.writeFile != "":
		o.resolve.Grow = &doc.PackageLock{}
		return cli.CanWrite(o.writeFile)
	case err != nil:
		return err
	}
	lock, err := names.ReadLock(path, raw)
	if err != nil {
		return err
	}
	o.resolve.Names = names.Options{Lock: &lock, LockName: path, Closed: o.lockFile != ""}
	if o.writeFile != "" {
		o.old = raw
		grown, err := names.ReadLock(path, raw)
		o.resolve.Grow = &grown
		return err
	}
	return nil
}

// writeLock replaces the lock, if there is anything new in it. What another process
// has put there since it was read stays.
func (o *options) writeLock(ctx context.Context, s cli.Streams) error {
	if o.resolve.Grow == nil {
		return nil
	}
	defer holdFolder(ctx, filepath.Dir(o.writeFile))()
	if err := o.merge(); err != nil {
		return err
	}
	raw, err := names.MarshalLock(*o.resolve.Grow)
	if err != nil {
		return err
	}
	if !slices.Equal(raw, o.old) {
		if err := cli.WriteFile(o.writeFile, raw, 0o644); err != nil {
			return err
		}
		said := ""
		if names.IsHostKitLock(o.old) {
			said = ": it was a lock of HostKit, whose names it keeps"
		}
		s.Say("wrote %s%s", o.writeFile, said)
	}
	o.tell(s)
	return nil
}

// merge takes in what the lock has become since it was read.
func (o *options) merge() error {
	now, err := cli.ReadPackageLock(o.writeFile)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		// It was not there, or somebody has removed it: what this run knows is kept.
		return nil
	case err != nil:
		return err
	case slices.Equal(now, o.old):
		return nil
	}
	var base doc.PackageLock
	if o.old != nil {
		if base, err = names.ReadLock(o.writeFile, o.old); err != nil {
			return err
		}
	}
	theirs, err := names.ReadLock(o.writeFile, now)
	if err != nil {
		return err
	}
	merged, err := names.Merge(o.writeFile, base, *o.resolve.Grow, theirs)
	o.resolve.Grow, o.old = &merged, now
	return err
}

const (
	// patience is how long another process may hold the folder, which takes
	// milliseconds: after that it is written all the same.
	patience = 5 * time.Second
	// again is how often it is tried again.
	again = 10 * time.Millisecond
)

// holdFolder keeps other processes from writing a lock in the folder between the
// reading and the writing of this one; release lets them. Where a file system has
// no locks nobody is kept.
func holdFolder(ctx context.Context, folder string) (release func()) {
	dir, err := os.Open(folder)
	if err != nil {
		return func() {}
	}
	release = func() { _ = dir.Close() }
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(again)
	defer tick.Stop()
	for {
		err := unix.Flock(int(dir.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if !errors.Is(err, unix.EWOULDBLOCK) && !errors.Is(err, unix.EINTR) {
			return release
		}
		select {
		case <-ctx.Done():
			return release
		case <-tick.C:
		}
	}
}
