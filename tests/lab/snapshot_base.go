package lab

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"
)

// Most of a host is what it was mounted from: a folder that its upper layer does not
// have was not written to, nor was anything below it. Such a folder is walked once in
// this process, for all hosts that are mounted from the same layers; to walk the
// whole of each took a quarter of the time of the tests that compare hosts.

// trees are folders that nobody has written to, with all below them.
type trees struct {
	mu    sync.Mutex
	paths map[string]map[string]Entry // by the folder's path
}

var untouched sync.Map // a host's lowerDirs to *trees

// beneath is what a walk knows of the layers that a host is mounted from.
type beneath struct {
	trees  *trees
	mounts []string
}

func (h *Host) beneath() (beneath, error) {
	mounts, err := mountPoints(strconv.Itoa(h.PID()))
	known, _ := untouched.LoadOrStore(h.lowerDirs(), &trees{paths: make(map[string]map[string]Entry)})
	return beneath{known.(*trees), mounts}, err
}

// upper is the upper layer's folder of the host's root; empty where that can't be
// seen from here.
func (h *Host) upper() string {
	if h.options.DiskSize != 0 {
		return ""
	}
	return filepath.Join(h.Dir, "disk", "upper")
}

// upperOf is the upper layer's folder of a host's folder, given that of the folder
// around it. Below one that was moved here, the names of the layers no longer tell
// where something comes from: it is empty for those.
func upperOf(around, name string) string {
	if around == "" {
		return ""
	}
	upper := filepath.Join(around, name)
	var target [1]byte
	if _, err := unix.Lgetxattr(upper, "trusted.overlay.redirect", target[:]); err == nil || errors.Is(err, unix.ERANGE) {
		return ""
	}
	return upper
}

// isUntouched reports whether the host has neither written to a folder, nor to
// anything below it, nor mounted something there.
func (b beneath) isUntouched(path, upper string) bool {
	return upper != "" && !exists(upper) && len(atOrBelow(b.mounts, path)) == 0
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// tree records an untouched folder, which is open, with all below it.
func (w *walker) tree(path, upper string, d *os.File) error {
	w.beneath.trees.mu.Lock()
	found, ok := w.beneath.trees.paths[path]
	w.beneath.trees.mu.Unlock()
	if ok {
		maps.Copy(w.paths, found)
		return d.Close()
	}
	whole := *w
	whole.paths = make(map[string]Entry)
	if err := whole.dir(path, "", d); err != nil {
		return err
	}
	maps.Copy(w.paths, whole.paths)
	// Asked again, since it may have been written to meanwhile.
	if w.beneath.isUntouched(path, upper) {
		w.beneath.trees.mu.Lock()
		w.beneath.trees.paths[path] = whole.paths
		w.beneath.trees.mu.Unlock()
	}
	return nil
}
