package reference

import (
	"fmt"
	"regexp"
	"strings"

	"hostkit/pkg/cli"
)

// revised is the date of all man pages: one that is not the day of the build, so that
// the same source gives the same bytes.
const revised = "November 23, 2026"

// mdoc collects a man page, in the language of mdoc(7). Every line that is not text
// begins with a macro.
type mdoc struct{ strings.Builder }

func (m *mdoc) printf(format string, args ...any) { fmt.Fprintf(m, format+"\n", args...) }

func (m *mdoc) head(source, name, section, summary string) {
	m.printf(`.\" Generated from %s and the code. Change those, then run make generate.`, source)
	m.printf(".Dd %s", revised)
	m.printf(".Dt %s %s", strings.ToUpper(name), section)
	m.printf(".Os HostKit")
	m.printf(".Sh NAME")
	m.printf(".Nm %s", name)
	summary = strings.ToLower(summary[:1]) + strings.TrimSuffix(summary[1:], ".")
	m.printf(".Nd %s", strings.ReplaceAll(escape(summary), `"`, `\(dq`))
}

// manPage makes the man page of a command.
func manPage(c Command) (Made, error) {
	m := &mdoc{}
	m.head("manual.md", c.Name, "1", c.Summary)
	m.printf(".Sh SYNOPSIS")
	m.synopsis(c)
	m.printf(".Sh DESCRIPTION")
	m.blocks(c.Manual.Description)
	own, login := divide(c.Flags)
	m.flags("OPTIONS", own, c.Manual)
	if len(login) > 0 {
		m.flags("LOGIN OPTIONS", login, c.Manual)
	}
	m.printf(".Sh DOCUMENTS")
	m.printf(".Bl -tag -width writes -compact")
	for _, row := range documentRows(c) {
		m.printf(".It %s", row.label)
		for i, s := range row.schemas {
			m.printf(".Ql %s%s", s, map[bool]string{true: " ,"}[i < len(row.schemas)-1])
		}
	}
	m.printf(".El")
	for _, title := range titles {
		m.section(title, c)
	}
	m.seeAlso(c.Name)
	return Made{c.Name + ".1", []byte(m.String())}, nil
}

// usagePiece is what a usage is made of.
var usagePiece = regexp.MustCompile(`\[|\](?:\.\.\.)?|\||[^][|\s]+`)

// synopsis sets what may stand behind the name: what is in brackets, and what is not,
// on a line of its own.
func (m *mdoc) synopsis(c Command) {
	m.printf(".Nm")
	var line []string
	flush := func() {
		if len(line) > 0 {
			m.printf(".%s", strings.Join(line, " "))
		}
		line = nil
	}
	for _, piece := range usagePiece.FindAllString(c.Usage, -1) {
		flag, isFlag := strings.CutPrefix(piece, "-")
		switch {
		case piece == "[":
			flush()
			line = append(line, "Oo")
		case piece == "]":
			line = append(line, "Oc")
			flush()
		case piece == "]...":
			line = append(line, "Oc Ns ...")
			flush()
		case piece == "|":
			line = append(line, "|")
		case isFlag:
			line = append(line, strings.TrimSpace("Fl "+flag))
		default:
			line = append(line, "Ar", argument(piece))
		}
	}
	flush()
}

func (m *mdoc) flags(title string, flags []cli.FlagDescription, manual Manual) {
	m.printf(".Sh %s", title)
	m.printf(".Bl -tag -width Ds")
	for _, f := range flags {
		m.printf(".It %s", flagItem(f))
		m.text(sentence(f.Usage))
		for _, more := range remarks(f) {
			m.text(more)
		}
		if more := manual.Flags[f.Name]; len(more) > 0 {
			m.printf(".Pp")
			m.blocks(more)
		}
	}
	m.printf(".El")
}

func flagItem(f cli.FlagDescription) string {
	item := "Fl -" + f.Name
	if f.Letter != "" {
		item = "Fl " + f.Letter + " , " + item
	}
	if f.Value != "" {
		item += " Ar " + argument(f.Value)
	}
	return item
}

func (m *mdoc) section(title string, c Command) {
	prose := c.Manual.Sections[title]
	if title == "Exit status" {
		m.printf(".Sh EXIT STATUS")
		m.exits(c.Exits)
		if len(prose) > 0 {
			m.printf(".Pp")
		}
		m.blocks(prose)
	} else if len(prose) > 0 {
		m.printf(".Sh %s", strings.ToUpper(title))
		m.blocks(prose)
	}
}

func (m *mdoc) exits(exits []cli.ExitDescription) {
	m.printf(".Bl -tag -width 123 -compact")
	for _, e := range exits {
		m.printf(".It %d", e.Status)
		m.text(e.Meaning + ": " + e.Explanation)
	}
	m.printf(".El")
}

// seeAlso ends a page.
func (m *mdoc) seeAlso(name string) {
	m.printf(".Sh SEE ALSO")
	pages := seeAlso(name)
	for i, p := range pages {
		at := strings.Index(p, "(")
		m.printf(".Xr %s %s%s", p[:at], p[at+1:at+2], map[bool]string{true: " ,"}[i < len(pages)-1])
	}
}

// blocks sets prose. A section or a list item that has just begun wants no paragraph
// in front of the first.
func (m *mdoc) blocks(blocks []block) {
	for i, b := range blocks {
		if i > 0 && blocks[i-1].kind != heading && (b.kind == paragraph || b.kind == list && !b.tagged()) {
			m.printf(".Pp")
		}
		switch b.kind {
		case heading:
			m.printf(".Ss %s", escape(b.text))
		case paragraph:
			m.text(b.text)
		case list:
			m.list(b.items)
		case code:
			m.printf(".Bd -literal -offset indent")
			for _, line := range strings.Split(strings.TrimSuffix(b.text, "\n"), "\n") {
				m.printf("%s", verbatim(line))
			}
			m.printf(".Ed")
		}
	}
}

func (m *mdoc) list(items []string) {
	if pairs, ok := terms(items); ok {
		m.printf(".Bl -tag -width Ds")
		for _, pair := range pairs {
			m.printf(".It %s", macros(words(pair[0])))
			m.text(pair[1])
		}
	} else {
		m.printf(".Bl -bullet -compact")
		for _, item := range items {
			m.printf(".It")
			m.text(item)
		}
	}
	m.printf(".El")
}
