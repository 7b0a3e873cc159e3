package manager

import (
	"fmt"
	"regexp"
	"strings"
)

// dnfNameForm is what rpmbuild takes as Name (build/parsePreamble.c), without the
// signs that only macros may leave there.
var dnfNameForm = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._+-]*$`)

// ParseName takes a binary package's name and nothing else that dnf takes in its
// place: groups, globs, files, capabilities.
func (Dnf) ParseName(s string) (Name, error) {
	switch {
	case strings.HasPrefix(s, "@"):
		return "", fmt.Errorf("%q is a group of dnf: name its packages", s)
	case strings.ContainsAny(s, "*?[]"):
		return "", fmt.Errorf("%q is a pattern: name one package", s)
	case strings.Contains(s, "/"):
		return "", fmt.Errorf("%q is a file: name the package that has it", s)
	case strings.ContainsAny(s, "()<>= "):
		return "", fmt.Errorf("%q is a capability, not a package: a version goes into version", s)
	case strings.HasSuffix(s, "-"):
		return "", fmt.Errorf("%q ends with a dash, which no package of dnf does", s)
	case !dnfNameForm.MatchString(s):
		return "", fmt.Errorf("%q is not a package name of dnf: want letters, digits, ., _, + and -, beginning with a letter or digit", s)
	}
	return Name(s), nil
}

// dnfVersionForm is [epoch:]version-release in the characters of rpm-version(7).
// An epoch of 0 is the same as none, which is how rpm and dnf spell it.
var dnfVersionForm = regexp.MustCompile(`^(?:[1-9][0-9]*:)?[A-Za-z0-9._+~^]+-[A-Za-z0-9._+~^]+$`)

// ParseVersion takes an exact version with its release: "2:1.0-3.fc40".
func (Dnf) ParseVersion(s string) (Version, error) {
	switch {
	case strings.HasPrefix(s, "0:"):
		return "", fmt.Errorf("version %q: leave out the epoch 0", s)
	case !strings.Contains(s, "-"):
		return "", fmt.Errorf("version %q has no release: dnf repoquery --showduplicates tells it, like 1.2-3.fc40", s)
	case !dnfVersionForm.MatchString(s):
		return "", fmt.Errorf("%q is not a version of an rpm package, like 2:1.0-3.fc40", s)
	}
	return Version(s), nil
}
