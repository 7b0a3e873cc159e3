package source

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// file reads a file below the secret folder.
func (r *Resolver) file(path string) ([]byte, *refusal) {
	if r.options.Dir == "" {
		return nil, &refusal{
			why:  "a document may read files only below --secret-dir, and none is given",
			hint: "add --secret-dir with the folder that holds the file",
		}
	}
	relative, refused := r.below(path)
	if refused != nil {
		return nil, refused
	}
	// os.Root refuses every way out of the folder: "..", and links that leave.
	root, err := os.OpenRoot(r.options.Dir)
	if err != nil {
		return nil, &refusal{why: "--secret-dir: " + reason(err), hint: "give a folder that exists and that you may read"}
	}
	defer root.Close()
	// Without O_NONBLOCK, opening a FIFO waits for a writer for ever.
	f, err := root.OpenFile(relative, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, &refusal{why: reason(err), hint: "the path is taken from --secret-dir " + r.options.Dir}
	}
	defer f.Close()
	return readPrivate(f)
}

// below returns path as seen from the secret folder.
func (r *Resolver) below(path string) (string, *refusal) {
	if !filepath.IsAbs(path) {
		return path, nil
	}
	outside := &refusal{
		why:  "it is not below --secret-dir " + r.options.Dir,
		hint: "write the path as seen from that folder",
	}
	dir, err := filepath.Abs(r.options.Dir)
	if err != nil {
		return "", outside
	}
	relative, err := filepath.Rel(dir, path)
	if err != nil || !filepath.IsLocal(relative) {
		return "", outside
	}
	return relative, nil
}

// readPrivate reads f if nobody but its owner may.
func readPrivate(f *os.File) ([]byte, *refusal) {
	info, err := f.Stat()
	if err != nil {
		return nil, &refusal{why: reason(err)}
	}
	if !info.Mode().IsRegular() {
		return nil, &refusal{why: "it is not a regular file", hint: "name a file that holds the value"}
	}
	if open := info.Mode().Perm() & 0o066; open != 0 {
		return nil, &refusal{
			why:  "others may read or write it (mode " + info.Mode().Perm().String()[1:] + ")",
			hint: "chmod 600 it, and change the value if others may have seen it",
		}
	}
	value, err := io.ReadAll(io.LimitReader(f, sizeLimit+1))
	if err != nil {
		return nil, &refusal{why: reason(err)}
	}
	if len(value) > sizeLimit {
		return nil, &refusal{why: "it has more than 1 MiB", hint: "name the file that holds the value alone"}
	}
	return value, nil
}

// reason is an error's last link: the path is in the reference already.
func reason(err error) string {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Err.Error()
	}
	return err.Error()
}
