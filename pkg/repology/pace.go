package repology

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// pace lets the processes of a user ask one after the other. A file says when
// the next request may be sent; who holds its lock may read that, wait, ask, and
// write a later time. The lock is held while the server is asked: a request that
// is on the way for long could otherwise arrive together with the next.
type pace struct {
	// dir is where the file is; "" where there is no place for one.
	dir string
	// server is whose pace it is.
	server   string
	interval time.Duration
	// stuck is how long another process may hold the lock without a sign of life.
	stuck time.Duration
}

const (
	// paceForm has a constant length, so that writing is one overwriting.
	paceForm = "2006-01-02T15:04:05.000000000Z"
	// margin is for clocks that are corrected between two requests.
	margin = 20 * time.Millisecond
	// look is how often a lock that is held is tried again.
	look = 25 * time.Millisecond
	// tick is how often one who waits for the time that the file says is told so.
	tick = 100 * time.Millisecond
)

// newPace has a file for each server: a mirror does not wait for Repology.
func newPace(o Options) pace {
	return pace{
		dir:      o.Pace,
		server:   strings.NewReplacer(":", "_", "[", "", "]", "").Replace(o.URL.Host),
		interval: o.Interval + min(margin, o.Interval/4),
		stuck:    longest + o.Timeout + 30*time.Second,
	}
}

func (p pace) path() string { return filepath.Join(p.dir, p.server+".pace") }

// turn is the right to send one request.
type turn struct {
	file *os.File
	pace pace
}

// take waits until a request may be sent. waiting is called again and again while
// it must wait. The caller ends the turn.
func (p pace) take(ctx context.Context, waiting func()) (*turn, error) {
	file, err := p.open()
	if err != nil {
		return nil, p.unusable(err)
	}
	t := &turn{file, p}
	if err := p.lock(ctx, file, waiting); err != nil {
		_ = file.Close()
		return nil, err
	}
	if err := pauseUntil(ctx, time.Now().Add(p.left(file)), waiting); err != nil {
		_ = file.Close()
		return nil, err
	}
	// Should this process be killed while it asks, the time of its request stands.
	if err := t.write(p.interval); err != nil {
		_ = file.Close()
		return nil, p.unusable(err)
	}
	return t, nil
}

func (p pace) open() (*os.File, error) {
	if p.dir == "" {
		return nil, errors.New("no folder is known for it")
	}
	if err := os.MkdirAll(p.dir, 0o700); err != nil {
		return nil, err
	}
	return os.OpenFile(p.path(), os.O_RDWR|os.O_CREATE, 0o600)
}

// lock waits for the file's lock, as long as the others show that they go on.
func (p pace) lock(ctx context.Context, file *os.File, waiting func()) error {
	last, since := p.next(file), time.Now()
	for {
		err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		switch {
		case err == nil:
			return nil
		case !errors.Is(err, unix.EWOULDBLOCK) && !errors.Is(err, unix.EINTR):
			return p.unusable(err)
		}
		waiting()
		if next := p.next(file); !next.Equal(last) {
			last, since = next, time.Now()
		}
		if time.Since(since) > p.stuck {
			return &Error{
				code: "repology_busy", message: fmt.Sprintf("another process holds %s and does not ask", p.path()),
				hint: "look for a process of hk-resolve that is stopped: fuser " + p.path(),
			}
		}
		if err := pause(ctx, look); err != nil {
			return err
		}
	}
}

// next is when the next request may be sent; zero where the file does not say.
func (p pace) next(file *os.File) time.Time {
	text := make([]byte, len(paceForm))
	n, _ := file.ReadAt(text, 0)
	at, err := time.Parse(paceForm, string(text[:n]))
	if err != nil {
		return time.Time{}
	}
	return at
}

// left is how long to wait. A file that says nothing was written by somebody
// whose request may be on the way, and so is the one of a clock that was wrong,
// unless it is new.
func (p pace) left(file *os.File) time.Duration {
	info, err := file.Stat()
	if err == nil && info.Size() == 0 {
		return 0
	}
	at := p.next(file)
	left := time.Until(at)
	if at.IsZero() || left > longest+p.interval {
		return p.interval
	}
	return left
}

func (p pace) unusable(err error) *Error {
	return &Error{
		code: "repology_cache", message: fmt.Sprintf("share one request a second with other processes: %s", err),
		hint: p.wayOut() + "; --package-lock, `as` and --offline need none", cause: err,
	}
}

// wayOut is what gives the user's processes a folder to take turns in.
func (p pace) wayOut() string {
	if p.dir == "" {
		return "set HOME or XDG_CACHE_HOME, or name a folder with --repology-cache"
	}
	return "set XDG_CACHE_HOME to a folder that this user can write"
}

// end lets the next one ask, not before the wait is over.
func (t *turn) end(wait time.Duration) error {
	err := t.write(max(wait, t.pace.interval))
	if closed := t.file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return t.pace.unusable(err)
	}
	return nil
}

func (t *turn) write(wait time.Duration) error {
	_, err := t.file.WriteAt([]byte(time.Now().Add(wait).UTC().Format(paceForm)), 0)
	return err
}

// pauseUntil calls waiting several times a second.
func pauseUntil(ctx context.Context, end time.Time, waiting func()) error {
	for {
		left := time.Until(end)
		if left <= 0 {
			return nil
		}
		waiting()
		if err := pause(ctx, min(left, tick)); err != nil {
			return err
		}
	}
}

func pause(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}
