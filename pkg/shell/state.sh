# shellcheck shell=sh
# What outlives a run on the host.

# hk_state_folder sets hk_state to the folder that keeps the journal, the marks of
# acts that are called for, backups and the records of runs: /var/lib/hostkit, or
# one of his own for a user who may not write there. It makes nothing. That a file
# system is read-only for now moves nothing: it is the owner's folder all the same.
hk_state_folder() {
	hk_state=/var/lib/hostkit
	if [ -O /var/lib ] || [ -w /var/lib ]; then
		return
	fi
	if [ -n "${HOME-}" ] && [ -w "$HOME" ]; then
		hk_state=$HOME/.local/state/hostkit
	else
		hk_state=/var/tmp/hostkit-$(id -u)
	fi
}

# hk_make_state_folder makes that folder and one in it, and closes both to others,
# who may have found them open. It fails where one is a link or another user's.
hk_make_state_folder() {
	hk_state_folder
	[ -d "$hk_state/$1" ] || hk_said=$(umask 077 && mkdir -p -- "$hk_state/$1" 2>&1) || {
		printf '%s: %s\n' "$hk_state" "${hk_said##*: }" >&2
		return 1
	}
	for hk_made in "$hk_state" "$hk_state/$1"; do
		if [ -h "$hk_made" ] || [ ! -O "$hk_made" ]; then
			printf '%s: it is not a folder of this user\n' "$hk_made" >&2
			return 1
		fi
	done
	hk_said=$(chmod 0700 "$hk_state" "$hk_state/$1" 2>&1) || {
		printf '%s: %s\n' "$hk_state" "${hk_said##*: }" >&2
		return 1
	}
}

# hk_mark_path ADDRESS sets hk_mark to the file that is there while the act at
# ADDRESS is called for and not done.
hk_mark_path() {
	hk_state_folder
	hk_said=$(printf %s "$1" | sha256sum) || return
	# shellcheck disable=SC2034 # for the caller
	hk_mark=$hk_state/pending/${hk_said%% *}
}

# hk_append FILE writes what is on stdin to the end of FILE, through to the disk. It
# is dd that writes, since a shell's own printf has no word for a full disk.
hk_append() {
	hk_said=$({ dd bs=65536 conv=fsync status=none >>"$1"; } 2>&1) && return
	printf '%s: %s\n' "$1" "${hk_said##*: }" >&2
	return 1
}

# hk_last_record sets hk_last to the number of the newest record of a run in this
# folder, 0 where there is none. Records are numbered, since the host's clock may be
# set back.
hk_last_record() {
	hk_last=0
	for hk_said in [1-9]*; do
		case $hk_said in
		*[!0-9]* | ??????????*) continue ;;
		esac
		[ "$hk_said" -le "$hk_last" ] || hk_last=$hk_said
	done
}
