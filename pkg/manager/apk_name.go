package manager

import (
	"fmt"
	"regexp"
	"strings"
)

// apkNameForm is the form of a package's own name in apk-package(5). What others
// provide may hold more: "so:libc.musl-x86_64.so.1", "cmd:sh", "pc:zlib".
var apkNameForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._+-]*$`)

// ParseName takes a package's name and nothing else that `apk add` takes in its
// place: constraints, conflicts, repository tags, provided names, files. Names
// that begin with a point are those of virtual packages, which scripts make and
// remove again.
func (Apk) ParseName(s string) (Name, error) {
	switch {
	case strings.HasPrefix(s, "!"):
		return "", fmt.Errorf("%q is a conflict of apk: a package that is not wanted has the state absent", s)
	case strings.ContainsAny(s, "=<>~"):
		return "", fmt.Errorf("%q holds a constraint: an exact version goes into version", s)
	case strings.Contains(s, "@"):
		return "", fmt.Errorf("%q holds a repository tag, which /etc/apk/world on the host decides", s)
	case strings.Contains(s, ":"):
		return "", fmt.Errorf("%q is a name that packages provide: name the package", s)
	case strings.ContainsAny(s, "*?[]"):
		return "", fmt.Errorf("%q is a pattern: name one package", s)
	case strings.HasPrefix(s, "."):
		return "", fmt.Errorf("%q is a virtual package of apk: name its packages", s)
	case strings.Contains(s, ".apk"), strings.Contains(s, "/"):
		return "", fmt.Errorf("%q is a file: name the package that is in a repository", s)
	case strings.HasSuffix(s, "-"):
		return "", fmt.Errorf("%q ends with a dash, which no package of apk does", s)
	case !apkNameForm.MatchString(s):
		return "", fmt.Errorf("%q is not a package name of apk: want letters, digits, ., _, + and -, beginning with a letter or digit", s)
	}
	return Name(s), nil
}

// ParseVersion takes an exact version with its revision: "1.36.1-r29". apk would
// take "1.36.1" too, for a package that has no revision, which those of
// distributions have.
func (Apk) ParseVersion(s string) (Version, error) {
	switch found := apkVersionForm.FindStringSubmatch(s); {
	case found == nil:
		return "", fmt.Errorf("%q is not a version of an apk package, like 1.2.3_rc1-r4", s)
	case found[5] == "":
		return "", fmt.Errorf("version %q has no revision: apk policy tells it, like 1.2-r3", s)
	}
	return Version(s), nil
}

// CompareVersions is apk's.
func (Apk) CompareVersions(a, b string) int { return compareApkVersions(a, b) }

// apkConstraint is an entry of apk-world(5): "name", "!name", "name@tag",
// "name=1.2-r3", "name@tag~1.2", "name><HASH".
var apkConstraint = regexp.MustCompile(`^([A-Za-z0-9._+-][^@=<>~]*)(@[^=<>~]+)?([=<>~]+)?(.*)$`)

// apkPin gives the name that an entry of world keeps from being upgraded, or "".
// A package that was installed from a file is kept too: by its hash.
func apkPin(entry string) string {
	found := apkConstraint.FindStringSubmatch(entry)
	if found == nil {
		return ""
	}
	switch found[3] {
	case "", ">", ">=":
		return ""
	}
	return found[1]
}
