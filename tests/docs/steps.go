package docs

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// step is what is typed at once.
type step struct {
	// line is that of the first line of the script in the page.
	line   int
	script string
	// strict steps are shell blocks: they say nothing that is compared, and end at the
	// first command that fails.
	strict bool
	// want is what a console shows, without the exit status. Its first line stands
	// in the line wantLine of the page.
	want     []string
	wantLine int
	status   int
}

var exitStatus = regexp.MustCompile(`^\[exit status (\d+)\]$`)

// steps are those of a block that is run.
func (b block) steps() ([]step, error) {
	if b.language == "sh" {
		return []step{{line: b.line, script: b.text(), strict: true}}, nil
	}
	var steps []step
	for i, line := range b.lines {
		command, typed := strings.CutPrefix(line, "$ ")
		if typed {
			steps = append(steps, step{line: b.line + i, script: command + "\n", wantLine: b.line + i + 1})
			continue
		}
		if len(steps) == 0 {
			return nil, errors.New(`a console begins with what is typed: "$ COMMAND"`)
		}
		s := &steps[len(steps)-1]
		more, continued := strings.CutPrefix(line, "> ")
		switch found := exitStatus.FindStringSubmatch(line); {
		case continued && len(s.want) == 0:
			s.script += more + "\n"
			s.wantLine++
		case s.status != 0:
			return nil, fmt.Errorf("line %d: nothing stands behind an exit status", b.line+i)
		case found != nil:
			s.status, _ = strconv.Atoi(found[1])
		default:
			s.want = append(s.want, line)
		}
	}
	if len(steps) == 0 {
		return nil, errors.New("the console is empty")
	}
	return steps, nil
}
