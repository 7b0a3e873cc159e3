package cli

import (
	"errors"
	"io"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// writable refuses a stdout that is a file open for reading alone (`1<file`), before
// a host is changed and the report of it lost.
func writable(stdout io.Writer) error {
	access, err := accessOf(stdout)
	if err != nil {
		return unwritten(err)
	}
	if access == unix.O_RDONLY {
		return unwritten(errors.New("it is open for reading alone")).WithHint("redirect it with >")
	}
	return nil
}

// LeadsNowhere reports whether stdout may be closed (`>&-`). Go's runtime opens
// /dev/null in its place, for reading and writing (runtime.checkfds), and so does
// Python for who wants no output (subprocess.DEVNULL); `>/dev/null` opens it for
// writing alone.
func (s Streams) LeadsNowhere() bool {
	access, err := accessOf(unwrapped(s.Stdout))
	if err != nil || access != unix.O_RDWR {
		return false
	}
	stdout, ok := about(s.Stdout)
	null, err := os.Stat(os.DevNull)
	return ok && err == nil && os.SameFile(stdout, null)
}

// accessOf is how a stream is open: [unix.O_RDONLY], [unix.O_WRONLY] or [unix.O_RDWR]. A
// buffer is there to be written to.
func accessOf(stream any) (access int, err error) {
	file, ok := stream.(syscall.Conn)
	if !ok {
		return unix.O_WRONLY, nil
	}
	conn, err := file.SyscallConn()
	if err != nil {
		return 0, err
	}
	var flags int
	var asked error
	// Fd would make a file blocking that others may have open too.
	err = conn.Control(func(fd uintptr) { flags, asked = unix.FcntlInt(fd, unix.F_GETFL, 0) })
	return flags & unix.O_ACCMODE, errors.Join(err, asked)
}
