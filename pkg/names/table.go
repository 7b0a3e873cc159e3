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

// entry is a field of the table: what the releases of one distribution call a
// package. The forms are described at the head of table.tsv.
type entry struct {
	words []word
}

// word is one package of an entry.
type word struct {
	// release limits the word to one release, "leap_15_6"; empty for the rest.
	release string
	name    string
	// part says that the name is one of this table, and that the package which was
	// asked for is only all of them together.
	part bool
}

func readEntry(field string) entry {
	var e entry
	for text := range strings.FieldsSeq(field) {
		var w word
		release, name, limited := strings.Cut(text, "=")
		if limited {
			w.release, text = release, name
		}
		w.name, w.part = strings.CutPrefix(text, "+")
		e.words = append(e.words, w)
	}
	return e
}

// at gives the words for a release: its own, or else those of all releases.
func (e entry) at(release string) (packages, parts []string) {
	own := slices.ContainsFunc(e.words, func(w word) bool { return w.release == release })
	for _, w := range e.words {
		switch {
		case own && w.release != release, !own && w.release != "":
		case w.part:
			parts = append(parts, w.name)
		default:
			packages = append(packages, w.name)
		}
	}
	return packages, parts
}

// packages are the names of all releases.
func (e entry) packages() []string {
	var all []string
	for _, w := range e.words {
		if !w.part {
			all = append(all, w.name)
		}
	}
	return all
}

// readTable panics on a table that is not well-formed: only code of ours can be
// wrong there, and a test reads it.
func readTable(text string) map[string]map[string]entry {
	rows := make(map[string]map[string]entry)
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
		row := make(map[string]entry)
		for i, field := range fields[1:] {
			if field != "" {
				row[head[i+1]] = readEntry(field)
			}
		}
		rows[fields[0]] = row
	}
	return rows
}

// columnOf is the table's column for a repository and the release that the rest
// of the repository's name says, or "".
func columnOf(repository string) (column, release string) {
	for _, c := range columns {
		switch rest, found := strings.CutPrefix(repository, c.prefix); {
		case repository == c.prefix:
			return c.column, ""
		case found && strings.HasSuffix(c.prefix, "_"):
			return c.column, rest
		}
	}
	return "", ""
}

// listed gives what the table has for a name on a repository: the packages that
// may be meant, mostly one, or the names of this table that are it together.
func listed(name, repository string) (packages, parts []string) {
	column, release := columnOf(repository)
	return table[name][column].at(release)
}

// Known lists the packages that the embedded table has for a repository, sorted
// and once each. A test on a real host of that repository can look them all up.
func Known(repository string) []string {
	var known []string
	for name := range table {
		packages, _ := listed(name, repository)
		known = append(known, packages...)
	}
	slices.Sort(known)
	return slices.Compact(known)
}
