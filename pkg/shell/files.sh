# shellcheck shell=sh
# What steps do with paths: hk_put, hk_link, hk_folder, hk_adjust and hk_drop make
# one change each. steps.sh says how they end.

# hk_put PATH FOLDER SIZE SHA256 OWNER GROUP MODE OLD makes PATH a file with the
# content on stdin. What is not given stays as it was. OLD is the digest of the
# content that is there and of which a backup is to be kept; empty for none.
hk_put() {
	hk_begin "$1" "$2" "$5" "$6" "$7"
	hk_receive "$3" "$4"
	hk_finish "${8-}" "$4"
}

# hk_begin PATH FOLDER OWNER GROUP MODE looks whether PATH can be made a file, and
# remembers what it is to have.
hk_begin() {
	hk_enter "$1" "$2"
	hk_owner "$3" "$4"
	hk_mode=$5
	hk_old=
	if hk_must_be file; then
		hk_old=$(stat -c '%h %u %g %a' -- "$hk_name") || hk_fail 65 'vanished meanwhile'
		case $hk_old in
		'1 '*) ;;
		*) hk_fail 65 "has ${hk_old%% *} names (hard links), and the others would keep the old content" ;;
		esac
	elif [ -z "$hk_mode" ]; then
		hk_fail 65 'is missing now, and its mode with it'
	fi
}

# hk_finish OLD NEW puts the new file, open as 3, in the place of the old one, of
# which a backup is kept where OLD is given.
hk_finish() {
	if [ -n "$hk_old" ]; then
		# shellcheck disable=SC2086 # four numbers
		hk_keep $hk_old
	fi
	hk_dress /proc/self/fd/3 "$hk_spec" "$hk_mode"
	exec 3>&-
	if hk_must_be file && [ -n "${1-}" ]; then
		hk_back_up "$1" "$2"
	fi
	hk_place
}

# hk_receive SIZE SHA256 writes the content on stdin to a new file, open as 3.
hk_receive() {
	hk_new
	if hk_is_large "$1"; then
		hk_said=$(dd bs=65536 status=none 2>&1 >&3) || hk_refused "$hk_said"
		# This has it written out while it is read back. It is not waited for, since
		# what others have written may take it long; nor does it keep the file open,
		# which could not be executed then.
		sync -f . >/dev/null 2>&1 3>&- &
	else
		hk_said=$(dd bs=65536 conv=fsync status=none 2>&1 >&3) || hk_refused "$hk_said"
	fi
	hk_said=$(hk_sum "$1" </proc/self/fd/3) || hk_refused 'cannot be read back'
	if [ "${hk_said%% *}" = "$2" ]; then
		! hk_is_large "$1" || hk_run dd conv=fsync,notrunc status=none </dev/null of=/proc/self/fd/3
		return
	fi
	hk_size=$(stat -L -c %s /proc/self/fd/3)
	[ "$hk_size" = "$1" ] || hk_fail 74 "the content arrived damaged: $hk_size bytes of $1"
	hk_fail 74 "the content arrived damaged: $1 bytes, but not those that were planned"
}

# hk_new opens a new file as 3, closed to others, that nobody could have put there
# before.
hk_new() {
	hk_beside
	# noclobber opens with O_EXCL: never through a link, never what is there.
	set -C
	# shellcheck disable=SC2154 # hk_beside sets it
	{ command exec 3>"$hk_temp"; } 2>/dev/null || hk_refused "$({ : >"$hk_temp"; } 2>&1)"
	set +C
	# A default ACL of the folder overrides the umask.
	hk_run chmod 0600 /proc/self/fd/3
}

# hk_keep LINKS UID GID MODE carries over to the new file what the old one has and
# the plan does not set: owner, mode, ACL, extended attributes, SELinux label.
hk_keep() {
	hk_complete "$2" "$3"
	hk_run chown -- "$hk_spec" /proc/self/fd/3
	hk_mode=${hk_mode:-$4}
	if ! hk_said=$(cp -P --attributes-only --preserve=mode,xattr -- "$hk_name" /proc/self/fd/3 2>&1); then
		# BusyBox knows no such option, and uutils fails on files that have
		# nothing to carry over.
		case $hk_said$(cp --version 2>/dev/null) in
		*'without xattr support'*) hk_has_more ;;
		*GNU*) hk_fail 65 "has attributes that cannot be carried over: ${hk_said##*: }" ;;
		*) hk_has_more ;;
		esac
	fi
	if [ -e /sys/fs/selinux/enforce ] && command -v chcon >/dev/null; then
		hk_run chcon --reference="$hk_name" /proc/self/fd/3
	fi
	hk_spec=
}

# hk_has_more refuses a file with an ACL or extended attributes, as far as the
# host has a tool that shows them. BusyBox shows and copies neither.
hk_has_more() {
	case $(ls -ld -- "$hk_name" 2>/dev/null) in
	??????????+*) hk_fail 65 'has an ACL, which this host has no tool to carry over' ;;
	esac
	if [ -n "$(getfacl -s -- "$hk_name" 2>/dev/null)" ]; then
		hk_fail 65 'has an ACL, which this host has no tool to carry over'
	fi
	if [ -n "$(getfattr -h -m '^(user|trusted|security\.capability)' -- "$hk_name" 2>/dev/null)" ]; then
		hk_fail 65 'has extended attributes, which this host has no tool to carry over'
	fi
}

# hk_link PATH FOLDER TARGET OWNER GROUP makes PATH a symbolic link.
hk_link() {
	hk_enter "$1" "$2"
	hk_owner "$4" "$5"
	if hk_must_be symlink; then
		hk_old=$(stat -c '%u %g' -- "$hk_name") || hk_fail 65 'vanished meanwhile'
		hk_complete "${hk_old% *}" "${hk_old#* }"
	fi
	hk_beside
	hk_run ln -s -- "$3" "$hk_temp"
	[ -z "$hk_spec" ] || hk_run chown -h -- "$hk_spec" "$hk_temp"
	hk_must_be symlink
	hk_place
}

# hk_folder PATH FOLDER OWNER GROUP MODE makes PATH a folder. It is closed to
# others until it has its owner.
hk_folder() {
	hk_enter "$1" "$2"
	hk_owner "$3" "$4"
	hk_must_be directory || hk_run mkdir -m 0700 -- "$hk_name"
	hk_inside
	hk_dress . "$hk_spec" "$5"
}

# hk_inside goes into the folder that is the target.
hk_inside() {
	hk_said=${PWD%/}/${hk_name#./}
	cd -P -- "$hk_name" 2>/dev/null || hk_fail 73 'cannot be entered'
	[ "$PWD" = "$hk_said" ] || hk_fail 65 'is a symbolic link now'
}

# hk_adjust PATH FOLDER TYPE OWNER GROUP MODE sets owner and mode in place.
hk_adjust() {
	hk_enter "$1" "$2"
	hk_owner "$4" "$5"
	hk_must_be "$3" || hk_fail 65 'is missing now'
	hk_mode=$6
	case $3 in
	symlink)
		[ -z "$hk_spec" ] || hk_run chown -h -- "$hk_spec" "$hk_name"
		return
		;;
	directory)
		hk_inside
		hk_dress . "$hk_spec" "$hk_mode"
		return
		;;
	esac
	hk_old=$(stat -c '%d:%i:%f %a' -- "$hk_name") || hk_fail 65 'vanished meanwhile'
	[ -n "$hk_mode" ] || hk_mode=${hk_old#* }
	# Who may not read his own file has no other's file to fear for.
	if [ -r "$hk_name" ]; then
		{ command exec 3<"$hk_name"; } 2>/dev/null || hk_fail 73 'cannot be opened'
		hk_name=/proc/self/fd/3
		[ "$(stat -L -c '%d:%i:%f' /proc/self/fd/3)" = "${hk_old% *}" ] || hk_fail 65 'was replaced meanwhile'
	fi
	hk_dress "$hk_name" "$hk_spec" "$hk_mode"
}

# hk_drop PATH FOLDER TYPE OLD removes what is at PATH, never more than that. Of a
# file with the digest OLD a backup is kept, where that is given.
hk_drop() {
	[ -d "${1%/*}/" ] || return 0
	hk_enter "$1" "$2"
	hk_must_be "$3" || return 0
	[ "$3" = directory ] || {
		if [ -n "${4-}" ]; then
			hk_tidy
			hk_back_up "$4" ''
		fi
		hk_run rm -f -- "$hk_name"
		return
	}
	hk_said=$(rmdir -- "$hk_name" 2>&1) || {
		hk_entries "$hk_name"
		[ -z "$hk_has" ] || hk_fail 65 "folder is not empty: has $hk_has"
		hk_refused "$hk_said"
	}
}

# hk_entries FOLDER sets hk_has to words for what is in a folder: "a, b and 3
# more"; empty when there is nothing.
hk_entries() {
	hk_has=
	hk_count=0
	for hk_entry in "$1"/* "$1"/.[!.]* "$1"/..?*; do
		# A pattern that matches nothing stands for itself.
		[ -e "$hk_entry" ] || [ -L "$hk_entry" ] || continue
		hk_count=$((hk_count + 1))
		case $hk_count in
		1) hk_has=${hk_entry##*/} ;;
		2) hk_has=$hk_has,\ ${hk_entry##*/} ;;
		esac
	done
	[ "$hk_count" -le 2 ] || hk_has="$hk_has and $((hk_count - 2)) more"
}
