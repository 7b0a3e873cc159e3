package manager

import "hostkit/pkg/shell"

// Pacman is the package manager of Arch Linux and what descends from it:
// pacman(8), pacman-conf(8) and vercmp(8). Tried with pacman 6.0.
//
// Arch supports no partial upgrades: packages are built with what is newest, and
// their dependencies seldom say so
// (https://wiki.archlinux.org/title/System_maintenance#Partial_upgrades_are_unsupported).
// So a transaction is refused, as "partial_upgrade", where the index has a newer
// version of an installed package that a new one depends on, near or far, and
// the plan does not name that package; also where pacman itself would upgrade
// one that the plan does not name. What the plan does name is taken at its word.
// The index is fetched only where there is none. Where the host is older than
// what then was fetched, as an image of last month is, somebody has to run
// pacman -Syu first: a whole upgrade is not ours to make.
//
// The index has one version of a package. Others come from pacman's cache of
// downloads, if they are there.
//
// pacman installs and removes in transactions of their own. First everything is
// downloaded, then it removes, then it installs from files, then from the index.
// Only what is named is removed, and its configuration files are left as
// .pacsave where they were changed; new ones beside changed ones are left as
// .pacnew. Neither is a conflict between files overwritten nor a dependency
// passed over. Of a scriptlet that fails pacman says no more than a line, and so
// no failure is made of it here.
type Pacman struct{}

// Name is "pacman".
func (Pacman) Name() string { return "pacman" }

// Program is pacman.
func (Pacman) Program() string { return "pacman" }

// Families are Arch's. Artix and Arch Linux ARM do not always say whose children
// they are.
func (Pacman) Families() []string { return []string{"arch", "archarm", "artix", "manjaro"} }

// CanHold is false: IgnorePkg and HoldPkg are configuration of the host's
// administrator, which is obeyed.
func (Pacman) CanHold() bool { return false }

// ReleaseCommand is empty.
func (Pacman) ReleaseCommand(...string) string { return "" }

// RefreshCommand is pacman -Syu: Arch has no supported way to refresh the index
// alone.
func (Pacman) RefreshCommand() string { return "pacman -Syu" }

const pacmanHere = `
command -v pacman >/dev/null && command -v pacman-conf >/dev/null || exit 69
db=$(pacman-conf DBPath) || exit
db=${db%/}
`

// pacmanInventory lists packages, and then those whose entry in the database was
// not written to its end. pacman -Q shows these too, since it reads only the
// names of entries, and fails where there is none.
const pacmanInventory = `
inventory() {
	set -- "$db"/local/*/
	[ -d "$1" ] || return 0
	pacman -Q || return
	for entry; do
		[ -s "$entry/desc" ] && [ -e "$entry/files" ] && continue
		entry=${entry%/}
		printf '%%incomplete %s\n' "${entry##*/}"
	done
}
`

const pacmanInstalled = pacmanHere + pacmanInventory + "inventory\n"

// Installed asks pacman -Q.
func (Pacman) Installed() shell.Script { return shell.New(pacmanInstalled) }

// pacmanOffers defines what tells of names: offers, what the index has of them;
// cached, what the cache has of one; instead, which packages provide them or are
// in groups of their names.
const pacmanOffers = `
nl='
'
offers() {
	pacman -Si -- "$@" | while IFS= read -r line; do
		case $line in
		'Repository '*) repo=${line#*: } ;;
		'Name '*) name=${line#*: } ;;
		'Version '*) printf '=%s %s %s\n' "$name" "${line#*: }" "$repo" ;;
		esac
	done
}
cached() {
	pacman-conf CacheDir | while IFS= read -r dir; do
		for file in "${dir%/}/$1"-*.pkg.tar*; do
			version=${file##*/"$1"-}
			version=${version%-*}
			case $file,$version in
			*.sig,* | *.part,* | *,*-*-*) ;;
			*,*-*) printf '*%s %s %s\n' "$1" "$version" "$file" ;;
			esac
		done
	done
}
instead() {
	any=$(printf '%s\n' "$@" | tr '+\n' '.|')
	found=$(pacman -Ssq -- "^(${any%|})\$") || return 0
	pacman -Si -- $found | while IFS= read -r line; do
		case $line in
		'Name '*) name=${line#*: } ;;
		'Groups '*) printf '@%s %s\n' "$name" "${line#*: }" ;;
		'Provides '*) printf '~%s %s\n' "$name" "${line#*: }" ;;
		esac
	done
}
`

// pacmanIndex takes the asks as aptIndex does. There is an index if there is one
// of every repository: pacman installs nothing before. When it was fetched is not
// told: the databases have the times of their servers, and to fetch a new index
// without upgrading the host is what Arch warns of.
const pacmanIndex = pacmanHere + pacmanOffers + `
repos=$(pacman-conf --repo-list) || exit
index=absent
for repo in $repos; do
	index=absent
	[ -f "$db/sync/$repo.db" ] || break
	index=present
done
printf '%%index %s\n' "$index"
[ "$index" = present ] && [ $# -gt 0 ] || exit 0
` + askedNames + `have=$nl$(pacman -Q -- $names 2>/dev/null)$nl
` + unlessFulfilled + `echo %offers
offered=$nl$(offers $names)
printf '%s\n' "${offered#"$nl"}"
set --
for name in $names; do
	case $offered in
	*"$nl=$name "*) ;;
	*) set -- "$@" "$name" ;;
	esac
done
[ $# = 0 ] || instead "$@"
for name in $pinned; do cached "$name"; done
`

// Index asks pacman -Si about all names, and pacman -Ss who else answers to those
// that are none of a package.
func (Pacman) Index(asks []Ask) shell.Script {
	return shell.New(pacmanIndex, askWords(asks)...)
}

// Refresh runs pacman -Sy.
func (Pacman) Refresh() shell.Script {
	return shell.New(pacmanRefresh, lockSeconds)
}

// Preview asks pacman -S, -U and -R, and answers none of their questions.
func (Pacman) Preview(t Transaction) shell.Script {
	return shell.New(pacmanPreview, transactionWords(t)...)
}

// Commit makes the transaction, in as many of pacman's as it takes, each of them
// asked about once more right before.
func (Pacman) Commit(t Transaction) shell.Script {
	return shell.New(pacmanCommit, append([]string{lockSeconds}, transactionWords(t)...)...)
}
