// Package excerpt shows a place in a text that people wrote: its line, and a caret
// below the column that is meant.
//
//	5 |     "server": {"hostname": "203.0.113.10", "usr": "root"}
//	  |                                            ^
//
// The line is safe to show (package visible), no wider than a terminal, and never
// holds what may be a secret, see [New].
package excerpt

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"hostkit/pkg/visible"
)

const (
	// columns is how wide the shown part of a line is at most.
	columns = 72
	// around is how many bytes on each side of the place are looked at: more than
	// could be shown.
	around = 4 * columns
	// tab is how far apart the tab stops are.
	tab = 4
	// hidden stands for what may be a secret, and for what is left out of a long line.
	hidden, left = "…", "…"
)

// Text is a text of which places can be shown.
type Text struct {
	raw     []byte
	secrets []span
	known   bool // secrets were looked for
}

// New is a text in JSON or Jsonnet. What stands behind a name like "password", also a
// misspelled one, is not shown, nor are contents in a text that calls any of them
// sensitive. The text need not be well-formed.
func New(raw []byte) *Text { return &Text{raw: raw} }

// Hide keeps a part of the text from being shown, from start to end in bytes. It is for
// what only whoever has read the text can tell; it is called before [Text.At].
func (t *Text) Hide(start, end int) { t.secrets = append(t.secrets, span{start, end}) }

// Excerpt is a place in a line.
type Excerpt struct {
	// Line is the line's number, from 1, and Text as much of it as is shown.
	Line int
	Text string
	// Caret is how many columns of Text stand before the place.
	Caret int
}

// At shows the place in the given line and column, which are from 1, the column in
// bytes. It reports false where the text has no such line.
func (t *Text) At(line, column int) (Excerpt, bool) {
	start, at, end, ok := t.find(line, column)
	if !ok {
		return Excerpt{}, false
	}
	t.know()
	return t.window(line, start, at, end), true
}

// Hides reports whether what stands at the place is not shown.
func (t *Text) Hides(line, column int) bool {
	_, at, _, ok := t.find(line, column)
	t.know()
	return ok && slices.ContainsFunc(t.secrets, func(s span) bool { return s.start <= at && at < s.end })
}

// find gives the offsets of a line, and of the place in it.
func (t *Text) find(line, column int) (start, at, end int, ok bool) {
	for range line - 1 {
		n := bytes.IndexByte(t.raw[start:], '\n')
		if n < 0 {
			return 0, 0, 0, false
		}
		start += n + 1
	}
	if line < 1 || column < 1 {
		return 0, 0, 0, false
	}
	end = len(t.raw)
	if n := bytes.IndexByte(t.raw[start:], '\n'); n >= 0 {
		end = start + n
	}
	if end > start && t.raw[end-1] == '\r' {
		end--
	}
	return start, min(start+column-1, end), end, true
}

// know looks for secrets, once.
func (t *Text) know() {
	if !t.known {
		t.secrets, t.known = append(t.secrets, secrets(t.raw)...), true
		slices.SortFunc(t.secrets, func(a, b span) int { return cmp.Compare(a.start, b.start) })
	}
}

// piece is what a few bytes of a line are shown as.
type piece struct {
	text string
	wide int
}

// window is the part of the line from start to end that has the place in it.
func (t *Text) window(line, start, at, end int) Excerpt {
	from, to := max(start, at-around), min(end, at+around)
	// A line that begins in the middle of a character would show it as a wrong byte.
	for from > start && from < at && !utf8.RuneStart(t.raw[from]) {
		from++
	}
	pieces, caret := t.pieces(from, at, to)
	before, all := 0, 0
	for i, p := range pieces {
		if i < caret {
			before += p.wide
		}
		all += p.wide
	}
	first := 0
	// Two thirds of what is shown stand before the place, where the line is that long.
	for ; first < caret && before > columns*2/3 && all > columns-2; first++ {
		before -= pieces[first].wide
		all -= pieces[first].wide
	}
	var b strings.Builder
	used := 0
	if first > 0 || from > start {
		b.WriteString(left)
		used, before = 1, before+1
	}
	for _, p := range pieces[first:] {
		if used+p.wide >= columns {
			b.WriteString(left)
			return Excerpt{line, b.String(), before}
		}
		used += p.wide
		b.WriteString(p.text)
	}
	if to < end {
		b.WriteString(left)
	}
	return Excerpt{line, strings.TrimRight(b.String(), " "), before}
}

// pieces gives what is shown of the bytes from from to to, and which piece the place
// is in; behind the last byte that is the number of pieces.
func (t *Text) pieces(from, at, to int) (pieces []piece, caret int) {
	column, caret := 0, -1
	add := func(text string, next int) {
		if caret < 0 && at < next {
			caret = len(pieces)
		}
		wide := visible.Columns(text)
		pieces = append(pieces, piece{text, wide})
		column += wide
	}
	secrets := t.secrets
	for i := from; i < to; {
		for len(secrets) > 0 && secrets[0].end <= i {
			secrets = secrets[1:]
		}
		if len(secrets) > 0 && secrets[0].start <= i {
			for len(secrets) > 0 && secrets[0].start <= i { // one may overlap the next
				i, secrets = max(i, min(secrets[0].end, to)), secrets[1:]
			}
			add(hidden, i)
			continue
		}
		_, size := utf8.DecodeRune(t.raw[i:to])
		shown := string(t.raw[i : i+size])
		i += size
		switch shown {
		case "\t":
			shown = strings.Repeat(" ", tab-column%tab)
		case `\`:
		default:
			shown = visible.String(shown)
		}
		add(shown, i)
	}
	if caret < 0 {
		caret = len(pieces)
	}
	return pieces, caret
}
