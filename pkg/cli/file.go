package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/google/renameio/v2"

	"hostkit/pkg/shell"
)

// ReadBounded reads a file that a flag names, which is no larger than most bytes. It
// may be a pipe, as in `--flag <(command)`.
func ReadBounded(path string, most int64) ([]byte, fs.FileInfo, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	raw, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(raw)) > most {
		return nil, nil, fmt.Errorf("%s is larger than %s", path, size(most))
	}
	return raw, info, err
}

func size(n int64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d MiB", n>>20)
}

// WriteFile replaces the file at path as a whole or not at all, with exactly
// these permissions. Where path is a symlink, the file it points to is replaced.
// What is not a regular file is refused: /dev/stdout would be renamed over.
func WriteFile(path string, data []byte, mode fs.FileMode) error {
	target, err := regular(path)
	if err == nil {
		err = replace(target, data, mode)
	}
	return writeFailed(path, target, err)
}

// CanWrite refuses what [WriteFile] would refuse whatever is to be written, before the
// work is done whose result it is.
func CanWrite(path string) error {
	target, err := regular(path)
	if err == nil {
		_, err = os.Stat(filepath.Dir(target))
	}
	return writeFailed(path, target, err)
}

// writeFailed is the error of the file at path, which is the one at target.
func writeFailed(path, target string, err error) error {
	var own *Error
	if err == nil || errors.As(err, &own) {
		return err
	}
	return &Error{
		Exit: ExitFailed, Code: WriteFailed, Message: "write " + path + ": " + reason(err), Hint: unwritable(or(target, path), err), Cause: err,
	}
}

// unwritable is the hint for a file that could not be written.
func unwritable(path string, err error) string {
	folder := filepath.Dir(path)
	_, missing := os.Stat(folder)
	switch {
	case errors.Is(missing, fs.ErrNotExist):
		return "there is no folder " + folder + ": mkdir -p " + shell.Typed(folder)
	case errors.Is(err, fs.ErrPermission):
		return "name a file in a folder that you may write to: " + folder + " is none"
	}
	return ""
}

// replace does what renameio.WriteFile does, which leaves a file that is there
// its permissions: a plan would stay readable for all.
func replace(path string, data []byte, mode fs.FileMode) error {
	f, err := renameio.NewPendingFile(path, renameio.WithStaticPermissions(mode))
	if err != nil {
		return err
	}
	defer func() { _ = f.Cleanup() }()
	if _, err := f.Write(data); err != nil {
		return err
	}
	return f.CloseAtomicallyReplace()
}

// regular gives the path of the file itself, which need not be there.
func regular(path string) (string, error) {
	if path == "-" {
		return "", Usagef("write -: a file is written here, not stdout").
			WithHint("leave the flag out, and documents go to stdout; a file of that name is ./-")
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return missing(path)
	case err != nil:
		return "", err
	case info.Mode().IsRegular():
		return filepath.EvalSymlinks(path)
	}
	return "", &Error{
		Exit: ExitFailed, Code: WriteFailed, Message: "write " + path + ": it is not a regular file",
		Hint: "a file is replaced as a whole, so it can't be a folder, a device or a pipe",
	}
}

// missing follows the links to a file that is not there.
func missing(path string) (string, error) {
	const most = 40 // what Linux follows: path_resolution(7)
	for range most {
		to, err := os.Readlink(path)
		if err != nil {
			return path, nil // nothing is there, and so no link
		}
		if !filepath.IsAbs(to) {
			to = filepath.Dir(path) + "/" + to // not cleaned: ".." leads out of where a folder's link goes
		}
		path = to
	}
	return "", syscall.ELOOP
}
