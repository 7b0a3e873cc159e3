# What a bash reads that is to show what it completes: Ctrl-X inserts all completions
# into the line (readline's insert-completions), and the commands write down what they
# are given.
# shellcheck shell=bash source=/dev/null
for file in "$COMPLETIONS"/*/hk-*.bash; do
	. "$file"
done
given() {
	# These stand before a pipe only.
	case "$*" in hk-eval*json* | *--all*) return ;; esac
	local words
	printf -v words ' <%s>' "${@:2}"
	echo "$1$words" >>out
}
for name in hk-eval hk-facts hk-plan hk-apply hk-show; do
	eval "$name() { given $name \"\$@\"; }"
done
bind '"\C-x": insert-completions'
bind 'set enable-bracketed-paste off'
PS1='$ '
