package mise

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// A mise.lock (https://mise.jdx.dev/dev-tools/mise-lock-reference.html) is TOML as
// mise writes it: lines at its beginning that are of the whole file, then tables.
// A version of a tool is "[[tools.NAME]]" and the tables "[tools.NAME.…]" after it.
//
// It is cut along the lines that begin with a bracket, and never decoded: mise
// does that, and what it adds to its format passes through.

// lockFile is a mise.lock that was cut.
type lockFile struct {
	head   string
	blocks []lockBlock
}

type lockBlock struct {
	// tool is empty for a table that is of no tool.
	tool, version string
	text          string
}

func cutLock(text string) lockFile {
	var l lockFile
	var tool string
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n") + "\n"
		name, element, header := lockHeader(line)
		switch {
		case header && (element || name != tool || len(l.blocks) == 0):
			tool = name
			l.blocks = append(l.blocks, lockBlock{tool: name, text: line})
			continue
		case len(l.blocks) == 0:
			if !strings.HasPrefix(line, "#") && line != "\n" {
				l.head += line
			}
			continue
		}
		last := &l.blocks[len(l.blocks)-1]
		last.text += line
		if key, value, found := strings.Cut(strings.TrimSpace(line), "="); found && strings.TrimSpace(key) == "version" && last.version == "" {
			last.version = strings.Trim(strings.TrimSpace(value), `"'`)
		}
	}
	return l
}

// lockHeader reads the line that begins a table: the tool that it is of, if any,
// and whether it is "[[tools.NAME]]", a further version.
func lockHeader(line string) (tool string, element, header bool) {
	if !strings.HasPrefix(line, "[") {
		return "", false, false
	}
	key := strings.TrimLeft(strings.TrimSpace(line), "[")
	element = strings.HasPrefix(line, "[[")
	rest, found := strings.CutPrefix(key, "tools.")
	if !found {
		return "", element, true
	}
	if quoted, found := strings.CutPrefix(rest, `"`); found {
		tool, rest, _ = strings.Cut(quoted, `"`)
		return tool, element && strings.HasPrefix(rest, "]"), true
	}
	end := strings.IndexAny(rest, ".]")
	if end < 0 {
		return "", element, true
	}
	return rest[:end], element && rest[end] == ']', true
}

// LockOf returns what a mise.lock says of one version of a tool, in the form of a
// mise.lock. The error says that it has nothing.
func LockOf(text, tool, version string) (string, error) {
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return "", errors.New("it is not text")
	}
	l := cutLock(text)
	own := lockFile{head: l.head}
	var others []string
	found := false
	for _, b := range l.blocks {
		if b.tool == "" || b.tool == tool && b.version == version {
			own.blocks = append(own.blocks, b)
		}
		found = found || b.tool == tool && b.version == version
		if b.tool == tool {
			others = append(others, b.version)
		}
	}
	switch {
	case found:
		return own.String(), nil
	case len(others) > 0:
		return "", fmt.Errorf("it has %s %s, not %s", tool, strings.Join(others, ", "), version)
	}
	return "", fmt.Errorf("it does not have %s", tool)
}

func (l lockFile) String() string {
	var b strings.Builder
	b.WriteString(l.head)
	for _, block := range l.blocks {
		if b.Len() > 0 && !strings.HasSuffix(b.String(), "\n\n") {
			b.WriteString("\n")
		}
		b.WriteString(block.text)
	}
	return b.String()
}

// joinLocks is one mise.lock of several that were cut from one.
func joinLocks(texts []string) string {
	var all lockFile
	seen := make(map[string]bool)
	for _, text := range texts {
		l := cutLock(text)
		if all.head == "" {
			all.head = l.head
		}
		for _, b := range l.blocks {
			key := strings.TrimSpace(b.text)
			if !seen[key] {
				seen[key] = true
				all.blocks = append(all.blocks, b)
			}
		}
	}
	return all.String()
}
