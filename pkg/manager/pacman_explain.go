package manager

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"hostkit/pkg/shell"
)

const pacmanRefreshHint = "refresh the package index and upgrade the host: pacman -Syu"

// pacmanDamage is what is said of an index that is there and can't be read.
var pacmanDamage = regexp.MustCompile(`could not (?:read|open) (?:db|database) '?([^\s']+)'?|(?:database|error:) '([^']+)' is not valid`)

// pacmanStates are forms of what is said of the host before any package is looked
// at, by pacman (in the C locale) and by the scripts around it, tried in order.
// They are read as those of apt are.
var pacmanStates = []reason{
	{
		regexp.MustCompile(`(?m)^hostkit: not root$`),
		"permission_denied", "may not change packages on the host", becomeRoot,
	},
	{
		regexp.MustCompile(`(?m)^hostkit: stale (\S+)$`),
		"interrupted", "$1 was left by a pacman that is gone: no process has it open",
		"look at the end of /var/log/pacman.log, then remove it on the host: rm $1",
	},
	{
		regexp.MustCompile(`(?m)^hostkit: (\S+) is held by process (\d+) \((.+)\)$`),
		"locked", "$1 is held by process $2 ($3)", "wait until it is done",
	},
	{
		regexp.MustCompile(`unable to lock database`),
		"locked", "pacman's database is held by another process", "wait until it is done",
	},
	{
		regexp.MustCompile(`(?m)^(?:hostkit: incomplete|error: could not open file) (/\S*/local/([^\s/]+)-[^-\s/]+-[^-\s/]+?)(?:/(?:desc|files): No such file or directory)?$`),
		"interrupted", "$2 was left incomplete by a pacman that was interrupted",
		"on the host: rm -r $1 && pacman -S --overwrite '*' $2",
	},
	{
		regexp.MustCompile(`database is incorrect version|database is inconsistent|duplicated database entry`),
		"interrupted", "pacman's database of installed packages is not in order", "see pacman -Dk and pacman-db-upgrade on the host",
	},
	{
		regexp.MustCompile(`could not find database|(?s)database file for '[^']+' does not exist.*hostkit: no package `),
		"no_index", "the host has no package index", pacmanRefreshHint,
	},
	{
		regexp.MustCompile(`(?m)^error: (\S+): ((?:signature|missing required signature|key)[^\n]*)$`),
		"signature", "signature of $1: $2", pacmanKeyHint,
	},
	{
		regexp.MustCompile(`(required key missing from keyring|keyring is not writable|[Pp]ublic keyring not found|invalid or corrupted (?:package|database) \(PGP signature\))`),
		"signature", "pacman trusts no signature here: $1", pacmanKeyHint,
	},
	{
		pacmanDamage, "index_damaged", "pacman can't read its index of $1$2", "fetch it anew: pacman -Syyu",
	},
}

// pacmanReasons are forms of what pacman says of packages, tried in order.
var pacmanReasons = []reason{
	{
		regexp.MustCompile(`Partition (\S+) too full: (\d+) blocks needed`),
		"no_space", "the host has not enough free space in $1", "",
	},
	{
		regexp.MustCompile(`No space left on device|not enough free disk space`),
		"no_space", "the host has not enough free space", "",
	},
	{
		regexp.MustCompile(`Read-only file system|Partition \S+ is mounted read only`),
		"read_only", "a file system of the host is read-only", "",
	},
	{
		regexp.MustCompile(`no usable package repositories configured`),
		"no_repositories", "the host has no package repository enabled", "see /etc/pacman.conf on the host",
	},
	{
		regexp.MustCompile(`no servers configured for repository`),
		"no_repositories", "a package repository of the host has no server", "see /etc/pacman.d/mirrorlist on the host",
	},
	{
		regexp.MustCompile(`(?m)(\S+) is designated as a HoldPkg`),
		"held", "it would remove a package that pacman.conf protects: $1", "see HoldPkg in /etc/pacman.conf on the host",
	},
	{
		regexp.MustCompile(`(\S+) is in IgnorePkg/IgnoreGroup`),
		"held", "it would change a package that pacman.conf keeps as it is: $1", "see IgnorePkg and IgnoreGroup in /etc/pacman.conf on the host",
	},
	{
		regexp.MustCompile(`(?m)^hostkit: twice (.+)$`),
		"conflict", "packages do not go together: the version of $1 that is asked for is not the one that another needs", "",
	},
	{
		regexp.MustCompile(`(?m)^hostkit: would downgrade (\S+) (\S+) (\S+)$`),
		"would_downgrade", "the package transaction would downgrade what the plan does not name: $1 from $2 to $3",
		"if that is wanted, declare it in the config with that version",
	},
	{
		regexp.MustCompile(`are in conflict(?: \([^)]*\))?\. Remove (\S+?)\?`),
		"would_remove", "the package transaction would remove what the plan does not name: $1",
		"if that is wanted, declare it in the config with \"state\": \"absent\"",
	},
	{
		regexp.MustCompile(`removing '([^']+)' from target list because it conflicts with '([^']+)'`),
		"conflict", "packages do not go together: $2 conflicts with $1", "",
	},
	{
		regexp.MustCompile(`(?m)^:: removing (\S+) breaks dependency '([^']+)' required by (\S+)$`),
		"would_remove", "the package transaction would remove what the plan does not name: $3, which needs $2",
		"if that is wanted, declare it in the config with \"state\": \"absent\"",
	},
	{
		regexp.MustCompile(`(?m)^:: installing (\S+ \(\S+\)) breaks dependency '([^']+)' required by (\S+)$`),
		"conflict", "packages do not go together: $3 needs $2 and not $1", "",
	},
	{
		regexp.MustCompile(`(?m)^:: unable to satisfy dependency '([^']+)' required by (\S+)$`),
		"conflict", "packages do not go together: nothing provides $1 needed by $2", "",
	},
	{
		regexp.MustCompile(`(?m)^:: (\S+) and (\S+) are in conflict`),
		"conflict", "packages do not go together: $1 conflicts with $2", "",
	},
	{
		regexp.MustCompile(`(?m)^(\S+): (/\S+) exists in filesystem \(owned by (\S+)\)$`),
		"conflict", "packages do not go together: $1 and $3 both have $2", "",
	},
	{
		regexp.MustCompile(`(?m)^(\S+): (/\S+) exists in filesystem$`),
		"conflict", "$1 has a file that is on the host already, of no package: $2", "remove it, or declare its content, and apply the plan again",
	},
	{
		regexp.MustCompile(`(?m)^(/\S+) exists in both '(\S+)' and '(\S+)'$`),
		"conflict", "packages do not go together: $2 and $3 both have $1", "",
	},
	{
		regexp.MustCompile(`File (\S+) is corrupted|(?m)^(\S+) is invalid or corrupted$`),
		"damaged", "the package file $1$2 is damaged", "fetch it anew: pacman -Syyu",
	},
	{
		regexp.MustCompile(`(?:Could not|Couldn't) resolve host(?: name)?: (\S+)`),
		"unreachable", "the host can't resolve $1", noNames,
	},
	{
		regexp.MustCompile(`failed retrieving file '([^']+)' from (\S+) : The requested URL returned error: (\d+)`),
		"not_found", "the package repository $2 does not have $1 ($3)", pacmanRefreshHint,
	},
	{
		regexp.MustCompile(`failed retrieving file '([^']+)' from disk : Couldn't open file (\S+)`),
		"not_found", "the package repository does not have $2", pacmanRefreshHint,
	},
	{
		regexp.MustCompile(`failed retrieving file '([^']+)' from (\S+) : (.+)`),
		"unreachable", "the host can't reach its package repository: $2: $3", noNetwork,
	},
	{
		regexp.MustCompile(`(?m)^error: (could not extract [^\n]+)\n(?:.*\n)*?error: problem occurred while (?:installing|upgrading) (\S+)$`),
		"package_failed", "package $2: $1", "",
	},
	{
		regexp.MustCompile(`failed to run transaction hooks`),
		"package_failed", "a hook of pacman failed", "see the end of /var/log/pacman.log on the host",
	},
}

const pacmanKeyHint = "is the host's keyring in order? pacman-key --init, then pacman-key --populate and pacman -Sy archlinux-keyring"

var pacmanErrors = regexp.MustCompile(`(?m)^error: (.+)$`)

// explainPacman says in one line why a script of pacman failed.
func explainPacman(r shell.Result) error {
	if r.Status == NotHere {
		return &Failure{Code: "no_package_manager", Message: "the host has no pacman"}
	}
	said := string(r.Stderr) + "\n"
	for _, reason := range pacmanStates {
		if f := reason.failure(said); f != nil {
			return f
		}
	}
	if f := pacmanNames(said, readPacmanOffer(string(r.Stdout))); f != nil {
		return f
	}
	for _, reason := range pacmanReasons {
		if f := reason.failure(said); f != nil {
			return f
		}
	}
	if all := pacmanErrors.FindAllStringSubmatch(said, -1); all != nil {
		return &Failure{Code: "failed", Message: "pacman: " + all[len(all)-1][1]}
	}
	return &Failure{Code: "failed", Message: fmt.Sprintf("pacman ended with status %d%s", r.Status, lastWords(r.Stderr))}
}

var (
	pacmanNoPackage = regexp.MustCompile(`(?m)^hostkit: no package (\S+)$`)
	pacmanNoVersion = regexp.MustCompile(`(?m)^hostkit: no version (\S+) of (\S+)$`)
	pacmanBehind    = regexp.MustCompile(`(?m)^hostkit: behind (\S+) (\S+) (\S+)$`)
	pacmanProviders = regexp.MustCompile(`There (?:is|are) \d+ providers? available for (\S+?):?\n`)
	pacmanNumbered  = regexp.MustCompile(`\s\d+\) (\S+)`)
)

// pacmanNames explains what the words of a single form can't.
func pacmanNames(said string, offer pacmanOffer) *Failure {
	if m := pacmanNoPackage.FindStringSubmatch(said); m != nil {
		name := m[1]
		if members := offer.groups[name]; members != nil {
			return GroupFailure(name, members)
		}
		if providers := offer.providers[name]; providers != nil {
			return &Failure{
				"not_available", fmt.Sprintf("%s is no package, but a name that others provide: %s", name, strings.Join(providers, ", ")),
				"name one of them with as",
			}
		}
		return &Failure{"not_available", "pacman has no package " + name, pacmanRefreshHint + orName}
	}
	if m := pacmanNoVersion.FindStringSubmatch(said); m != nil {
		hint := "neither the index nor pacman's cache has any"
		if versions := offer.all(m[2]); versions != nil {
			hint = "the index and pacman's cache have " + strings.Join(versions, ", ")
		}
		return &Failure{"version_not_available", fmt.Sprintf("there is no version %s of %s", m[1], m[2]), hint}
	}
	if at := pacmanProviders.FindStringSubmatchIndex(said); at != nil {
		needed := said[at[2]:at[3]]
		var providers []string
		rest := said[at[1]:]
		if next := pacmanProviders.FindStringIndex(rest); next != nil {
			rest = rest[:next[0]]
		}
		for _, m := range pacmanNumbered.FindAllStringSubmatch(rest, -1) {
			providers = append(providers, m[1])
		}
		return &Failure{
			"several_providers", fmt.Sprintf("several packages provide %s, which is needed: %s", needed, strings.Join(providers, ", ")),
			"declare one of them in the config too",
		}
	}
	if all := pacmanBehind.FindAllStringSubmatch(said, -1); all != nil {
		var behind []string
		for _, m := range all {
			if line := fmt.Sprintf("%s from %s to %s", m[1], m[2], m[3]); !slices.Contains(behind, line) {
				behind = append(behind, line)
			}
		}
		return &Failure{
			"partial_upgrade", "it would be a partial upgrade, which Arch does not support: the plan does not name " + strings.Join(behind, ", "),
			"upgrade the whole host first: pacman -Syu; or declare these in the config with that version",
		}
	}
	return nil
}
