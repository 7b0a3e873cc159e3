package manager

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// dnf5Reasons are forms of what dnf 5 and its script say, tried in order and before
// dnfReasons; the words of downloads and of rpm are the same as of dnf 4.
var dnf5Reasons = []reason{
	{
		regexp.MustCompile(`(?m)^hostkit: (\S+) is held by process (\d+) \((.+)\)$`),
		"locked", "$1 is held by process $2 ($3)", "wait until it is done, then apply the plan again",
	},
	{
		regexp.MustCompile(`Failed to obtain rpm transaction lock`),
		"locked", "rpm's database is locked by another process", "wait until it is done, then apply the plan again",
	},
	{
		regexp.MustCompile(`(?m)^hostkit: would_remove (\S+)$`),
		"would_remove", "it would remove a package that the plan does not name: $1", "",
	},
	{
		regexp.MustCompile(`(?m)^hostkit: would_downgrade (\S+)$`),
		"would_downgrade", "it would downgrade a package that the plan does not name: $1", "",
	},
	{
		regexp.MustCompile(`hostkit: dnf 5 can not hold`),
		"cannot_hold", "packages can't be held with dnf 5", "leave hold out of the config for this host",
	},
	{
		regexp.MustCompile(`(?m)^No match for argument: (\S+)$`),
		"not_available", "dnf has no package $1", dnfRefreshHint + orName,
	},
	{
		regexp.MustCompile(`Cache-only enabled but no cache for repository "([^"]+)"|cacheonly.*no cache`),
		"no_index", "the host has no package index of $1", dnfRefreshHint,
	},
	{
		regexp.MustCompile(`(?i)superuser privileges|Permission denied`),
		"permission_denied", "may not change packages on the host", becomeRoot,
	},
}

// explainDnf5 says in one line why dnf 5 failed.
func explainDnf5(status int, said string) *Failure {
	for _, reason := range slices.Concat(dnf5Reasons, dnfReasons) {
		if f := reason.failure(said + "\n"); f != nil {
			return f
		}
	}
	if _, problems, ok := strings.Cut(said, "Failed to resolve the transaction:\n"); ok {
		problems, _, _ = strings.Cut(problems, "You can try to add to command line:")
		return &Failure{Code: "conflict", Message: "packages do not go together: " + solverReasons(problems)}
	}
	return &Failure{Code: "failed", Message: fmt.Sprintf("dnf ended with status %d%s", status, lastWords([]byte(said)))}
}
