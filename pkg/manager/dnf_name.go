package manager

import (
	"fmt"
	"strings"
)

// ParseName takes a binary package's name and nothing else that dnf takes in its
// place: groups, globs, files, capabilities.
func (Dnf) ParseName(s string) (Name, error) {
	if strings.HasPrefix(s, "@") {
		return "", fmt.Errorf("%q is a group of dnf: name its packages", s)
	}
	return parseRPMName(s, "dnf")
}

// ParseVersion takes an exact version with its release: "2:1.0-3.fc40".
func (Dnf) ParseVersion(s string) (Version, error) {
	return parseRPMVersion(s, "dnf repoquery --showduplicates", "3.fc40")
}
