package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"
)

// page is the part of the README that is generated.
type page struct{ strings.Builder }

const (
	beginMark = "<!-- begin results -->\n"
	endMark   = "<!-- end results -->\n"
)

func (p *page) table(title, words string, head []string, rows [][]string) {
	fmt.Fprintf(p, "\n## %s\n\n%s\n\n", title, words)
	line := func(cells []string) { fmt.Fprintf(p, "| %s |\n", strings.Join(cells, " | ")) }
	line(head)
	fmt.Fprintf(p, "|%s\n", strings.Repeat("---|", len(head)))
	for _, row := range rows {
		line(row)
	}
}

// write puts the page between the marks of a file; in place of its own sections
// alone where it is only a part.
func (p *page) write(name string, part bool) error {
	old, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	before, rest, ok := bytes.Cut(old, []byte(beginMark))
	results, after, ok2 := bytes.Cut(rest, []byte(endMark))
	if !ok || !ok2 {
		return fmt.Errorf("%s has no marks for the results", name)
	}
	fresh := bytes.NewBuffer(bytes.Clone(before))
	fresh.WriteString(beginMark)
	if part {
		fresh.WriteString(merged(string(results), p.String()))
	} else {
		fresh.WriteString(p.String() + "\n")
	}
	fresh.WriteString(endMark)
	fresh.Write(after)
	return os.WriteFile(name, fresh.Bytes(), 0o644)
}

// merged is results with the sections of part in place of those of the same title,
// or behind the others.
func merged(results, part string) string {
	const head = "\n## "
	for section := range strings.SplitSeq(strings.Trim(part, "\n"), head) {
		section = head + strings.TrimPrefix(section, head[1:]) + "\n"
		title, _, _ := strings.Cut(section[len(head):], "\n")
		before, rest, ok := strings.Cut(results, head+title+"\n")
		if !ok {
			results += section
			continue
		}
		after := "\n"
		if i := strings.Index(rest, head); i >= 0 {
			after = rest[i:]
		}
		results = before + section + after
	}
	return results
}
