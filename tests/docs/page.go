package docs

import (
	"fmt"
	"os"
	"regexp"
	"strings"
)

// problem is one thing that is not true, where it stands.
type problem struct {
	file string
	line int
	what string
}

func (p problem) String() string { return fmt.Sprintf("%s:%d: %s", p.file, p.line, p.what) }

// page is one Markdown file.
type page struct {
	// path is relative to the repository, with slashes.
	path string
	// lines are those of the file, without line ends.
	lines  []string
	blocks []block
	hosts  []wantedHost
	// files are copied into the session's folder, relative to the page's.
	files []string
	// programs are modules below tests/ whose commands the session has.
	programs []string
	// anchors are the GitHub names of the headings.
	anchors map[string]bool
	links   []link
	// spans are code spans of the prose.
	spans    []span
	problems []problem
}

// block is a fenced block, or a comment that is run like one.
type block struct {
	// line is the number, from 1, of its first line; that of the fence is one less.
	line     int
	language string
	// name is the file that the block is written to, or empty.
	name  string
	lines []string
	// notRun says that there is a reason not to run it.
	notRun bool
	// in is where in a document this part of it stands, or empty.
	in string
}

func (b block) text() string {
	if len(b.lines) == 0 {
		return ""
	}
	return strings.Join(b.lines, "\n") + "\n"
}

// session says whether the block is typed into the page's shell.
func (b block) session() bool {
	return !b.notRun && b.name == "" && (b.language == "console" || b.language == "sh")
}

type link struct {
	line   int
	target string
}

type span struct {
	line int
	text string
}

// directive is a comment that says something about what follows.
var directive = regexp.MustCompile(`^<!-- doc: (not run|in|hosts|files|programs|run)\b:?(.*)$`)

// readPage reads the file at root/path.
func readPage(root, path string) (*page, error) {
	raw, err := os.ReadFile(root + "/" + path)
	if err != nil {
		return nil, err
	}
	p := &page{path: path, anchors: map[string]bool{}}
	p.lines = strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n")
	p.parse()
	return p, nil
}

func (p *page) refuse(line int, format string, args ...any) {
	p.problems = append(p.problems, problem{p.path, line, fmt.Sprintf(format, args...)})
}

// parse finds what the page consists of. It knows of Markdown what our pages use.
func (p *page) parse() {
	var next block
	told := 0 // the line of the comment that is about the next block
	for i := 0; i < len(p.lines); i++ {
		line := strings.TrimSpace(p.lines[i])
		switch {
		case strings.HasPrefix(line, "```"):
			i = p.fence(i, next)
			next, told = block{}, 0
		case strings.HasPrefix(line, "<!-- doc:"):
			first := i
			text := line
			for !strings.HasSuffix(text, "-->") && i+1 < len(p.lines) {
				i++
				text += "\n" + p.lines[i]
			}
			if p.comment(first, text, &next) {
				told = first + 1
			}
		case line == "" || told == 0:
			p.prose(i)
		default:
			p.refuse(told, "the comment is about a block, and none follows it")
			next, told = block{}, 0
			p.prose(i)
		}
	}
	if told != 0 {
		p.refuse(told, "the comment is about a block, and none follows it")
	}
}

// fence reads the block whose fence is line i, and returns the line that ends it.
func (p *page) fence(i int, b block) int {
	opening := strings.TrimLeft(p.lines[i], " ")
	indent := len(p.lines[i]) - len(opening)
	ticks := opening[:len(opening)-len(strings.TrimLeft(opening, "`"))]
	info := strings.Fields(opening[len(ticks):])
	b.line = i + 2
	if len(info) > 0 {
		b.language = info[0]
	}
	if len(info) > 1 {
		b.name = info[1]
	}
	if len(info) > 2 {
		p.refuse(i+1, "a block has a language and perhaps a file's name, and no more")
	}
	for i++; i < len(p.lines); i++ {
		if strings.TrimSpace(p.lines[i]) == ticks {
			p.blocks = append(p.blocks, b)
			return i
		}
		line := p.lines[i]
		b.lines = append(b.lines, line[min(indent, len(line)-len(strings.TrimLeft(line, " "))):])
	}
	p.refuse(b.line-1, "the block does not end")
	return i
}

// comment reads what a comment says, and tells whether it is about the next block.
func (p *page) comment(i int, text string, next *block) bool {
	head, rest, several := strings.Cut(strings.TrimSuffix(text, "-->"), "\n")
	found := directive.FindStringSubmatch(strings.TrimSpace(head))
	if found == nil {
		p.refuse(i+1, "a comment says one of: not run, in, hosts, files, programs, run")
		return false
	}
	about := strings.TrimSpace(found[2])
	switch found[1] {
	case "not run":
		if about == "" {
			p.refuse(i+1, "say why the block is not run: <!-- doc: not run: REASON -->")
		}
		next.notRun = true
		return true
	case "in":
		next.in = about
		return true
	case "hosts":
		p.wantHosts(i+1, strings.Fields(about))
	case "files":
		p.files = append(p.files, strings.Fields(about)...)
	case "programs":
		p.programs = append(p.programs, strings.Fields(about)...)
	case "run":
		b := block{line: i + 1, language: "sh", lines: []string{about}}
		if several {
			b.lines = append(b.lines, strings.Split(strings.TrimSuffix(rest, "\n"), "\n")...)
		}
		p.blocks = append(p.blocks, b)
	}
	return false
}
