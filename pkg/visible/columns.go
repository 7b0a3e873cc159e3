package visible

import (
	"unicode"

	"golang.org/x/text/width"
)

// Columns is how many columns of a terminal a shown text takes: two for a wide
// character (UAX #11), none for a combining mark.
func Columns(s string) int {
	n := 0
	for _, r := range s {
		n += columns(r)
	}
	return n
}

func columns(r rune) int {
	switch kind := width.LookupRune(r).Kind(); {
	case r < unicode.MaxASCII:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	case kind == width.EastAsianWide || kind == width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// Cut is as much of the beginning of a shown text as takes no more than n columns.
// Where something is cut off the last of them is "…".
func Cut(s string, n int) string {
	if Columns(s) <= n {
		return s
	}
	used := 0
	for i, r := range s {
		// The combining marks of the character before stay with it.
		if used += columns(r); used > n-1 && columns(r) > 0 {
			if n < 1 {
				return ""
			}
			return s[:i] + "…"
		}
	}
	return s
}
