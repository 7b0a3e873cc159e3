package reference

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"hostkit/pkg/cli"
)

// inserts are what prose can have in it that is known from the code, in both
// languages.
var inserts = map[string]struct {
	page func(m *markdown, folder string) error
	man  func(m *mdoc, folder string) error
}{
	"commands":  {pageCommands, manCommands},
	"exits":     {pageExits, manExits},
	"variables": {pageVariables, manVariables},
	"config":    {nil, manConfig},
}

// overview makes a man page, and where it has a name a page in Markdown too, of prose
// that is about no one command. Its first heading is the title and its first paragraph
// the summary. Folder is the one of the commands.
func overview(folder, name, section, readme string) ([]Made, error) {
	source := name + ".md"
	raw, err := os.ReadFile(filepath.Join(folder, source))
	if err != nil {
		return nil, err
	}
	blocks, err := parseBlocks(source, string(raw))
	if err != nil {
		return nil, err
	}
	if len(blocks) < 3 || blocks[0].kind != heading || blocks[1].kind != paragraph {
		return nil, fmt.Errorf("%s begins with neither a title nor a summary", source)
	}
	m := &mdoc{}
	m.head(source, name, section, blocks[1].text)
	m.printf(".Sh DESCRIPTION")
	if err := m.overview(folder, blocks[2:]); err != nil {
		return nil, err
	}
	m.seeAlso(name)
	made := []Made{{name + "." + section, []byte(m.String())}}
	if readme == "" {
		return made, nil
	}
	p := &markdown{}
	p.printf(generated, source)
	if err := p.overview(folder, blocks); err != nil {
		return nil, err
	}
	return append(made, Made{readme, []byte(strings.TrimRight(p.String(), "\n") + "\n")}), nil
}

func (m *mdoc) overview(folder string, blocks []block) error {
	begin := 0
	for i, b := range blocks {
		if b.kind != insert && (b.kind != heading || b.level != 2) {
			continue
		}
		m.blocks(blocks[begin:i])
		begin = i + 1
		if b.kind == heading {
			m.printf(".Sh %s", strings.ToUpper(escape(b.text)))
			continue
		}
		if err := inserts[b.text].man(m, folder); err != nil {
			return err
		}
		if begin < len(blocks) && blocks[begin].kind == paragraph {
			m.printf(".Pp")
		}
	}
	m.blocks(blocks[begin:])
	return nil
}

func (m *markdown) overview(folder string, blocks []block) error {
	begin := 0
	for i, b := range blocks {
		if b.kind != insert {
			continue
		}
		m.blocks(blocks[begin:i])
		begin = i + 1
		if err := inserts[b.text].page(m, folder); err != nil {
			return err
		}
	}
	m.blocks(blocks[begin:])
	return nil
}

// summaries are what the commands say of themselves, in the order of [Commands]: their
// pages have it, since a program can't be asked without running it.
func summaries(folder string) ([]string, error) {
	all := make([]string, len(Commands))
	for i, name := range Commands {
		raw, err := os.ReadFile(filepath.Join(folder, name, "README.md"))
		if err != nil {
			return nil, err
		}
		parts := strings.SplitN(string(raw), "\n\n", 4)
		if len(parts) < 4 || parts[1] != "# "+name {
			return nil, fmt.Errorf("%s/README.md does not begin with its name and summary", name)
		}
		all[i] = parts[2]
	}
	return all, nil
}

func pageCommands(m *markdown, folder string) error {
	all, err := summaries(folder)
	if err != nil {
		return err
	}
	m.printf("| command | what it does |\n|---|---|\n")
	for i, name := range Commands {
		m.printf("| [`%s`](%s/README.md) | %s |\n", name, name, all[i])
	}
	m.printf("\n")
	return nil
}

func manCommands(m *mdoc, folder string) error {
	all, err := summaries(folder)
	if err != nil {
		return err
	}
	m.printf(".Bl -tag -width hk\\-resolve")
	for i, name := range Commands {
		m.printf(".It Xr %s 1", name)
		m.text(all[i])
	}
	m.printf(".El")
	return nil
}

func pageExits(m *markdown, _ string) error { m.exits(cli.Exits); return nil }
func manExits(m *mdoc, _ string) error      { m.exits(cli.Exits); return nil }

func pageVariables(m *markdown, _ string) error {
	m.printf("| variable | meaning |\n|---|---|\n")
	for _, v := range cli.Variables {
		m.printf("| `%s` | %s |\n", v.Name, v.Meaning)
	}
	m.printf("\n")
	return nil
}

func manVariables(m *mdoc, _ string) error {
	m.printf(".Bl -tag -width Ds")
	for _, v := range cli.Variables {
		m.printf(".It Ev %s", v.Name)
		m.text(sentence(v.Meaning))
	}
	m.printf(".El")
	return nil
}
