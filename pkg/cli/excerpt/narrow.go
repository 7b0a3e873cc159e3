package excerpt

import (
	"strings"

	"hostkit/pkg/visible"
)

// narrowest is how many columns show something of a line.
const narrowest = 8

// Within is the excerpt in so many columns, for a terminal that would fold its line and
// its caret apart: what is around the place is kept.
func (e Excerpt) Within(columns int) Excerpt {
	columns = max(columns, narrowest)
	all := max(visible.Columns(e.Text), e.Caret+1)
	if all <= columns {
		return e
	}
	rest, dropped := e.Text, 0
	for i, r := range e.Text {
		wide := visible.Columns(string(r))
		// Two thirds of what is shown stand before the place, where the line is that
		// long. A combining mark goes with its letter.
		if rest = e.Text[i:]; wide > 0 && (e.Caret-dropped <= columns*2/3 || all-dropped < columns) {
			break
		}
		dropped += wide
	}
	if dropped == 0 {
		return Excerpt{e.Line, visible.Cut(e.Text, columns), e.Caret}
	}
	return Excerpt{e.Line, strings.TrimRight(left+visible.Cut(rest, columns-1), " "), e.Caret - dropped + 1}
}
