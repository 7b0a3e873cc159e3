# shellcheck shell=sh
# hk_look, which observes paths.

# hk_look TYPE SHOWN COUNT BUDGET USERS GROUPS PATH… FOLDER… observes COUNT paths
# that should be of TYPE. Of TYPE file, the digest of regular files is taken, and
# the content of the first SHOWN printed where it is world-readable, at most
# BUDGET bytes in all; of TYPE directory, the first SHOWN are looked into. USERS
# and GROUPS are names, one a line, to look up. Of each FOLDER the mode is asked.
#
# Nothing but regular files is opened, none of the kernel's, and nothing is written.
# The sections of the answer end with a NUL byte each, which no name can hold:
#
#   the users, then the groups: lines ID:NAME
#   for each run of paths that are alike how many they are, a letter and the real
#     folder they are in, and a NUL
#     (n nothing, m not even the folder, p not to be seen, l link, f file, o other;
#     of folders: d folder, c one that was looked into); behind a c up to 20
#     names of what is in it, an empty one, and how many there are, and a NUL each
#   the mount points, as in mountinfo
#   for each path that is there: f:h:u:g:s of stat, .i Y Z, and n, with colons in
#     between, and a newline
#   for one path at least of each owner and group a line u:g:U:G of stat
#   for each FOLDER that is there: a:n of stat, and a newline
#   "z" and for each link its target and a NUL, or "n" and for each link N of stat
#   for each file on a kernel file system a line INDEX NAME; it is not opened
#   for each other regular file a line of sha256sum
#   for each file that is printed a line INDEX SIZE
#   those files
hk_look() {
	hk_accounts passwd "$5"
	printf '\0'
	hk_accounts group "$6"
	printf '\0'
	hk_type=$1 hk_shown=$2 hk_all=$3 hk_budget=$4
	shift 6
	hk_walk "$@"
	cut -d' ' -f5 /proc/self/mountinfo
	printf '\0'
	hk_stats=$(hk_each "$hk_there" stat -c '%f:%h:%u:%g:%s:.%i %Y %Z:%n' -- "$@"; echo .)
	printf '%s\0' "${hk_stats%.}"
	hk_each "$hk_owners" stat -c '%u:%g:%U:%G' -- "$@"
	printf '\0'
	hk_each "$hk_above" stat -L -c '%a:%n' -- "$@"
	printf '\0'
	hk_targets "$@"
	printf '\0'
	hk_spare "$@"
	printf '\0'
	[ "$hk_type" != file ] || hk_digests "$@"
	printf '\0'
	hk_contents "$@"
	return 0
}

# hk_each NUMBERS WORDS… -- PATHS… runs the command with those of the paths whose
# numbers NUMBERS holds, each as ' "${N}"'; not at all when there are none.
# The command's complaints are dropped: what it is silent about is not there.
hk_each() {
	[ -n "$1" ] || return 0
	hk_list=$1
	hk_command=
	shift
	while [ "$1" != -- ]; do
		hk_command="$hk_command '$1'"
		shift
	done
	shift
	eval "$hk_command -- $hk_list" 2>/dev/null
}

# hk_walk PATHS… says what is at each path, with the shell's own tests alone. Each
# word that a shell prints is a write, and wakes up all who pass it on.
hk_walk() {
	hk_number=0 hk_there='' hk_above='' hk_links='' hk_readable='' hk_readers=0 hk_last=''
	hk_times=0 hk_alike='' hk_owners='' hk_ours=''
	for hk_path; do
		hk_number=$((hk_number + 1))
		if [ "$hk_number" -gt "$hk_all" ]; then
			hk_above="$hk_above \"\${$hk_number}\""
			continue
		fi
		hk_find_folder "${hk_path%/*}"
		[ "$hk_letter" != n ] || hk_find
		[ "$hk_alike" = "$hk_letter$hk_real" ] || hk_end_run
		hk_alike=$hk_letter$hk_real
		hk_times=$((hk_times + 1))
		if [ "$hk_letter" = c ]; then
			hk_end_run
			hk_names "$hk_path"
		fi
	done
	hk_end_run
}

# hk_end_run says of how many paths hk_alike is true.
hk_end_run() {
	[ "$hk_times" = 0 ] || printf '%s%s\0' "$hk_times" "$hk_alike"
	hk_times=0
}

# hk_find_folder FOLDER sets hk_real to the real path of FOLDER, as far as it is
# there, and hk_letter to m when it is not, to p when it can't be looked into.
# The folder is entered, since $PWD costs no process.
hk_find_folder() {
	hk_folder=${1:-/}
	if [ "$hk_folder" != "$hk_last" ]; then
		hk_last=$hk_folder
		hk_rest=
		while [ ! -d "$hk_folder" ]; do
			hk_rest=/${hk_folder##*/}$hk_rest
			hk_folder=${hk_folder%/*}
			hk_folder=${hk_folder:-/}
		done
		hk_seen=${hk_rest:+m}
		hk_seen=${hk_seen:-n}
		hk_real=$hk_last
		if cd -P -- "$hk_folder" 2>/dev/null; then
			hk_real=${PWD%/}$hk_rest
			hk_real=${hk_real:-/}
		else
			hk_seen=p
		fi
	fi
	hk_letter=$hk_seen
}

# hk_find sets hk_letter for hk_path, and notes what is to be asked of it.
hk_find() {
	if [ -L "$hk_path" ]; then
		hk_letter=l
		hk_links="$hk_links \"\${$hk_number}\""
	elif [ -f "$hk_path" ]; then
		hk_letter=f
		if [ -r "$hk_path" ]; then
			hk_readable="$hk_readable \"\${$hk_number}\""
			hk_readers=$((hk_readers + 1))
		fi
	elif [ -d "$hk_path" ]; then
		hk_letter=d
		# Without x the names are there, but not what they are of.
		if [ "$hk_type" = directory ] && [ "$hk_number" -le "$hk_shown" ] && [ -r "$hk_path" ] && [ -x "$hk_path" ]; then
			hk_letter=c
		fi
	elif [ -e "$hk_path" ]; then
		hk_letter=o
	else
		return 0
	fi
	hk_there="$hk_there \"\${$hk_number}\""
	hk_note_owner
}

# hk_note_owner notes of whom the names are to be asked: stat takes longer for them
# than for all the rest. What is ours has one owner and group.
hk_note_owner() {
	if [ "$hk_letter" != l ] && [ -O "$hk_path" ] && [ -G "$hk_path" ]; then
		[ -z "$hk_ours" ] || return 0
		hk_ours=1
	fi
	hk_owners="$hk_owners \"\${$hk_number}\""
}

# hk_names FOLDER prints the first names of what is in a folder, and their number.
hk_names() {
	hk_count=0
	for hk_entry in "$1"/* "$1"/.[!.]* "$1"/..?*; do
		# A pattern that matches nothing stands for itself.
		[ -e "$hk_entry" ] || [ -L "$hk_entry" ] || continue
		hk_count=$((hk_count + 1))
		[ "$hk_count" -gt 20 ] || printf '%s\0' "${hk_entry##*/}"
	done
	printf '\0%s\0' "$hk_count"
}

# hk_targets PATHS… prints the targets of the links. BusyBox's readlink takes one
# link only and knows no -z, but its stat does not quote what it prints.
hk_targets() {
	if [ -z "$hk_links" ]; then
		printf z
	elif readlink -z -- /proc/self/exe >/dev/null 2>&1; then
		printf z
		hk_each "$hk_links" readlink -z -- "$@"
	else
		printf n
		hk_each "$hk_links" stat -c %N -- "$@"
	fi
}

# hk_spare PATHS… takes out of hk_readable the files of the kernel, and prints
# them. Each says that it is a regular file, but to read /proc/kmsg or tracefs'
# trace_pipe never ends and takes what it reads from others.
hk_spare() {
	[ "$hk_type" = file ] && [ "$hk_readers" -gt 0 ] || return 0
	# shellcheck disable=SC2046 # a file system is a word
	if ! hk_plain $(eval "exec stat -f -c %t -- $hk_readable" 2>/dev/null); then
		hk_sift "$@"
	fi
}

# hk_plain SYSTEMS… is true when there is one for each readable file, and none is
# the kernel's.
hk_plain() {
	[ "$#" = "$hk_readers" ] || return 1
	for hk_system; do
		! hk_kernel "$hk_system" || return 1
	done
}

# hk_sift PATHS… asks about one file after another: only now does it matter which
# one it is. A file that is not there any more is not readable.
hk_sift() {
	hk_list=$hk_readable
	hk_readable='' hk_number=0
	for hk_path; do
		hk_number=$((hk_number + 1))
		case $hk_list in
		*"\"\${$hk_number}\""*) ;;
		*) continue ;;
		esac
		hk_system=$(stat -f -c %t -- "$hk_path" 2>/dev/null) || continue
		if hk_kernel "$hk_system"; then
			printf '%s %s\n' "$hk_number" "$hk_system"
		else
			hk_readable="$hk_readable \"\${$hk_number}\""
		fi
	done
}

# hk_digests PATHS… prints the digests of the readable files. OpenSSL has sha256sum's
# form with another mark before the name, which it does not quote; where it fails,
# on a file that has vanished too, sha256sum says of each what it can.
hk_digests() {
	if [ -n "$hk_readable" ] && command -v openssl >/dev/null && hk_some_large &&
		hk_said=$(hk_each "$hk_readable" openssl dgst -sha256 -r -- "$@" && echo .); then
		printf %s "${hk_said%.}"
		return
	fi
	hk_each "$hk_readable" sha256sum -- "$@"
}

# hk_some_large is true when something is large: when stat has said a number of eight
# digits.
hk_some_large() {
	case $hk_stats in
	*:[1-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]*) ;;
	*) return 1 ;;
	esac
}

# hk_kernel NUMBER is true for a file system whose files the kernel makes up, and
# sets hk_system to its name. The numbers are those of linux/magic.h and of the
# file systems' sources, since coreutils and BusyBox have other names for them.
hk_kernel() {
	case $1 in
	9fa0) hk_system=proc ;;
	62656572) hk_system=sysfs ;;
	27e0eb) hk_system=cgroup ;;
	63677270) hk_system=cgroup2 ;;
	74726163) hk_system=tracefs ;;
	64626720) hk_system=debugfs ;;
	62656570) hk_system=configfs ;;
	73636673) hk_system=securityfs ;;
	f97cff8c) hk_system=selinuxfs ;;
	5a3c69f0) hk_system=apparmorfs ;;
	43415d53) hk_system=smackfs ;;
	42494e4d) hk_system=binfmt_misc ;;
	cafe4a11) hk_system=bpf ;;
	6165676c) hk_system=pstore ;;
	de5e81e4) hk_system=efivarfs ;;
	19800202) hk_system=mqueue ;;
	65735543) hk_system=fusectl ;;
	67596969) hk_system=rpc_pipefs ;;
	6e667364) hk_system=nfsd ;;
	7655821) hk_system=resctrl ;;
	6e736673) hk_system=nsfs ;;
	abba1974) hk_system=xenfs ;;
	*) return 1 ;;
	esac
}

# hk_contents PATHS… prints the world-readable files among the first hk_shown.
hk_contents() {
	hk_list='' hk_indexes='' hk_number=0
	while [ "$hk_type" = file ] && [ "$hk_number" -lt "$hk_shown" ]; do
		hk_number=$((hk_number + 1))
		case $hk_readable in
		*"\"\${$hk_number}\""*)
			hk_list="$hk_list \"\${$hk_number}\""
			hk_indexes="$hk_indexes$hk_number "
			;;
		esac
	done
	hk_sizes=$(hk_each "$hk_list" stat -c '%a %s' -- "$@")
	hk_pick
	printf '\0'
	hk_each "$hk_list" cat -- "$@"
}

# hk_pick sets hk_list to those of hk_indexes that are to be printed, by the lines
# of hk_sizes. A line too few means that a file vanished: then none is.
hk_pick() {
	hk_list=
	IFS=' '
	# shellcheck disable=SC2086 # a number is a word
	set -- $hk_indexes
	hk_number=$#
	IFS='
'
	# shellcheck disable=SC2086 # a file is a line of two numbers
	set -- $hk_sizes
	unset IFS
	[ "$#" = "$hk_number" ] || return 0
	for hk_size; do
		hk_number=${hk_indexes%% *}
		hk_indexes=${hk_indexes#* }
		case $hk_size in
		*[4567]\ *) ;;
		*) continue ;;
		esac
		hk_size=${hk_size#* }
		if [ "$hk_size" -le 65536 ] && [ "$hk_size" -le "$hk_budget" ]; then
			hk_budget=$((hk_budget - hk_size))
			hk_list="$hk_list \"\${$hk_number}\""
			printf '%s %s\n' "$hk_number" "$hk_size"
		fi
	done
}
