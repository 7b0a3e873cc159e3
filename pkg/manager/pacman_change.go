package manager

// pacmanLocked defines run, which runs pacman as root once its database is free,
// until the time $end. What it says goes to a file, since a pacman that writes to
// a connection that is gone is killed in the middle.
//
// db.lck holds no number of a process, and is left by a pacman that was killed.
// Who has it open is found in /proc; where nobody has, it is stale, and stays: to
// remove it is for somebody who has looked at what that pacman was doing.
//
// The folder is where sockets and locks are, on a tmpfs: a preview leaves no trace.
const pacmanLocked = pacmanHere + `
if [ "$(id -u)" != 0 ]; then
	echo 'hostkit: not root' >&2
	exit 1
fi
umask 022
tmp=$(mktemp -d /run/hostkit.XXXXXX) || exit
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
hostkit() {
	printf 'hostkit: %s\n' "$*" >&2
	return 1
}
holder() {
	for fd in /proc/[0-9]*/fd/*; do
		[ "$fd" -ef "$db/db.lck" ] || continue
		pid=${fd#/proc/}
		pid=${pid%%/*}
		comm=
		read -r comm 2>/dev/null <"/proc/$pid/comm"
		printf '%s (%s)' "$pid" "${comm:-not to be seen from here}"
		return
	done
}
stale() {
	for _ in 1 2; do
		[ -e "$db/db.lck" ] && [ -z "$(holder)" ] || return
		sleep 1
	done
}
free() {
	while [ -e "$db/db.lck" ]; do
		! stale || hostkit "stale $db/db.lck" || return
		[ "$(date +%s)" -lt "$end" ] || hostkit "$db/db.lck is held by process $(holder)" || return
		sleep 1
	done
}
run() {
	while free && { [ "$1" = -Sy ] || settled "$(dry "$tmp/all" "$@")"; }; do
		: >"$tmp/said"
		${hk_watch-:} "$tmp/said"
		pacman --noconfirm --noprogressbar --color never "$@" >>"$tmp/said" 2>&1 </dev/null 8<&-
		status=$?
		${hk_watch-:}
		grep -E '^(installing|reinstalling|upgrading|downgrading|removing) [^ ]*\.\.\.$' "$tmp/said" >>"$tmp/done"
		said=$(tail -c 30000 "$tmp/said")
		case $said in
		*'unable to lock database'*) [ "$(date +%s)" -ge "$end" ] || continue ;;
		esac
		[ "$status" = 0 ] || printf '%s\n' "$said" >&2
		return "$status"
	done
	return 1
}
`

const pacmanRefresh = pacmanLocked + `
end=$(($(date +%s) + $1))
run -Sy
`

// pacmanPlay is the part that a preview and a commit share. Its words are those of
// transactionWords. play leaves what the transaction would do in the file effect, as
// lines "+NAME VERSION [OLD]" and "-NAME", or says why not and fails.
//
// pacman has no rehearsal: -p passes over conflicts, and takes the first of several
// providers. But each of its questions is answered with "no" where its input
// has ended, the last one too, which is whether to go on; only the choice among
// providers is answered with the first, and seen, since the question is printed.
// So it is run up to there, on a database of its own that has the host's packages
// by symbolic links, without those that are to go, and a lock that is nobody
// else's. Then -p lists what goes beyond what was named.
//
// What depends on a package that the index has in a newer version is found by
// letting pacman resolve on a database without packages.
//
// pacman gets a name only where the index has exactly that package.
const pacmanPlay = pacmanInventory + pacmanOffers + `
dry() {
	on=$1
	shift
	pacman --dbpath "$on" --logfile /dev/null --color never --noprogressbar "$@" </dev/null 2>&1
}
settled() {
	case $1 in
	*'(default='* | *'[y/N]'* | *'in IgnorePkg/IgnoreGroup'* | *'from target list because'* | *'[Y/n]'*'[Y/n]'*) ;;
	*'Proceed with installation? [Y/n]'* | *'Do you want to remove these packages? [Y/n]'* | *'there is nothing to do'*) return 0 ;;
	esac
	printf '%s\n' "$1" >&2
	return 1
}

sort_out() {
	names=' '
	gone=
	pinned=' '
	index=
	files=
	inventory >"$tmp/have" || return
	have=$nl$(cat "$tmp/have")$nl
	for word; do
		case $word in
		+*) names="$names${word#+} " ;;
		-*) case $have in *"$nl${word#-} "*) gone="$gone ${word#-}" ;; esac ;;
		esac
	done
	half=$(while read -r mark entry; do
		case $mark,"$names$gone " in
		%incomplete,*" ${entry%-*-*} "*) printf %s "$entry" && break ;;
		esac
	done <"$tmp/have")
	[ -z "$half" ] || hostkit "incomplete $db/local/$half" || return
	[ "$names" != ' ' ] || return 0
	offers $names >"$tmp/offered"
	for word in "$@" -; do
		case $word in
		=*)
			pinned="$pinned$name "
			printf '%s %s\n' "$name" "${word#=}"
			name=
			;;
		*)
			[ -z "$name" ] || printf '%s\n' "$name"
			name=
			case $word in +*) name=${word#+} ;; esac
			;;
		esac
	done >"$tmp/wants"
	awk '
		NR == FNR { wants[++n] = $1; want[$1] = $2; next }
		{
			name = substr($1, 2)
			if (!(name in first)) first[name] = $2
			if (!((name, $2) in repo)) repo[name, $2] = $3
		}
		END {
			for (i = 1; i <= n; i++) {
				name = wants[i]
				version = want[name]
				if (name in first && (version == "" || version == first[name])) print "index", name
				else if ((name, version) in repo) print "index", repo[name, version] "/" name
				else print "other", name, version
			}
		}' "$tmp/wants" "$tmp/offered" >"$tmp/targets"
	while read -r where name version; do
		if [ "$where" = index ]; then
			index="$index $name"
		elif [ -z "$version" ]; then
			instead "$name"
			hostkit "no package $name" || return
		else
			pin "$name" "$version" || return
		fi
	done <"$tmp/targets"
}
pin() {
	there=$(cached "$1")
	file=$(printf '%s\n' "$there" | while read -r _ version path; do
		[ "$version" != "$2" ] || { printf %s "$path" && break; }
	done)
	if [ -z "$file" ]; then
		grep -F "=$1 " "$tmp/offered"
		printf '%s\n' "$there"
		hostkit "no version $2 of $1" || return
	fi
	files=$files$file$nl
	! ignored "$1" || hostkit "$1 is in IgnorePkg/IgnoreGroup"
}
ignored() (
	set -f
	for pattern in $(pacman-conf IgnorePkg); do
		case $1 in $pattern) exit 0 ;; esac
	done
	exit 1
)

play() {
	: >"$tmp/effect"
	: >"$tmp/needed"
	mkdir -p "$tmp/all" "$tmp/rest" "$tmp/bare/local"
	for on in all rest bare; do ln -s "$db/sync" "$tmp/$on/sync"; done
	ln -s "$db/local" "$tmp/all/local"
	if [ -z "$gone" ]; then
		ln -s "$db/local" "$tmp/rest/local"
	else
		mkdir "$tmp/rest/local" && cp -Rs "$db/local/." "$tmp/rest/local" || return
		settled "$(dry "$tmp/all" -R -- $gone)" || return
	fi
	for name in $gone; do
		for entry in "$tmp/rest/local/$name"-*; do
			[ "${entry%-*-*}" != "$tmp/rest/local/$name" ] || rm -r "$entry"
		done
		printf -- '-%s\n' "$name" >>"$tmp/effect"
	done
	IFS=$nl
	[ -z "$files" ] || adds -U -- $files || return
	unset IFS
	[ -z "$index" ] || adds -S --needed -- $index || return
	[ -z "$index" ] || dry "$tmp/bare" -Sp --print-format 'hostkit %n %v' -- $index >"$tmp/needed"
	allowed
}
adds() {
	unset IFS
	settled "$(dry "$tmp/rest" "$@")" || return
	dry "$tmp/rest" -p --print-format 'hostkit %n %v' "$@" | beside >>"$tmp/effect"
}
beside() {
	awk 'FILENAME == ARGV[1] { old[$1] = $2; next } $1 == "hostkit" { print "+" $2, $3, old[$2] }' "$tmp/have" -
}
allowed() {
	twice=$(cut -d' ' -f1 "$tmp/effect" | sort | uniq -d)
	[ -z "$twice" ] || hostkit "twice ${twice#+}" || return
	beside <"$tmp/needed" | awk '$3 != "" && $2 != $3 { print "needed", substr($1, 2), $2, $3 }' >"$tmp/older"
	awk '/^[+]/ && $3 != "" && $2 != $3 { print "done", substr($1, 2), $2, $3 }' "$tmp/effect" >>"$tmp/older"
	status=0
	while read -r what name version old; do
		case $(vercmp "$version" "$old"),$what,$names,$pinned in
		-*,needed,* | -*,*,*,*" $name "*) ;;
		-*) hostkit "would downgrade $name $old $version" ;;
		*,*,*" $name "*) ;;
		*) hostkit "behind $name $old $version" ;;
		esac || status=1
	done <"$tmp/older"
	return "$status"
}
`

// pacmanPreview passes over a lock that somebody holds: the transaction will wait
// for it.
const pacmanPreview = pacmanLocked + pacmanPlay + `
! stale || hostkit "stale $db/db.lck" || exit
sort_out "$@" && play || exit
cat "$tmp/effect"
`

// pacmanCommit lists, behind "!", what pacman says it was doing, and, behind "+"
// and "-", what its database has gained and lost: what somebody else did meanwhile
// is in one of these alone.
const pacmanCommit = pacmanLocked + pacmanPlay + `
only() {
	printf '%s\n' "$2" "$2" "$3" | sort | uniq -u | while IFS= read -r line; do
		printf '%s%s\n' "$1" "$line"
	done
}
end=$(($(date +%s) + $1))
shift
free && sort_out "$@" && play || exit
before=$(inventory)
: >"$tmp/done"
commit() {
	if [ -n "$gone" ]; then
		[ -z "$index" ] || pacman --dbpath "$tmp/rest" --noconfirm --noprogressbar --color never -Sw --needed -- $index >&2 || return
		run -R -- $gone || return
	fi
	IFS=$nl
	[ -z "$files" ] || run -U -- $files || return
	unset IFS
	[ -z "$index" ] || run -S --needed -- $index
}
commit
status=$?
unset IFS
after=$(inventory)
only - "$after" "$before"
only + "$before" "$after"
while IFS= read -r line; do printf '!%s\n' "$line"; done <"$tmp/done"
exit "$status"
`
