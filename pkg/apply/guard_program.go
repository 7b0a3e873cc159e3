package apply

// The dead-man switch: a process on the host that puts guarded paths back unless a
// new login forbids it.
//
// It lies in a folder "switch" beside the lock, which does not outlive a boot and
// only its user can enter:
//
//	kept/N.path     the path number N, and a "#" that keeps a newline at its end
//	kept/N.file     what was there: a file or a link, with owner, mode, ACL and label
//	kept/N.folder   or the owner, group and mode of the folder that was there
//	kept/N.absent   or nothing was there
//	acts/N          the script of an act that the plan calls for: a reload
//	program         the switch itself
//	plan            the plan's digest
//	due             the second since boot at which it fires
//	process         the switch's process and when that began
//	armed           what firing and disarming both rename; one of them succeeds
//	report          what firing did
//
// Its fuse is short and is renewed: while hk-apply works, it moves due on again
// and again, through a channel of its own beside the session, however long a step
// takes. Whatever ends that (the network is gone, hk-apply was killed, its machine
// sleeps, the session was cut by the very step) ends the renewal, and the switch
// fires when the fuse has burnt down. So nobody has to guess how long a run takes,
// a step that hangs in a dead network can't hold the switch back, and a host that
// nobody watches any more is never left with what nobody has proven.
//
// It counts /proc/uptime, never the clock, which a change may set.

// switchProgram is the switch. Its argument is the folder.
const switchProgram = processFunctions + `dir=$1
umask 077
set -f
due=
trap : HUP INT PIPE
# The host goes down: what is not proven must not be there when it comes up.
trap 'due=0' TERM
echo "$$ $(begun "$$")" >"$dir/.process" && mv -f "$dir/.process" "$dir/process"

while [ -e "$dir/armed" ]; do
	read -r up _ </proc/uptime
	[ "$due" = 0 ] || read -r due 2>/dev/null <"$dir/due" || :
	[ "${up%%.*}" -lt "${due:-0}" ] || break
	sleep 1
done
# Whoever disarms it renames this too, and one of both succeeds.
mv -f "$dir/armed" "$dir/firing" 2>/dev/null || exit 0

# same is true when what is at the path is what was there.
same() {
	if [ -e "$kept.absent" ]; then
		[ ! -e "$path" ] && [ ! -L "$path" ]
	elif [ -e "$kept.folder" ]; then
		[ ! -L "$path" ] && [ -d "$path" ] && [ "$(stat -c '%u %g %a' -- "$path")" = "$(cat "$kept.folder")" ]
	elif [ -L "$kept.file" ]; then
		[ -L "$path" ] && [ "$(readlink -- "$path" && stat -c '%u %g' -- "$path")" = \
			"$(readlink -- "$kept.file" && stat -c '%u %g' -- "$kept.file")" ]
	else
		[ ! -L "$path" ] && [ -f "$path" ] &&
			[ "$(stat -c '%u %g %a' -- "$path")" = "$(stat -c '%u %g %a' -- "$kept.file")" ] &&
			[ "$(sha256sum <"$path")" = "$(sha256sum <"$kept.file")" ]
	fi
}

# back puts back what was there. A folder is removed only when it is empty, and
# what is not one is put in place by one rename.
back() {
	if [ -e "$kept.absent" ]; then
		if [ -d "$path" ] && [ ! -L "$path" ]; then rmdir -- "$path"; else rm -f -- "$path"; fi
	elif [ -e "$kept.folder" ]; then
		read -r user group mode <"$kept.folder"
		[ -d "$path" ] || mkdir -m 0700 -- "$path" || return
		chown -h -- "$user:$group" "$path" && chmod -- "00$mode" "$path"
	else
		read -r uuid </proc/sys/kernel/random/uuid
		temp=${path%/*}/.hostkit.$uuid
		cp -a -- "$kept.file" "$temp" && {
			hk_over "$temp" "$path" && return
			printf '%s\n' "$hk_said"
		}
		rm -f -- "$temp"
		return 1
	fi
}

# tend NUMBER puts a path back where it is not as it was, and reports it.
tend() {
	kept=$dir/kept/$1
	path=$(cat "$kept.path")
	path=${path%?}
	same && return
	changed=1
	if said=$(back 2>&1); then
		printf 'back %s\n' "$1" >>"$dir/report"
	else
		said=$(printf %s "$said" | tr '\n' ' ')
		printf 'failed %s %s\n' "$1" "${said##*: }" >>"$dir/report"
	fi
}

changed=
: >"$dir/report"
number=0
while [ -e "$dir/kept/$((number + 1)).path" ]; do
	number=$((number + 1))
done
last=$number
# Parents have lower numbers than what is in them: what was absent goes from the
# leaves, what was there comes from the root.
while [ "$number" -gt 0 ]; do
	[ ! -e "$dir/kept/$number.absent" ] || tend "$number"
	number=$((number - 1))
done
while [ "$number" -lt "$last" ]; do
	number=$((number + 1))
	[ -e "$dir/kept/$number.absent" ] || tend "$number"
done

# What serves the host takes up again what is there now; an act that hangs is left
# to itself.
number=1
while [ -n "$changed" ] && [ -e "$dir/acts/$number" ]; do
	(
		set +f
		hk_revive=1
		eval "$(cat "$dir/acts/$number")"
	) </dev/null >"$dir/said" 2>&1 &
	act=$!
	left=120
	while kill -0 "$act" 2>/dev/null && [ "$left" -gt 0 ]; do
		left=$((left - 1))
		sleep 1
	done
	status=hangs
	kill -0 "$act" 2>/dev/null || {
		wait "$act"
		status=$?
	}
	printf 'act %s %s %s\n' "$number" "$status" "$(tail -n 1 "$dir/said" | tr '\0' ' ')" >>"$dir/report"
	number=$((number + 1))
done
set +f
rm -f "$dir"/kept/*.file "$dir"/kept/*.folder
mv -f "$dir/firing" "$dir/fired"
`
