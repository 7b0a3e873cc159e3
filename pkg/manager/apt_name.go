package manager

import (
	"fmt"
	"regexp"
	"strings"
)

// aptNameForm is Debian policy 5.6.7. What it lets through apt could still take
// for something else, see aptExact.
var aptNameForm = regexp.MustCompile(`^[a-z0-9][a-z0-9+.-]+$`)

// ParseName takes a binary package's name. Names with an architecture are not
// taken: packages of foreign architectures are not managed.
func (Apt) ParseName(s string) (Name, error) {
	switch {
	case strings.Contains(s, "="):
		return "", fmt.Errorf("%q holds a version: give it as version", s)
	case strings.Contains(s, "/"):
		return "", fmt.Errorf("%q holds a release, which apt decides by its pins", s)
	case strings.Contains(s, ":"):
		return "", fmt.Errorf("%q holds an architecture: packages of foreign architectures are not managed", s)
	case strings.HasSuffix(s, "-") && len(s) > 1:
		return "", fmt.Errorf("%q ends with a dash, which apt takes as a removal", s)
	case !aptNameForm.MatchString(s):
		return "", fmt.Errorf("%q is not a package name of apt: want lower-case letters, digits, +, . and -, two or more, beginning with a letter or digit", s)
	}
	return Name(s), nil
}

// aptVersionForm is [epoch:]upstream[-revision] of deb-version(7). A colon may
// stand in upstream only behind an epoch, a dash only before a revision.
var aptVersionForm = regexp.MustCompile(`^(?:[0-9]+:[0-9][A-Za-z0-9.+~:-]*|[0-9][A-Za-z0-9.+~-]*)$`)

// ParseVersion takes an exact version. The first letter must be a digit, so none
// of apt's words ("candidate", "newest") is one; a wildcard is refused.
func (Apt) ParseVersion(s string) (Version, error) {
	switch {
	case strings.HasSuffix(s, "+"), strings.HasSuffix(s, "-"):
		return "", fmt.Errorf("version %q ends with a sign, which apt takes off", s)
	case !aptVersionForm.MatchString(s):
		return "", fmt.Errorf("%q is not a version of a Debian package, like 1:2.3-4", s)
	}
	return Version(s), nil
}

// aptExact spells a name so that apt takes it as that name and nothing else.
// With an architecture, "native" being the host's own, a name no longer ends
// with the sign that apt reads as "install" or "remove" when no package of the
// whole name exists: "g++:native". Together with APT::Cmd::Pattern-Only, which
// apt knows since 2.0, a name that does not exist is no longer tried as a
// regular expression ("libc6.dev"). That apt takes the one provider of a virtual
// name for it can't be switched off: ReadPreview finds that out, and whatever an
// older apt makes of a name.
func aptExact(n Name) string { return string(n) + ":native" }

// aptArguments are the words behind `apt-get install`.
func aptArguments(t Transaction) []string {
	words := []string{"--"}
	for _, want := range t.Install {
		word := aptExact(want.Name)
		if want.Version != "" {
			word += "=" + string(want.Version)
		}
		words = append(words, word)
	}
	for _, name := range t.Remove {
		words = append(words, aptExact(name)+"-")
	}
	return words
}
