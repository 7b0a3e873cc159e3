package lab

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

func (w *walker) sum(d *os.File, name string, st *unix.Stat_t) (string, error) {
	key := content{Inode: st.Ino, Size: st.Size, Mtime: st.Mtim.Nano(), Ctime: st.Ctim.Nano()}
	if sum, ok := w.sums[key]; ok {
		return sum, nil
	}
	fd, err := unix.Openat(int(d.Fd()), name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", err
	}
	f := os.NewFile(uintptr(fd), name)
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func readlinkat(d *os.File, name string, size int64) (string, error) {
	buf := make([]byte, size+1)
	n, err := unix.Readlinkat(int(d.Fd()), name, buf)
	if err != nil {
		return "", err
	}
	return string(buf[:n]), nil
}

// xattrs is the extended attributes (ACLs are among them) of one path, the link
// itself where it is one. Nearly all paths have none.
func (w *walker) xattrs(path string) (string, error) {
	path = strings.TrimSuffix(w.root, "/") + path
	// Not asked for the size first: overlayfs counts names that it then hides.
	size, err := unix.Llistxattr(path, w.names[:])
	if size == 0 || errors.Is(err, unix.ENOTSUP) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	names := strings.Split(strings.TrimSuffix(string(w.names[:size]), "\x00"), "\x00")
	slices.Sort(names) // a filesystem lists them in an order of its own
	var b strings.Builder
	for _, name := range names {
		value := make([]byte, 64<<10) // the kernel's limit, XATTR_SIZE_MAX
		n, err := unix.Lgetxattr(path, name, value)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "%s=%q\n", name, value[:n])
	}
	return b.String(), nil
}
