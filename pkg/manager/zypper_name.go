package manager

import (
	"fmt"
	"regexp"
	"strings"
)

// zypperArch ends what zypper takes as a name and an architecture; the words are
// those of libzypp (zypp/Arch.cc) that may stand behind a package's name.
var zypperArch = regexp.MustCompile(`\.(?:noarch|x86_64(?:_v[234])?|i[3-6]86|athlon|pentium[34]|aarch64|aarch64_ilp32|` +
	`arm(?:v[3-8]\w*)?|ppc(?:64(?:le|p7)?)?|s390x?|ia64|riscv64|loongarch64|mips\w*|sparc\w*|alpha\w*|sh[34]\w*|m68k|src|nosrc)$`)

// ParseName takes a binary package's name and nothing else that zypper takes in
// its place: patterns, capabilities, kinds, repositories, signs for what is to
// become of it (zypper(8), "Package Management Commands").
func (Zypper) ParseName(s string) (Name, error) {
	switch {
	case strings.Contains(s, ":"):
		return "", fmt.Errorf("%q holds a colon, before which zypper takes a kind or a repository: name a package", s)
	case s != "" && strings.ContainsRune("+-~!", rune(s[0])):
		return "", fmt.Errorf("%q begins with a sign, which zypper takes as what to do: name a package", s)
	case zypperArch.MatchString(s):
		return "", fmt.Errorf("%q ends with an architecture: packages of foreign architectures are not managed", s)
	}
	return parseRPMName(s, "zypper")
}

// ParseVersion takes an exact version with its release: "2:1.0-lp156.3.1".
func (Zypper) ParseVersion(s string) (Version, error) {
	return parseRPMVersion(s, "zypper search -s", "lp156.3.1")
}
