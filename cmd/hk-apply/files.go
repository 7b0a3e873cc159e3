package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/tidwall/gjson"

	"hostkit/pkg/cli"
	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
)

// localFiles opens the large files that plans refer to, below base and nowhere
// else, and only when they are what was planned: a plan that names another file
// must not bring its bytes to a host, where it would be too late to look.
type localFiles struct{ base string }

// open returns the file, read once and rewound. It is a regular file: opening a
// named pipe would wait for a writer, so nothing is waited for.
func (l localFiles) open(ref doc.FileRef) (io.ReadCloser, error) {
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

func (l localFiles) check(file *os.File, ref doc.FileRef) error {
	info, err := file.Stat()
	switch {
	case err != nil:
		return l.refuse("%s", err)
	case !info.Mode().IsRegular():
		return l.refuse("%s is not a regular file", ref.Path)
	case info.Size() != ref.Size:
		return l.refuse("%s has %d bytes and had %d when it was planned", ref.Path, info.Size(), ref.Size)
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, io.LimitReader(file, ref.Size)); err != nil {
		return l.refuse("%s", err)
	}
	if "sha256:"+hex.EncodeToString(sum.Sum(nil)) != string(ref.Digest) {
		return l.refuse("%s is not the file that was planned: its bytes have changed since", ref.Path)
	}
	_, err = file.Seek(0, io.SeekStart)
	return err
}

func (l localFiles) refuse(format string, args ...any) error {
	if len(args) == 1 {
		var path *fs.PathError
		if err, ok := args[0].(error); ok && errors.As(err, &path) {
			format, args = "%s: %s", []any{path.Path, path.Err}
		}
	}
	return cli.Refusef("local_file", format, args...).
		WithHint("files lie below --base (now %s), the folder of the config; what has changed is planned again", l.base)
}

// checkAll checks every local file of a plan.
func (l localFiles) checkAll(p doc.Plan) error {
	for _, c := range p.Changes {
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
