package apply

// chooseFolder turns dir, the folder of the runs, into that of this user.
const chooseFolder = `if [ ! -w "${dir%/*}" ]; then
	dir=/run/user/$(id -u)/${dir##*/}
	[ -d "${dir%/*}" ] || dir=/tmp/hostkit-$(id -u)
fi
`

// processFunctions tell whether a process that was written down is still the one it
// was: its number alone may be another's by now.
const processFunctions = `
# begun PID prints when a process began, in ticks since boot. A dead one that nobody
# has waited for counts as gone.
begun() {
	read -r stat 2>/dev/null <"/proc/$1/stat" || return 1
	set -- ${stat##*) }
	case $1 in
	'' | Z | X) return 1 ;;
	esac
	shift 19
	printf '%s\n' "$1"
}
`

// lockScript is the lock that lets one applier at a time work on a host. Its
// arguments are "take", "look" or "release", the folder, the plan's digest, for how
// many seconds a session must be idle to be stalled, and who applies, in one line.
// It prints "free", "taken" with the folder and from whom, "busy" and who, or
// "orphan" with the process of a step whose session is gone.
//
// The lock is a row of files lock.1, lock.2, …, of which the highest counts. Its
// one line is the holder's process, when that began (in ticks since boot), the
// boot, the plan, since when, the session (setsid(2)), and who; or "free". Whoever
// finds the highest free, or its holder gone with all of its session, makes the next
// one with link(2), which but one can do. So nothing that another may hold is ever
// removed, and at no moment do two believe to have it.
//
// The folder also has the file that stops a session, which only the holder's own
// end of it makes; what is left of one is removed by the next holder.
//
// The holder is the shell of the session, which $$ names in a step too. A user who
// may not write beside the folder has one of his own.
const lockScript = `mode=$1 dir=$2 digest=$3 idle=$4 holder=$5
umask 077
set -f # who applies is not a pattern
` + chooseFolder + processFunctions + `
# stat_of PID prints the fields of /proc/PID/stat from the state on, which is
# the first behind the last parenthesis; proc(5) counts it as the third.
stat_of() {
	read -r stat 2>/dev/null <"/proc/$1/stat" || return 1
	printf '%s\n' "${stat##*) }"
}

# session_of PID prints the session that a process is of, see setsid(2).
session_of() {
	set -- $(stat_of "$1")
	printf '%s\n' "$4"
}

# below PID sets tree to the process and all below it.
below() {
	set +f
	list=
	for process in /proc/[0-9]*; do
		read -r stat 2>/dev/null <"$process/stat" || continue
		stat=${stat##*) }
		stat=${stat#??}
		list="$list ${process#/proc/}:${stat%% *}"
	done
	set -f
	tree=$1
	more=$1
	while [ -n "$more" ]; do
		more=
		for process in $list; do
			case " $tree " in
			*" ${process%:*} "*) ;;
			*" ${process#*:} "*) more="$more ${process%:*}" ;;
			esac
		done
		tree=$tree$more
	done
}

# readers PID sets tree, and readers to those in it that read what the session of
# the process is sent: the rest of a step, or its content.
readers() {
	below "$1"
	readers=
	input=$(readlink "/proc/$1/fd/0") || return
	for process in $tree; do
		[ "$process" = "$1" ] || [ "$(readlink "/proc/$process/fd/0")" != "$input" ] || readers="$readers $process"
	done
}

# works PID is true while a process has a child, but not while that waits for the
# session.
works() {
	readers "$1"
	[ "$tree" != "$1" ] && [ -z "$readers" ]
}

# used PID prints the CPU time of a process, of those below it and of their
# children that ended, and what they have read.
used() {
	below "$1"
	for process in $tree; do
		set -- $(stat_of "$process")
		[ $# -gt 14 ] || continue
		bytes=
		read -r bytes 2>/dev/null <"/proc/$process/io"
		printf '%s\n' "$process ${12} ${13} ${14} ${15} $bytes"
	done
}

# stalled PID is true when a process does nothing for as long as idle says.
stalled() {
	before=$(used "$1")
	[ -n "$before" ] || return 1
	left=$idle
	while ! works "$1"; do
		if [ "$left" -le 0 ]; then
			[ "$(used "$1")" = "$before" ]
			return
		fi
		sleep 1
		left=$((left - 1))
	done
	return 1
}

# files FORM prints the files of the folder that have it.
files() {
	set +f
	for file in "$dir"/$1; do
		[ ! -e "$file" ] || printf '%s\n' "${file##*/}"
	done
	set -f
}

# look sets number to that of the lock that counts, and what stands in it.
look() {
	number=0 line=free
	for file in $(files 'lock.[0-9]*'); do
		[ "${file#lock.}" -le "$number" ] || number=${file#lock.}
	done
	[ "$number" = 0 ] || read -r line 2>/dev/null <"$dir/lock.$number" || line=
	set -- $line
	pid=$1 began=$2 on=$3 plan=$4 since=$5 session=$6
	[ $# -lt 6 ] || shift 6
	who=$*
}

# there is true when the holder lives.
there() {
	[ -n "$plan" ] && [ "$on" = "$boot" ] && [ "$(begun "$pid")" = "$began" ]
}

# orphan sets left to what is left of a holder that is gone: a process of its
# session that lives, which is a step, and what that is called. A daemon has a
# session of its own.
orphan() {
	left=
	[ "$on" = "$boot" ] && [ -n "$session" ] && [ "$session" != "$own" ] || return
	set +f
	for process in /proc/[0-9]*; do
		read -r stat 2>/dev/null <"$process/stat" || continue
		name=${stat#*(}
		name=${name%)*}
		set -- ${stat##*) }
		case $1 in
		Z | X) continue ;;
		esac
		# A number is used again; what is of that session began behind it.
		if [ "$4" = "$session" ] && [ "${20}" -ge "$began" ]; then
			left="${process#/proc/} $name"
			break
		fi
	done
	set -f
	[ -n "$left" ]
}

# end ends the session of a holder. What its step does comes to an end by itself,
# and cleans up, when nobody sends the rest any more; what does not is ended too.
end() {
	readers "$pid"
	named=
	for process in $tree; do
		named="$named $process:$(begun "$process")"
	done
	there && kill -9 "$pid" $readers
	left=10
	while alive $named && [ "$left" -gt 0 ]; do
		sleep 1
		left=$((left - 1))
		[ "$left" -gt 5 ] || kill -9 $living 2>/dev/null
	done
	! there
}

# alive PID:BEGUN… sets living to those of the processes that are there; it is
# true where there are some. Numbers are used again, beginnings are not.
alive() {
	living=
	for process; do
		[ "$(begun "${process%:*}")" != "${process#*:}" ] || [ "${process#*:}" = '' ] || living="$living ${process%:*}"
	done
	[ -n "$living" ]
}

# tidy removes what is no longer looked at.
tidy() {
	for file in $(files 'lock.[0-9]*'); do
		[ "${file#lock.}" -ge "$number" ] || rm -f "$dir/$file"
	done
	for file in $(files '.new.*'); do
		[ -e "/proc/${file#.new.}" ] || rm -f "$dir/$file"
	done
	for file in $(files 'stop.*'); do
		rm -f "$dir/$file"
	done
}

# take makes the next lock; it fails where another was faster.
take() {
	next=$((number + 1))
	if ! ln "$new" "$dir/lock.$next" 2>/dev/null; then
		look
		[ "$number" -ge "$next" ] && return 1
		ln "$new" "$dir/lock.$next" || exit
	fi
	look
	[ "$number" = "$next" ] && return
	# A slow one has come to a number that was used and removed.
	rm -f "$dir/lock.$next"
	return 1
}

boot=
read -r boot 2>/dev/null </proc/sys/kernel/random/boot_id
mine="$$ $(begun "$$") $boot"
own=$(session_of "$$")
new=$dir/.new.$$

if [ "$mode" = release ]; then
	look
	[ "$pid $began $on" = "$mine" ] || exit 0
	echo free >"$new" && mv -f "$new" "$dir/lock.$number"
	exit
fi
if [ "$mode" = take ]; then
	mkdir -p "$dir" || exit
	if [ -h "$dir" ] || [ ! -O "$dir" ]; then
		printf '%s is not a folder of this user\n' "$dir" >&2
		exit 1
	fi
	trap 'rm -f "$new"' EXIT
	printf '%s\n' "$mine $digest $(date +%s) $own $holder" >"$new" || exit
fi
from=
tries=0
while [ "$tries" -lt 100 ]; do
	tries=$((tries + 1))
	look
	if there; then
		if [ "$mode" = look ] || [ "$plan" != "$digest" ] || ! stalled "$pid" || ! end; then
			printf 'busy %s\n' "$pid $(($(date +%s) - since)) $plan $who"
			exit 0
		fi
		from="stalled $pid $who"
	elif orphan; then
		printf 'orphan %s\n' "$left"
		exit 0
	elif [ "$pid" != free ]; then
		from=${from:-dead ${pid:-0} $who}
	fi
	if [ "$mode" = look ]; then
		echo free
		exit 0
	fi
	if take; then
		tidy
		printf 'taken %s\n' "$dir $from"
		exit 0
	fi
done
echo 'other processes take the lock all the time' >&2
exit 1
`
