package manager

import (
	"strings"

	"hostkit/pkg/shell"
)

// Apt is the package manager of Debian and what descends from it: apt-get(8),
// apt-cache(8) and dpkg-query(1). Tried with apt 2.6; apt 1.x lacks some of the
// options, ignores them, and what follows from that is said where it matters.
//
// A transaction follows the host's own apt configuration where that is a matter
// of taste: recommended packages come along as on the distribution.
type Apt struct{}

// Name is "apt".
func (Apt) Name() string { return "apt" }

// Program is apt-get, which is on the host wherever dpkg and apt are.
func (Apt) Program() string { return "apt-get" }

// Families are Debian's.
func (Apt) Families() []string { return []string{"debian", "ubuntu"} }

// CanHold is true: dpkg has a selection "hold", which apt heeds (apt-mark(8)).
func (Apt) CanHold() bool { return true }

// ReleaseCommand is apt-mark unhold.
func (Apt) ReleaseCommand(held ...string) string { return "apt-mark unhold " + strings.Join(held, " ") }

// RefreshCommand is apt-get update.
func (Apt) RefreshCommand() string { return "apt-get update" }

const (
	// aptQuiet keeps apt from writing its caches (80 MB as root) and the log of
	// its planner, which even a simulation leaves in /var/log/apt.
	aptQuiet = ` -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=` +
		` -o Dir::Log::Planner=/dev/null -o Dir::Log::Solver=/dev/null`
	// aptPlain lets nothing happen beyond what was asked for, whatever the
	// host's apt.conf says.
	aptPlain = ` -o APT::Cmd::Pattern-Only=true -o APT::Get::AutomaticRemove=false`

	// dpkgFields end with what is wanted of the package: "hold".
	dpkgFields = `${db:Status-Status} ${db:Status-Eflag} ${Package} ${Architecture} ${Version} ${db:Status-Want}\n`
	// dpkgQuoted is dpkgFields without the last, for between double quotes.
	dpkgQuoted = `\${db:Status-Status} \${db:Status-Eflag} \${Package} \${Architecture} \${Version}\n`
)

// aptInstalled prints the native architecture, then a line for each package. Those that
// are held and not installed dpkg-query passes over unless it is asked for all names,
// which are many more.
const aptInstalled = `
command -v dpkg-query >/dev/null && command -v apt-get >/dev/null || exit 69
dpkg --print-architecture || exit
dpkg-query -W -f='` + dpkgFields + `' || exit
if grep -q '^Status: hold [a-z-]* not-installed' /var/lib/dpkg/status; then
	dpkg-query -W -f='` + dpkgFields + `' '*' | sed -n '/^not-installed .* hold$/p'
fi
`

// Installed asks dpkg-query.
func (Apt) Installed() shell.Script { return shell.New(aptInstalled) }

const (
	aptPeriodic = `/var/lib/apt/periodic`
	// aptStamp is the file whose time says when apt-get update last had all that it
	// wanted. Ubuntu has apt write it; the lists themselves have the times of the
	// archive, and their folder changes when a fetch fails, too.
	aptStamp = aptPeriodic + `/update-success-stamp`
)

// aptLists sets lists to the folder of what apt-get update brings, with a slash
// behind it: Dir::State::lists. apt-config, which tells, takes as long as all the
// other programs that hk-facts starts together: it is asked only where a line of
// apt.conf(5) may have moved them.
const aptLists = `
lists=/var/lib/apt/lists/
if grep -rqsiE 'dir(::state|::etc|[^a-z:]|$)|#include' /etc/apt/apt.conf /etc/apt/apt.conf.d/; then
	moved=$(apt-config shell lists Dir::State::lists/d) || exit
	eval "$moved"
fi
`

// aptIndex takes the asks one behind the other, each as "=VERSION" and its
// names; the version of an ask that nothing installed fulfils is "?". An index is
// there if one of the lists is that apt-get update brings.
const aptIndex = `
command -v apt-cache >/dev/null && command -v dpkg-query >/dev/null || exit 69
` + aptLists + `
index=absent
for list in "$lists"*_Packages*; do
	if [ -f "$list" ]; then
		index=present
		break
	fi
done
[ "$index" = absent ] || index="present $(stat -c %.9Y ` + aptStamp + ` 2>/dev/null || echo 0)"
printf '%%index %s\n' "$index"
[ "$index" != absent ] || exit 0

` + askedNames + `have=$nl$(dpkg-query -W -f='${db:Status-Status} ${Package} ${Version}\n' $names 2>/dev/null | sed -n 's/^installed //p')$nl
` + unlessFulfilled + `
policy=$(apt-cache` + aptQuiet + aptPlain + ` policy -- $names) || exit
printf '%%policy\n%s\n' "$policy"
none=$(printf '%s\n' "$policy" | while IFS= read -r line; do
	case $line in
	'  Candidate: (none)') printf '%s\n' "$name" ;;
	' '*) ;;
	*:) name=${line%:} ;;
	esac
done)
[ -n "$none" ] || exit 0
provided=$(apt-cache` + aptQuiet + ` showpkg -- $none) || exit
printf '%%providers\n'
printf '%s\n' "$provided" | while IFS= read -r line; do
	case $line in
	'Package: '*) on= && printf '%s\n' "$line" ;;
	'Reverse Provides:'*) on=yes ;;
	*) [ -z "$on" ] || printf ' %s\n' "$line" ;;
	esac
done
`

// Index asks apt-cache policy, once for all names, and apt-cache showpkg for
// the providers of those that have no candidate.
func (Apt) Index(asks []Ask) shell.Script {
	return shell.New(aptIndex, askWords(asks)...)
}

// aptPreview leaves out --no-remove: a removal is to be named, not to be told as
// apt's "Packages need to be removed but remove is disabled".
//
// Behind the simulation stand the packages that an interrupted dpkg has left, and
// whether it has left its journal, which apt looks for only when it takes its
// lock. While another has that lock they are not left, but being worked on.
//
// The first argument are the removals once more, where something is installed too:
// what apt would do about them alone stands between.
const aptPreview = lockHolders + `
command -v apt-get >/dev/null || exit 69
apart=$1
shift
simulate() {
	apt-get -q -s` + aptQuiet + aptPlain + ` -o APT::Get::Show-User-Simulation-Note=false install "$@"
}
simulate "$@"
status=$?
if [ -n "$apart" ] && [ "$status" = 0 ]; then
	printf '%%apart\n'
	simulate -- $apart 2>/dev/null
fi
[ -z "$(holders /var/lib/dpkg/lock-frontend /var/lib/dpkg/lock)" ] || exit "$status"
printf '%%broken\n'
dpkg-query -W -f='` + dpkgFields + `' | grep -vE '^((installed|config-files|not-installed) ok|triggers-[a-z]+ ok) '
for entry in /var/lib/dpkg/updates/[0-9]*; do
	[ ! -e "$entry" ] || printf '%%journal\n'
	break
done
exit "$status"
`

// Preview asks apt-get -s.
func (Apt) Preview(t Transaction) shell.Script {
	words := aptArguments(t)
	if t.Resume {
		words = append([]string{aptMend}, words...)
	}
	apart := ""
	if len(t.Install) > 0 {
		apart = strings.Join(aptArguments(Transaction{Remove: t.Remove})[1:], " ")
	}
	return shell.New(aptPreview, append([]string{apart}, words...)...)
}

// aptMend has apt-get install also what packages that are unpacked already depend on.
const aptMend = "--fix-broken"

// aptRun defines run, which makes apt-get wait for its locks and then stores its
// exit status and the end of what it said.
//
// apt itself waits only for dpkg's lock, and only since 1.9.11; of the locks of
// the lists and of the downloads it says at once that it could not get them,
// before it does anything.
const aptRun = `
command -v apt-get >/dev/null || exit 69
umask 022
` + nameless + `
export DEBIAN_FRONTEND=noninteractive DEBIAN_PRIORITY=critical UCF_FORCE_CONFFOLD=1
export NEEDRESTART_SUSPEND=1 NEEDRESTART_MODE=l
export APT_LISTCHANGES_FRONTEND=none APT_LISTBUGS_FRONTEND=none
` + lockHolders + `
run() {
	end=$(($(date +%s) + $1))
	shift
	while :; do
		left=$((end - $(date +%s)))
		[ "$left" -ge 0 ] || left=0
		apt-get -q -y -o DPkg::Lock::Timeout="$left" -o Acquire::Retries=3 -o Dpkg::Use-Pty=0` + aptPlain + ` "$@" >&3 2>&1 3>&- 4<&- 8<&-
		status=$?
		said=$(tail -c 30000 <&4)
		case $said in
		*'Could not get lock'*) ;;
		*) break ;;
		esac
		if [ "$left" = 0 ]; then
			said="$said
$(holders /var/lib/dpkg/lock-frontend /var/lib/dpkg/lock \
				/var/lib/apt/lists/lock /var/cache/apt/archives/lock)"
			break
		fi
		sleep 1
	done
}
`

// aptRefresh makes a part that could not be fetched an error, which apt knows
// how to do since 2.1; older ones end with 0 and ReadRefresh reads on.
const aptRefresh = aptRun + `
${hk_watch-:} /proc/self/fd/4
run "$1" -o APT::Update::Error-Mode=any update
${hk_watch-:}
[ "$status" != 0 ] || { mkdir -p ` + aptPeriodic + ` && touch ` + aptStamp + `; } || exit
printf '%s\n' "$said" >&2
exit "$status"
`

// Refresh runs apt-get update.
func (Apt) Refresh() shell.Script {
	return shell.New(aptRefresh, lockSeconds)
}
