package reference

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// widest is what fits beside the indentation of code in a man page, in 80 columns.
const widest = 69

// blockKind is what a block of Markdown is.
type blockKind int

const (
	paragraph blockKind = iota
	heading
	list
	code
	insert
)

// block is a piece of the small Markdown that manuals are written in: paragraphs,
// headings, lists without lists in them, and fenced code.
type block struct {
	kind blockKind
	// line is where it begins, from 1.
	line int
	// level is that of a heading, 2 for "##".
	level int
	// text is that of a paragraph or of a heading; of code all lines, each with its
	// end; of an insert its name: a line "<!-- insert: exits -->" stands for what is
	// known from the code.
	text string
	// items are those of a list. They and paragraphs keep their lines, a sentence
	// each, without indentation.
	items []string
	// info stands behind the fence of code, and comment above it.
	info, comment string
}

// parseBlocks refuses what the pages can't show, by file and line.
func parseBlocks(name, text string) ([]block, error) {
	p := parser{name: name, lines: strings.Split(strings.TrimRight(text, "\n"), "\n")}
	for p.at < len(p.lines) {
		if err := p.next(); err != nil {
			return nil, err
		}
	}
	if p.comment != "" {
		return nil, p.refuse("a comment with no code behind it")
	}
	return p.blocks, nil
}

type parser struct {
	name    string
	lines   []string
	at      int
	comment string
	blocks  []block
}

func (p *parser) refuse(format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", p.name, p.at+1, fmt.Sprintf(format, args...))
}

var (
	insertLine  = regexp.MustCompile(`^<!-- insert: ([a-z]+) -->$`)
	headingLine = regexp.MustCompile(`^(#{1,4}) (\S.*)$`)
	// foreign begins what Markdown has and manuals have not.
	foreign = regexp.MustCompile(`^(\s|>|\||[*+] |\d+\. |<|===|---|!\[)`)
)

// next takes one block.
func (p *parser) next() error {
	line := p.lines[p.at]
	m := headingLine.FindStringSubmatch(line)
	switch {
	case line == "":
		p.at++
		return nil
	case insertLine.MatchString(line):
		p.blocks = append(p.blocks, block{kind: insert, line: p.at + 1, text: insertLine.FindStringSubmatch(line)[1]})
		p.at++
		return nil
	case strings.HasPrefix(line, "<!-- ") && strings.HasSuffix(line, " -->"):
		p.comment = line
		p.at++
		return nil
	case strings.HasPrefix(line, "```"):
		return p.fence()
	case p.comment != "":
		return p.refuse("a comment with no code behind it")
	case m != nil:
		p.blocks = append(p.blocks, block{kind: heading, line: p.at + 1, level: len(m[1]), text: m[2]})
		p.at++
		return nil
	case strings.HasPrefix(line, "- "):
		return p.list()
	case foreign.MatchString(line):
		return p.refuse("the pages can't show %q", line)
	}
	b := block{kind: paragraph, line: p.at + 1}
	for ; p.at < len(p.lines) && p.lines[p.at] != "" && !begins(p.lines[p.at]); p.at++ {
		b.text = joined(b.text, p.lines[p.at])
	}
	p.blocks = append(p.blocks, b)
	return nil
}

// begins reports whether a line ends the paragraph above it.
func begins(line string) bool {
	return strings.HasPrefix(line, "- ") || strings.HasPrefix(line, "```") || headingLine.MatchString(line)
}

func joined(text, line string) string {
	return strings.TrimSpace(text + "\n" + strings.TrimSpace(line))
}

func (p *parser) fence() error {
	b := block{kind: code, line: p.at + 1, info: strings.TrimPrefix(p.lines[p.at], "```"), comment: p.comment}
	p.comment = ""
	for p.at++; p.at < len(p.lines); p.at++ {
		if p.lines[p.at] == "```" {
			p.at++
			p.blocks = append(p.blocks, b)
			return nil
		}
		if utf8.RuneCountInString(p.lines[p.at]) > widest && b.info != "console" {
			return p.refuse("code that is wider than %d columns does not fit a terminal with a man page", widest)
		}
		b.text += p.lines[p.at] + "\n"
	}
	return fmt.Errorf("%s:%d: the code has no end", p.name, b.line)
}

func (p *parser) list() error {
	b := block{kind: list, line: p.at + 1}
	for ; p.at < len(p.lines) && p.lines[p.at] != ""; p.at++ {
		line := p.lines[p.at]
		switch item, begun := strings.CutPrefix(line, "- "); {
		case begun:
			b.items = append(b.items, item)
		case strings.HasPrefix(line, "  ") && !strings.HasPrefix(strings.TrimSpace(line), "- "):
			last := len(b.items) - 1
			b.items[last] = joined(b.items[last], line)
		default:
			return p.refuse("want an item of the list, its next line indented by 2, or an empty line: %q", line)
		}
	}
	p.blocks = append(p.blocks, b)
	return nil
}
