package manager

import (
	"strings"

	"hostkit/pkg/shell"
)

// aptCommit prints the native architecture, then what dpkg knows afterwards and
// did not know before, behind "+", and the reverse behind "-".
//
// Both lists are taken by apt itself, right before and after it runs dpkg, while
// it holds the lock that every frontend takes: what another transaction did while
// this one waited is not taken for its own. The files that they go to have no
// name: a hook gets at them through /proc, where alone a subshell finds its own
// number. They stay open for apt, since dash closes a command's files in its own
// shell; apt hands none on. Where apt never came to run dpkg it has changed
// nothing.
//
// What remains: an apt that is killed in the middle leaves the second list to us,
// without the lock; apt before 1.8 lets go of it for a moment around dpkg; and who
// runs dpkg past every lock is not told from apt.
//
// A package is released before apt comes to it and held after, by apt-mark, which
// has dpkg take its lock, and is asked again while another has that. What was
// released to be held again is so also when the transaction has failed. apt is not
// run where there is nothing but holds to change.
//
// apt does nothing at all while dpkg's journal says that it was interrupted. So
// dpkg is first told to configure those of the packages to install that it has
// left unfinished, which takes the journal up too; where an earlier run of the
// transaction was cut off, all that are unfinished.
const aptCommit = aptRun + `
mark() {
	[ -n "$2" ] || return 0
	end=$(($(date +%s) + left))
	while ! marked=$(apt-mark -q "$1" -- $2 2>&1); do
		case $marked in
		*' locked by another process'*) ;;
		*) break ;;
		esac
		if [ "$(date +%s)" -ge "$end" ]; then
			marked="$marked
$(holders /var/lib/dpkg/lock-frontend /var/lib/dpkg/lock)"
			break
		fi
		sleep 1
	done
	case $marked in
	*E:*)
		said="$said
$marked"
		return 1
		;;
	esac
}
mend() {
	for entry in /var/lib/dpkg/updates/[0-9]*; do
		[ -e "$entry" ] || return 0
		break
	done
	if [ "$1" = -a ]; then
		eval "$list" >"/proc/$pid/fd/5"
		dpkg --force-confdef --force-confold --configure -a >&3 2>&1 3>&- 4<&-
		return
	fi
	unfinished=$(dpkg-query -W -f='${db:Status-Eflag} ${db:Status-Status} ${Package}\n' -- $1 2>/dev/null |
		while read -r flag state name; do
			case $flag-$state in
			ok-unpacked | ok-half-configured) printf '%s ' "$name" ;;
			esac
		done)
	[ -n "$unfinished" ] || return 0
	eval "$list" >"/proc/$pid/fd/5"
	dpkg --force-confdef --force-confold --configure -- $unfinished >&3 2>&1 3>&- 4<&- 8<&-
}
list="dpkg-query -W -f='` + dpkgQuoted + `'"
only() {
	printf '%s\n' "$2" "$2" "$3" | sort | uniq -u | while IFS= read -r line; do
		printf '%s %s\n' "$1" "$line"
	done
}
file=$(mktemp) && exec 5<>"$file" && rm -f "$file" || exit
file=$(mktemp) && exec 6<>"$file" && rm -f "$file" || exit
read -r pid _ </proc/self/stat || exit
left=$1 release=$2 again=$3 hold=$4 unfinished=$5
shift 5
said= status=0
mark unhold "$release" || status=$?
if [ "$status" = 0 ] && [ "$1" != -- ]; then
	${hk_watch-:} /proc/self/fd/4
	mend "$unfinished"
	run "$left" -o DPkg::Pre-Invoke::="[ -s /proc/$pid/fd/5 ] || $list >/proc/$pid/fd/5" \
		-o DPkg::Post-Invoke::="$list >/proc/$pid/fd/6 || :" "$@"
	${hk_watch-:}
fi
if [ "$status" = 0 ]; then
	mark hold "$hold" || status=$?
else
	mark hold "$again"
fi
before=$(cat <&5)
after=$(cat <&6)
if [ -n "$before" ] && [ -z "$after" ]; then
	after=$(eval "$list")
fi
printf '%s\n' "$said" >&2
dpkg --print-architecture
only - "$after" "$before"
only + "$before" "$after"
exit "$status"
`

// Commit makes the transaction with apt-get install, for apt takes packages to
// remove there too. A configuration file that was changed on the host is kept.
// Nothing that apt wants a confirmation of by name is allowed: to remove an
// essential package, to change a held one, to install without a signature.
func (Apt) Commit(t Transaction) shell.Script {
	var install []string
	for _, want := range t.Install {
		install = append(install, string(want.Name))
	}
	unfinished := strings.Join(install, " ")
	if t.Resume {
		unfinished = "-a" // no package's name
	}
	words := []string{lockSeconds, aptWords(t.Release), aptWords(t.Again()), aptWords(t.Hold), unfinished}
	if len(t.Install)+len(t.Remove) == 0 {
		return shell.New(aptCommit, append(words, "--")...)
	}
	words = append(words,
		"-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold")
	if len(t.Remove) == 0 {
		words = append(words, "--no-remove")
	}
	if t.pins() {
		words = append(words, "--allow-downgrades")
	}
	if t.Resume {
		words = append(words, aptMend)
	}
	words = append(words, "install")
	return shell.New(aptCommit, append(words, aptArguments(t)...)...)
}

// aptWords spells names as one argument, which the script splits at the blanks.
func aptWords(names []Name) string {
	words := make([]string, len(names))
	for i, name := range names {
		words[i] = aptExact(name)
	}
	return strings.Join(words, " ")
}
