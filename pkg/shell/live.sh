# shellcheck shell=sh
# What a step says while it runs.

# hk_live FILE copies to stderr, once a second, what is appended to FILE; without
# FILE it copies the rest and ends that. A program that is watched so writes to a
# file, and goes on when the connection is lost; and a daemon that it starts keeps
# no pipe open. What is copied is told and not kept with the step's result (doc.go),
# so the step prints again what its reader needs.
#
# The copier ends with the step, however that ends. A copy that has begun comes to
# its end, since nothing may be written behind the step's last mark.
hk_live() {
	if [ -n "${hk_copier-}" ]; then
		kill "$hk_copier" 2>/dev/null
		wait "$hk_copier" 2>/dev/null
		hk_copier=
		cat <&8 >&2
		exec 8<&-
		printf '\036hostkit: said\n' >&2
	fi
	[ -n "${1-}" ] && [ -r "$1" ] || return 0
	exec 8<"$1"
	read -r hk_step_pid _ </proc/self/stat
	printf '\036hostkit: live\n' >&2
	(
		hk_over=
		trap 'hk_over=yes' TERM
		while [ -z "$hk_over" ] && [ -d "/proc/$hk_step_pid" ]; do
			cat <&8 >&2 || exit
			sleep 1 >/dev/null 2>&1 8<&- &
			wait "$!"
		done
		kill "$!" 2>/dev/null
	) </dev/null >/dev/null 3>&- 4<&- &
	hk_copier=$!
}
