package integration

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// top is the folder on the target that the suite works in.
const top = "/srv/hostkit-integration"

// list is what is on the target: what it is said of each package, path and content.
type list map[string]string

// unlisted are caches that a manager writes anew whenever it likes.
var unlisted = []string{"/etc/ld.so.cache"}

// list asks the target.
func (a *access) list(ctx context.Context) (list, error) {
	out, err := a.root(ctx, nil, targetScript, "list")
	if err != nil {
		return nil, err
	}
	all := list{}
	for line := range strings.Lines(string(out)) {
		key, value := parseLine(strings.TrimSuffix(line, "\n"))
		if !slices.ContainsFunc(unlisted, func(p string) bool { return strings.HasSuffix(key, p) }) {
			all[key] = value
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("on the target: nothing is listed")
	}
	return all, nil
}

// parseLine reads a line of the list of target.sh.
func parseLine(line string) (key, value string) {
	kind, rest, _ := strings.Cut(line, " ")
	switch kind {
	case "path":
		// mode|owner|size|time|'name' -> 'target'
		f := strings.SplitN(rest, "|", 5)
		if len(f) < 5 {
			return line, ""
		}
		name, link, _ := strings.Cut(f[4], " -> ")
		name = strings.Trim(name, "'")
		// A folder's size and time change with what is put in it and taken out
		// again; what HostKit brings back has the time of that.
		if strings.HasPrefix(f[0], "4") {
			f[2], f[3] = "", ""
		}
		if strings.HasPrefix(name, top+"/") {
			f[3] = ""
		}
		return "path " + name, strings.Join(append(f[:4], link), " ")
	case "content":
		sum, name, _ := strings.Cut(rest, " ")
		return "content " + strings.TrimLeft(name, " *"), sum
	}
	name, version, _ := strings.Cut(rest, " ")
	return kind + " " + name, version
}

// differences are those of the later list, a line each, sorted. Paths below one of
// but do not count.
func (l list) differences(later list, but ...string) []string {
	var all []string
	add := func(key, what string) {
		_, name, _ := strings.Cut(key, " ")
		if !slices.ContainsFunc(but, func(p string) bool { return name == p || strings.HasPrefix(name, p+"/") }) {
			all = append(all, key+": "+what)
		}
	}
	for key, was := range l {
		if is, ok := later[key]; !ok {
			add(key, "is gone")
		} else if is != was {
			add(key, fmt.Sprintf("was %s, is %s", was, is))
		}
	}
	for key := range later {
		if _, ok := l[key]; !ok {
			add(key, "is new")
		}
	}
	slices.Sort(all)
	return all
}
