package manager

// lockHolders defines holders, which prints a line about each process that has
// one of the files "$@" locked, as /proc/locks tells: by its inode. Managers say
// that a lock is held, and most of them not by whom.
const lockHolders = `
holders() {
	for lock; do
		inode=$(stat -c %i "$lock" 2>/dev/null) || continue
		while read -r _ _ _ _ pid where _; do
			[ "${where##*:}" = "$inode" ] || continue
			comm=
			read -r comm 2>/dev/null <"/proc/$pid/comm"
			printf 'hostkit: %s is held by process %s (%s)\n' "$lock" "$pid" "${comm:-not to be seen from here}"
		done </proc/locks
	done
}
`

// nameless makes a file without a name, that is 3 to append to and 4 to read, for
// what a manager says: most are killed in the middle, by SIGPIPE, when they write to a
// connection that is gone, and a daemon that a package starts would keep a pipe
// open.
const nameless = `
file=$(mktemp) && exec 3>>"$file" 4<"$file" && rm -f "$file" || exit
`
