package manager

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"hostkit/pkg/shell"
)

// ReadInstalled reads what rpm has, and the locks.
func (Zypper) ReadInstalled(r shell.Result) (Inventory, error) {
	if r.Status != 0 {
		return Inventory{}, explainZypper(r.Status, string(r.Stdout)+"\n"+string(r.Stderr))
	}
	if r.Truncated {
		return Inventory{}, errors.New("the list of installed packages is too long")
	}
	list, locks, _ := strings.Cut(string(r.Stdout), "%locks\n")
	found, err := readRPMInstalled(list)
	if err != nil {
		return Inventory{}, err
	}
	found.Held = zypperHeld(locks, found)
	return found, nil
}

// zypperHeld names the packages, under whatever state, that a lock keeps, and those
// that one names which are not there.
func zypperHeld(locks string, found Inventory) map[string]bool {
	held := map[string]bool{}
	for _, glob := range zypperLocks(locks) {
		if !strings.ContainsAny(glob, `*?[\`) {
			held[glob] = true
		}
		for _, names := range []map[string]string{found.Versions, found.Broken} {
			for name := range names {
				if ok, err := path.Match(glob, name); ok && err == nil {
					held[name] = true
				}
			}
		}
	}
	return held
}

// zypperLocks gives the names and patterns of those locks that keep a package at
// whatever version it is. A lock is a block of lines "key: value"; one of these
// keys more, a repository or a version, makes it one of something else.
func zypperLocks(locks string) []string {
	var all []string
	for block := range strings.SplitSeq(locks, "\n\n") {
		var globs []string
		ofPackage := true
		for line := range strings.Lines(block) {
			key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
			switch key {
			case "solvable_name":
				globs = append(globs, value)
			case "type":
				ofPackage = ofPackage && value == "package"
			case "match_type":
				ofPackage = ofPackage && (value == "glob" || value == "exact")
			case "case_sensitive", "comment", "":
			default:
				ofPackage = ofPackage && strings.HasPrefix(key, "#")
			}
		}
		if ofPackage {
			all = append(all, globs...)
		}
	}
	return all
}

// ReadIndex passes over packages that nobody asked about.
func (Zypper) ReadIndex(asks []Ask, r shell.Result) (Index, error) {
	if r.Status != 0 {
		return Index{}, explainZypper(r.Status, string(r.Stderr))
	}
	if r.Truncated {
		return Index{}, errors.New("the answer of zypper is too long")
	}
	head, rest, _ := strings.Cut(string(r.Stdout), "\n")
	index := Index{Present: head == "%index present"}
	if !index.Present && head != "%index absent" {
		return Index{}, fmt.Errorf("the package index answered %q", head)
	}
	if rest == "" {
		return index, nil
	}
	found, err := readZypperSearch([]byte(rest))
	if err != nil {
		return Index{}, err
	}
	index.Candidates, index.Versions, index.Providers = map[string]string{}, map[string][]string{}, map[string][]string{}
	for _, ask := range asks {
		for _, name := range ask.Names {
			key := string(name)
			index.Candidates[key] = found.candidate(key)
			if ask.Version != "" {
				index.Versions[key] = found.versions(key)
			}
			if providers := found.providers[key]; index.Candidates[key] == "" && len(providers) > 0 {
				index.Providers[key] = providers
			}
		}
	}
	return index, nil
}

// zypperSearch is what the function search of zypperLook has printed.
type zypperSearch struct {
	arch string
	// priorities are those of the repositories, by alias: the lower the number,
	// the more a repository counts (zypper(8)).
	priorities map[string]int
	solvables  []zypperSolvable
	providers  map[string][]string
}

func readZypperSearch(text []byte) (zypperSearch, error) {
	found := zypperSearch{priorities: map[string]int{}, providers: map[string][]string{}}
	head, rest, err := cutHeader(text)
	if err != nil {
		return found, err
	}
	for line := range strings.Lines(head) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		switch key {
		case "%arch":
			found.arch = value
		case "%repository":
			number, alias, _ := strings.Cut(value, " ")
			if found.priorities[alias], err = strconv.Atoi(number); err != nil {
				found.priorities[alias] = 99
			}
		}
	}
	answer, rest, err := readZypper(rest)
	if err != nil {
		return found, err
	}
	found.solvables = answer.solvables
	found.readProviders(string(rest))
	return found, nil
}

// cutHeader cuts the lines before the XML off.
func cutHeader(text []byte) (head string, rest []byte, err error) {
	text = legalXML(text)
	at := strings.Index(string(text), "<?xml")
	if at < 0 {
		return "", nil, errors.New("zypper did not answer")
	}
	return string(text[:at]), text[at:], nil
}

// readProviders reads the table that zypper search -v prints: a line with its
// columns for each package, and below it "provides: NAME" for each name by which
// it was found.
func (s *zypperSearch) readProviders(table string) {
	provider := ""
	for line := range strings.Lines(table) {
		if columns := strings.Split(line, "|"); len(columns) == 6 {
			provider = strings.TrimSpace(columns[1])
			continue
		}
		provided, ok := strings.CutPrefix(strings.TrimSpace(line), "provides: ")
		name, _, _ := strings.Cut(provided, " ")
		if ok && provider != "" && !slices.Contains(s.providers[name], provider) {
			s.providers[name] = append(s.providers[name], provider)
		}
	}
	for _, names := range s.providers {
		slices.Sort(names)
	}
}

// ofName gives the packages of a name, the newest first.
func (s *zypperSearch) ofName(name string) []zypperSolvable {
	var all []zypperSolvable
	for _, p := range s.solvables {
		if p.name == name && rpmName(p.name, p.arch, s.arch) == name {
			all = append(all, p)
		}
	}
	slices.SortStableFunc(all, func(a, b zypperSolvable) int { return compareRPMVersions(b.edition, a.edition) })
	return all
}

// candidate is what zypper would install: of the repositories with the best
// priority that have the package, its newest version.
func (s *zypperSearch) candidate(name string) string {
	var offered []zypperSolvable
	for _, p := range s.ofName(name) {
		if _, known := s.priorities[p.repository]; known {
			offered = append(offered, p)
		}
	}
	if offered == nil {
		return ""
	}
	return slices.MinFunc(offered, func(a, b zypperSolvable) int {
		return cmp.Compare(s.priorities[a.repository], s.priorities[b.repository])
	}).edition
}

// versions has each once, that of the installed package too.
func (s *zypperSearch) versions(name string) []string {
	var all []string
	for _, p := range s.ofName(name) {
		if !slices.Contains(all, p.edition) {
			all = append(all, p.edition)
		}
	}
	return all
}

// ReadRefresh returns nil when every repository was fetched.
func (Zypper) ReadRefresh(r shell.Result) error {
	if r.Status == 0 {
		return nil
	}
	return explainZypper(r.Status, string(r.Stderr))
}

// ReadCommit reads what rpm has of the packages that were to be changed, before
// and after.
func (Zypper) ReadCommit(r shell.Result) (Effect, error) {
	arch, list, _ := strings.Cut(string(r.Stdout), "\n")
	sides := map[string]rpmVersions{"-": {}, "+": {}}
	for line := range strings.Lines(list) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), " ")
		if len(fields) != 4 || sides[fields[0]] == nil {
			return Effect{}, fmt.Errorf("the transaction printed %q", line)
		}
		sides[fields[0]].add(rpmName(fields[1], fields[2], arch), fields[3])
	}
	effect := rpmEffect(sides["-"], sides["+"])
	if r.Status != 0 {
		return effect, explainZypper(r.Status, string(r.Stderr))
	}
	return effect, nil
}
