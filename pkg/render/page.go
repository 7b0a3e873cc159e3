package render

import (
	"strings"

	"hostkit/pkg/color"
	"hostkit/pkg/visible"
)

// columns is what text is laid out for.
const columns = 80

// segment is text in one ink. Its text is safe to show: the functions of this
// file are the only ones to make it.
type segment struct {
	text string
	ink  ink
}

func (i ink) of(s string) segment { return segment{visible.String(s), i} }

// last is of for a name, and for text that ends a line: a final space, which
// would be taken for ours or not be seen, is made visible.
func (i ink) last(s string) segment { return segment{visible.Line(s), i} }

func widthOf(segments []segment) int {
	n := 0
	for _, s := range segments {
		n += visible.Columns(s.text)
	}
	return n
}

// page gathers the lines of one document.
type page struct {
	options Options
	b       strings.Builder
}

func (p *page) text() string { return p.b.String() }

func (p *page) blank() { p.b.WriteByte('\n') }

// line writes one line, without spaces at its end.
func (p *page) line(indent int, segments ...segment) {
	end := len(segments)
	for end > 0 {
		last := &segments[end-1]
		last.text = strings.TrimRight(last.text, " ")
		if last.text != "" {
			break
		}
		end--
	}
	if end > 0 {
		p.b.WriteString(strings.Repeat(" ", indent))
	}
	for _, s := range segments[:end] {
		p.write(s)
	}
	p.b.WriteByte('\n')
}

func (p *page) write(s segment) {
	if p.options.Color {
		s.text = color.Ink(s.ink).Paint(s.text)
	}
	p.b.WriteString(s.text)
}

// pad fills a segment up to n columns, and leaves two free after a longer one.
func pad(s segment, n int) segment {
	free := n - visible.Columns(s.text)
	if free < 2 {
		free = 2
	}
	s.text += strings.Repeat(" ", free)
	return s
}

// list writes items one after the other, with sep between them, folding before
// an item that would not fit; label stands before the first, and the others
// begin under it.
func (p *page) list(indent int, label segment, sep string, items ...segment) {
	hang := visible.Columns(label.text)
	row := []segment{label}
	used := indent + hang
	for i, item := range items {
		if i < len(items)-1 {
			item.text += sep
		}
		if n := visible.Columns(strings.TrimRight(item.text, " ")); used+n > columns && used > indent+hang {
			p.line(indent, row...)
			row = []segment{{text: strings.Repeat(" ", hang)}}
			used = indent + hang
		}
		row = append(row, item)
		used += visible.Columns(item.text)
	}
	p.line(indent, row...)
}

// prose writes a message folded at its spaces.
func (p *page) prose(indent int, label segment, i ink, message string) {
	p.list(indent, label, " ", foldable(i, message)...)
}

// sentence is prose about a subject, which is not folded.
func (p *page) sentence(indent int, label, subject segment, message string) {
	p.list(indent, label, " ", append([]segment{subject}, foldable(noInk, message)...)...)
}

// foldable are the words of a message.
func foldable(i ink, message string) []segment {
	list := strings.FieldsFunc(message, func(r rune) bool { return r == ' ' })
	items := make([]segment, len(list))
	for n, word := range list {
		items[n] = i.of(word)
	}
	return items
}

// table writes rows in columns as wide as their widest cell, up to 40. A wider
// cell pushes what follows it aside, since names are never cut; a last cell that
// does not fit goes on a line of its own.
func (p *page) table(indent int, rows [][]segment) {
	const widest = 40
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], min(visible.Columns(cell.text), widest)+2)
		}
	}
	for _, row := range rows {
		last := len(row) - 1
		for i := range last {
			row[i] = pad(row[i], widths[i])
		}
		if indent+widthOf(row) > columns {
			p.line(indent, row[:last]...)
			p.line(indent+2, row[last])
			continue
		}
		p.line(indent, row...)
	}
}

// margin is where the values of a sheet begin.
const margin = 11

// field writes a labelled value of a sheet.
func (p *page) field(label string, value ...segment) {
	p.line(2, append([]segment{pad(dim.of(label), margin)}, value...)...)
}
