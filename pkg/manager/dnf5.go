package manager

// dnf5 is what the scripts of dnf do on a host whose dnf is version 5: another
// program, in C++, without the Python API that dnfProgram calls. It takes the same
// mode and words. It was written from dnf5's sources and manual pages and from
// what it has printed in public, and tested with that text: no real dnf 5 has run
// it.
//
// dnf5 prints a transaction as a table for people, so what stands in it is counted
// against its own summary, and a table that does not add up is refused. What has
// changed is told by rpm alone. `dnf5 do` takes packages to install and to remove
// in one transaction, each told to be a package (dnf5-do(8)). To look writes
// neither log nor cache; anyone but root would have to make a cache of their own,
// and is told only whether there is one. Holds are refused: nothing has shown us
// how dnf5 keeps them.
const dnf5 = `
command -v dnf5 >/dev/null || {
	echo 'hostkit: dnf is neither version 4 nor 5' >&2
	exit 1
}
mode=$1 wait=$2 nl='
'
shift 2
scratch=$(mktemp -d) || exit
trap 'rm -rf "$scratch"' EXIT
look() {
	dnf5 -C --setopt=logdir="$scratch" --setopt='*.build_cache=0' "$@" </dev/null
}
umask 022
`

// dnf5Index tells whether there is an index, and asks it, with the words of dnf's
// Index, where one of the asks is not fulfilled.
const dnf5Index = dnf5 + `
index() {
	index=absent
	for file in /var/cache/libdnf5/*/repodata/repomd.xml; do
		[ ! -f "$file" ] || index=present
	done
	printf '%%dnf5\n%%index %s\n' "$index"
	[ "$index" = present ] || return 0
	names=
	for word; do
		case $word in +*) names="$names ${word#?}" ;; esac
	done
	[ -n "$names" ] || return 0
	there=$nl$(rpm -q --qf '%{NAME} %|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE}\n' $names | sed 's/ 0:/ /')$nl
	missing= met=yes
	for word in "$@" '?'; do
		case $word in
		'?'*)
			[ -n "$met" ] || missing=yes
			met= version=${word#?}
			;;
		*)
			case $there in
			*"$nl${word#?} is not installed"*) ;;
			*"$nl${word#?} $version${version:+$nl}"*) met=yes ;;
			esac
			;;
		esac
	done
	[ -n "$missing" ] && [ "$(id -u)" = 0 ] || return 0
	found=$(look repoquery --qf '%{name} %{arch} %{evr}\n' $names 2>/dev/null) || return 0
	printf '%%arch %s\n%%packages\n%s\n' "$(rpm --eval '%{_arch}')" "$found"
}
$mode "$@"
exit
`

// dnf5Change previews a transaction, makes it, and fetches the index.
const dnf5Change = dnf5 + nameless + lockHolders + `
end=$(($(date +%s) + wait))
have() (
	` + rpmInstalled + `
)
play() {
	look --assumeno --setopt=clean_requirements_on_remove=0 do "$@" $words 2>"$scratch/said"
	cat "$scratch/said"
}
transaction() {
	words= names= removes= pinned= spec=
	for word in "$@" +; do
		case $word in
		=*)
			pinned="$pinned ${spec#+} "
			spec=$spec-${word#?}
			continue
			;;
		'!'* | '~'*)
			echo 'hostkit: dnf 5 can not hold' >&2
			exit 1
			;;
		esac
		case $spec in
		+?*) words="$words --action=install --type=package ${spec#?}" ;;
		-*) words="$words --action=remove --type=package ${spec#?}" removes="$removes ${spec#?} " ;;
		esac
		case $word in +?*) names="$names ${word#?}" ;; esac
		spec=$word
	done
}
harm() {
	section= parent=
	while IFS= read -r line; do
		case $line in
		'Transaction Summary:'*) break ;;
		[A-Z]*:) section=$line ;;
		' '*)
			set -- $line
			case $section in
			Removing*) case $removes in *" $1 "*) ;; *) printf 'hostkit: would_remove %s\n' "$1" ;; esac ;;
			esac
			if [ "$1" = replacing ]; then
				case " $parent$removes" in *" $2 "*) ;; *) printf 'hostkit: would_remove %s\n' "$2" ;; esac
				continue
			fi
			parent="$1 "
			case $section in
			Downgrading*) case $pinned in *" $1 "*) ;; *) printf 'hostkit: would_downgrade %s\n' "$1" ;; esac ;;
			esac
			;;
		esac
	done
}
preview() {
	transaction "$@"
	printf '%%dnf5\n%%have\n'
	have || return
	printf '%%table\n'
	table=$(play)
	case $table in
	*'Transaction Summary:'* | *'Nothing to do.'*) ;;
	*)
		erasing=$(play --allowerasing)
		case $erasing in *'Transaction Summary:'*) table=$erasing ;; esac
		;;
	esac
	printf '%s\n' "$table"
}
locked() {
	case $said in *'Failed to obtain rpm transaction lock'*) ;; *) return 1 ;; esac
}
again() {
	if [ "$(date +%s)" -ge "$end" ]; then
		said="$said
$(holders "$(rpm --eval '%{?_rpmlock_path}%{!?_rpmlock_path:%{_dbpath}/.rpm.lock}')")"
		return 1
	fi
	sleep 1
}
run() {
	: >/proc/self/fd/3
	${hk_watch-:} /proc/self/fd/4
	dnf5 -y "$@" </dev/null >&3 2>&1 3>&- 4<&- 8<&-
	status=$?
	${hk_watch-:}
	said=$(tail -c 30000 </proc/self/fd/4)
}
commit() {
	transaction "$@"
	while
		before=$(have) || return
		said=$(play | harm)
		status=1
		[ -n "$said" ] || run --setopt=cacheonly=metadata --setopt=clean_requirements_on_remove=0 do $words
		locked && again
	do :; done
	printf '%%dnf5\n%%before\n%s\n%%after\n' "$before"
	have
	printf '%s\n' "$said" >&2
	return "$status"
}
refresh() {
	printf '%%dnf5\n'
	while run --setopt='*.skip_if_unavailable=0' --refresh makecache; locked && again; do :; done
	printf '%s\n' "$said" >&2
	return "$status"
}
$mode "$@"
exit
`
