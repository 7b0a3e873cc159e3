package manager

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"hostkit/pkg/shell"
)

// AptSourcesFolder is where apt looks for sources files.
const AptSourcesFolder = "/etc/apt/sources.list.d"

// AptWithKeys is the first version of apt that reads a key out of a sources file
// (its changelog for 2.3.10). With a key in a file of its own there would be a
// moment in which one of the two is there without the other.
const AptWithKeys = "2.3.10"

// AptWorld is what a host's apt takes packages from.
type AptWorld struct {
	// Version is apt's.
	Version string
	// Now is the host's clock, in seconds since 1970.
	Now int64
	// Files has the text of each sources file by its path.
	Files map[string]string
	// releases are the names of the Release files that apt has fetched.
	releases map[string]bool
}

// aptWorld prints parts with a NUL byte behind each: version, clock, the names of
// Release files, then the path and the text of every sources file.
const aptWorld = `
command -v apt-get >/dev/null && command -v dpkg-query >/dev/null || exit 69
` + aptLists + `
dpkg-query -W -f='${Version}' apt
printf '\000'
date +%s
printf '\000'
for file in "$lists"*Release; do
	[ ! -f "$file" ] || printf '%s\n' "${file##*/}"
done
printf '\000'
for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
	[ -f "$file" ] && [ -r "$file" ] || continue
	printf '%s\000' "$file"
	cat "$file"
	printf '\000'
done
`

// World asks for AptWorld; nothing on the host is written.
func (Apt) World() shell.Script { return shell.New(aptWorld) }

// ReadWorld reads the result of World.
func (Apt) ReadWorld(r shell.Result) (AptWorld, error) {
	w := AptWorld{Files: map[string]string{}, releases: map[string]bool{}}
	parts := bytes.Split(r.Stdout, []byte{0})
	switch {
	case r.Status != 0:
		return w, explainApt(r)
	case r.Truncated:
		return w, errors.New("the sources files of apt are too long")
	case len(parts)%2 != 0 || len(parts) < 4:
		return w, fmt.Errorf("apt's sources: %d parts", len(parts))
	}
	w.Version = strings.TrimSpace(string(parts[0]))
	var err error
	if w.Now, err = strconv.ParseInt(strings.TrimSpace(string(parts[1])), 10, 64); err != nil {
		return w, fmt.Errorf("the clock says %q", parts[1])
	}
	for name := range strings.FieldsSeq(string(parts[2])) {
		w.releases[name] = true
	}
	for i := 3; i+1 < len(parts); i += 2 {
		w.Files[string(parts[i])] = string(parts[i+1])
	}
	return w, nil
}

// TakesKeys reports whether apt reads a key out of a sources file.
func (w AptWorld) TakesKeys() bool { return compareDebVersions(w.Version, AptWithKeys) >= 0 }

// Indexed reports whether apt has fetched all of the sources.
func (w AptWorld) Indexed(sources []AptSource) bool {
	for _, s := range sources {
		if at := s.list(); !w.releases[at+"InRelease"] && !w.releases[at+"Release"] {
			return false
		}
	}
	return true
}

// aptAdd puts a sources file in place when apt has fetched what it names with the
// keys that it names. What is in place until then stays, and so does what apt has
// of it: apt keeps what it had where a signature is wrong.
//
// apt takes the format of the file from the end of its name, and passes over names
// in its folder that begin with a dot. Its caches are off, for they would be of
// this one source. It writes the key to a temporary file that it sometimes leaves,
// so it gets a folder of its own for these. A component that the repository does not have is only warned of
// by apt, and would leave the host without its packages for ever.
const aptAdd = `
hk_suffix=.sources
hk_begin "$1" "$2" "$5" "$6" "$7"
hk_receive "$3" "$4"
(
	exec </dev/null
	` + aptRun + aptLists + `
	TMPDIR=$(mktemp -d) && chmod 1777 "$TMPDIR" && export TMPDIR || exit
	${hk_watch-:} /proc/self/fd/4
	run "$8"` + aptQuiet + ` -o Dir::Etc::sourcelist="$PWD/${hk_temp#./}" -o Dir::Etc::sourceparts=- \
		-o APT::Get::List-Cleanup=0 -o APT::Update::Error-Mode=any update
	${hk_watch-:}
	rm -rf "$TMPDIR"
	case $said in
	*"doesn't have the component"*) [ "$status" != 0 ] || status=100 ;;
	esac
	[ "$status" != 0 ] || exit 0
	printf '%s\n' "$said" >&2
	shift 8
	for begin; do
		rm -f -- "${lists}partial/$begin"*
		[ -n "$hk_old" ] || rm -f -- "$lists$begin"*
	done
	exit "$status"
) || exit
hk_finish
`

// AddRepository fetches the sources of the sources file on stdin, and puts that in
// place when all is well. The file is as hk_put of pkg/shell wants it: its path and
// folder, size and digest in hexadecimal digits, owner, group and mode.
func (Apt) AddRepository(file [7]string, sources []AptSource) shell.Script {
	words := append(file[:], lockSeconds)
	for _, s := range sources {
		words = append(words, s.lists()...)
	}
	return shell.New(aptAdd, words...)
}

// aptDrop removes the lists first: a sources file without them is as before, and
// lists without a file would be nobody's.
const aptDrop = aptLists + `
file=$1
folder=$2
shift 2
for begin; do
	rm -f -- "$lists$begin"*
done
hk_drop "$file" "$folder" file
`

// DropRepository removes a sources file, and what apt has fetched of the sources.
func (Apt) DropRepository(file, folder string, sources []AptSource) shell.Script {
	words := []string{file, folder}
	for _, s := range sources {
		words = append(words, s.lists()...)
	}
	return shell.New(aptDrop, words...)
}

var lacksComponent = regexp.MustCompile(`repository '([^']+)' doesn't have the component '([^']+)'`)

// ReadAddRepository reads a result of AddRepository that is none of hk_put's own.
func (Apt) ReadAddRepository(r shell.Result) error {
	if found := lacksComponent.FindStringSubmatch(string(r.Stderr)); found != nil {
		return &Failure{Code: "not_found", Message: fmt.Sprintf("the repository %s has no component %s", found[1], found[2])}
	}
	err := explainApt(r)
	var f *Failure
	if errors.As(err, &f) && f.Code == "no_release" {
		f.Code = "not_found"
		if strings.Contains(f.Message, "is not signed") {
			f.Code = "signature"
		}
	}
	return err
}
