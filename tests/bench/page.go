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

// write puts the page between the marks of a file.
func (p *page) write(name string) error {
	old, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	before, rest, ok := bytes.Cut(old, []byte(beginMark))
	_, after, ok2 := bytes.Cut(rest, []byte(endMark))
	if !ok || !ok2 {
		return fmt.Errorf("%s has no marks for the results", name)
	}
	var fresh bytes.Buffer
	fresh.Write(before)
	fresh.WriteString(beginMark + p.String() + "\n" + endMark)
	fresh.Write(after)
	return os.WriteFile(name, fresh.Bytes(), 0o644)
}
