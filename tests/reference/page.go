package reference

import (
	"fmt"
	"strings"

	"hostkit/pkg/cli"
	"hostkit/pkg/doc"
)

// generated is the first line of a page; its %s says what else than code the page
// is made from.
const generated = "<!-- Generated from %s and the code. Change those, then run make generate. -->\n\n"

// markdown collects a page.
type markdown struct {
	strings.Builder
	// top is the way from the page's folder to the one of the commands.
	top string
}

func (m *markdown) printf(format string, args ...any) { fmt.Fprintf(m, format, args...) }

// page makes the README.md of a command.
func page(c Command) (Made, error) {
	m := &markdown{top: "../"}
	m.printf(generated, "manual.md")
	m.printf("# %s\n\n%s\n\n```text\n%s %s\n```\n\n", c.Name, c.Summary, c.Name, c.Usage)
	m.blocks(c.Manual.Description)
	own, login := divide(c.Flags)
	m.flags("Flags", own, c.Manual)
	if len(login) > 0 {
		m.flags("Login flags", login, c.Manual)
	}
	m.documents(c)
	for _, title := range titles {
		m.section(title, c)
	}
	m.printf("## See also\n\n%s.\n", m.line(strings.Join(seeAlso(c.Name), ", ")))
	return Made{"README.md", []byte(m.String())}, nil
}

// divide takes the flags apart that all commands have which log in.
func divide(flags []cli.FlagDescription) (own, login []cli.FlagDescription) {
	for _, f := range flags {
		if f.Login {
			login = append(login, f)
		} else {
			own = append(own, f)
		}
	}
	return own, login
}

func (m *markdown) flags(title string, flags []cli.FlagDescription, manual Manual) {
	m.printf("## %s\n\n", title)
	for _, f := range flags {
		m.printf("### `%s`\n\n%s\n", strings.Join(spellings(f), "`, `"), m.line(sentence(f.Usage)))
		for _, more := range remarks(f) {
			m.printf("%s\n", more)
		}
		m.printf("\n")
		m.blocks(manual.Flags[f.Name])
	}
}

// spellings are a flag's names with what stands behind them.
func spellings(f cli.FlagDescription) []string {
	var all []string
	if f.Letter != "" {
		all = append(all, "-"+f.Letter)
	}
	return append(all, strings.TrimSpace("--"+f.Name+" "+f.Value))
}

// remarks are what is known of a flag beside its words.
func remarks(f cli.FlagDescription) []string {
	var all []string
	if f.Repeated {
		all = append(all, "It may be given several times.")
	}
	if f.Default != "" {
		all = append(all, "The default is `"+f.Default+"`.")
	}
	if f.Variable != "" {
		all = append(all, "Where it is not given, `"+f.Variable+"` counts.")
	}
	return all
}

// documents lists what a command reads and writes.
func (m *markdown) documents(c Command) {
	m.printf("## Documents\n\n")
	for _, row := range documentRows(c) {
		links := make([]string, len(row.schemas))
		for i, s := range row.schemas {
			links[i] = fmt.Sprintf("[`%s`](%s../schemas/README.md#%s)", s, m.top, anchor(string(s)))
		}
		m.printf("- %s: %s\n", row.label, strings.Join(links, ", "))
	}
	m.printf("\n")
}

type documentRow struct {
	label   string
	schemas []doc.Schema
}

func documentRows(c Command) []documentRow {
	var rows []documentRow
	for _, row := range []documentRow{{"reads", c.Reads}, {"writes", c.Writes}} {
		if len(row.schemas) > 0 {
			rows = append(rows, row)
		}
	}
	return rows
}

// anchor is what GitHub makes of a heading.
func anchor(heading string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(heading) {
		switch {
		case r == ' ':
			b.WriteByte('-')
		case r == '-' || r == '_' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		}
	}
	return b.String()
}

// section is one of [titles]; the exit statuses stand in front of what the manual
// says of them.
func (m *markdown) section(title string, c Command) {
	prose := c.Manual.Sections[title]
	if title == "Exit status" {
		m.printf("## %s\n\n", title)
		m.exits(c.Exits)
		m.blocks(prose)
	} else if len(prose) > 0 {
		m.printf("## %s\n\n", title)
		m.blocks(prose)
	}
}

func (m *markdown) exits(exits []cli.ExitDescription) {
	m.printf("| exit status | meaning |\n|---|---|\n")
	for _, e := range exits {
		m.printf("| %d | %s: %s |\n", e.Status, e.Meaning, e.Explanation)
	}
	m.printf("\n")
}

func (m *markdown) blocks(blocks []block) {
	for _, b := range blocks {
		switch b.kind {
		case heading:
			m.printf("%s %s\n\n", strings.Repeat("#", b.level), b.text)
		case paragraph:
			m.printf("%s\n\n", m.line(b.text))
		case list:
			for _, item := range b.items {
				m.printf("- %s\n", strings.ReplaceAll(m.line(item), "\n", "\n  "))
			}
			m.printf("\n")
		case code:
			if b.comment != "" {
				m.printf("%s\n", b.comment)
			}
			m.printf("```%s\n%s```\n\n", b.info, b.text)
		}
	}
}

// line is text with references to our own pages made links.
func (m *markdown) line(text string) string {
	var b strings.Builder
	for _, s := range parseSpans(text) {
		switch {
		case s.kind == literal:
			b.WriteString("`" + s.text + "`")
		case s.kind == emphasis:
			b.WriteString("*" + s.text + "*")
		case s.kind == link:
			fmt.Fprintf(&b, "[%s](%s)", s.text, s.target)
		case s.kind == pageRef && strings.HasPrefix(s.text, "hk-"):
			fmt.Fprintf(&b, "[%s](%s%s/README.md)", s.text, m.top, s.text)
		case s.kind == pageRef && s.text == "hostkit":
			fmt.Fprintf(&b, "[hostkit](%sREADME.md)", m.top)
		case s.kind == pageRef && s.text == "hostkit-errors":
			fmt.Fprintf(&b, "[hostkit-errors](%shostkit-errors.md)", m.top)
		case s.kind == pageRef && s.text == "hostkit-config":
			fmt.Fprintf(&b, "[hostkit-config](%s../schemas/README.md#%s)", m.top, anchor(string(doc.SchemaConfig)))
		case s.kind == pageRef:
			fmt.Fprintf(&b, "%s(%s)", s.text, s.target)
		default:
			b.WriteString(s.text)
		}
	}
	return b.String()
}
