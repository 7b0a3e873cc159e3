# shellcheck shell=sh
# What the steps that change paths have in common.
#
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

# What a new file is called until it is in place ends so; a step may set it.
hk_suffix=

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
	[ -z "$hk_kept" ] || rm -f -- "$hk_kept"
}

# hk_tidy has the step, however it ends, leave nothing unfinished.
hk_tidy() {
	hk_temp='' hk_kept=''
	trap hk_forget EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 141' PIPE
	trap 'exit 143' TERM
}

# hk_beside sets hk_temp to an unpredictable name beside the target, which is
# removed unless the step comes to its end. It ends with hk_suffix.
hk_beside() {
	hk_tidy
	read -r hk_temp </proc/sys/kernel/random/uuid || hk_fail 73 'the host has no /proc'
	hk_temp=./.hostkit.$hk_temp$hk_suffix
}

# hk_place puts what was made in the target's place.
hk_place() {
	hk_over "$hk_temp" "$hk_name" || hk_refused "$hk_said"
	hk_temp=
}

# hk_over NEW OLD puts one path in the place of another, and sets hk_said to why it
# can't. Without -T a folder that came there meanwhile would be moved into. BusyBox
# takes a link to a folder for a folder, which it would not replace with anything
# else: there the link goes first.
hk_over() {
	hk_said=$(mv -f -T -- "$1" "$2" 2>&1) && return
	case $hk_said in
	*'is a directory'*) [ -h "$2" ] && rm -f -- "$2" || return ;;
	*) return 1 ;;
	esac
	hk_said=$(mv -f -T -- "$1" "$2" 2>&1)
}

# hk_sweep FOLDER… removes what steps that were killed have left unfinished in the
# folders, and beside the backups, and prints how many of it. Only who has the host
# to himself may call it.
hk_sweep() (
	hk_count=0
	for hk_folder; do
		cd -P -- "$hk_folder/" || continue
		[ "$PWD" = "$hk_folder" ] || continue
		for hk_entry in ./.hostkit.????????-????-????-????-????????????*; do
			if [ -d "$hk_entry" ] && [ ! -h "$hk_entry" ]; then
				# A folder of that name is ours only if it is this user's.
				[ ! -O "$hk_entry" ] || rm -rf -- "$hk_entry" || continue
			elif [ -e "$hk_entry" ] || [ -h "$hk_entry" ]; then
				rm -f -- "$hk_entry" || continue
			else
				continue
			fi
			hk_count=$((hk_count + 1))
		done
	done
	hk_state_folder
	# shellcheck disable=SC2154 # hk_state_folder sets it
	for hk_entry in "$hk_state"/backups/.new.*; do
		[ -f "$hk_entry" ] && [ -O "$hk_entry" ] && rm -f -- "$hk_entry" && hk_count=$((hk_count + 1))
	done
	echo "$hk_count"
) 2>/dev/null

# hk_is_large BYTES is true for what is worth the start of a faster program.
hk_is_large() {
	[ "$1" -ge 16777216 ]
}

# hk_sum BYTES prints the SHA-256 of so much on stdin, and a space behind it. OpenSSL
# uses the processor's own instructions for it, with which it takes a third of the
# time of Debian's sha256sum.
hk_sum() {
	if hk_is_large "$1" && openssl dgst -sha256 -r </dev/null >/dev/null 2>&1; then
		openssl dgst -sha256 -r
	else
		sha256sum
	fi
}
