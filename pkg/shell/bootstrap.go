package shell

import (
	"embed"
	"regexp"
	"strconv"
	"strings"
)

// Path is the PATH that every script runs under, whatever the login shell set.
const Path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// bootstrapFailed begins the line by which a bootstrap says that it could not
// read the receiver.
const bootstrapFailed = "hostkit: dd gave "

// bootstrapSaid is that line as it comes back. A shell that can't run the exec
// line quotes it, with the text of this message in it. Of 0 bytes means that the
// first line was no number, hence not ours.
var bootstrapSaid = regexp.MustCompile(`(?m)^` + bootstrapFailed + `\d+ of (\d+) bytes`)

// bootstrapError is why the receiver did not arrive, nil if the bootstrap has
// said nothing in the noise.
func bootstrapError(noise []byte) error {
	said := bootstrapSaid.FindSubmatch(noise)
	switch {
	case said == nil:
		return nil
	case string(said[1]) == "0":
		return &InputTakenError{}
	}
	return &MissingToolsError{Tools: []string{exactDD}}
}

// execLine is ExecLine with another shell and PATH, for tests.
func execLine(sh, path string, become Become) string {
	switch {
	case become.WithPassword:
		return "exec " + sh + " -c '" + become.asking(sh) + "' sh '" + bootstrap(path) + "' '" + readyForReceiver + "'"
	case become.Program != "":
		// Its words are read by people and by the one who sorts failures: not
		// translated.
		return "exec env LC_ALL=C " + become.command("-n") + " " + sh + " -c '" + bootstrap(path) + "'"
	}
	return "exec " + sh + " -c '" + bootstrap(path) + "'"
}

// bootstrap returns the argument of `sh -c`: it takes the length of the
// receiver from the first line of stdin, then the receiver, and evaluates it.
//
// dd is the one command that takes exactly a number of bytes from a pipe on GNU
// and BusyBox; BusyBox's head -c takes more, and a shell that reads its script
// from stdin reads ahead, or takes 3.9 MB/s (bash).
//
// The names unset are those that change what the bootstrap itself means; bash
// imports functions from the environment even as sh. The receiver unsets the
// rest. Length is compared under LC_ALL=C, where ${#p} counts bytes. A line that
// is no number is neither printed nor handed to dd: it may be what was meant for
// somebody else.
func bootstrap(path string) string {
	return "PATH=" + path + "; LC_ALL=C; export PATH LC_ALL; unset IFS n p; unset -f read dd echo test; " +
		`read -r n; test "$n" -gt 0 2>/dev/null || n=0; ` +
		`p=$(dd bs=65536 count="$n" iflag=count_bytes,fullblock 2>/dev/null); ` +
		`case ${#p} in "$n") eval "$p";; esac; ` +
		`echo "` + bootstrapFailed + `${#p} of $n bytes" >&2; exit 96`
}

//go:embed *.sh
var preludeFiles embed.FS

// prelude is the text of all *.sh files of this folder in the order of their
// names: functions that scripts may call, and the receiver. Lines that hold only
// a comment stay here: they are half of the text that every session sends.
var prelude = withoutComments(readPrelude())

func readPrelude() string {
	entries, err := preludeFiles.ReadDir(".")
	if err != nil {
		panic("shell: embedded prelude: " + err.Error())
	}
	var b strings.Builder
	for _, entry := range entries {
		source, err := preludeFiles.ReadFile(entry.Name())
		if err != nil {
			panic("shell: embedded prelude: " + err.Error())
		}
		b.Write(source)
		b.WriteByte('\n')
	}
	return b.String()
}

// withoutComments drops blank lines and lines that hold only a comment. The
// files hold no such line inside quotes; a test compares the syntax trees.
func withoutComments(source string) string {
	var b strings.Builder
	for line := range strings.Lines(source) {
		text := strings.TrimSpace(line)
		if text != "" && text[0] != '#' {
			b.WriteString(line)
		}
	}
	return b.String()
}

// receiverPayload returns what the bootstrap reads: a line with the length, then
// the receiver. The text ends without a newline, which $(…) would cut off.
func receiverPayload(boundary string) string {
	source := prelude + "hkr_main " + boundary
	return strconv.Itoa(len(source)) + "\n" + source
}
