package apply

// switchTool is what sessions do with the switch. Its arguments are a word, the
// folder of the runs, and what the word wants; what it prints is said with each.
const switchTool = processFunctions + `mode=$1 dir=$2
shift 2
umask 077
set -f
` + chooseFolder + `dir=$dir/switch

# runs is true while the switch's process does.
runs() {
	read -r pid began 2>/dev/null <"$dir/process" || return 1
	[ "$(begun "$pid")" = "$began" ]
}

# seconds sets left to how long the fuse is still.
seconds() {
	read -r up _ </proc/uptime
	due=0
	read -r due 2>/dev/null <"$dir/due" || :
	left=$((due - ${up%%.*}))
	[ "$left" -ge 0 ] || left=0
}

# burn SECONDS sets how long the fuse is from now on.
burn() {
	read -r up _ </proc/uptime
	echo "$((${up%%.*} + $1))" >"$dir/.due.$$" && mv -f "$dir/.due.$$" "$dir/due"
}

# nap is a moment; not every sleep knows parts of a second.
nap() { sleep 0.1 2>/dev/null || sleep 1; }

# start begins the switch's process, out of reach of what ends a session and its
# processes. systemd keeps the unit of one that was killed, as failed, and its name.
start() {
	unit=hostkit-switch-$$
	if [ -d /run/systemd/system ] && [ "$(id -u)" = 0 ] && command -v systemd-run >/dev/null; then
		systemctl reset-failed "$unit.service" >/dev/null 2>&1
		said=$(systemd-run --quiet --unit="$unit" /bin/sh "$dir/program" 2>&1) || {
			printf 'systemd-run: %s\n' "$said" >&2
			exit 1
		}
	elif command -v setsid >/dev/null; then
		setsid /bin/sh "$dir/program" </dev/null >/dev/null 2>&1 &
	else
		echo 'the host has neither systemd-run nor setsid' >&2
		exit 1
	fi
	left=100
	# It may have fired by then.
	until runs || [ ! -e "$dir/armed" ]; do
		left=$((left - 1))
		[ "$left" -gt 0 ] || {
			echo 'the switch does not start' >&2
			exit 1
		}
		nap
	done
}

# tell prints the report, each line ended by a NUL byte, with the paths in place of
# their numbers.
tell() {
	while read -r word number rest; do
		case $word in
		back | failed)
			path=$(cat "$dir/kept/$number.path")
			printf '%s %s%s\0%s\0' "$word" "$number" "${rest:+ $rest}" "${path%?}"
			;;
		*) printf '%s %s\0\0' "$word" "$number${rest:+ $rest}" ;;
		esac
	done <"$dir/report"
}

# listener prints what another sshd would not have that begins anew, or the same
# one that has read its settings again: it then is another program in its process,
# with other sockets. It is the uppermost sshd above this shell; where each
# connection has its own (inetd, sshd@.service), there is none.
listener() {
	pid=$$ found=
	while [ "$pid" -gt 0 ]; do
		read -r stat 2>/dev/null <"/proc/$pid/stat" || break
		case $stat in
		"$pid (sshd)"* | "$pid (sshd-"*) found=$pid ;;
		esac
		set -- ${stat##*) }
		pid=$2
	done
	[ -n "$found" ] || return 0
	case $(tr '\0' ' ' 2>/dev/null <"/proc/$found/cmdline") in
	*@* | *'[priv]'* | *'[accepted]'* | *'[net]'*) return 0 ;;
	esac
	read -r stat 2>/dev/null <"/proc/$found/stat" || return 0
	set -- ${stat##*) }
	shift 19
	printf '%s %s %s %s\n' "$found" "$1" "$7" "$(readlink "/proc/$found/fd/3" "/proc/$found/fd/4" | tr '\n' ' ')"
}

# home_of NAME prints the home folder of a user.
home_of() {
	if command -v getent >/dev/null; then getent passwd "$1"; else cat /etc/passwd; fi |
		while IFS=: read -r name _ _ _ _ home _; do
			if [ "$name" = "$1" ]; then printf '%s\0' "$home" "$(readlink -f -- "$home")"; fi
		done
}

case $mode in
# homes prints the home folders of who logged in and of whom he became, each also
# as it is really called, with a NUL byte behind each.
homes)
	for user in "${SUDO_USER-}" "${DOAS_USER-}" "$(id -un)"; do
		[ -z "$user" ] || home_of "$user"
	done
	;;
# look prints what the last session left here: "none", "armed SECONDS PLAN",
# "firing", "dead", or "fired" with the report.
look)
	if [ ! -e "$dir/plan" ]; then
		printf 'none\0\0'
	elif [ -e "$dir/fired" ]; then
		printf 'fired %s\0\0' "$(cat "$dir/plan")"
		tell
	elif ! runs; then
		printf 'dead\0\0'
	elif [ -e "$dir/armed" ]; then
		seconds
		printf 'armed %s\0\0' "$left $(cat "$dir/plan")"
	else
		printf 'firing\0\0'
	fi
	;;
# keep PLAN SECONDS PATH… keeps what is at each path.
keep)
	plan=$1
	fuse=$2
	shift 2
	rm -rf "$dir"
	mkdir "$dir" "$dir/kept" "$dir/acts" || exit
	trap '[ "$?" = 0 ] || rm -rf "$dir"' EXIT
	number=0
	for path; do
		number=$((number + 1))
		kept=$dir/kept/$number
		printf '%s#' "$path" >"$kept.path" || exit
		if [ -L "$path" ] || [ -f "$path" ]; then
			cp -a -- "$path" "$kept.file" || exit
		elif [ -d "$path" ]; then
			stat -c '%u %g %a' -- "$path" >"$kept.folder" || exit
		elif [ -e "$path" ]; then
			printf '%s: is neither a file nor a folder, and can not be kept\n' "$path" >&2
			exit 1
		else
			: >"$kept.absent" || exit
		fi
	done
	burn "$fuse" && listener >"$dir/listener" && printf '%s\n' "$plan" >"$dir/plan"
	;;
# write FILE writes its standard input to a file of the folder.
write)
	cat >"$dir/$1"
	;;
# arm starts the switch.
arm)
	: >"$dir/armed" || exit
	trap '[ "$?" = 0 ] || rm -rf "$dir"' EXIT
	start
	;;
# burn SECONDS renews the fuse, or fires: SECONDS is 0. A switch that somebody has
# ended goes on: what is not proven stays guarded.
burn)
	[ -e "$dir/armed" ] && burn "$1" || exit
	runs || start
	;;
# reloaded SECONDS waits until sshd listens anew; it fails where that is not seen.
reloaded)
	[ -s "$dir/listener" ] || exit 0
	left=$(($1 * 10))
	while [ "$(listener)" = "$(cat "$dir/listener")" ]; do
		left=$((left - 1))
		[ "$left" -gt 0 ] || exit 1
		nap
	done
	;;
# await SECONDS waits until the switch has fired; it fails where it has not.
await)
	read -r up _ </proc/uptime
	end=$((${up%%.*} + $1))
	until [ -e "$dir/fired" ]; do
		read -r up _ </proc/uptime
		if [ "${up%%.*}" -ge "$end" ] || ! runs; then
			[ -e "$dir/fired" ]
			exit
		fi
		nap
	done
	;;
# disarm ends the switch; it fails where the switch was faster.
disarm)
	mv -f "$dir/armed" "$dir/disarmed" 2>/dev/null || exit 1
	rm -rf "$dir"
	;;
# forget removes what a switch that fired, or died, has left; systemd keeps the unit
# of one that was killed, as failed.
forget)
	[ -e "$dir/fired" ] || ! runs || exit 1
	[ ! -d /run/systemd/system ] || systemctl reset-failed 'hostkit-switch-*' >/dev/null 2>&1
	rm -rf "$dir"
	;;
esac
`
