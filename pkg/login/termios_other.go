//go:build !linux

package login

import "golang.org/x/sys/unix"

const (
	getTermios, setTermios = unix.TIOCGETA, unix.TIOCSETA
	// noCharacter turns a special character off (_POSIX_VDISABLE).
	noCharacter = 0xff
)
