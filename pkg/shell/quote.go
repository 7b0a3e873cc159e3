package shell

import "strings"

// Quote returns s as one word of POSIX sh that expands to exactly the bytes of
// s. A NUL byte has no such word; the callers in this package refuse it first.
func Quote(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
