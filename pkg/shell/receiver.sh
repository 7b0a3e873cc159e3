# shellcheck shell=sh
# The host's end of the batch protocol; doc.go describes it.
# Names that begin with hkr_ belong to the receiver, hk_ to the functions that
# scripts may call.

# hkr_mark TEXT writes one mark on both streams. When nobody listens any more
# the session ends here, at a step boundary, also where SIGPIPE is ignored.
hkr_mark() {
	printf '\n%s %s\n' "$hkr_boundary" "$1" || exit 98
	printf '\n%s %s\n' "$hkr_boundary" "$1" >&2 || exit 98
}

# hkr_refuse REASON ends the session: what follows on stdin can't be trusted.
hkr_refuse() {
	hkr_mark "X $1"
	exit 97
}

# hkr_number TEXT is true for a decimal number without sign or leading zero.
hkr_number() {
	case $1 in
	0) ;;
	'' | 0* | *[!0-9]* | ????????????????*) return 1 ;;
	esac
}

# hkr_read BYTES puts exactly so many bytes of stdin into hkr_text.
hkr_read() {
	hkr_number "$1" || hkr_refuse 'bad length'
	hkr_text=$(dd bs=65536 count="$1" iflag=count_bytes,fullblock 2>/dev/null)
	# Less is a connection that was cut: half a script must not run.
	[ "${#hkr_text}" -eq "$1" ] || hkr_refuse 'short read'
}

# hkr_probe ends the session when dd takes more than it hands on: uutils 0.0.17
# reads ahead, like BusyBox's head -c, and the next header would be lost. The
# two bytes are one write, so that one read could get both.
hkr_probe() {
	hkr_text=$(printf ab | {
		dd bs=65536 count=1 iflag=count_bytes,fullblock 2>/dev/null
		cat
	})
	[ "$hkr_text" = ab ] || hkr_refuse 'inexact dd'
}

# hkr_step runs hkr_text in a subshell. Its stdin is never the session's, so it
# can't eat the next frame; what it leaves of its content is read away, so that
# a step which refuses its content does not let it be taken for headers.
# It stands in no condition: set -e works inside.
hkr_step() {
	hkr_mark "B $hkr_index"
	if [ "$hkr_content" = - ] || [ "$hkr_content" = 0 ]; then
		(
			unset hkr_boundary
			eval "$hkr_text"
		) </dev/null
	else
		dd bs=65536 count="$hkr_content" iflag=count_bytes,fullblock 2>/dev/null | {
			(
				unset hkr_boundary
				eval "$hkr_text"
			)
			hkr_status=$?
			cat >/dev/null
			exit "$hkr_status"
		}
	fi
	hkr_status=$?
	hkr_mark "E $hkr_index $hkr_status"
}

# hkr_pass reads the content of a step away that is not run.
hkr_pass() {
	case $hkr_content in
	- | 0) ;;
	*) dd bs=65536 count="$hkr_content" iflag=count_bytes,fullblock >/dev/null 2>&1 ;;
	esac
}

# hkr_main BOUNDARY is the receiver's loop; it never returns.
hkr_main() {
	hkr_boundary=$1
	hkr_next=0
	hkr_stop=
	# Is not empty while steps are passed over.
	hkr_over=
	set --
	# The bootstrap's variables hold this text, the boundary with it.
	unset n p
	cd /
	umask 077
	hkr_probe
	while read -r hkr_word hkr_index hkr_size hkr_content hkr_rest; do
		case $hkr_word${hkr_rest:+ more} in
		hk | must) ;;
		bye) exit 0 ;;
		go)
			hkr_over=
			continue
			;;
		stop)
			hkr_read "$hkr_index"
			hkr_stop=${hkr_text%#}
			continue
			;;
		*) hkr_refuse 'bad header' ;;
		esac
		[ "$hkr_index" = "$hkr_next" ] || hkr_refuse 'bad index'
		[ "$hkr_content" = - ] || hkr_number "$hkr_content" || hkr_refuse 'bad content length'
		hkr_next=$((hkr_next + 1))
		hkr_read "$hkr_size"
		if [ -z "$hkr_over" ] && [ -n "$hkr_stop" ] && [ -e "$hkr_stop" ]; then
			hkr_mark "S $hkr_index"
			hkr_over=1
		fi
		if [ -n "$hkr_over" ]; then
			hkr_pass
			continue
		fi
		hkr_step
		[ "$hkr_word" = hk ] || [ "$hkr_status" = 0 ] || hkr_over=1
	done
	exit 0
}
