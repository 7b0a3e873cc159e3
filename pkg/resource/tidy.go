package resource

import (
	"fmt"
	"slices"

	"hostkit/pkg/doc"
	"hostkit/pkg/shell"
)

// tidyScript removes what hk_beside of pkg/shell has named, beside paths that were
// being changed. Its arguments are threes: a folder, who a new file in it may belong
// to, and a path there whose owner that may be. It prints what it has removed.
//
// The names are ours alone (a random number of 122 bits), and so must the owner be:
// this user, or one whom the step gives a file before it is in place. The host's lock
// is held, so no step of another run is making one.
const tidyScript = `tidy() (
	cd -P -- "$1" 2>/dev/null && [ "$PWD" = "$1" ] || return 0
	owners=
	for file in ./.hostkit.????????-????-????-????-????????????*; do
		[ -f "$file" ] || [ -h "$file" ] || continue
		name=${file#./.hostkit.}
		case ${name%.sources} in
		????????-????-????-????-???????????? ) ;;
		*) continue ;;
		esac
		case ${name%.sources} in
		*[!0-9a-f-]*) continue ;;
		esac
		if [ -z "$owners" ]; then
			owners=" $(id -u) "
			[ -z "$2" ] || owners="$owners$(hk_number_of passwd "$2" 2>/dev/null && printf %s "$hk_id") "
			[ -z "$3" ] || owners="$owners$(stat -c %u -- "$3" 2>/dev/null) "
		fi
		owner=$(stat -c %u -- "$file") || continue
		case $owners in
		*" $owner "*) rm -f -- "$file" && printf '%s\n' "$1/${file#./}" ;;
		esac
	done
)
while [ $# -gt 0 ]; do
	tidy "$1" "$2" "$3"
	shift 3
done
exit 0`

// tidyPaths is the step for changes of paths; of several that say the same of a
// folder one is enough.
func tidyPaths(cs []doc.Change) (shell.Script, error) {
	var words []string
	seen := make(map[[3]string]bool)
	for _, change := range cs {
		c, err := readChange(change)
		if err != nil {
			return shell.Script{}, fmt.Errorf("%s: %w", change.Address, err)
		}
		if c.after.State != doc.Present {
			continue
		}
		place := [3]string{c.folder(), string(c.after.Owner), ""}
		if c.before.State == doc.Present && len(c.after.Owner) == 0 {
			place[2] = c.path // it goes on to belong to whom it did
		}
		if !seen[place] {
			seen[place] = true
			words = append(words, place[:]...)
		}
	}
	return shell.New(tidyScript, words...), nil
}

// Tidy removes new files that are not in place.
func (files) Tidy(cs []doc.Change) (shell.Script, error) { return tidyPaths(cs) }

// Tidy removes new links that are not in place.
func (symlinks) Tidy(cs []doc.Change) (shell.Script, error) { return tidyPaths(cs) }

// Tidy removes what was being downloaded.
func (mises) Tidy(cs []doc.Change) (shell.Script, error) { return tidyPaths(cs) }

// Tidy removes new sources files that are not in place.
func (k aptRepositories) Tidy(cs []doc.Change) (shell.Script, error) {
	return tidyPaths(at(cs, aptSourcesFile))
}

// Tidy removes new repository files and keys that are not in place.
func (dnfRepositories) Tidy(cs []doc.Change) (shell.Script, error) {
	return tidyPaths(append(at(cs, dnfRepositoryFile), at(cs, dnfKeyFile)...))
}

// at are changes as ones of the paths of their files.
func at(cs []doc.Change, file func(name string) string) []doc.Change {
	paths := slices.Clone(cs)
	for i, c := range paths {
		paths[i].Address = doc.NewAddress(typeFile, file(c.Address.Name()))
	}
	return paths
}
