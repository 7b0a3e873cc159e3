package transport

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/skeema/knownhosts"
	"golang.org/x/crypto/ssh"
)

// record adds the key of a host that was not known to a known_hosts file, unless
// somebody else has done so meanwhile. It says whether it wrote, and returns a
// *ChangedHostKeyError when somebody has recorded another key.
//
// The file is locked and written to in place: a rename would replace a symbolic
// link by a file, and lose what ssh, which knows no lock, appends meanwhile. The
// line goes out in one write to a file opened for appending, so that neither ssh
// nor a reader sees half of it.
func record(ctx context.Context, path, address string, key ssh.PublicKey) (bool, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return false, &KnownHostsError{File: path, Writing: true, Err: inner(err)}
	}
	f, err := openExclusive(ctx, path)
	if err != nil {
		return false, &KnownHostsError{File: path, Writing: true, Err: inner(err)}
	}
	defer f.Close()
	db, err := parseKnownHosts([]string{path})
	if err != nil {
		return false, err
	}
	if err := verdict(db, address, nowhere{}, key); !errors.Is(err, errUnknownHost) {
		return false, err
	}
	if err := appendLine(f, knownhosts.Line([]string{address}, key)); err != nil {
		return false, &KnownHostsError{File: path, Writing: true, Err: inner(err)}
	}
	return true, nil
}

// nowhere is a network address of which known_hosts has nothing.
type nowhere struct{}

func (nowhere) Network() string { return "tcp" }
func (nowhere) String() string  { return "0.0.0.0:0" }

func appendLine(f *os.File, line string) error {
	line += "\n"
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Mode().IsRegular() && info.Size() > 0 {
		last := make([]byte, 1)
		if _, err := f.ReadAt(last, info.Size()-1); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if last[0] != '\n' {
			line = "\n" + line
		}
	}
	if _, err := f.WriteString(line); err != nil {
		return err
	}
	if info.Mode().IsRegular() {
		return f.Sync()
	}
	return nil
}

// openExclusive opens path for reading and appending, creates it if need be, and
// waits until nobody else reads or writes it. Closing it lets others go on.
func openExclusive(ctx context.Context, path string) (*os.File, error) {
	for {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
		if err != nil {
			return nil, err
		}
		if err := lock(ctx, f, exclusive); err != nil {
			f.Close()
			return nil, err
		}
		// While we waited, ssh-keygen -R may have put another file in its place.
		opened, err1 := f.Stat()
		current, err2 := os.Stat(path)
		if err1 == nil && err2 == nil && os.SameFile(opened, current) {
			return f, nil
		}
		f.Close()
	}
}

const (
	shared    = syscall.LOCK_SH
	exclusive = syscall.LOCK_EX
)

// lockPatience is how long a lock may take; who holds it writes one line.
const lockPatience = 10 * time.Second

var errLocked = errors.New("another process has it locked")

// lock takes a flock(2) on f. It asks again and again, since a flock that waits
// can't be cancelled.
func lock(ctx context.Context, f *os.File, how int) error {
	ctx, cancel := context.WithTimeoutCause(ctx, lockPatience, errLocked)
	defer cancel()
	for wait := time.Millisecond; ; wait = min(2*wait, 50*time.Millisecond) {
		err := syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, syscall.EINTR):
			continue
		case errors.Is(err, syscall.ENOLCK), errors.Is(err, syscall.ENOTSUP):
			// A file system without locks: ssh does not lock either.
			return nil
		case !errors.Is(err, syscall.EWOULDBLOCK):
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(wait):
		}
	}
}
