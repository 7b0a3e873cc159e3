package manager

import (
	"hostkit/pkg/shell"
)

// Dnf is the package manager of Fedora, Enterprise Linux and what descends from
// them, in its fourth version: dnf(8) through its Python API, and rpm(8). Tried
// with dnf 4.14 and rpm 4.18. On a host with dnf 5 in its place, that is driven:
// see dnf5Change.
//
// A transaction follows the host's own dnf configuration where that is a matter
// of taste: weak dependencies come along, excludes and plugins hold.
type Dnf struct{}

// Name is "dnf".
func (Dnf) Name() string { return "dnf" }

// Program is dnf.
func (Dnf) Program() string { return "dnf" }

// Families are those of Fedora and Enterprise Linux.
func (Dnf) Families() []string {
	return []string{"fedora", "rhel", "centos", "almalinux", "rocky"}
}

// RefreshCommand is dnf makecache.
func (Dnf) RefreshCommand() string { return "dnf makecache --refresh" }

const dnfInstalled = `
command -v dnf >/dev/null && command -v rpm >/dev/null || exit 69
` + rpmInstalled + dnfLocked

// Installed asks rpm, and reads the list of the plugin versionlock.
func (Dnf) Installed() shell.Script { return shell.New(dnfInstalled) }

// dnfBegin and dnfEnd run the program under the interpreter that dnf itself names,
// which alone has its modules: /usr/libexec/platform-python in EL 8. What is to be
// done by dnf 5, which is no script, stands between them.
const (
	dnfBegin = `
command -v dnf >/dev/null && command -v rpm >/dev/null || exit 69
first=
read -r first <"$(command -v dnf)"
case $first in
'#!'*python*) ;;
*)
`
	dnfEnd = `
	;;
esac
python=${first#'#!'}
python=${python# }
HK_WATCH=${hk_watch-}
export HK_WATCH
exec "${python%% *}" -I -B -c '`
	dnfArguments = `' "$@"
`

	// dnfIndexing asks the index; dnfChanging does all else.
	dnfIndexing = dnfBegin + dnf5Index + dnfEnd + dnfAsk + dnfArguments
	dnfChanging = dnfBegin + dnf5Change + dnfEnd + dnfProgram + dnfArguments
)

// dnfScript runs a mode that may change the host, or plays it through.
func dnfScript(mode, wait string, words []string) shell.Script {
	return shell.New(dnfChanging, append([]string{mode, wait}, words...)...)
}

// Index reads the metadata in dnf's cache, of whatever age.
func (Dnf) Index(asks []Ask) shell.Script {
	words := []string{"index", "0"}
	for _, ask := range asks {
		version := string(ask.Version)
		if ask.Latest {
			version = "?"
		}
		words = append(words, "?"+version)
		for _, name := range ask.Names {
			words = append(words, "+"+string(name))
		}
	}
	return shell.New(dnfIndexing, words...)
}

// Refresh fetches the metadata of every enabled repository, of whatever age;
// one that can't be had is an error, also where the host would skip it.
func (Dnf) Refresh() shell.Script { return dnfScript("refresh", lockSeconds, nil) }

// Preview has dnf solve the transaction. Where that can't be done without
// removing something, it solves it so that what would go can be named.
func (Dnf) Preview(t Transaction) shell.Script {
	return dnfScript("preview", "0", transactionWords(t))
}

// Commit makes the transaction from the metadata in the cache: what was
// previewed is done. It never removes a package that is not named, and never
// downgrades one without a version. Keys are imported as by dnf -y: from where
// the host's own repository file says. A configuration file that was changed on
// the host is treated as its package says (%config).
//
// When it was killed in the middle, a package may be there in two versions.
// Installed calls it "duplicated", and the next transaction that installs it
// takes the old one off.
func (Dnf) Commit(t Transaction) shell.Script {
	return dnfScript("commit", lockSeconds, transactionWords(t))
}
