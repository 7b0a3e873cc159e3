# shellcheck shell=sh
# What probes and steps do with paths.
#
# hk_look observes many paths with a number of processes that does not grow with
# them. hk_put, hk_link, hk_folder, hk_adjust and hk_drop make one change each.
# They write nothing but a reason, in a person's words, as the last line of
# stderr, and leave what they refuse as it was. Their exit statuses:
#
#   0   done, or it was so already
#   65  something else is there than was planned
#   66  the folder it is in is missing, or is another than was planned
#   67  no such user or group
#   73  the system refused
#   74  the content that arrived is not the planned content
#
# Every step goes into the folder first and uses ./names there, so that a folder
# swapped for a link meanwhile leads nowhere. What a step has in hand it changes
# through /proc/self/fd/3 or ".", which a name swapped by the folder's owner
# can't turn into another file.

# hk_fail STATUS REASON ends the step.
hk_fail() {
	printf '%s: %s\n' "$hk_path" "$2" >&2
	exit "$1"
}

# hk_refused MESSAGE ends the step with the system's own words: what a command
# says after the last colon.
hk_refused() {
	hk_reason=${1##*: }
	case $hk_reason in
	'') hk_reason='the command failed without a reason' ;;
	'Device or resource busy') hk_reason='is a mount point, which cannot be replaced' ;;
	'No space left on device') hk_reason='no space left on device' ;;
	'Disk quota exceeded') hk_reason='disk quota exceeded' ;;
	'File too large') hk_reason='file too large' ;;
	'Operation not permitted') hk_reason='operation not permitted' ;;
	'Permission denied') hk_reason='permission denied' ;;
	'Read-only file system') hk_reason='read-only file system' ;;
	'File name too long') hk_reason='file name too long' ;;
	esac
	hk_fail 73 "$hk_reason"
}

# hk_run COMMAND… runs a command that must succeed.
hk_run() {
	hk_said=$("$@" 2>&1) || hk_refused "$hk_said"
}

# hk_enter PATH FOLDER goes into the folder that PATH is in, which must really be
# FOLDER. It sets hk_path for messages and hk_name for use.
hk_enter() {
	hk_path=$1
	hk_name=./${1##*/}
	[ -d "${1%/*}/" ] || hk_fail 66 "its folder ${1%/*} is missing"
	cd -P -- "${1%/*}/" 2>/dev/null || hk_fail 66 "its folder ${1%/*} cannot be entered"
	[ "$PWD" = "$2" ] || hk_fail 66 "its folder is really $PWD now, not $2 as planned"
}

# hk_must_be TYPE refuses what is neither of TYPE nor missing, and returns 1 when
# it is missing.
hk_must_be() {
	if [ -L "$hk_name" ]; then
		[ "$1" = symlink ] || hk_fail 65 'is a symbolic link now'
	elif [ -d "$hk_name" ]; then
		[ "$1" = directory ] || hk_fail 65 'is a folder now'
	elif [ -f "$hk_name" ]; then
		[ "$1" = file ] || hk_fail 65 'is a file now'
	elif [ -e "$hk_name" ]; then
		hk_fail 65 'is a device, pipe or socket now'
	else
		return 1
	fi
}

# hk_accounts DATABASE NAMES prints "ID:NAME" for each of NAMES, one a line, that
# DATABASE (passwd or group) has.
hk_accounts() {
	if [ -z "$2" ]; then
		return
	fi
	# BusyBox has no getent.
	if command -v getent >/dev/null; then
		(
			set -f
			IFS='
'
			# shellcheck disable=SC2086 # a name is a line
			getent "$1" $2
		)
	else
		cat "/etc/$1"
	fi | while IFS=: read -r hk_account _ hk_id _; do
		case "
$2
" in
		*"
$hk_account
"*) printf '%s:%s\n' "$hk_id" "$hk_account" ;;
		esac
	done
}

# hk_number_of DATABASE NAME sets hk_id to the number of a user or group.
hk_number_of() {
	case $2 in
	'' | *[!0-9]*) ;;
	*)
		hk_id=$2
		return
		;;
	esac
	hk_id=$(hk_accounts "$1" "$2")
	hk_id=${hk_id%%:*}
	[ -n "$hk_id" ] && return
	[ "$1" = group ] || hk_fail 67 "owner $2: no such user"
	hk_fail 67 "group $2: no such group"
}

# hk_owner OWNER GROUP sets hk_spec to the argument for chown; empty for none.
# Numbers can't be taken for something else: chown reads "john.doe" as a user and
# a group when there is no such user, and "john:" as his login group.
hk_owner() {
	hk_spec=
	if [ -n "$1" ]; then
		hk_number_of passwd "$1"
		hk_spec=$hk_id
	fi
	if [ -n "$2" ]; then
		hk_number_of group "$2"
		hk_spec=$hk_spec:$hk_id
	fi
}

# hk_dress FILE SPEC MODE sets owner and mode, in this order: chown takes setuid
# and setgid away, and setuid must not stand for a moment under another owner.
# SPEC is given to chown whole: BusyBox takes what is missing from the link that
# /proc/self/fd/3 is. Five digits make GNU chmod clear setgid on a folder.
hk_dress() {
	hk_spec=$2
	case $2 in
	'' | [0-9]*:[0-9]*) ;;
	*)
		hk_said=$(stat -L -c '%u %g' -- "$1") || hk_refused "$hk_said"
		hk_complete "${hk_said% *}" "${hk_said#* }"
		;;
	esac
	[ -z "$hk_spec" ] || hk_run chown -- "$hk_spec" "$1"
	[ -z "$3" ] || hk_run chmod -- "00$3" "$1"
}

# hk_complete UID GID fills in what hk_spec does not give.
hk_complete() {
	case $hk_spec in
	'') hk_spec=$1:$2 ;;
	:*) hk_spec=$1$hk_spec ;;
	*:*) ;;
	*) hk_spec=$hk_spec:$2 ;;
	esac
}

# hk_forget removes what was being made.
hk_forget() {
	[ -z "$hk_temp" ] || rm -f -- "$hk_temp"
}

# hk_beside sets hk_temp to an unpredictable name beside the target, which is
# removed unless the step comes to its end.
hk_beside() {
	read -r hk_temp </proc/sys/kernel/random/uuid || hk_fail 73 'the host has no /proc'
	hk_temp=./.hostkit.$hk_temp
	trap hk_forget EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 141' PIPE
	trap 'exit 143' TERM
}

# hk_place puts what was made in the target's place. Without -T a folder that
# came there meanwhile would be moved into.
hk_place() {
	hk_run mv -f -T -- "$hk_temp" "$hk_name"
	hk_temp=
}

# hk_put PATH FOLDER SIZE SHA256 OWNER GROUP MODE makes PATH a file with the
# content on stdin. What is not given stays as it was.
hk_put() {
	hk_enter "$1" "$2"
	hk_owner "$5" "$6"
	hk_mode=$7
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
	hk_beside
	# noclobber opens with O_EXCL: never through a link, never what is there.
	set -C
	{ command exec 3>"$hk_temp"; } 2>/dev/null || hk_refused "$({ : >"$hk_temp"; } 2>&1)"
	set +C
	# A default ACL of the folder overrides the umask.
	hk_run chmod 0600 /proc/self/fd/3
	hk_said=$(dd bs=65536 conv=fsync status=none 2>&1 >&3) || hk_refused "$hk_said"
	hk_said=$(sha256sum </proc/self/fd/3) || hk_refused 'cannot be read back'
	if [ "${hk_said%% *}" != "$4" ]; then
		hk_fail 74 "the content arrived damaged: $(stat -L -c %s /proc/self/fd/3) bytes of $3, or others than planned"
	fi
	if [ -n "$hk_old" ]; then
		# shellcheck disable=SC2086 # four numbers
		hk_keep $hk_old
	fi
	hk_dress /proc/self/fd/3 "$hk_spec" "$hk_mode"
	exec 3>&-
	hk_must_be file
	hk_place
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

# hk_drop PATH FOLDER TYPE removes what is at PATH, never more than that.
hk_drop() {
	hk_path=$1
	[ -d "${1%/*}/" ] || return 0
	hk_enter "$1" "$2"
	hk_must_be "$3" || return 0
	[ "$3" = directory ] || {
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
