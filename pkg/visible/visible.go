// Package visible makes text that a host or a config chose safe to show on a
// terminal: what would move the cursor, change colours, reorder or hide
// characters is written out as an escape (CWE-150, CWE-1007).
//
// The escapes are \n, \r, \t, \xNN for a byte below 0x20, 0x7f, or one that is
// not UTF-8, and \uNNNN or \UNNNNNNNN for every other character that has no
// glyph of its own: bidi marks, zero-width characters, line separators, odd
// spaces. A backslash that could be taken for the beginning of an escape is
// doubled, so two different texts never look the same; others stay single.
//
// The package imports nothing of ours, so that every layer may use it.
package visible

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// String gives s with everything that a terminal would not simply draw written
// out. The result has no byte below 0x20, none of 0x7f, and is valid UTF-8.
func String(s string) string {
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		if n := leadingBackslashes(s); n > 0 {
			b.WriteString(s[:n])
			if mistakable(s[n:]) {
				b.WriteString(s[:n])
			}
			s = s[n:]
			continue
		}
		r, size := utf8.DecodeRuneInString(s)
		writeRune(&b, r, s[:size])
		s = s[size:]
	}
	return b.String()
}

// Line is String for text that stands at the end of a line: a last space, which
// nobody would see, is written as \x20.
func Line(s string) string {
	rest, found := strings.CutSuffix(s, " ")
	if !found {
		return String(s)
	}
	backslashes := len(rest) - len(strings.TrimRight(rest, `\`))
	return String(rest) + rest[len(rest)-backslashes:] + `\x20`
}

// isPlain reports whether s has nothing to write out, so that most text costs
// no copy.
func isPlain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f || c == '\\' {
			return false
		}
	}
	return true
}

func leadingBackslashes(s string) int {
	return len(s) - len(strings.TrimLeft(s, `\`))
}

// mistakable reports whether a backslash before rest would read as an escape,
// or stands before one.
func mistakable(rest string) bool {
	if rest == "" {
		return false
	}
	if strings.IndexByte("nrtxuU", rest[0]) >= 0 {
		return true
	}
	r, size := utf8.DecodeRuneInString(rest)
	return !drawn(r, size)
}

func writeRune(b *strings.Builder, r rune, raw string) {
	switch {
	case r == '\n':
		b.WriteString(`\n`)
	case r == '\r':
		b.WriteString(`\r`)
	case r == '\t':
		b.WriteString(`\t`)
	case drawn(r, len(raw)):
		b.WriteString(raw)
	case len(raw) == 1:
		fmt.Fprintf(b, `\x%02x`, raw[0])
	case r > 0xffff:
		fmt.Fprintf(b, `\U%08x`, r)
	default:
		fmt.Fprintf(b, `\u%04x`, r)
	}
}

// drawn reports whether r, read from size bytes, has a glyph of its own. Go's
// IsPrint already leaves out controls, format characters (bidi marks,
// zero-width joiners), private use and all spaces but the ordinary one. Of what
// is left, Unicode says which a renderer may ignore: fillers and variation
// selectors. U+2800 is a braille pattern without a dot.
func drawn(r rune, size int) bool {
	if r == utf8.RuneError && size <= 1 {
		return false
	}
	return unicode.IsPrint(r) && r != 0x2800 &&
		!unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}
