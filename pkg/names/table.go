package names

import (
	_ "embed"
	"slices"
	"strings"
)

//go:embed table.tsv
var tableText string

// columns says which column of the table the repositories of a distribution
// read, by the beginning of their names or, without "_", by the whole.
var columns = []struct{ prefix, column string }{
	{"debian_", "debian"},
	{"ubuntu_", "ubuntu"},
	{"fedora_", "fedora"},
	{"almalinux_", "el"},
	{"rocky_", "el"},
	{"centos_stream_", "el"},
	{"alpine_", "alpine"},
	{"arch", "arch"},
	{"manjaro_", "arch"},
	{"opensuse_", "opensuse"},
}

// families are the columns whose names a package manager may meet.
var families = map[string][]string{
	"apt":    {"debian", "ubuntu"},
	"dnf":    {"fedora", "el"},
	"apk":    {"alpine"},
	"pacman": {"arch"},
	"zypper": {"opensuse"},
}

// table is the embedded one: by name in a config, then by column.
var table = readTable(tableText)

// readTable panics on a table that is not well-formed: only code of ours can be
// wrong there, and a test reads it.
func readTable(text string) map[string]map[string]string {
	rows := make(map[string]map[string]string)
	var head []string
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Split(line, "\t")
		if head == nil {
			head = fields
			continue
		}
		if len(fields) != len(head) || rows[fields[0]] != nil {
			panic("names: table.tsv: bad row " + line)
		}
		row := make(map[string]string)
		for i, field := range fields[1:] {
			if field != "" {
				row[head[i+1]] = field
			}
		}
		rows[fields[0]] = row
	}
	return rows
}

// columnOf is the table's column for a repository, or "".
func columnOf(repository string) string {
	for _, c := range columns {
		if repository == c.prefix || strings.HasSuffix(c.prefix, "_") && strings.HasPrefix(repository, c.prefix) {
			return c.column
		}
	}
	return ""
}

// Known lists the packages that the embedded table has for a repository, sorted
// and once each. A test on a real host of that repository can look them all up.
func Known(repository string) []string {
	column := columnOf(repository)
	var known []string
	for _, row := range table {
		if row[column] != "" {
			known = append(known, row[column])
		}
	}
	slices.Sort(known)
	return slices.Compact(known)
}
