package cli

import (
	"fmt"
	"strings"
)

const (
	// columns is how wide -h may be.
	columns = 80
	// flagColumn is how wide its flags may be; the text of a longer one begins
	// further to the right.
	flagColumn = 20
)

// help is the one screen of -h: synopsis, flags, exit status, one example.
func help(d Description) string {
	var b strings.Builder
	indent := len("usage: ") + len(d.Name) + 1
	wrap(&b, "usage: "+d.Name+" ", indent, synopsis(d.Usage))
	wrap(&b, "", 0, strings.Fields(d.Summary))
	b.WriteString("\n")
	rows, login := flagRows(d.Flags)
	width := 0
	for _, row := range rows {
		width = min(max(width, len(row[0])), flagColumn)
	}
	for _, row := range rows {
		wrap(&b, fmt.Sprintf("  %-*s  ", width, row[0]), width+4, strings.Fields(row[1]))
	}
	if len(login) > 0 {
		wrap(&b, "login: ", len("login: "), login)
	}
	wrap(&b, "exit status: ", len("exit status: "), exitList(d.Exits))
	if d.Example != "" {
		wrap(&b, "example: ", 2, []string{d.Example})
	}
	return b.String()
}

// flagRows are the flags and what they do. Those of [Login], which are the same in
// every command that logs in, stand apart and say it by their names.
func flagRows(flags []FlagDescription) (rows [][2]string, login []string) {
	for _, f := range flags {
		name, more, variable, usage := "--"+f.Name, "", "", f.Usage
		if f.Letter != "" {
			name = "-" + f.Letter + ", " + name
		}
		if f.Value != "" {
			name += " " + f.Value
		}
		if f.Variable != "" {
			variable = " [$" + f.Variable + "]"
		}
		if f.Repeated {
			more = " ..."
		}
		switch {
		case f.Name == "help" || f.Name == "version":
			continue
		case f.Login:
			login = append(login, "["+name+variable+"]"+strings.TrimSpace(more))
			continue
		case f.Default != "":
			usage += " (default " + f.Default + ")"
		}
		rows = append(rows, [2]string{name + more, usage + variable})
	}
	return append(rows,
		[2]string{"--help, --version", "show this; the version and the schemas it knows"}), login
}

// synopsis keeps "[--out FILE]" in one piece.
func synopsis(usage string) []string {
	var pieces []string
	depth, start := 0, 0
	for i, c := range usage + " " {
		switch {
		case c == '[' || c == '(':
			depth++
		case c == ']' || c == ')':
			depth--
		case c == ' ' && depth == 0:
			pieces = append(pieces, usage[start:i])
			start = i + 1
		}
	}
	return pieces
}

func exitList(exits []ExitDescription) []string {
	list := make([]string, len(exits))
	for i, e := range exits {
		list[i] = fmt.Sprintf("%d %s,", e.Status, e.Meaning)
	}
	last := len(list) - 1
	list[last] = strings.TrimSuffix(list[last], ",")
	return list
}

// wrap writes first, then the pieces with a space between them; further lines
// are indented. A piece goes to the next line when it is too long for this one
// and would be less so there.
func wrap(b *strings.Builder, first string, indent int, pieces []string) {
	line, empty := first, true
	for _, piece := range pieces {
		if (!empty || len(line) > indent) && len(line)+1+len(piece) > columns {
			b.WriteString(strings.TrimRight(line, " ") + "\n")
			line, empty = strings.Repeat(" ", indent), true
		}
		if !empty {
			line += " "
		}
		line += piece
		empty = false
	}
	b.WriteString(strings.TrimRight(line, " ") + "\n")
}
