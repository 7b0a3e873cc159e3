package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/tidwall/gjson"

	"hostkit/pkg/cli"
	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
)

// localFiles opens the large files that plans refer to, below base and nowhere
// else, and only when they are what was planned: a plan that names another file
// must not bring its bytes to a host, where it would be too late to look.
type localFiles struct {
	base string
	now  func() time.Time

	mu sync.Mutex
	// known are the files that were read and found to be what was planned: what is
	// sent to many hosts, or has just been checked, is not read once more for that.
	known map[identity]doc.Digest
}

func newLocalFiles(base string) *localFiles {
	return &localFiles{base: base, now: time.Now, known: make(map[identity]doc.Digest)}
}

// identity says that a file is still the same one: nobody but the kernel sets the
// time of its last change.
type identity struct {
	device, inode uint64
	size          int64
	changed       syscall.Timespec
}

// restful is how long ago the last change of a file must be when it is read, for
// its identity to tell of the next one: clocks of file systems tick as seldom as
// every two seconds.
const restful = 3 * time.Second

// identify returns the identity of an open file; not ok where it would not tell of
// a change.
func identify(info fs.FileInfo, now time.Time) (id identity, ok bool) {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return id, false
	}
	id = identity{uint64(s.Dev), s.Ino, s.Size, changed(s)}
	return id, now.Sub(time.Unix(id.changed.Unix())) > restful
}

// open returns the file, known to be the one that was planned. It is a regular file:
// opening a named pipe would wait for a writer, so nothing is waited for.
func (l *localFiles) open(ref doc.FileRef) (io.ReadCloser, error) {
	root, err := os.OpenRoot(l.base)
	if err != nil {
		return nil, l.refuse("%s", err)
	}
	defer root.Close()
	// A device must not even be opened.
	if info, err := root.Stat(filepath.FromSlash(ref.Path)); err == nil && !info.Mode().IsRegular() {
		return nil, l.refuse("%s is not a regular file", ref.Path)
	}
	file, err := root.OpenFile(filepath.FromSlash(ref.Path), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, l.refuse("%s", err)
	}
	if err := l.check(file, ref); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

func (l *localFiles) check(file *os.File, ref doc.FileRef) error {
	info, err := file.Stat()
	switch {
	case err != nil:
		return l.refuse("%s", err)
	case !info.Mode().IsRegular():
		return l.refuse("%s is not a regular file", ref.Path)
	case info.Size() != ref.Size:
		return l.refuse("%s has %d bytes and had %d when it was planned", ref.Path, info.Size(), ref.Size)
	}
	id, restful := identify(info, l.now())
	if l.isKnown(id, ref.Digest) {
		return nil
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, io.LimitReader(file, ref.Size)); err != nil {
		return l.refuse("%s", err)
	}
	if "sha256:"+hex.EncodeToString(sum.Sum(nil)) != string(ref.Digest) {
		return l.refuse("%s is not the file that was planned: its bytes have changed since", ref.Path)
	}
	if restful {
		l.know(id, ref.Digest)
	}
	_, err = file.Seek(0, io.SeekStart)
	return err
}

func (l *localFiles) isKnown(id identity, digest doc.Digest) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	known, ok := l.known[id]
	return ok && known == digest
}

func (l *localFiles) know(id identity, digest doc.Digest) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.known[id] = digest
}

func (l *localFiles) refuse(format string, args ...any) error {
	if len(args) == 1 {
		if err, ok := args[0].(error); ok {
			args = []any{cli.FileFault(err)}
		}
	}
	return cli.Refusef("local_file", format, args...).
		WithHint("files lie below --base (now %s), the folder of the config; what has changed is planned again", l.base)
}

// checkAll checks every local file of a plan.
func (l *localFiles) checkAll(p doc.Plan) error {
	for _, c := range p.Changes {
		// Most changes have none; an escape may spell it otherwise.
		if !bytes.Contains(c.After, []byte("$file")) && !bytes.Contains(c.After, []byte(`\u`)) {
			continue
		}
		for _, raw := range fileRefs(gjson.ParseBytes(c.After)) {
			d, err := jsonx.Check(string(c.Address), []byte(raw))
			if err != nil {
				return err
			}
			var ref doc.FileRef
			if err := jsonx.Unmarshal(d, &ref); err != nil {
				return err
			}
			file, err := l.open(ref)
			if err != nil {
				return err
			}
			if err := file.Close(); err != nil {
				return err
			}
		}
	}
	return nil
}

// fileRefs finds what has a $file, wherever a kind puts it: no other object may
// have such a member.
func fileRefs(v gjson.Result) []string {
	if !v.IsObject() && !v.IsArray() {
		return nil
	}
	var found []string
	v.ForEach(func(name, value gjson.Result) bool {
		if v.IsObject() && name.Str == "$file" {
			found = append(found, v.Raw)
			return false
		}
		found = append(found, fileRefs(value)...)
		return true
	})
	return found
}
