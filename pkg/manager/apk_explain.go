package manager

import (
	"fmt"
	"regexp"
	"strings"

	"hostkit/pkg/shell"
)

const (
	apkRefreshHint = "refresh the package index on the host: apk update"
	apkWaitHint    = "wait until it is done"
)

// apkReasons are forms of what apk says, tried in order; they are read as those of
// apt are. The words of network errors are those of libfetch, which apk has in it,
// and have changed with its versions.
var apkReasons = []reason{
	{
		regexp.MustCompile(`(?m)^hostkit: (\S+) is held by process (\d+) \((.+)\)$`),
		"locked", "$1 is held by process $2 ($3)", apkWaitHint,
	},
	{
		regexp.MustCompile(`Unable to lock database: (?:temporary error|Resource temporarily)`),
		"locked", "apk's database is locked by another process", apkWaitHint,
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
		regexp.MustCompile(`(?i)No space left on device`),
		"no_space", "the host has no space left on a device", "",
	},
	{
		regexp.MustCompile(`Read-only file system`),
		"read_only", "a file system of the host is read-only", "",
	},
	{
		regexp.MustCompile(`(?:database|log|cache|layers?|world)[^\n]*: Permission denied`),
		"permission_denied", "may not change packages on the host", becomeRoot,
	},
	{
		regexp.MustCompile(`(?:FDB format error|Unable to read database)[^\n]*`),
		"database_damaged", "apk can't read its database: $0", "",
	},
	{
		regexp.MustCompile(`(?m)^(?:WARNING|ERROR): (?:[a-zA-Z ]+ )?(\S+): ((?:UNTRUSTED|BAD) signature)$`),
		"signature", "signature of $1: $2", "the repository's key is missing or wrong in /etc/apk/keys on the host",
	},
	{
		regexp.MustCompile(`(?m)^(?:WARNING|ERROR): (?:[a-zA-Z ]+ )?(\S+): (DNS[^\n]*|[^\n]*(?:resolve|name server)[^\n]*)$`),
		"unreachable", "the host can't resolve the name in $1: $2", noNames,
	},
	{
		regexp.MustCompile(`(?m)^(?:WARNING|ERROR): (?:[a-zA-Z ]+ )?(\S+): ((?:temporary error|could not connect|network |[Nn]etwork is |Network unreachable|No route|Host is unreachable|Connection |Operation timed out|operation timed out|TLS:|unexpected end of file)[^\n]*)$`),
		"unreachable", "the host can't reach its package repository $1: $2", noNetwork,
	},
	{
		regexp.MustCompile(`(?m)^ERROR: (\S+): (?:package mentioned in index not found|could not find a repo which provides|remote server returned error)`),
		"index_stale", "the package repository no longer has $1, which the host's index names", planRefreshHint,
	},
	{
		regexp.MustCompile(`(?m)^(?:WARNING|ERROR): (?:[a-zA-Z ]+ )?(\S+): (HTTP 4\d\d[^\n]*|remote server returned error)[^\n]*$`),
		"not_found", "the package repository does not have $1 ($2)", "correct /etc/apk/repositories on the host",
	},
	{
		regexp.MustCompile(`(?m)^  (\S+) \(virtual\):\n(?:    note:[^\n]*\n(?: {9,}[^\n]*\n)*)?    provided by:((?:\s+[^\s:]+)+?)\n    required by:`),
		"not_available", "$1 is no package, but a name that others provide: $2", "name one of them with as",
	},
	{
		regexp.MustCompile(`(?m)^  (\S+) \(no such package\):\n    required by: world\[`),
		"not_available", "apk has no package $1", planRefreshHint + orName,
	},
	{
		regexp.MustCompile(`(?m)^ERROR: No such package: (\S+)$`),
		"not_available", "apk has no package $1", planRefreshHint + orName,
	},
	{
		regexp.MustCompile(`(?m)^ERROR: (\S+): trying to overwrite (\S+) owned by (\S+?)\.?$`),
		"conflict", "packages do not go together: $1 and $3 both have /$2", "",
	},
	{
		regexp.MustCompile(`(?m)^ERROR: (?:lib/apk/exec/)?(\S+)\.([a-z]+-(?:install|deinstall|upgrade)|trigger): (?:script )?exited with error (\d+)$`),
		"package_failed", "package $1: its $2 script ended with status $3", "when its cause is mended, run apk fix on the host",
	},
	{
		regexp.MustCompile(`Not committing changes due to missing repository tags`),
		"failed", "/etc/apk/world on the host names a repository tag that /etc/apk/repositories does not have", "",
	},
}

// apkUnsolved is what apk says, over several lines, of packages that do not go
// together; apk 2.10 calls them unsatisfiable.
var apkUnsolved = regexp.MustCompile(`ERROR: (?:unable to select packages|unsatisfiable constraints):\n((?: [^\n]*\n)+)`)

var (
	apkErrors   = regexp.MustCompile(`(?m)^ERROR: (.+)$`)
	apkWarnings = regexp.MustCompile(`(?m)^WARNING: (.+)$`)
)

// explainApk says in one line why a script of apk failed.
func explainApk(r shell.Result) *Failure {
	if r.Status == NotHere {
		return &Failure{Code: "no_package_manager", Message: "the host has no apk"}
	}
	said := string(r.Stdout) + "\n" + string(r.Stderr) + "\n"
	for _, reason := range apkReasons {
		if f := reason.failure(said); f != nil {
			return f
		}
	}
	if found := apkUnsolved.FindStringSubmatch(said); found != nil {
		return &Failure{Code: "conflict", Message: "packages do not go together: " + shortened(found[1])}
	}
	for _, form := range []*regexp.Regexp{apkErrors, apkWarnings} {
		if all := form.FindAllStringSubmatch(said, -1); all != nil {
			return &Failure{Code: "failed", Message: "apk: " + all[len(all)-1][1]}
		}
	}
	return &Failure{Code: "failed", Message: fmt.Sprintf("apk ended with status %d%s", r.Status, lastWords(r.Stderr))}
}

// shortened puts text on one line of no more than a few.
func shortened(text string) string {
	const most = 400
	line := strings.Join(strings.Fields(text), " ")
	if len(line) > most {
		return line[:most] + " …"
	}
	return line
}
