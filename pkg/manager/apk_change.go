package manager

import (
	"slices"

	"hostkit/pkg/shell"
)

// apkWords takes the words of a transaction off the positional parameters and
// makes what apk is run with of them:
//
//	+NAME or +NAME=VERSION  install
//	-NAME                   remove
//	=NAME                   let go of the version that world asks for, afterwards
//	^NAME                   keep it at the version that it has afterwards
//
// It leaves behind apk's command, its words as positional parameters, and in calm,
// keep and gone what is to be written into world afterwards.
//
// apk has one command to add and one to delete. For both at once the conflict
// "!NAME" is added, which apk fulfils in one transaction or not at all, and which
// is taken out of world again afterwards. An entry of world is replaced whole when
// its name is added, so that the repository tag it has is given again.
const apkWords = `
set -f
world=$(cat /etc/apk/world 2>/dev/null)
tagged() {
	for entry in $world; do
		case $entry in
		"$1@"*)
			entry=${entry#"$1"}
			printf '%s%s' "$1" "${entry%%[=<>~]*}"
			return
			;;
		esac
	done
	printf '%s' "$1"
}
add=
remove=
calm=
keep=
for word; do
	name=${word#?}
	case $word in
	+*=*) add="$add $(tagged "${name%%=*}")=${name#*=}" ;;
	+*) add="$add $(tagged "$name")" ;;
	-*) remove="$remove $name" ;;
	=*) calm="$calm $(tagged "$name")" ;;
	^*) keep="$keep $name" ;;
	esac
done
gone=
if [ -z "$add" ] && [ -n "$remove" ]; then
	apply="del$remove"
else
	apply="add$add"
	for name in $remove; do
		apply="$apply !$name"
		gone="$gone $name"
	done
fi
set -- $apply
command=$1
shift
`

const apkPreview = apkHave + `
have || exit
` + apkWords + `
printf '%%apk\n'
if [ $# = 0 ]; then
	echo 'OK: only holds'
	exit 0
fi
apk "$command" --simulate "$@" </dev/null
`

// Preview has apk simulate the transaction. A simulation opens apk's files to read
// and fetches nothing (apk(8), --simulate).
func (Apk) Preview(t Transaction) shell.Script {
	return shell.New(apkPreview, apkTransaction(t)...)
}

// apkCommit prints what the host had and what it has, behind "%before" and
// "%after".
//
// apk can't be told to remove and to downgrade nothing: each attempt simulates
// first, and is made only when all that would go or step back is named. Between
// simulation and lock another transaction may come, for some hundredths of a
// second; what it did would be taken for ours in the list too.
//
// What is written into world afterwards changes no package: apk leaves installed
// ones as they are unless told to upgrade, and without a network it fetches none.
const apkCommit = apkHave + apkRun + `
shift
` + apkWords + `
pinned=' '
for word; do
	case $word in
	*=*) word=${word%%=*} && pinned="$pinned${word%%@*} " ;;
	esac
done
harm() {
	while IFS= read -r line; do
		case $line in
		'('*'/'*') Purging '* | '('*'/'*') Downgrading '*) ;;
		*) continue ;;
		esac
		line=${line#*) }
		name=${line#* }
		name=${name%% *}
		name=${name%%@*}
		case $line in
		P*) case "$remove " in *" $name "*) ;; *) printf 'hostkit: would_remove %s\n' "$name" ;; esac ;;
		D*) case $pinned in *" $name "*) ;; *) printf 'hostkit: would_downgrade %s\n' "$name" ;; esac ;;
		esac
	done
}
status=0
said=
while
	before=$(have) || exit
	if [ $# -gt 0 ]; then
		run "$command" --simulate "$@"
		said=$(printf '%s\n' "$said" | harm)
		if [ -n "$said" ]; then
			status=1
		else
			run "$command" --cache-max-age 5256000 "$@"
		fi
	fi
	locked && again
do :; done
after=$(have)
if [ "$status" = 0 ]; then
	nl='
'
	for name in $keep; do
		rest=${after#*"${nl}P:$name${nl}V:"}
		[ "$rest" = "$after" ] || calm="$calm $(tagged "$name")=${rest%%"$nl"*}"
	done
	first=$said
	if [ -n "$calm" ]; then
		while run add --no-network $calm; locked && again; do :; done
	fi
	if [ -n "$gone" ] && [ "$status" = 0 ]; then
		while run del --no-network $gone; locked && again; do :; done
	fi
	said="$first
$said"
	after=$(have)
fi
printf '%s\n' "$said" >&2
printf '%%before\n%s\n%%after\n%s\n' "$before" "$after"
exit "$status"
`

// Commit makes the transaction from the index in the cache, of whatever age: what
// was previewed is done. apk would fetch a newer one after four hours. A version
// that was asked for is let go of in world afterwards, as with other managers: it
// would block every later upgrade of the host, and is what a hold is for.
//
// A configuration file that was changed on the host is kept, and the package's
// left beside it as .apk-new.
func (Apk) Commit(t Transaction) shell.Script {
	return shell.New(apkCommit, append([]string{lockSeconds}, apkTransaction(t)...)...)
}

func apkTransaction(t Transaction) []string {
	var words []string
	for _, want := range t.Install {
		word := "+" + string(want.Name)
		if want.Version != "" {
			word += "=" + string(want.Version)
			if !slices.Contains(t.Hold, want.Name) {
				words = append(words, "="+string(want.Name))
			}
		}
		words = append(words, word)
	}
	for _, name := range t.Release {
		if !slices.ContainsFunc(t.Install, func(w Want) bool { return w.Name == name }) && !slices.Contains(t.Remove, name) {
			words = append(words, "+"+string(name))
		}
	}
	for _, name := range t.Remove {
		words = append(words, "-"+string(name))
	}
	for _, name := range t.Hold {
		words = append(words, "^"+string(name))
	}
	return words
}
