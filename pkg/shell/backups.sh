# shellcheck shell=sh
# What a step replaces or removes is kept on the host before. A backup is called
# as the digest of its content, so that a step which is made again can't put the
# new content in the place of the old.

# How much is kept, in bytes: of one file, and of all together.
hk_backup_most=67108864
hk_backups_most=268435456
# From here on a backup is followed by a look at how much there is.
hk_backup_large=65536

# hk_back_up OLD NEW keeps the content of the file hk_name, whose digest must be
# OLD. It prints "backup PATH", or "backup" alone where the file is too large to
# be kept; and nothing where the file has the content NEW already. A step that
# can't keep what it would destroy ends here.
hk_back_up() {
	hk_state_folder
	# shellcheck disable=SC2154 # hk_state_folder sets it
	hk_backup=$hk_state/backups/$1
	hk_size=$(stat -c %s -- "$hk_name") || hk_fail 65 'vanished meanwhile'
	if [ "$hk_size" -gt "$hk_backup_most" ]; then
		echo backup
	elif [ -f "$hk_backup" ] && [ -O "$hk_backup" ]; then
		hk_said=$(sha256sum <"$hk_name") || hk_fail 73 'cannot be read'
		hk_is_old "$1" "$2" || return 0
		touch -- "$hk_backup" 2>/dev/null || :
		printf 'backup %s\n' "$hk_backup"
	else
		hk_copy_old "$1" "$2"
	fi
}

# hk_copy_old OLD NEW makes the backup, on the disk before anything is replaced.
hk_copy_old() {
	hk_said=$(hk_make_state_folder backups 2>&1) || hk_not_kept "$hk_said"
	read -r hk_said </proc/sys/kernel/random/uuid || hk_fail 73 'the host has no /proc'
	hk_kept=$hk_state/backups/.new.$hk_said
	hk_said=$({
		umask 077
		set -C
		dd bs=65536 status=none <"$hk_name" >"$hk_kept"
	} 2>&1) || hk_not_kept "$hk_said"
	hk_said=$(sha256sum <"$hk_kept") || hk_not_kept 'it cannot be read back'
	if hk_is_old "$1" "$2"; then
		hk_said=$(mv -f -T -- "$hk_kept" "$hk_backup" 2>&1) || hk_not_kept "$hk_said"
		hk_kept=
		hk_said=$(sync "$hk_backup" "${hk_backup%/*}" 2>&1) || hk_not_kept "$hk_said"
		[ "$hk_size" -lt "$hk_backup_large" ] || hk_prune_backups
		printf 'backup %s\n' "$hk_backup"
	else
		rm -f -- "$hk_kept"
		hk_kept=
	fi
}

# hk_is_old OLD NEW judges the answer of sha256sum in hk_said.
hk_is_old() {
	case ${hk_said%% *} in
	"$1") ;;
	"$2") return 1 ;;
	*) hk_fail 65 'has been changed meanwhile' ;;
	esac
}

# hk_not_kept MESSAGE ends a step that could not keep what it would destroy.
hk_not_kept() {
	hk_fail 73 "a backup of it cannot be kept in $hk_state: ${1##*: }"
}

# hk_prune_backups removes the oldest backups until the others are within bounds,
# and what a step that was killed has left unfinished. One that is small takes a
# block of the disk.
hk_prune_backups() (
	hk_state_folder
	cd -P -- "$hk_state/backups" 2>/dev/null || return 0
	rm -f ./.new.*
	hk_size=0
	printf '%s\n' ./[0-9a-f]* | xargs stat -c '%Y %s %n' -- 2>/dev/null | sort -rn |
		while read -r _ hk_next hk_name; do
			[ "$hk_next" -ge 4096 ] || hk_next=4096
			hk_size=$((hk_size + hk_next))
			[ "$hk_size" -le "$hk_backups_most" ] || rm -f -- "$hk_name"
		done
)

# hk_has_backup DIGEST tells whether the content is kept.
hk_has_backup() {
	hk_state_folder
	hk_backup=$hk_state/backups/$1
	[ -f "$hk_backup" ] && [ ! -h "$hk_backup" ]
}

# hk_restore PATH FOLDER SHA256 OWNER GROUP MODE OLD makes PATH a file with the
# content that is kept under that digest. The rest is as with hk_put.
hk_restore() {
	hk_begin "$1" "$2" "$4" "$5" "$6"
	hk_has_backup "$3" || hk_fail 65 "the backup of its content is no longer on the host: $hk_backup"
	hk_new
	hk_said=$(dd bs=65536 conv=fsync status=none <"$hk_backup" 2>&1 >&3) || hk_refused "$hk_said"
	hk_said=$(sha256sum </proc/self/fd/3) || hk_refused 'cannot be read back'
	[ "${hk_said%% *}" = "$3" ] || hk_fail 74 "the backup of its content is damaged: $hk_backup"
	hk_finish "$7" "$3"
}
