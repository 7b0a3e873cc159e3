package manager

import (
	"fmt"
	"regexp"
	"strings"
)

// pacmanNameForm is what makepkg takes as pkgname (PKGBUILD(5)).
var pacmanNameForm = regexp.MustCompile(`^[A-Za-z0-9@_+][A-Za-z0-9@._+-]*$`)

// ParseName takes a package's name and nothing else that pacman takes in its
// place: one of a repository, a version, a file, an address. Whether it is one of
// a group or of something provided, only the index tells.
func (Pacman) ParseName(s string) (Name, error) {
	switch {
	case strings.Contains(s, "://"):
		return "", fmt.Errorf("%q is an address: name a package", s)
	case strings.Contains(s, "/"):
		return "", fmt.Errorf("%q names a repository or a file: name the package alone", s)
	case strings.ContainsAny(s, "<>="):
		return "", fmt.Errorf("%q has a version: that goes into version", s)
	case strings.ContainsAny(s, "*?[]^$()|"):
		return "", fmt.Errorf("%q is a pattern: name one package", s)
	case strings.HasSuffix(s, "-"):
		return "", fmt.Errorf("%q ends with a dash, which no package of pacman does", s)
	case !pacmanNameForm.MatchString(s):
		return "", fmt.Errorf("%q is not a package name of pacman: want letters, digits, @, ., _, + and -, not beginning with . or -", s)
	}
	return Name(s), nil
}

// pacmanVersionForm is [epoch:]pkgver-pkgrel (PKGBUILD(5)). An epoch of 0 is the
// same as none, and nowhere spelt out.
var pacmanVersionForm = regexp.MustCompile(`^(?:[1-9][0-9]*:)?[A-Za-z0-9][A-Za-z0-9._+~^@]*-[0-9]+(?:\.[0-9]+)?$`)

// ParseVersion takes an exact version with its release: "1:2.3-1".
func (Pacman) ParseVersion(s string) (Version, error) {
	switch {
	case strings.HasPrefix(s, "0:"):
		return "", fmt.Errorf("version %q: leave out the epoch 0", s)
	case !strings.Contains(s, "-"):
		return "", fmt.Errorf("version %q has no release: pacman -Si tells it, like 1.2-1", s)
	case !pacmanVersionForm.MatchString(s):
		return "", fmt.Errorf("%q is not a version of a package of pacman, like 1:2.3-1", s)
	}
	return Version(s), nil
}
