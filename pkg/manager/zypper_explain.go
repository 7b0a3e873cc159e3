package manager

import (
	"fmt"
	"html"
	"regexp"
	"strings"
)

const (
	zypperRefreshHint = "refresh the package index on the host: zypper refresh"
	zypperKeyHint     = "compare it with what the repository's owner publishes, then on the host: rpm --import KEY"
)

// zypperReasons are forms of what zypper, libzypp and rpm say (in the C locale),
// tried in order; they are read as those of apt are.
var zypperReasons = []reason{
	{
		regexp.MustCompile(`(?m)^hostkit: (\S+) is held by process (\d+) \((.+)\)$`),
		"locked", "$1 is held by process $2 ($3)", "wait until it is done",
	},
	{
		regexp.MustCompile(`System management is locked by the application with pid (\d+) \(([^)\n]*)\)`),
		"locked", "/run/zypp.pid is held by process $1 ($2)", "wait until it is done",
	},
	{
		regexp.MustCompile(`PackageKit is (?:still running|blocking zypper)`),
		"locked", "PackageKit is changing packages on the host", "wait until it is done",
	},
	{
		regexp.MustCompile(`(?m)^hostkit: would remove (\S+)$`),
		"would_remove", "it would remove a package that the plan does not name: $1", "",
	},
	{
		regexp.MustCompile(`(?m)^hostkit: would downgrade (\S+)$`),
		"would_downgrade", "it would downgrade a package that the plan does not name: $1", "",
	},
	{
		regexp.MustCompile(`Root privileges are required|can't create transaction lock on \S+ \(Permission denied\)`),
		"permission_denied", "may not change packages on the host", becomeRoot,
	},
	{
		regexp.MustCompile(`(?m)^hostkit: no index$`),
		"no_index", "the host has no package index", zypperRefreshHint,
	},
	{
		regexp.MustCompile(`There are no enabled repositories defined|No repositories defined\. Use`),
		"no_repositories", "the host has no package repository enabled", "see /etc/zypp/repos.d on the host",
	},
	{
		regexp.MustCompile(`<repository>([^<]*)</repository>(?s:.*?)<key-fingerprint>([0-9A-Fa-f ]+)</key-fingerprint>`),
		"signature", "the host does not trust the key of the repository $1: $2", zypperKeyHint,
	},
	{
		regexp.MustCompile(`from repository '([^'\n]*)' is signed with an unknown key '([0-9A-Fa-f]+)'`),
		"signature", "the host does not have the key of the repository $1: $2", "on the host: rpm --import KEY",
	},
	{
		regexp.MustCompile(`File '([^'\n]+)' from repository '([^'\n]*)' is unsigned`),
		"signature", "$1 of the repository $2 is not signed", "correct gpgcheck in its file below /etc/zypp/repos.d if that is as it should be",
	},
	{
		regexp.MustCompile(`Signature verification failed (?:for file '([^'\n]+)'|\[([^\]\n]+)\]|for (\S+))`),
		"signature", "signature verification failed: $1$2$3", "the repository's key is missing or wrong on the host",
	},
	{
		regexp.MustCompile(`needs (\S+) more space on the (\S+) filesystem`),
		"no_space", "the host lacks $1 of free space in $2", "",
	},
	{
		regexp.MustCompile(`No space left on device|not enough (?:free )?(?:disk )?space`),
		"no_space", "the host has no space left on a device", "",
	},
	{
		regexp.MustCompile(`Read-only file system`),
		"read_only", "a file system of the host is read-only", "",
	},
	{
		regexp.MustCompile(`Could not resolve host: ([^\s<]+)`),
		"unreachable", "the host can't resolve $1", noNames,
	},
	{
		regexp.MustCompile(`(Failed to connect to \S+ port \d+|Timeout exceeded when accessing '[^'\n]*'|Connection timed out|Network is unreachable)`),
		"unreachable", "the host can't reach its package repository: $1", noNetwork,
	},
	{
		regexp.MustCompile(`File '(?:\./)?([^'\n]+)' not found on medium '([^'\n]*)'`),
		"not_found", "the package repository does not have $2/$1", zypperRefreshHint + ", or correct its repository files",
	},
	{
		regexp.MustCompile(`\[[^|\]\n]*\|([^\]\n]*)\] Valid metadata not found at specified URL`),
		"not_found", "there is no package repository at $1", "correct the files below /etc/zypp/repos.d on the host",
	},
	{
		regexp.MustCompile(`Digest verification failed for file '([^'\n]+)'`),
		"damaged", "$1 has not the checksum that the package index gives", zypperRefreshHint,
	},
	{
		regexp.MustCompile(`In order to install '([^'\n]+)'[^\n]*, you must agree to`),
		"license", "$1 wants a licence to be agreed to", "read it and agree on the host: zypper install $1",
	},
	{
		regexp.MustCompile(`need for license confirmation`),
		"license", "a package wants a licence to be agreed to", "read it and agree on the host, with zypper install",
	},
	{
		regexp.MustCompile(`remove lock to allow \w+ of (\S+)-[^-\s]+-[^-\s]+`),
		"held", "it would change a package that is held on the host: $1",
		"zypper removelock $1 on the host, or leave it out of the config",
	},
	{
		regexp.MustCompile(`Package '([^'=\n]+)=([^'\n]+)' not found`),
		"version_not_available", "the package index has no version $2 of $1", "zypper search -s $1 on the host tells its versions",
	},
	{
		regexp.MustCompile(`(?:Package|No provider of) '([^'\n]+)' (?:not )?found`),
		"not_available", "zypper has no package $1", zypperRefreshHint + orName,
	},
	{
		regexp.MustCompile(`<lhs><file>([^<]+)</file>.*?<name>([^<]+)</name>(?s:.*?)<rhs>.*?<name>([^<]+)</name>`),
		"conflict", "packages do not go together: $2 and $3 both have $1", "",
	},
	{
		regexp.MustCompile(`Problem: (?:\d+: )?([^<\n]+)`),
		"conflict", "packages do not go together: $1", "",
	},
	{
		regexp.MustCompile(`(%\w+)\((\S+)\) scriptlet failed, exit status (\d+)`),
		"package_failed", "package $2: its script $1 ended with status $3", "",
	},
	{
		regexp.MustCompile(`(?:Installation|Removal) of (\S+) failed:(?s:.*?)\berror: ([^<\n]+)`),
		"package_failed", "package $1: $2", "",
	},
	{
		regexp.MustCompile(`(?:Installation|Removal) of (\S+) failed:`),
		"package_failed", "package $1 was not changed as it should be", "",
	},
}

var zypperErrors = regexp.MustCompile(`<message type="error">([^<]+)`)

// explainZypper says in one line why zypper failed, from its exit status
// (zypper(8), "Exit Codes") and what it said.
func explainZypper(status int, said string) error {
	if status == NotHere {
		return &Failure{Code: "no_package_manager", Message: "the host has no zypper"}
	}
	said = html.UnescapeString(said) + "\n"
	for _, reason := range zypperReasons {
		if f := reason.failure(said); f != nil {
			return f
		}
	}
	if status == 107 {
		return &Failure{Code: "package_failed", Message: "a script of a package failed"}
	}
	if found := zypperErrors.FindStringSubmatch(said); found != nil {
		return &Failure{Code: "failed", Message: "zypper: " + strings.Join(strings.Fields(found[1]), " ")}
	}
	return &Failure{Code: "failed", Message: fmt.Sprintf("zypper ended with status %d%s", status, lastWords([]byte(said)))}
}
