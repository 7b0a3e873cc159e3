package manager

// zypperArguments reads the words of a transaction: "NAME", "NAME=VERSION",
// "!NAME" to remove, "-NAME" to release and "@NAME" to hold. It sets words for
// zypper install: only what is there is removed, and of a package that is there
// several times and may not be, all but what came last goes. names has those that
// it installs, doomed those of which versions may go, pinned those that may become
// older, have what is installed of names.
const zypperArguments = rpmSeveral + `
words= names= doomed= pinned= removes= releases= holds=
for word; do
	case $word in
	'!'*) removes="$removes ${word#?}" ;;
	-*) releases="$releases ${word#?}" ;;
	@*) holds="$holds ${word#?}" ;;
	*)
		words="$words $word" names="$names ${word%%=*}"
		case $word in *=*) pinned="$pinned ${word%%=*}" ;; esac
		;;
	esac
done
if [ -n "$names" ] && [ -z "$found" ]; then
	echo 'hostkit: no index' >&2
	exit 1
fi
arguments() {
	have= wanted=$words doomed=
	if [ -n "$removes" ]; then
		for name in $(rpm -q --qf '%{NAME}\n' $removes 2>/dev/null | grep -v ' ' | sort -u); do
			wanted="$wanted !$name" doomed="$doomed $name"
		done
	fi
	[ -n "$names" ] || return 0
	have=$(rpm -q --qf '` + zypperForm + `' $names 2>/dev/null | grep -v ' is not installed$' | sed 's/ 0:/ /')
	rest=$have$nl
	printf '%s\n' "$have" | cut -d' ' -f1,2 | sort | uniq -d | grep -q . || return 0
	may=$nl$(several)$nl
	while [ -n "$rest" ]; do
		line=${rest%%"$nl"*} rest=${rest#*"$nl"}
		name=${line%% *}
		case $nl$rest in
		*"$nl${line% *} "*)
			case $may in
			*"$nl$name$nl"*) ;;
			*) wanted="$wanted !$name=${line##* }" doomed="$doomed $name" ;;
			esac
			;;
		esac
	done
}
`

// zypperPreview prints what is installed of the packages to install, the locks that
// are left where some are released, then what zypper would do and how it ended. A conflict is solved once more, with leave to
// remove; where a name or a version is not there the index is asked for it.
const zypperPreview = zypperRepositories + zypperArguments + zypperLook + `
[ -z "$releases" ] || look removelock -t package $releases >&2 || exit
arguments
printf '%%arch %s\n%%have\n%s\n' "$(rpm --eval '%{_arch}')" "$have"
if [ -n "$releases" ]; then
	echo
	cat "$scratch/etc/zypp/locks" 2>/dev/null
fi
[ -n "$wanted" ] || exit 0
older=
[ -z "$pinned" ] || older=--oldpackage
try() {
	printf '%%try\n'
	look --xmlout install --dry-run --name $older "$@" -- $wanted
	status=$?
	printf '%%status %s\n' "$status"
}
try
case $status in
4) try --force-resolution ;;
104)
	printf '%%index\n'
	search $names
	;;
esac
exit 0
`

// zypperRun defines run, which runs zypper when nobody else changes packages, and
// stores its exit status and what it said. rpm waits for its own lock for ever,
// and says so to nobody; so it is looked at before. That the host or a service
// wants to be started again is no failure (102 and 103).
const zypperRun = nameless + lockHolders + `
umask 022
run() {
	said=$(holders "$(rpm --eval '%{?_rpmlock_path}%{!?_rpmlock_path:%{_dbpath}/.rpm.lock}')")
	status=7
	[ -z "$said" ] || return 0
	zypper --non-interactive --xmlout "$@" >&3 2>&1 3>&- 4<&-
	status=$?
	case $status in 102 | 103) status=0 ;; esac
	said=$(cat <&4)
}
end=$(($(date +%s) + $1))
shift
wait_for() {
	while :; do
		"$@"
		[ "$status" = 7 ] && [ "$(date +%s)" -lt "$end" ] || return 0
		sleep 1
	done
}
tell() {
	printf '%s\n' "$said" | sed '/^<progress /d; /^<option /d; /^<solvable .*\/>$/d; /^<solvable /,/<\/solvable>$/d' |
		tail -c 30000 >&2
}
`

// zypperRefresh also fetches what services bring.
const zypperRefresh = zypperHere + zypperRun + `
wait_for run refresh
tell
exit "$status"
`

// zypperCommit prints the native architecture, then each package that zypper
// meant to change, as it was behind "-" and as it is behind "+". Where zypper came
// not so far, nothing was changed.
const zypperCommit = zypperRepositories + zypperRun + zypperArguments + `
set --
offline=
[ -n "$found" ] || offline=--disable-repositories
while [ -n "$found" ]; do
	line=${found%%"$nl"*} found=${found#*"$nl"}
	set -- "$@" --repo "${line#* }"
done
[ -z "$pinned" ] || set -- "$@" --oldpackage
list() {
	rpm -q --qf '` + zypperForm + `' $changed 2>/dev/null | grep -v ' is not installed$'
}
unplanned() {
	section=
	printf '%s\n' "$said" | while IFS= read -r line; do
		name=${line#*' name="'}
		name=${name%%'"'*}
		case $line in
		'<to-'*) section=${line#<to-} ;;
		'</to-'*) section= ;;
		'<solvable type="package" '*)
			case $section in
			remove*) case " $doomed " in *" $name "*) ;; *) printf 'hostkit: would remove %s\n' "$name" ;; esac ;;
			downgrade*) case " $pinned " in *" $name "*) ;; *) printf 'hostkit: would downgrade %s\n' "$name" ;; esac ;;
			esac
			;;
		esac
	done
}
before= after= changed=
transact() {
	arguments
	status=0
	[ -n "$wanted" ] || return 0
	run --no-refresh $offline install --dry-run --name "$@" -- $wanted
	[ "$status" = 0 ] || return 0
	changed=$(printf '%s\n' "$said" | sed -n 's/^<solvable type="package" name="\([^"]*\)".*/\1/p' | sort -u)
	[ -n "$changed" ] || return 0
	refused=$(unplanned)
	if [ -n "$refused" ]; then
		said=$refused status=1
		return 0
	fi
	before=$(list)
	run --no-refresh $offline install --download-in-advance --name "$@" -- $wanted
	after=$(list)
}
locks() {
	run "$@"
	[ "$status" != 0 ] || said=
}
status=0 said=
if [ -n "$releases" ]; then
	wait_for locks removelock -t package $releases
fi
[ "$status" != 0 ] || wait_for transact "$@"
if [ "$status" != 0 ]; then
	holds=$releases
fi
if [ -n "$holds" ]; then
	kept=$said ended=$status
	wait_for locks addlock -t package $holds
	[ "$ended" = 0 ] || said=$kept status=$ended
fi
tell
rpm --eval '%{_arch}'
printf '%s\n' "$before" | sed -n 's/^[^ ]/- &/p'
printf '%s\n' "$after" | sed -n 's/^[^ ]/+ &/p'
exit "$status"
`
