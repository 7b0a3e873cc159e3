package config

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"

	"hostkit/pkg/doc"
	"hostkit/pkg/resource"
)

const (
	// inlineBytes is the largest file that stands in a document itself.
	inlineBytes = 64 << 10
	// largestFile is the largest that a config may name. Programs are: mise has
	// 150 MB.
	largestFile = 512 << 20
)

// files opens what a config names, below its folder only.
type files struct{ root *os.Root }

// Load reads the file at a slash-separated relative path: up to 64 KiB whole,
// else size and digest, with the path as it was written.
func (f files) Load(name string) (doc.Content, error) {
	file, err := openBelow(f.root, name)
	if err != nil {
		return doc.Content{}, err
	}
	defer file.Close()
	head, err := io.ReadAll(io.LimitReader(file, inlineBytes+1))
	if err != nil {
		return doc.Content{}, fileError(name, err)
	}
	if len(head) <= inlineBytes {
		return doc.Content{Bytes: head}, nil
	}
	sum := sha256.New()
	sum.Write(head)
	rest, err := io.Copy(sum, io.LimitReader(file, largestFile-int64(len(head))+1))
	if err != nil {
		return doc.Content{}, fileError(name, err)
	}
	size := int64(len(head)) + rest
	if size > largestFile {
		return doc.Content{}, tooLarge(name, largestFile)
	}
	return doc.Content{File: &doc.FileRef{
		Path: name, Size: size, Digest: doc.Digest("sha256:" + hex.EncodeToString(sum.Sum(nil))),
	}}, nil
}

// Open opens the file for reading at any place.
func (f files) Open(name string) (resource.LocalFile, error) {
	file, err := openBelow(f.root, name)
	if err != nil {
		return nil, err
	}
	return file, nil
}

func tooLarge(name string, most int64) error {
	return fmt.Errorf("%s is larger than %d MiB", name, most>>20)
}

// openBelow opens a regular file below the folder of the config. What is not a
// regular file is not opened at all: opening a device or a FIFO acts on it or
// waits.
func openBelow(root *os.Root, name string) (*os.File, error) {
	switch {
	case root == nil:
		return nil, fmt.Errorf("%s: the folder of the config can't be opened", name)
	case strings.HasPrefix(name, "https://"), strings.HasPrefix(name, "http://"):
		return nil, fmt.Errorf("%s: nothing is fetched: keep a copy in the folder of the config, and name that", name)
	case name == "" || path.IsAbs(name):
		return nil, fmt.Errorf("%q is not a path relative to the folder of the config", name)
	case !filepath.IsLocal(name):
		return nil, outside(name)
	}
	info, err := root.Stat(name)
	if err == nil {
		err = regular(info)
	}
	if err != nil {
		return nil, fileError(name, err)
	}
	// It may have become a FIFO since.
	file, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, fileError(name, err)
	}
	if info, err = file.Stat(); err == nil {
		err = regular(info)
	}
	if err != nil {
		file.Close()
		return nil, fileError(name, err)
	}
	return file, nil
}

func regular(info fs.FileInfo) error {
	switch {
	case info.Mode().IsRegular():
		return nil
	case info.IsDir():
		return errors.New("it is a folder")
	}
	return errors.New("it is not a regular file")
}

func outside(name string) error {
	return fmt.Errorf("%s leads out of the folder of the config", name)
}

// fileError keeps the reason alone: the operating system's errors repeat a name
// that nobody wrote.
func fileError(name string, err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	// os.Root has no error of its own to ask for.
	if strings.HasSuffix(err.Error(), "path escapes from parent") {
		return outside(name)
	}
	return fmt.Errorf("%s: %w", name, err)
}
