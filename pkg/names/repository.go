package names

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"hostkit/pkg/doc"
)

// release makes a repository's name of an os-release(5): the ID, a form of
// VERSION_ID, and the repository, in which $1 is what the form captured.
type release struct {
	id         string
	version    *regexp.Regexp
	repository string
	// note says what is to be known of a repository that is not the host's own.
	note string
}

var (
	major      = regexp.MustCompile(`^([0-9]+)(?:\.[0-9.]+)?$`)
	majorMinor = regexp.MustCompile(`^([0-9]+)\.([0-9]+)(?:\.[0-9.]+)?$`)
	anyVersion = regexp.MustCompile(`()`)
	none       = regexp.MustCompile(`^$`)
)

const (
	noteRHEL   = "Repology has no repository of this distribution: names are those of AlmaLinux, which is built from the same sources"
	noteDebian = "packages are those of Debian"
	noteUbuntu = "packages are those of Ubuntu"
	noteArch   = "packages are those of Arch Linux"
)

// releases follow the spelling of Repology (https://repology.org/repositories),
// the first that fits counts. Distributions whose release numbers follow no rule
// of the one they descend from are listed release by release.
var releases = []release{
	{"debian", major, "debian_$1", ""},
	// Testing and unstable have no VERSION_ID until testing is frozen.
	{"debian", none, "debian_unstable", "the host says no release: taken for Debian unstable"},
	{"ubuntu", majorMinor, "ubuntu_${1}_$2", ""},
	{"fedora", major, "fedora_$1", ""},
	// Edge is "3.22.0_alpha20250108".
	{"alpine", regexp.MustCompile(`_alpha`), "alpine_edge", ""},
	{"alpine", majorMinor, "alpine_${1}_$2", ""},
	{"arch", anyVersion, "arch", ""},
	{"archarm", anyVersion, "arch", "names are those of Arch Linux on x86_64"},
	{"manjaro", anyVersion, "manjaro_stable", ""},
	{"endeavouros", anyVersion, "arch", noteArch},
	{"opensuse-leap", majorMinor, "opensuse_leap_${1}_$2", ""},
	{"opensuse-tumbleweed", anyVersion, "opensuse_tumbleweed", ""},
	{"almalinux", major, "almalinux_$1", ""},
	{"rocky", major, "rocky_$1", ""},
	// CentOS 7 and 8 proper are not Stream; their ID is the same.
	{"centos", regexp.MustCompile(`^(9|[1-9][0-9])$`), "centos_stream_$1", ""},
	{"rhel", major, "almalinux_$1", noteRHEL},
	{"ol", major, "almalinux_$1", noteRHEL},

	{"raspbian", major, "debian_$1", noteDebian},
	{"devuan", regexp.MustCompile(`^4(?:\.|$)`), "debian_11", noteDebian},
	{"devuan", regexp.MustCompile(`^5(?:\.|$)`), "debian_12", noteDebian},
	{"devuan", regexp.MustCompile(`^6(?:\.|$)`), "debian_13", noteDebian},
	{"linuxmint", regexp.MustCompile(`^20(?:\.|$)`), "ubuntu_20_04", noteUbuntu},
	{"linuxmint", regexp.MustCompile(`^21(?:\.|$)`), "ubuntu_22_04", noteUbuntu},
	{"linuxmint", regexp.MustCompile(`^22(?:\.|$)`), "ubuntu_24_04", noteUbuntu},
	// LMDE has the ID of Linux Mint and single digits.
	{"linuxmint", regexp.MustCompile(`^5$`), "debian_11", noteDebian},
	{"linuxmint", regexp.MustCompile(`^6$`), "debian_12", noteDebian},
	{"linuxmint", regexp.MustCompile(`^7$`), "debian_13", noteDebian},
}

// likeUbuntu is the number of an Ubuntu release, which derivatives such as
// Pop!_OS and KDE neon carry on.
var likeUbuntu = regexp.MustCompile(`^([0-9]{2})\.(04|10)$`)

// Repository names the package repository of a distribution release as Repology
// spells it: "debian_12". A derivative has that of the distribution whose
// packages it carries, [RepositoryNote] says so. The error says that we know
// none.
func Repository(os doc.OS) (string, error) {
	r, name := repositoryOf(os)
	if r == nil {
		return "", fmt.Errorf("no package repository is known for the distribution %q, version %q", os.ID, os.VersionID)
	}
	return name, nil
}

// RepositoryNote is what a person should know about the repository of a host
// whose distribution has none of its own; usually "".
func RepositoryNote(os doc.OS) string {
	if r, _ := repositoryOf(os); r != nil {
		return r.note
	}
	return ""
}

func repositoryOf(os doc.OS) (*release, string) {
	for i := range releases {
		r := &releases[i]
		if r.id != os.ID {
			continue
		}
		if at := r.version.FindStringSubmatchIndex(os.VersionID); at != nil {
			return r, string(r.version.ExpandString(nil, r.repository, os.VersionID, at))
		}
	}
	if found := likeUbuntu.FindStringSubmatch(os.VersionID); found != nil && slices.Contains(os.IDLike, "ubuntu") {
		return &release{note: noteUbuntu}, "ubuntu_" + strings.Join(found[1:], "_")
	}
	return nil, ""
}
