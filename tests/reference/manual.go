package reference

import (
	"fmt"
	"slices"
	"strings"

	"hostkit/pkg/cli"
)

// Manual is the prose about a command, which no code can say.
type Manual struct {
	// Description stands in front of everything.
	Description []block
	// Flags explains flags, by their names without dashes, where one line is not
	// enough.
	Flags map[string][]block
	// Sections are the others, by title: those in [titles].
	Sections map[string][]block
}

// titles are the sections that a manual may have beside Description and Flags, in
// the order in which both pages have them.
var titles = []string{"Environment", "Files", "Exit status", "Examples", "Notes"}

// parseManual takes a manual apart: "## Title" begins a section, and "### --flag",
// below Flags, what is to be said of a flag.
func parseManual(name, text string) (Manual, error) {
	m := Manual{Flags: map[string][]block{}, Sections: map[string][]block{}}
	blocks, err := parseBlocks(name, text)
	if err != nil {
		return m, err
	}
	title, flag := "", ""
	for _, b := range blocks {
		refuse := func(format string, args ...any) (Manual, error) {
			return m, fmt.Errorf("%s:%d: %s", name, b.line, fmt.Sprintf(format, args...))
		}
		switch {
		case b.kind == heading && b.level == 2:
			title, flag = b.text, ""
			if title != "Description" && title != "Flags" && !slices.Contains(titles, title) {
				return refuse("no page has a section %q; there are Description, Flags, %s", title, strings.Join(titles, ", "))
			}
		case b.kind == heading && title == "Flags":
			flag = strings.TrimPrefix(b.text, "--")
			if m.Flags[flag] != nil || flag == b.text {
				return refuse("want a flag that was not explained yet, as --out: %q", b.text)
			}
			m.Flags[flag] = []block{}
		case b.kind == insert:
			return refuse("a command's pages have nothing to insert")
		case title == "":
			return refuse("this stands before the first section")
		case title == "Description":
			m.Description = append(m.Description, b)
		case title != "Flags":
			m.Sections[title] = append(m.Sections[title], b)
		case flag == "":
			return refuse("this stands before the first flag")
		default:
			m.Flags[flag] = append(m.Flags[flag], b)
		}
	}
	return m, nil
}

// explainLogin adds what is said once for all commands that log in.
func (m *Manual) explainLogin(shared Manual, flags []cli.FlagDescription) error {
	for _, f := range flags {
		if !f.Login || shared.Flags[f.Name] == nil {
			continue
		}
		if m.Flags[f.Name] != nil {
			return fmt.Errorf("--%s is explained twice: for this command and for all that log in", f.Name)
		}
		m.Flags[f.Name] = shared.Flags[f.Name]
	}
	return nil
}

// fits holds that the manual is one of this command.
func (m *Manual) fits(d cli.Description) error {
	if len(m.Description) == 0 {
		return fmt.Errorf("the manual of %s has no Description", d.Name)
	}
	for name := range m.Flags {
		if !slices.ContainsFunc(d.Flags, func(f cli.FlagDescription) bool { return f.Name == name }) {
			return fmt.Errorf("the manual explains --%s, which %s has not", name, d.Name)
		}
	}
	return nil
}
