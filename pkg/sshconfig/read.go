package sshconfig

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"
)

// maxFile is more than any config of ssh: a hundred thousand hosts of one line.
const maxFile = 4 << 20

// file is what one file says; it is read once a run.
type file struct {
	lines []line
	err   error
}

// read returns the directives of a file. guarded is for the files that ssh
// refuses when others could have written them.
func (c *Config) read(path string, guarded bool) ([]line, error) {
	if f, ok := c.files[path]; ok {
		return f.lines, f.err
	}
	f := &file{}
	f.lines, f.err = c.open(path, guarded)
	c.files[path] = f
	return f.lines, f.err
}

func (c *Config) open(path string, guarded bool) ([]line, error) {
	// Opening a FIFO would wait for one who writes to it.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, &Error{At: Position{File: path}, Why: "can't be opened", Err: inner(err), Advice: "make it readable, " + wayOut}
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, &Error{At: Position{File: path}, Why: "can't be looked at", Err: inner(err), Advice: wayOut}
	}
	if !info.Mode().IsRegular() && path != os.DevNull {
		return nil, &Error{At: Position{File: path}, Why: "is not a regular file", Advice: "name a file, " + wayOut}
	}
	if guarded {
		stat, ok := info.Sys().(*syscall.Stat_t)
		if !ok || stat.Uid != 0 && int(stat.Uid) != c.uid || info.Mode().Perm()&0o022 != 0 {
			return nil, &Error{
				At: Position{File: path}, Why: "bad owner or permissions: ssh refuses a config that others can write",
				Advice: fmt.Sprintf("`chmod go-w %s`, and let it belong to you or root, %s", path, wayOut),
			}
		}
	}
	raw, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	switch {
	case err != nil:
		return nil, &Error{At: Position{File: path}, Why: "can't be read", Err: inner(err), Advice: wayOut}
	case len(raw) > maxFile:
		return nil, &Error{At: Position{File: path}, Why: "is larger than 4 MiB", Advice: "name a file of ssh's config, " + wayOut}
	case bytes.IndexByte(raw, 0) >= 0:
		return nil, &Error{At: Position{File: path}, Why: "holds NUL bytes", Advice: "name a text file, " + wayOut}
	}
	return parseLines(path, string(raw)), nil
}

func parseLines(path, text string) []line {
	var all []line
	n := 0
	for row := range strings.SplitSeq(text, "\n") {
		n++
		if l, ok := parseLine(row, Position{path, n}); ok {
			all = append(all, l)
		}
	}
	return all
}

// inner is what a path error says beside the path.
func inner(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
