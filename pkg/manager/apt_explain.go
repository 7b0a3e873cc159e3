package manager

import (
	"fmt"
	"regexp"
	"strings"

	"hostkit/pkg/shell"
)

const (
	// becomeRoot is the way out where a manager may not do what it is to do.
	becomeRoot = "log in as root, or set sudo for the host (or give --sudo)"

	noNames   = "has the host a network and a name server? then apply the same plan again"
	noNetwork = "has the host a network, or does it need a proxy? then apply the same plan again"
)

// reason is one way in which a manager fails: a form of what it says (in the C
// locale), and what that means. $1, $2 in message and hint are what the form
// captured.
type reason struct {
	form          *regexp.Regexp
	code          string
	message, hint string
}

const (
	refreshHint = "refresh the package index on the host: apt-get update"
	// planRefreshHint is for what a plan was made from an old index for.
	planRefreshHint = "the package index may be old: make the plan again with hk-plan --refresh-index"
)

// aptReasons are tried in order: what apt says last is often only that
// something before it went wrong.
var aptReasons = []reason{
	{
		regexp.MustCompile(`(?m)^hostkit: (\S+) is held by process (\d+) \((.+)\)$`),
		"locked", "$1 is held by process $2 ($3)", "wait until it is done",
	},
	{
		regexp.MustCompile(`Could not get lock (\S+?)\. It is held by process (\d+) \((.+)\)`),
		"locked", "$1 is held by process $2 ($3)", "wait until it is done",
	},
	{
		regexp.MustCompile(`Could not get lock (\S+)`),
		"locked", "$1 is held by another process", "wait until it is done",
	},
	{
		regexp.MustCompile(`Could not open lock file (\S+) - open \(13: Permission denied\)`),
		"permission_denied", "may not open $1", becomeRoot,
	},
	{
		regexp.MustCompile(`dpkg was interrupted, you must manually run 'dpkg --configure -a'`),
		"interrupted", "dpkg was interrupted at an earlier time", "run dpkg --configure -a on the host",
	},
	{
		regexp.MustCompile(`don't have enough free space in (\S+?)\.?\n`),
		"no_space", "the host has not enough free space in $1", "apt-get clean on the host frees what apt has downloaded",
	},
	{
		regexp.MustCompile(`No space left on device`),
		"no_space", "the host has no space left on a device", "df on the host says where",
	},
	{
		regexp.MustCompile(`(?:Problem with MergeList|Unable to parse package file) (\S+)`),
		"index_damaged", "apt can't read its package list $1", refreshHint,
	},
	{
		regexp.MustCompile(`(?m)^E: (.+)\nE: The package lists or status file could not be parsed or opened`),
		"index_damaged", "apt can't read its package lists: $1", refreshHint,
	},
	{
		regexp.MustCompile(`Read-only file system`),
		"read_only", "a file system of the host is read-only", "",
	},
	{
		regexp.MustCompile(`(?m)(\S+) +(?:\S+ +)?(?:InRelease|Release|Release\.gpg): (The following signatures .*|.*(?:EXPKEYSIG|NO_PUBKEY|BADSIG|invalid).*)$`),
		"signature", "signature of $1: $2", "the archive's key is missing or expired on the host",
	},
	{
		// apt says of what a server refuses that it is not signed.
		regexp.MustCompile(`Failed to fetch (\S+/(?:In)?Release) +((?:40[0-35-9]|4[1-9]\d|5\d\d) +[^\[\n]*[^\[\s])`),
		"not_found", "the package archive does not give $1: $2", "correct the host's apt sources",
	},
	{
		regexp.MustCompile(`The repository '([^']+)' (is not signed|no longer has a Release file|does not have a Release file)`),
		"no_release", "the package archive $1 $2", "correct the host's apt sources",
	},
	{
		regexp.MustCompile(`Release file for (\S+) is (not valid yet|expired)`),
		"clock", "the index of $1 is $2", "is the host's clock right?",
	},
	{
		regexp.MustCompile(`unauthenticated packages and -y was used`),
		"signature", "the packages come from an archive without a signature", "",
	},
	{
		regexp.MustCompile(`(Temporary failure resolving|Could not resolve) '([^']+)'`),
		"unreachable", "the host can't resolve $2", noNames,
	},
	{
		regexp.MustCompile(`((?:Could not|Cannot|Unable to) (?:connect|initiate the connection) to [^\s]+(?: \([^)]*\))?|Connection timed out|Connection failed|Network is unreachable)`),
		"unreachable", "the host can't reach its package archive: $1", noNetwork,
	},
	{
		regexp.MustCompile(`Failed to fetch (\S+\.deb) +(?:404 +Not Found|File not found|File has unexpected size)`),
		"index_stale", "the package archive no longer has $1, which the host's index names", planRefreshHint,
	},
	{
		regexp.MustCompile(`Failed to fetch (\S+) +404 +Not Found`),
		"not_found", "the package archive does not have $1 (404)", refreshHint + ", or correct its apt sources",
	},
	{
		regexp.MustCompile(`(?:Unable to locate package|Couldn't find any package by (?:glob|regex)) '?([^\s':]+)`),
		"not_available", "apt has no package $1", planRefreshHint + orName,
	},
	{
		regexp.MustCompile(`Package '([^':]+)\S*' has no installation candidate`),
		"not_available", "no package $1 can be installed: only others provide it, or the host's pins forbid it", "name one with as:",
	},
	{
		regexp.MustCompile(`Version '([^']+)' for '([^':]+)\S*' was not found`),
		"version_not_available", "the package index has no version $1 of $2", planRefreshHint + orVersion,
	},
	{
		regexp.MustCompile(`Held packages were changed`),
		"held", "it would change a package that is held on the host", "apt-mark showhold on the host names it",
	},
	{
		regexp.MustCompile(`(?s)The following packages have unmet dependencies:\n (.+?)\n`),
		"conflict", "packages do not go together: $1", "",
	},
	{
		regexp.MustCompile(`Unable to satisfy dependencies\. (.+?)\n`),
		"conflict", "packages do not go together: $1", "",
	},
	{
		regexp.MustCompile(`Packages need to be removed but remove is disabled`),
		"would_remove", "it would remove packages that the plan does not name", "",
	},
	{
		regexp.MustCompile(`Packages were downgraded and -y was used`),
		"would_downgrade", "it would downgrade packages that the plan does not name", "",
	},
	{
		regexp.MustCompile(`Essential packages were removed and -y was used`),
		"essential", "it would remove packages that are essential", "",
	},
	{
		regexp.MustCompile(`(?m)^dpkg: error processing (?:package|archive) (\S+) \([^)]*\):\n +(.+)$`),
		"package_failed", "package $1: $2", "",
	},
	{
		regexp.MustCompile(`(?m)^dpkg(?:-deb)?: error: (.+)$`),
		"failed", "dpkg: $1", "",
	},
}

var sayings = regexp.MustCompile(`(?m)^(?:E|W): (.+)$`)

// explainApt says in one line why a script of apt failed.
func explainApt(r shell.Result) error {
	if r.Status == NotHere {
		return &Failure{Code: "no_package_manager", Message: "the host has no apt"}
	}
	said := string(r.Stdout) + "\n" + string(r.Stderr) + "\n"
	for _, reason := range aptReasons {
		if f := reason.failure(said); f != nil {
			return f
		}
	}
	if all := sayings.FindAllStringSubmatch(said, -1); all != nil {
		return &Failure{Code: "failed", Message: "apt: " + all[len(all)-1][1]}
	}
	return &Failure{Code: "failed", Message: fmt.Sprintf("apt ended with status %d%s", r.Status, lastWords(r.Stderr))}
}

// failure returns nil where what was said has not the reason's form.
func (x reason) failure(said string) *Failure {
	at := x.form.FindStringSubmatchIndex(said)
	if at == nil {
		return nil
	}
	expand := func(template string) string {
		text := x.form.ExpandString(nil, template, said, at)
		return strings.Join(strings.Fields(string(text)), " ")
	}
	return &Failure{Code: x.code, Message: expand(x.message), Hint: expand(x.hint)}
}

// lastWords is the last line that is not empty, behind a colon.
func lastWords(said []byte) string {
	lines := strings.Split(strings.TrimSpace(string(said)), "\n")
	if last := strings.TrimSpace(lines[len(lines)-1]); last != "" {
		return ": " + last
	}
	return ""
}
