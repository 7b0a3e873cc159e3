package shell

import (
	"regexp"
	"strings"
)

// Quote returns s as one word of POSIX sh that expands to exactly the bytes of
// s. A NUL byte has no such word; the callers in this package refuse it first.
func Quote(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./~][A-Za-z0-9_@%+=:,./~-]*$`)

// Typed returns a file's name as people type it into their own shell: as it is where a
// shell takes it for one word, and never as a flag.
func Typed(name string) string {
	if strings.HasPrefix(name, "-") {
		name = "./" + name
	}
	return TypedWord(name)
}

// TypedWord is a word of a command, a flag say, as it is typed: quoted only where it
// must be.
func TypedWord(word string) string {
	if plainWord.MatchString(strings.TrimLeft(word, "-")) {
		return word
	}
	return Quote(word)
}
