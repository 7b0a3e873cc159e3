package names

import (
	"regexp"
	"strings"

	"hostkit/pkg/cli/suggest"
	"hostkit/pkg/doc"
)

// repositories is how those are spelled of which the embedded table has names.
var repositories = regexp.MustCompile(`^(?:debian_(?:[0-9]+|unstable)|ubuntu_[0-9]{2}_[0-9]{2}|fedora_(?:[0-9]+|rawhide)|` +
	`(?:almalinux|rocky|centos_stream)_[0-9]+|alpine_(?:[0-9]{1,2}_[0-9]+|edge)|arch|manjaro_[a-z]+|` +
	`opensuse_(?:leap_[0-9]{2}_[0-9]|tumbleweed))$`)

// KnownRepository reports whether the embedded table has names of a repository.
func KnownRepository(name string) bool { return repositories.MatchString(name) }

// NearRepository is the repository that somebody probably meant who gave another name:
// debian_12 for "Debian 12", ubuntu_24_04 for "ubuntu24.04", almalinux_9 for "rhel9".
func NearRepository(name string) (string, bool) {
	words := lettersOrDigits.FindAllString(strings.ToLower(name), -1)
	numbers := 0
	for numbers < len(words) && words[len(words)-1-numbers][0] <= '9' {
		numbers++
	}
	family, release := words[:len(words)-numbers], words[len(words)-numbers:]
	for _, spelling := range releasesOf(release) {
		for _, id := range []string{strings.Join(family, "_"), nearFamily(strings.Join(family, "_"))} {
			if near := strings.Trim(id+"_"+spelling, "_"); KnownRepository(near) {
				return near, true
			}
			os := doc.OS{ID: strings.ReplaceAll(id, "_", "-"), VersionID: strings.ReplaceAll(spelling, "_", ".")}
			if near, err := Repository(os); err == nil && spelling != "" && KnownRepository(near) {
				return near, true
			}
		}
	}
	return "", false
}

var lettersOrDigits = regexp.MustCompile(`[a-z]+|[0-9]+`)

// releasesOf are the ways to spell a release: as it is, without its last parts, and as
// two numbers where they were written as one.
func releasesOf(numbers []string) []string {
	var all []string
	for n := len(numbers); n >= 0; n-- {
		all = append(all, strings.Join(numbers[:n], "_"))
	}
	if len(numbers) == 1 {
		for i := 1; i < len(numbers[0]); i++ {
			all = append(all, numbers[0][:i]+"_"+numbers[0][i:])
		}
	}
	return all
}

// nearFamily is what a misspelled distribution is, or nothing that there is.
func nearFamily(name string) string {
	known := []string{"arch"}
	for _, r := range releases {
		known = append(known, strings.ReplaceAll(r.id, "-", "_"))
	}
	near, _ := suggest.Nearest(name, known)
	return near
}
