package manager

import (
	"strings"

	"hostkit/pkg/shell"
)

// Apk is the package manager of Alpine and what descends from it: apk(8), in its
// second and third version.
//
// It was written from apk-tools' sources and manual pages and from what apk has
// printed in public, and tested with that text: no real apk has run it. What is
// installed is read from apk's own files, whose form is the same since 2009.
//
// apk keeps a list of what was asked for, apk-world(5), and makes every
// transaction so that the host is what the list says: it installs what lacks and
// purges what nothing in it needs any more. So a removal takes along what only the
// removed package needed, and any transaction may mend what somebody else left
// undone; the preview has it all.
type Apk struct{}

// Name is "apk".
func (Apk) Name() string { return "apk" }

// Program is apk.
func (Apk) Program() string { return "apk" }

// Families are Alpine's.
func (Apk) Families() []string { return []string{"alpine"} }

// CanHold is true: an entry "name=VERSION" in apk-world(5) keeps a package as it is
// whoever upgrades the host, and is the way that Alpine's manual names. It makes a
// package that was there for others only one that was asked for.
func (Apk) CanHold() bool { return true }

// ReleaseCommand is apk add.
func (Apk) ReleaseCommand(held ...string) string { return "apk add " + strings.Join(held, " ") }

// RefreshCommand is apk update.
func (Apk) RefreshCommand() string { return "apk update" }

// apkHave defines have, which prints what the host has. Of the database only
// the lines are sent that say a package's name, version, architecture and what
// failed of it (src/database.c of apk-tools, apk_db_fdb_read); where /lib belongs
// to /usr it may lie there alone.
const apkHave = `
command -v apk >/dev/null || exit 69
db=/lib/apk/db/installed
[ -e "$db" ] || db=/usr/lib/apk/db/installed
have() {
	arch=
	read -r arch </etc/apk/arch
	printf '%%arch %s\n%%world\n' "$arch"
	[ ! -e /etc/apk/world ] || cat /etc/apk/world || return
	printf '\n%%installed\n'
	grep '^[PVAf]:' "$db" || [ $? = 1 ]
}
`

// Installed reads apk's files.
func (Apk) Installed() shell.Script { return shell.New(apkHave + "have\n") }

// apkIndex takes the asks one behind the other, each as "=VERSION" and its names;
// the version of an ask that nothing installed fulfils is "?". An index is there
// if one is in the cache (apk-cache(5)), or with a repository that is a folder of
// the host. It is asked as it is: apk fetches one only to change something. The time
// of an index in the cache is when apk last found it to be the repository's
// (apk_cache_download in src/database.c of apk-tools).
const apkIndex = `
command -v apk >/dev/null || exit 69
index=absent
fetched=$(stat -c %Y /etc/apk/cache/APKINDEX.* /var/cache/apk/APKINDEX.* 2>/dev/null | sort -n | tail -n 1)
[ -z "$fetched" ] || index="present $fetched"
arch=
read -r arch </etc/apk/arch
for file in /etc/apk/repositories /etc/apk/repositories.d/*.list; do
	[ -f "$file" ] || continue
	while read -r url more; do
		case $url in @*) url=$more ;; esac
		url=${url#file://}
		[ "$index" != absent ] || [ ! -f "$url/$arch/APKINDEX.tar.gz" ] || index=present
	done <"$file"
done
printf '%%index %s\n' "$index"
[ "$index" != absent ] || exit 0
` + askedNames + `
db=/lib/apk/db/installed
[ -e "$db" ] || db=/usr/lib/apk/db/installed
have=$nl$(sed -n -e '/^P:/{s///;h;}' -e '/^V:/{s///;H;x;s/\n/ /;p;}' "$db")$nl
` + unlessFulfilled + `policy=$(apk policy $names 2>&1) || {
	printf '%s\n' "$policy" >&2
	exit 1
}
printf '%%policy\n%s\n' "$policy"
none=
for name in $names; do
	case $nl$policy in
	*"$nl$name policy:"*) ;;
	*) none="$none $name" ;;
	esac
done
[ -n "$none" ] || exit 0
printf '%%providers\n'
apk list --providers $none 2>/dev/null
exit 0
`

// Index asks apk policy, once for all names, and apk list for the providers of
// those that no package has.
func (Apk) Index(asks []Ask) shell.Script {
	return shell.New(apkIndex, askWords(asks)...)
}

// apkRun defines run, which runs apk and stores its exit status and the end of
// what it said; locked, whether that was that another one holds the database; and
// again, whether there is time left to try once more, a second later.
//
// apk can wait by itself, with --wait, but not tell whom it waited for, and what
// was simulated before it waited would be about another host.
const apkRun = `
umask 022
` + nameless + lockHolders + `
run() {
	: >/proc/self/fd/3
	[ "$2" = --simulate ] || ${hk_watch-:} /proc/self/fd/4
	apk "$@" </dev/null >&3 2>&1 3>&- 4<&- 8<&-
	status=$?
	${hk_watch-:}
	said=$(tail -c 30000 </proc/self/fd/4)
}
locked() {
	case $said in
	*'Unable to lock database: temporary error'*) ;;
	*'Unable to lock database: Resource temporarily'*) ;;
	*) return 1 ;;
	esac
}
end=$(($(date +%s) + $1))
again() {
	if [ "$(date +%s)" -ge "$end" ]; then
		said="$said
$(holders /lib/apk/db/lock)"
		return 1
	fi
	sleep 1
}
`

const apkRefresh = `
command -v apk >/dev/null || exit 69
` + apkRun + `
while run update; locked && again; do :; done
printf '%s\n' "$said" >&2
exit "$status"
`

// Refresh runs apk update.
func (Apk) Refresh() shell.Script {
	return shell.New(apkRefresh, lockSeconds)
}
