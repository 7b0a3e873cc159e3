package reference

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// escape makes text that roff reads as it stands. Its own - and ' become other
// characters in some output, which nobody could paste.
func escape(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '\\':
			b.WriteString(`\e`)
		case r > '~':
			fmt.Fprintf(&b, `\[u%04X]`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

var asTyped = strings.NewReplacer("-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`)

// verbatim is a line of code.
func verbatim(line string) string {
	line = asTyped.Replace(escape(line))
	if strings.HasPrefix(line, ".") {
		line = `\&` + line
	}
	return line
}

// argument is one argument of a macro, which is none of mdoc's own words. Groff takes
// one that is only a mark for a delimiter, in spite of its quotes.
func argument(text string) string {
	before := `"`
	if len(text) == 1 && strings.ContainsAny(text, ".,:;()[]?!|") {
		before = `"\&`
	}
	return before + strings.ReplaceAll(asTyped.Replace(escape(text)), `"`, `\(dq`) + `"`
}

// sentenceEnd is where a sentence ends and another one begins.
var sentenceEnd = regexp.MustCompile("([.?!]) ([A-Z`])")

// text sets prose; each of its lines begins a line of the source, and so does each
// sentence, as mdoc wants it.
func (m *mdoc) text(text string) {
	for line := range strings.SplitSeq(sentenceEnd.ReplaceAllString(text, "$1\n$2"), "\n") {
		var run []string
		flush := func() {
			if len(run) > 0 {
				m.wrapped(run)
			}
			run = nil
		}
		for _, w := range words(line) {
			if len(w) == 1 && w[0].kind == plain {
				run = append(run, w[0].text)
				continue
			}
			flush()
			m.printf(".%s", macros([][]span{w}))
		}
		flush()
	}
}

// wrapped sets words of plain text in lines that other people's tools can show.
func (m *mdoc) wrapped(words []string) {
	line := ""
	for _, w := range words {
		switch {
		case line == "":
			line = w
		case len(textLine(line+" "+w)) > 78:
			m.printf("%s", textLine(line))
			line = w
		default:
			line += " " + w
		}
	}
	m.printf("%s", textLine(line))
}

func textLine(text string) string {
	text = escape(text)
	if strings.HasPrefix(text, ".") || strings.HasPrefix(text, "'") {
		return `\&` + text
	}
	return text
}

// words takes a line apart at the blanks of its plain text: what is glued together
// is one word of several spans.
func words(line string) [][]span {
	var all [][]span
	glued := false
	add := func(s span) {
		if glued {
			all[len(all)-1] = append(all[len(all)-1], s)
		} else {
			all = append(all, []span{s})
		}
		glued = true
	}
	for _, s := range parseSpans(line) {
		if s.kind != plain {
			add(s)
			continue
		}
		for i, piece := range strings.Split(s.text, " ") {
			glued = glued && i == 0
			if piece != "" {
				add(span{kind: plain, text: piece})
			}
		}
	}
	return all
}

var closing = regexp.MustCompile(`^[.,:;)?!]( [.,:;)?!])*$|^[.,:;)?!]+$`)

// macros sets words that have more than plain text, all on one line.
func macros(words [][]span) string {
	var line []string
	for _, w := range words {
		for i, s := range w {
			switch {
			case s.kind != plain && i > 0 && (i > 1 || w[0].kind != plain):
				line = append(line, "Ns", macro(s))
			case s.kind != plain:
				line = append(line, macro(s))
			case i == 0 && len(w) == 1:
				line = append(line, "No", argument(s.text))
			case i == 0:
				line = append(line, "Pf", argument(s.text))
			case i == len(w)-1 && closing.MatchString(s.text):
				line = append(line, strings.Join(strings.Split(s.text, ""), " "))
			default:
				line = append(line, "Ns", "No", argument(s.text))
			}
		}
	}
	for i, piece := range line {
		// Ql has all of its line but closing marks in its quotes.
		if text, ok := strings.CutPrefix(piece, "Ql "); ok && !closing.MatchString(strings.Join(append(slices.Clone(line[i+1:]), "."), " ")) {
			line[i] = "So " + text + " Sc"
		}
	}
	return strings.Join(line, " ")
}

var (
	flagSpan     = regexp.MustCompile(`^-(-[a-z-]+|[a-z])(?: ([A-Z][A-Z:,.…]*))?$`)
	variableSpan = regexp.MustCompile(`^\$?(HOME|PATH|TERM|USER|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)$`)
	pathSpan     = regexp.MustCompile(`^(/|~/)[^ ]*$`)
	commandSpan  = regexp.MustCompile(`^hk-[a-z]+$`)
)

// macro says by its look what a span is.
func macro(s span) string {
	switch s.kind {
	case emphasis:
		return "Em " + argument(s.text)
	case pageRef:
		return "Xr " + s.text + " " + s.target
	case link:
		if strings.HasPrefix(s.target, "https://") {
			return "Lk " + s.target + " " + argument(s.text)
		}
		return "No " + argument(s.text)
	}
	if m := flagSpan.FindStringSubmatch(s.text); m != nil {
		if m[2] == "" {
			return "Fl " + m[1]
		}
		return "Fl " + m[1] + " Ar " + argument(m[2])
	}
	switch {
	case variableSpan.MatchString(s.text):
		return "Ev " + strings.TrimPrefix(s.text, "$")
	case pathSpan.MatchString(s.text):
		return "Pa " + argument(s.text)
	case commandSpan.MatchString(s.text):
		return "Nm " + s.text
	}
	return "Ql " + argument(s.text)
}
