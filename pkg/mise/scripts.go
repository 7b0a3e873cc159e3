package mise

import (
	"strings"

	"hostkit/pkg/shell"
)

// lookText prints a line for each loader of "$@" that is there, one that says
// whether this shell runs on musl, and one for each program to download with.
const lookText = `
for loader; do
	[ ! -e "$loader" ] || printf 'loader %s\n' "$loader"
done
while read -r _ _ _ _ _ mapped; do
	case $mapped in
	*/ld-musl-* | */libc.musl-*)
		echo musl
		break
		;;
	esac
done </proc/self/maps
for program in curl wget; do
	! command -v "$program" >/dev/null || printf 'downloader %s\n' "$program"
done
`

// Look returns the script that tells on which platform a host is and what it can
// download with. It starts no program.
func Look() shell.Script { return shell.New(lookText, Loaders()...) }

// ReleaseURL is where mise's releases have the program of a platform.
func ReleaseURL(version string, p Platform) string {
	const releases = "https://github.com/jdx/mise/releases/download/"
	return releases + "v" + version + "/" + strings.Join([]string{"mise", "v" + version, string(p)}, "-")
}
