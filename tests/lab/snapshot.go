package lab

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// Snapshot is all that a host's file systems and package database hold at one
// moment, found without HostKit's code or anything of the host's: the files are
// walked through Host.Root, the packages read by this machine's dpkg-query.
type Snapshot struct {
	Paths    map[string]Entry  // by absolute path
	Packages map[string]string // "name:arch" to "version status", status as in dpkg -l
}

// Entry is one path of a snapshot.
type Entry struct {
	Type   string // file, dir, symlink, fifo, socket, char, block
	Mode   uint32 // permission bits with setuid, setgid and sticky: 07777
	UID    uint32
	GID    uint32
	Size   int64 // of files and symlinks; 0 for the rest, where it means nothing
	Mtime  int64 // nanoseconds since the epoch, as Ctime
	Nlink  uint64
	Link   string // target of a symlink
	Device uint64 // of a char or block device
	SHA256 string // of a file's content
	Xattrs string // sorted by the kernel, one "name=value" quoted a line

	// Of everything but directories; compared only by DiffExact.
	Ctime int64
	Inode uint64
}

// unseen are the file systems a snapshot leaves out: they hold no state.
var unseen = map[string]bool{"/proc": true, "/sys": true, "/dev": true}

// Noise are the paths a snapshot leaves out with all below them, since each
// login or each sudo changes them whoever makes it. A user's first login with
// fish also makes folders in the home: log in once before the first snapshot.
var Noise = []string{
	"/var/log/lastlog", "/var/log/wtmp", "/var/log/btmp", "/var/log/faillog",
	"/run/utmp", "/run/sshd", "/run/sshd.pid",
	"/run/motd.dynamic", "/run/motd.dynamic.new", // pam_motd
	"/run/sudo", "/var/lib/sudo", // who has authenticated, who was lectured
}

// noisyMtime are folders whose own time changes with the noise in them.
var noisyMtime = map[string]bool{"/run": true}

// Snapshot walks the whole host. A file whose inode, size and times are those
// of the shared base is not read again: ctime can't be set, so its content is
// the base's. Everything else is.
func (h *Host) Snapshot(ctx context.Context) (*Snapshot, error) {
	sums, err := h.baseSums()
	if err != nil {
		return nil, fmt.Errorf("snapshot: %w", err)
	}
	root, err := unix.Open(h.Root(), unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("snapshot: open %s: %w", h.Root(), err)
	}
	beneath, err := h.beneath()
	if err != nil {
		return nil, fmt.Errorf("snapshot: %w", err)
	}
	w := &walker{ctx: ctx, root: h.Root(), sums: sums, beneath: beneath, paths: make(map[string]Entry, len(sums)*3/2)}
	if err := w.dir("/", h.upper(), os.NewFile(uintptr(root), h.Root())); err != nil {
		return nil, fmt.Errorf("snapshot: %w", err)
	}
	packages, err := h.packages(ctx)
	if err != nil {
		return nil, fmt.Errorf("snapshot: %w", err)
	}
	return &Snapshot{Paths: w.paths, Packages: packages}, nil
}

var manifests sync.Map // base folder to func() (map[content]string, error)

// baseSums reads a base's manifest once in this process.
func (h *Host) baseSums() (map[content]string, error) {
	read, _ := manifests.LoadOrStore(h.base.dir, sync.OnceValues(func() (map[content]string, error) {
		return readManifest(h.base)
	}))
	return read.(func() (map[content]string, error))()
}

// packages asks this machine's dpkg-query about the host's database.
func (h *Host) packages(ctx context.Context) (map[string]string, error) {
	cmd := exec.CommandContext(ctx, "dpkg-query", "--admindir="+h.Root()+"var/lib/dpkg",
		"--show", "--showformat=${Package}:${Architecture}\t${Version} ${db:Status-Abbrev}\n")
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("dpkg-query: %w", err)
	}
	packages := make(map[string]string)
	for line := range strings.Lines(string(out)) {
		name, state, _ := strings.Cut(line, "\t")
		packages[name] = strings.TrimSpace(state)
	}
	return packages, nil
}

type walker struct {
	ctx     context.Context
	root    string
	sums    map[content]string
	beneath beneath
	paths   map[string]Entry
	names   [64 << 10]byte // for xattrs; the kernel's limit, XATTR_LIST_MAX
}

// dir records an open directory and what is below it, then closes it. upper is its
// folder of the upper layer: see upperOf.
func (w *walker) dir(path, upper string, d *os.File) error {
	defer d.Close()
	if err := w.ctx.Err(); err != nil {
		return err
	}
	if err := w.entry(path, d, "."); err != nil {
		return err
	}
	names, err := d.Readdirnames(-1)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := w.child(path, upper, d, name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func (w *walker) child(parent, upper string, d *os.File, name string) error {
	path := strings.TrimSuffix(parent, "/") + "/" + name
	if unseen[path] || isNoise(path) {
		return nil
	}
	// Trying to open it as a directory costs less than asking what it is first
	// only where it is one, so ask.
	var st unix.Stat_t
	if err := unix.Fstatat(int(d.Fd()), name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFDIR {
		return w.record(path, d, name, &st)
	}
	fd, err := unix.Openat(int(d.Fd()), name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	open := os.NewFile(uintptr(fd), path)
	if upper = upperOf(upper, name); w.beneath.isUntouched(path, upper) {
		return w.tree(path, upper, open)
	}
	return w.dir(path, upper, open)
}

func (w *walker) entry(path string, d *os.File, name string) error {
	var st unix.Stat_t
	if err := unix.Fstatat(int(d.Fd()), name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return err
	}
	return w.record(path, d, name, &st)
}

var typeNames = map[uint32]string{
	unix.S_IFREG: "file", unix.S_IFDIR: "dir", unix.S_IFLNK: "symlink", unix.S_IFIFO: "fifo",
	unix.S_IFSOCK: "socket", unix.S_IFCHR: "char", unix.S_IFBLK: "block",
}

func (w *walker) record(path string, d *os.File, name string, st *unix.Stat_t) error {
	e := Entry{
		Type: typeNames[st.Mode&unix.S_IFMT], Mode: st.Mode & 0o7777, UID: st.Uid, GID: st.Gid,
		Mtime: st.Mtim.Nano(),
	}
	if noisyMtime[path] {
		e.Mtime = 0
	}
	if e.Type != "dir" {
		e.Nlink, e.Ctime, e.Inode = uint64(st.Nlink), st.Ctim.Nano(), st.Ino
	}
	var err error
	switch e.Type {
	case "file":
		e.Size = st.Size
		e.SHA256, err = w.sum(d, name, st)
	case "symlink":
		e.Size = st.Size
		e.Link, err = readlinkat(d, name, st.Size)
	case "char", "block":
		e.Device = st.Rdev
	}
	if err == nil {
		e.Xattrs, err = w.xattrs(path)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	w.paths[path] = e
	return nil
}

func isNoise(path string) bool {
	for _, n := range Noise {
		if path == n {
			return true
		}
	}
	return false
}
