package login

import "golang.org/x/sys/unix"

const (
	getTermios, setTermios = unix.TCGETS, unix.TCSETS
	// noCharacter turns a special character off (_POSIX_VDISABLE).
	noCharacter = 0
)
