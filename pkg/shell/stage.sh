# shellcheck shell=sh
# hk_put_all and hk_folder_all, which make many new paths of one folder with a
# handful of processes, whatever their number. steps.sh says how they end; what
# could not be made of the many stands on stdout, each as a number from 0, a space,
# the reason and a NUL byte.
#
# All is made in a folder of its own beside its place, which nobody else can enter,
# so that there names are as good as open files, and moved from there one by one.
# Owner, ACL, label and group of what is new come from the folder that it is made
# in: the staging folder has them from the one that it is in.

# hk_put_all PATH FOLDER OWNER GROUP MODE SHA256 SIZES NAME… makes files that are
# not there; PATH is that of the first. They are on stdin as tar, in the order of
# the names, which begin with "./". SHA256 is of all their bytes behind each other,
# and SIZES has the number of each on a line.
hk_put_all() {
	hk_stage "$@"
	hk_sum=$6 hk_sizes=$7
	shift 7
	hk_unpack "$@"
	hk_dress_all "$@"
	# One after the other each file would wait for a commit of the file system; this
	# has all of them begun, while they are read back. It is not waited for: what
	# others have written may take it long.
	sync -f . >/dev/null 2>&1 &
	hk_check_all "$@"
	hk_run sync -- "$@"
	hk_move_all "$@" && return
	hk_index=0
	for hk_entry; do
		if [ -f "$hk_entry" ]; then
			hk_said=$(sha256sum <"$hk_entry") || hk_refused 'cannot be read back'
			hk_one hk_put "$(stat -c %s -- "$hk_entry")" "${hk_said%% *}"
		fi
		hk_index=$((hk_index + 1))
	done
}

# hk_folder_all PATH FOLDER OWNER GROUP MODE NAME… makes folders that are not there.
hk_folder_all() {
	hk_stage "$@"
	shift 5
	hk_run mkdir -- "$@"
	hk_dress_all "$@"
	hk_move_all "$@" && return
	hk_index=0
	for hk_entry; do
		[ ! -d "$hk_entry" ] || hk_one hk_folder
		hk_index=$((hk_index + 1))
	done
}

# hk_one FUNCTION MORE… makes hk_entry by itself, since something came in its place
# or the system refused to move it: as if there were no others, with what is staged
# as its content.
hk_one() {
	hk_function=$1
	shift
	hk_whole=${hk_above%/}/${hk_entry#./}
	hk_said=$("$hk_function" "$hk_whole" "$hk_folder" "$@" "$hk_user" "$hk_group" "$hk_bits" 2>&1 >/dev/null <"$hk_entry") && return
	printf '%s %s\0' "$hk_index" "${hk_said#"$hk_whole: "}"
}

# hk_stage PATH FOLDER OWNER GROUP MODE makes the staging folder and goes into it.
hk_stage() {
	hk_enter "$1" "$2"
	hk_owner "$3" "$4"
	hk_above=${1%/*} hk_folder=$2 hk_user=$3 hk_group=$4 hk_bits=$5 hk_staged=
	read -r hk_stage </proc/sys/kernel/random/uuid || hk_fail 73 'the host has no /proc'
	hk_stage=./.hostkit.$hk_stage
	hk_tidy
	trap hk_unstage EXIT
	# With -m BusyBox would take away the set-group-ID bit that the folder has from
	# its own, and files their group with it.
	hk_run mkdir -- "$hk_stage"
	cd -P -- "$hk_stage" 2>/dev/null || hk_fail 73 'what is made beside it cannot be entered'
	if [ "$PWD" != "${hk_folder%/}/${hk_stage#./}" ] || [ ! -O . ]; then
		hk_fail 65 'what is made beside it was replaced meanwhile'
	fi
	# A default ACL of the folder overrides the umask.
	hk_run chmod go-rwx .
	hk_entries .
	[ -z "$hk_has" ] || hk_fail 65 'what is made beside it was replaced meanwhile'
	hk_staged=1
	if [ -e /sys/fs/selinux/enforce ] && command -v chcon >/dev/null; then
		# A policy may have another label for folders made here; files would get it.
		[ "$(stat -c %C .)" = "$(stat -c %C ..)" ] || hk_run chcon --reference=.. .
	fi
}

# hk_unstage removes the staging folder with what is still in it.
hk_unstage() {
	if [ -n "$hk_staged" ]; then
		hk_entries .
		[ -z "$hk_has" ] || rm -rf -- ./* ./.[!.]* ./..?*
		cd -P .. || return
	fi
	[ ! -d "$hk_stage" ] || rmdir -- "$hk_stage"
} 2>/dev/null

# hk_unpack NAME… unpacks the tar archive on stdin.
hk_unpack() {
	if command -v tar >/dev/null; then
		hk_said=$(tar -xomf - 2>&1) && return
		case $hk_said in
		*'No space left on device'*) hk_said='No space left on device' ;;
		*'Disk quota exceeded'*) hk_said='Disk quota exceeded' ;;
		# The last line only says that there was an error.
		*) hk_said=${hk_said%%
*} ;;
		esac
		hk_refused "$hk_said"
	fi
	# A header of 512 bytes stands before each file, and zeros behind it up to a
	# multiple of that.
	hk_skip=512
	hk_rest=$hk_sizes
	for hk_entry; do
		hk_size=${hk_rest%%
*}
		hk_rest=${hk_rest#*
}
		dd bs=65536 count="$hk_skip" iflag=count_bytes,fullblock of=/dev/null 2>/dev/null
		hk_said=$(dd bs=65536 count="$hk_size" iflag=count_bytes,fullblock status=none 2>&1 >"$hk_entry") || hk_refused "$hk_said"
		hk_skip=$((512 + (512 - hk_size % 512) % 512))
	done
}

# hk_check_all NAME… refuses what is not the planned content.
hk_check_all() {
	hk_said=$(cat -- "$@" | sha256sum) || hk_refused 'cannot be read back'
	if [ "${hk_said%% *}" != "$hk_sum" ] || [ "$(stat -c %s -- "$@")" != "$hk_sizes" ]; then
		hk_fail 74 'the content arrived damaged: not all of it is what was planned'
	fi
}

# hk_dress_all NAME… sets owner and mode.
hk_dress_all() {
	[ -z "$hk_spec" ] || hk_run chown -- "$hk_spec" "$@"
	hk_run chmod -- "00$hk_bits" "$@"
}

# hk_move_all NAME… moves to their place those for which it is free, and is true when
# that was all. What is not moved stays, and is made by itself.
hk_move_all() {
	hk_list='' hk_number=0
	for hk_entry; do
		hk_number=$((hk_number + 1))
		[ -e "../$hk_entry" ] || [ -L "../$hk_entry" ] || hk_list="$hk_list \"\${$hk_number}\""
	done
	# With -n, what comes there meanwhile is not replaced.
	[ -z "$hk_list" ] || eval "mv -n -- $hk_list .." >/dev/null 2>&1
	hk_entries .
	[ -z "$hk_has" ]
}
