package manager

import (
	"fmt"
	"regexp"
	"strings"

	"hostkit/pkg/shell"
)

// dnfFailure is how dnfProgram says that something went wrong: Kind is a word of
// its own, or the name of the exception of dnf.
type dnfFailure struct {
	Kind    string   `json:"kind"`
	Message string   `json:"message"`
	Name    string   `json:"name"`
	Version string   `json:"version"`
	Have    []string `json:"have"`
	Path    string   `json:"path"`
	PID     int      `json:"pid"`
	Comm    string   `json:"comm"`
}

const dnfRefreshHint = "refresh the package index on the host: dnf makecache --refresh"

// dnfReasons are forms of what dnf and rpm say (in the C locale), tried in order;
// they are read as those of apt are.
var dnfReasons = []reason{
	{
		regexp.MustCompile(`hostkit: dnf is neither version 4 nor 5`),
		"unsupported", "the host's dnf is neither version 4 nor 5, the ones that are known", "",
	},
	{
		regexp.MustCompile(`needs (\S+) more space on the (\S+) filesystem`),
		"no_space", "the host lacks $1 of free space in $2", "",
	},
	{
		regexp.MustCompile(`No space left on device|Curl error \(23\)`),
		"no_space", "the host has no space left on a device", "",
	},
	{
		regexp.MustCompile(`Read-only file system`),
		"read_only", "a file system of the host is read-only", "",
	},
	{
		regexp.MustCompile(`(?:Permission denied|can't create transaction lock on|cannot open Packages database)`),
		"permission_denied", "may not change packages on the host", becomeRoot,
	},
	{
		regexp.MustCompile(`The operation would result in removing the following protected packages: (.+)`),
		"essential", "it would remove packages that are protected: $1", "",
	},
	{
		regexp.MustCompile(`Could not resolve host: ([^\s\]]+)`),
		"unreachable", "the host can't resolve $1", noNames,
	},
	{
		regexp.MustCompile(`(Couldn't connect to server|Timeout was reached|Failed to connect|Operation too slow|Network is unreachable)(?: for (\S+))?`),
		"unreachable", "the host can't reach its package repository: $1 $2", noNetwork,
	},
	{
		regexp.MustCompile(`Status code: 404 for (\S+\.rpm)\b`),
		"index_stale", "the package repository no longer has $1, which the host's index names", planRefreshHint,
	},
	{
		regexp.MustCompile(`Status code: (\d+) for (\S+)`),
		"not_found", "the package repository does not have $2 ($1)", dnfRefreshHint + ", or correct its repository files",
	},
	{
		regexp.MustCompile(`Couldn't read a file:// file for (\S+)`),
		"not_found", "the package repository does not have $1", dnfRefreshHint + ", or correct its repository files",
	},
	{
		regexp.MustCompile(`(?m)^.*((?:GPG (?:check|key)|Error: GPG|repomd.xml GPG|Public key for)[^\n]*)$`),
		"signature", "$1", "the repository's key is missing or wrong on the host",
	},
	{
		// dnf itself speaks of an incorrect checksum here.
		regexp.MustCompile(`Error opening (\S+\.rpm): No such file`),
		"not_found", "the package repository does not have $1", dnfRefreshHint,
	},
	{
		regexp.MustCompile(`(?m)([^\n]*incorrect checksum[^\n]*)`),
		"damaged", "$1", dnfRefreshHint,
	},
	{
		regexp.MustCompile(`(?m)^ *file (\S+) (?:from install of|conflicts between) ([^\n]+)$`),
		"conflict", "packages do not go together: both have $1: $2", "",
	},
}

// explainDnf says in one line why a script of dnf failed.
func explainDnf(r shell.Result, a *dnfAnswer) error {
	if r.Status == NotHere {
		return &Failure{Code: "no_package_manager", Message: "the host has no dnf"}
	}
	said := string(r.Stderr)
	if strings.Contains(said, "hostkit: dnf 5 can not hold") {
		return explainDnf5(r.Status, said)
	}
	if a != nil {
		if f := a.Failure.known(); f != nil {
			return f
		}
		said = a.Failure.Message + "\n" + a.Said
	}
	for _, reason := range dnfReasons {
		if f := reason.failure(said + "\n"); f != nil {
			return f
		}
	}
	if a == nil {
		return &Failure{Code: "failed", Message: fmt.Sprintf("dnf ended with status %d%s", r.Status, lastWords(r.Stderr))}
	}
	if a.Failure.Kind == "DepsolveError" {
		return &Failure{Code: "conflict", Message: "packages do not go together: " + solverReasons(a.Failure.Message)}
	}
	message := strings.Join(strings.Fields(a.Failure.Message), " ")
	if message == "" {
		message = a.Failure.Kind
	}
	return &Failure{Code: "failed", Message: "dnf: " + message}
}

// solverReasons are the lines behind dashes of what the solver says.
func solverReasons(message string) string {
	var reasons []string
	for line := range strings.Lines(message) {
		if reason, ok := strings.CutPrefix(strings.TrimSpace(line), "- "); ok {
			reasons = append(reasons, reason)
		}
	}
	if reasons == nil {
		return strings.Join(strings.Fields(message), " ")
	}
	return strings.Join(reasons, "; ")
}

// known reads the failures that the program itself has found.
func (f *dnfFailure) known() *Failure {
	switch f.Kind {
	case "locked":
		holder := "another process"
		if f.PID != 0 {
			comm := f.Comm
			if comm == "" {
				comm = "not to be seen from here"
			}
			holder = fmt.Sprintf("process %d (%s)", f.PID, comm)
		}
		return &Failure{"locked", f.Path + " is held by " + holder, "wait until it is done"}
	case "excluded":
		return &Failure{
			"held", "the host's dnf excludes " + f.Name,
			"see exclude in /etc/dnf/dnf.conf and the repository files, and dnf versionlock list; \"hold\": true or false says what is to become of a lock",
		}
	case "no_version":
		return noSuchVersion(f.Name, f.Version, f.Have)
	case "no_package":
		return noSuchPackage("dnf", f.Name, f.Have, dnfRefreshHint)
	case "no_index":
		return &Failure{"no_index", "the host has no package index", dnfRefreshHint}
	case "no_repositories":
		return &Failure{"no_repositories", "the host has no package repository enabled", "see /etc/yum.repos.d on the host"}
	case "cannot_hold":
		return &Failure{
			"cannot_hold", "the host's dnf can't hold " + f.Name + ": it lacks the plugin versionlock, or that is disabled",
			"install it first (python3-dnf-plugin-versionlock), or leave hold out of the config",
		}
	case "held_by_pattern":
		return &Failure{
			"held", fmt.Sprintf("%s is held by the pattern %s of dnf versionlock, which may hold others too", f.Name, f.Message),
			"dnf versionlock delete '" + f.Message + "' on the host, and hold each package by its name",
		}
	case "would_remove":
		return &Failure{"would_remove", "it would remove a package that the plan does not name: " + f.Name, ""}
	case "would_downgrade":
		return &Failure{"would_downgrade", "it would downgrade a package that the plan does not name: " + f.Name, ""}
	case "signature":
		return &Failure{"signature", fmt.Sprintf("signature of %s: %s", f.Name, f.Message), "the repository's key is missing or wrong on the host"}
	case "package_failed":
		return &Failure{"package_failed", "package " + f.Name + " was not changed as it should be", ""}
	}
	return nil
}
