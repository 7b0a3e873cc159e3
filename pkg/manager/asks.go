package manager

import (
	"fmt"
	"strings"

	"hostkit/pkg/shell"
)

// lockSeconds is how long a script waits for another one that changes packages.
const lockSeconds = "300"

// askWords spells asks for a script: for each "=VERSION" and its names. The version
// of an ask that nothing installed fulfils is "?".
func askWords(asks []Ask) []string {
	var words []string
	for _, ask := range asks {
		version := string(ask.Version)
		if ask.Latest {
			version = "?"
		}
		words = append(words, "="+version)
		for _, name := range ask.Names {
			words = append(words, string(name))
		}
	}
	return words
}

// askedNames sets names to the names of the asks "$@", a line each.
const askedNames = `
nl='
'
names=$(for word; do
	case $word in
	=*) ;;
	*) printf '%s\n' "$word" ;;
	esac
done | sort -u)
`

// unlessFulfilled ends the script where each of the asks "$@" is fulfilled by have,
// which is lines of a name and a version between two newlines. It sets pinned to the
// names that are asked for at a version.
const unlessFulfilled = `
missing=
met=yes
pinned=
for word in "$@" =; do
	case $word in
	=*)
		[ -n "$met" ] || missing=yes
		met=
		version=${word#=}
		;;
	*)
		[ -z "$version" ] || pinned="$pinned $word"
		case $have in
		*"$nl$word $version${version:+$nl}"*) met=yes ;;
		esac
		;;
	esac
done
[ -n "$missing" ] || exit 0
`

// readIndexHead reads the first line of what an index answered: whether there is
// one, and when it was fetched. rest is what program said behind it.
func readIndexHead(r shell.Result, program string) (index Index, rest string, err error) {
	if r.Truncated {
		return Index{}, "", fmt.Errorf("the answer of %s is too long", program)
	}
	head, rest, _ := strings.Cut(string(r.Stdout), "\n")
	fetched, present := strings.CutPrefix(head, "%index present")
	switch {
	case present:
		return Index{Present: true, Fetched: strings.TrimSpace(fetched)}, rest, nil
	case head == "%index absent":
		return Index{}, rest, nil
	}
	return Index{}, "", fmt.Errorf("the package index answered %q", head)
}

// transactionWords spells a transaction for a script: "+NAME", "=VERSION" of the name
// before it, "-NAME", "!NAME" to hold and "~NAME" to release.
func transactionWords(t Transaction) []string {
	var words []string
	for _, want := range t.Install {
		words = append(words, "+"+string(want.Name))
		if want.Version != "" {
			words = append(words, "="+string(want.Version))
		}
	}
	for _, list := range []struct {
		prefix string
		names  []Name
	}{{"-", t.Remove}, {"!", t.Hold}, {"~", t.Release}} {
		for _, name := range list.names {
			words = append(words, list.prefix+string(name))
		}
	}
	return words
}
