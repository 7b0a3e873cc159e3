package lab

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Difference is one path or package that two snapshots do not have alike.
type Difference struct {
	Path   string // an absolute path, or "package:name:arch"
	Change string // added, removed, changed
	Type   string // of the entry, the later one where it changed; "package" for a package
	Fields []Field
}

// Field is what differs about it: one that was added has no Before, one that was
// removed no After.
type Field struct{ Name, Before, After string }

// String is one line: "changed /etc/motd (file): mode 0644 -> 0600".
func (d Difference) String() string {
	var parts []string
	for _, f := range d.Fields {
		switch d.Change {
		case "added":
			parts = append(parts, f.Name+" "+f.After)
		case "removed":
			parts = append(parts, f.Name+" "+f.Before)
		default:
			parts = append(parts, fmt.Sprintf("%s %s -> %s", f.Name, f.Before, f.After))
		}
	}
	return fmt.Sprintf("%s %s (%s): %s", d.Change, d.Path, d.Type, strings.Join(parts, ", "))
}

// Diff is what became different from s to later, sorted by path: type, mode,
// owner, size, mtime, link count and target, content, xattrs, packages.
func (s *Snapshot) Diff(later *Snapshot) []Difference { return s.diff(later, false) }

// DiffExact compares ctime and inode number as well (not of directories): it
// shows a file replaced by an equal one, or a mode set to what it was.
func (s *Snapshot) DiffExact(later *Snapshot) []Difference { return s.diff(later, true) }

// WithoutDirTimes drops the directories of which nothing but the mtime changed,
// as it does when an entry in one is made, renamed or removed.
func WithoutDirTimes(differences []Difference) []Difference {
	return slices.DeleteFunc(slices.Clone(differences), func(d Difference) bool {
		return d.Change == "changed" && d.Type == "dir" && len(d.Fields) == 1 && d.Fields[0].Name == "mtime"
	})
}

func (s *Snapshot) diff(later *Snapshot, exact bool) []Difference {
	all := diffMaps(s.Paths, later.Paths, func(b, a Entry) []Field { return fieldsOf(b, a, exact) })
	packages := diffMaps(s.Packages, later.Packages, func(b, a string) []Field {
		return changedFields([]Field{{"state", b, a}})
	})
	for _, d := range packages {
		d.Path, d.Type = "package:"+d.Path, "package"
		all = append(all, d)
	}
	for i, d := range all {
		if d.Type == "" {
			e := later.Paths[d.Path]
			if d.Change == "removed" {
				e = s.Paths[d.Path]
			}
			all[i].Type = e.Type
		}
	}
	slices.SortFunc(all, func(a, b Difference) int { return cmp.Compare(a.Path, b.Path) })
	return all
}

// diffMaps compares two maps; fields says in what two values differ, and is
// given the zero value for a missing one.
func diffMaps[V any](before, after map[string]V, fields func(before, after V) []Field) []Difference {
	var all []Difference
	var none V
	for key, b := range before {
		a, ok := after[key]
		if !ok {
			all = append(all, Difference{Path: key, Change: "removed", Fields: fields(b, none)})
		} else if f := fields(b, a); len(f) > 0 {
			all = append(all, Difference{Path: key, Change: "changed", Fields: f})
		}
	}
	for key, a := range after {
		if _, ok := before[key]; !ok {
			all = append(all, Difference{Path: key, Change: "added", Fields: fields(none, a)})
		}
	}
	return all
}

func fieldsOf(b, a Entry, exact bool) []Field {
	if !exact {
		b.Ctime, b.Inode, a.Ctime, a.Inode = 0, 0, 0, 0
	}
	if b == a {
		return nil
	}
	bs, as := b.text(), a.text()
	fields := make([]Field, len(fieldNames))
	for i, name := range fieldNames {
		fields[i] = Field{name, bs[i], as[i]}
	}
	return changedFields(fields)
}

func changedFields(fields []Field) []Field {
	return slices.DeleteFunc(fields, func(f Field) bool { return f.Before == f.After })
}

var fieldNames = [...]string{
	"type", "mode", "owner", "size", "mtime", "links", "target", "device", "sha256", "xattrs", "ctime", "inode",
}

// text is an entry's values in the order of fieldNames, "" for those it has not.
func (e Entry) text() [len(fieldNames)]string {
	if e.Type == "" {
		return [len(fieldNames)]string{}
	}
	return [...]string{
		e.Type, fmt.Sprintf("%04o", e.Mode), fmt.Sprintf("%d:%d", e.UID, e.GID), number(e.Size), instant(e.Mtime),
		number(e.Nlink), e.Link, number(e.Device), e.SHA256, strings.TrimSpace(e.Xattrs), instant(e.Ctime), number(e.Inode),
	}
}

func number[N int64 | uint64](n N) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}

func instant(ns int64) string {
	if ns == 0 {
		return ""
	}
	return time.Unix(0, ns).UTC().Format("2006-01-02T15:04:05.000000000Z")
}
