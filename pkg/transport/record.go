package transport

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

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
func (k *knownFiles) record(ctx context.Context, path string, name knownName, key ssh.PublicKey) (bool, error) {
	refuse := func(err error) (bool, error) {
		return false, &KnownHostsError{File: path, Writing: true, Err: inner(err)}
	}
	file, leave, err := k.at(ctx, path)
	if err != nil {
		return refuse(err)
	}
	defer leave()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return refuse(err)
	}
	f, err := openExclusive(ctx, path)
	if err != nil {
		return refuse(err)
	}
	defer f.Close()
	if err := file.parse(f); err != nil {
		return false, err
	}
	known := knownHosts{[]knownLines{file.known()}}.of(name)
	if err := known.verdict(key, false); !errors.Is(err, errUnknownHost) {
		return false, err
	}
	if known.unreadable != nil {
		return false, known.unreadable
	}
	line := lineOf(name, key)
	size, err := appendLine(f, line)
	if err != nil {
		file.state = nil
		return refuse(err)
	}
	file.appended(f, line, size)
	return true, nil
}

// lineOf is the known_hosts line that trusts key for name, without a newline. A
// certificate is trusted by its authority.
func lineOf(name knownName, key ssh.PublicKey) string {
	marker := ""
	if cert, ok := key.(*ssh.Certificate); ok {
		marker, key = markAuthority+" ", cert.SignatureKey
	}
	return marker + name.name + " " + strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))
}

// nowhere is a network address that says nothing.
type nowhere struct{}

func (nowhere) Network() string { return "tcp" }
func (nowhere) String() string  { return "0.0.0.0:0" }

// appendLine writes a line and says how many bytes that took.
func appendLine(f *os.File, line string) (int, error) {
	line += "\n"
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	within, err := withinLine(f, info)
	if err != nil {
		return 0, err
	}
	if within {
		line = "\n" + line
	}
	if _, err := f.WriteString(line); err != nil {
		return 0, err
	}
	if info.Mode().IsRegular() {
		return len(line), f.Sync()
	}
	return len(line), nil
}

// withinLine says whether the last line of a file lacks its newline, so that what
// is appended would go on with it.
func withinLine(f *os.File, info fs.FileInfo) (bool, error) {
	if !info.Mode().IsRegular() || info.Size() == 0 {
		return false, nil
	}
	last := make([]byte, 1)
	if _, err := f.ReadAt(last, info.Size()-1); err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	return last[0] != '\n', nil
}

// endsWithinLine is withinLine of a file that may not be there.
func endsWithinLine(path string) bool {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	within, err := withinLine(f, info)
	return err == nil && within
}

// inner is what a path error says beside the path.
func inner(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// openShared opens a known_hosts file and waits until nobody writes to it.
// Closing it lets writers go on.
func openShared(ctx context.Context, path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	// Opening a FIFO would wait for ever; /dev/null is a usual name for "none".
	if !info.Mode().IsRegular() && info.Mode()&fs.ModeCharDevice == 0 {
		return nil, errors.New("not a regular file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if err := lock(ctx, f, shared); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
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
