package docs

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
)

// compare says what of a step is not as the page says it.
func (p *page) compare(s step, got said, shown *strings.Replacer) []problem {
	lines := show(got, shown)
	refuse := func(line int, what string) []problem {
		return []problem{{p.path, line, what + "; it said:\n\t" + strings.Join(lines, "\n\t")}}
	}
	if s.strict {
		if got.status == 0 && !got.over {
			return nil
		}
		last := s.line + strings.Count(s.script, "\n") - 1
		return refuse(min(s.line+max(got.failed, 1)-1, last), fmt.Sprintf("exit status %d", got.status))
	}
	if got.over {
		return refuse(s.line, "the shell has ended")
	}
	if fit, ok := match(s.want, lines); !ok {
		what := "it said more"
		if fit < len(s.want) {
			what = "it did not say this"
		}
		return refuse(s.wantLine+fit, what)
	}
	if got.status != s.status {
		return refuse(s.wantLine+len(s.want), fmt.Sprintf("exit status %d, and the page says %d", got.status, s.status))
	}
	return nil
}

// slow is what a command says on a machine that is slower than the page's.
var slow = regexp.MustCompile(`^hk-[a-z]+: .*: still under way after `)

// show is what a command said, with what is of this run alone called as the
// documentation calls it, and without what it says where it takes long.
func show(got said, shown *strings.Replacer) []string {
	var lines []string
	for _, line := range got.lines {
		if !slow.MatchString(line) {
			lines = append(lines, strings.TrimRight(shown.Replace(line), " \t\r"))
		}
	}
	return lines
}

// change replaces lines [from, to) of a page, counted from 0.
type change struct {
	from, to int
	lines    []string
}

// change is what makes the page say what a step of a console said.
func (s step) change(got said, shown *strings.Replacer) change {
	c := change{from: s.wantLine - 1, to: s.wantLine - 1 + len(s.want), lines: show(got, shown)}
	// A line that differs only in what is different each time stays as it stands.
	old := s.want
	for i, line := range c.lines {
		same := slices.IndexFunc(old, func(o string) bool { return alike(o) == alike(line) })
		if same >= 0 {
			c.lines[i], old = old[same], old[same+1:]
		}
	}
	if s.status != 0 {
		c.to++
	}
	if got.status != 0 {
		c.lines = append(c.lines, fmt.Sprintf("[exit status %d]", got.status))
	}
	return c
}

// rewrite makes changes, which are in the order of the page's lines.
func (p *page) rewrite(root string, changes []change) error {
	lines := slices.Clone(p.lines)
	for _, c := range slices.Backward(changes) {
		lines = slices.Replace(lines, c.from, c.to, c.lines...)
	}
	return os.WriteFile(root+"/"+p.path, []byte(strings.Join(lines, "\n")+"\n"), 0o644)
}
