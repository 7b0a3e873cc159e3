package manager

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"hostkit/pkg/shell"
)

// pacmanIncomplete is the state of a package that an interrupted transaction has
// left: its entry in the database has no description or no list of files.
const pacmanIncomplete = "incomplete"

// cutPacmanEntry takes the name of an entry of the local database apart.
func cutPacmanEntry(entry string) (name, version string, ok bool) {
	if i := strings.LastIndexByte(entry, '-'); i > 0 {
		if j := strings.LastIndexByte(entry[:i], '-'); j > 0 {
			return entry[:j], entry[j+1:], true
		}
	}
	return "", "", false
}

// ReadInstalled tells whole packages from incomplete ones.
func (Pacman) ReadInstalled(r shell.Result) (Inventory, error) {
	if r.Status != 0 {
		return Inventory{}, explainPacman(r)
	}
	if r.Truncated {
		return Inventory{}, errors.New("the list of installed packages is too long")
	}
	found := Inventory{Versions: map[string]string{}, Broken: map[string]string{}}
	for line := range strings.Lines(string(r.Stdout)) {
		line = strings.TrimSuffix(line, "\n")
		if entry, ok := strings.CutPrefix(line, "%incomplete "); ok {
			name, _, ok := cutPacmanEntry(entry)
			if !ok {
				return Inventory{}, fmt.Errorf("pacman's database has an entry %q", entry)
			}
			found.Broken[name] = pacmanIncomplete
			continue
		}
		name, version, ok := strings.Cut(line, " ")
		if !ok || name == "" || version == "" || strings.Contains(version, " ") {
			return Inventory{}, fmt.Errorf("pacman printed %q", line)
		}
		found.Versions[name] = version
	}
	for name := range found.Broken {
		delete(found.Versions, name)
	}
	return found, nil
}

// pacmanOffer is what the index and the cache, and who stands in for a name.
type pacmanOffer struct {
	// versions are by name, those of the index before those of the cache, which
	// alone are in cached.
	versions, cached map[string][]string
	// providers and groups are by what is provided and by group.
	providers, groups map[string][]string
}

func readPacmanOffer(text string) pacmanOffer {
	o := pacmanOffer{map[string][]string{}, map[string][]string{}, map[string][]string{}, map[string][]string{}}
	for line := range strings.Lines(text) {
		if len(line) < 2 {
			continue
		}
		name, rest, _ := strings.Cut(strings.TrimSuffix(line[1:], "\n"), " ")
		words := strings.Fields(rest)
		switch {
		case len(words) == 0:
		case line[0] == '=':
			add(o.versions, name, words[0])
		case line[0] == '*':
			add(o.cached, name, words[0])
		case line[0] == '~':
			for _, word := range words {
				provided, _, _ := strings.Cut(word, "=")
				add(o.providers, provided, name)
			}
		case line[0] == '@':
			for _, group := range words {
				add(o.groups, group, name)
			}
		}
	}
	return o
}

func add(to map[string][]string, key, value string) {
	if !slices.Contains(to[key], value) {
		to[key] = append(to[key], value)
	}
}

// all are the versions of a package that can be had.
func (o pacmanOffer) all(name string) []string {
	versions := slices.Clone(o.versions[name])
	for _, version := range o.cached[name] {
		if !slices.Contains(versions, version) {
			versions = append(versions, version)
		}
	}
	return versions
}

// ReadIndex passes over what nobody asked about.
func (Pacman) ReadIndex(asks []Ask, r shell.Result) (Index, error) {
	first, text, _ := strings.Cut(string(r.Stdout), "\n")
	switch {
	case r.Truncated:
		return Index{}, errors.New("the answer of pacman is too long")
	case r.Status == NotHere || first != "%index present" && first != "%index absent":
		return Index{}, explainPacman(r)
	case first == "%index absent":
		return Index{}, nil
	}
	if pacmanDamage.Match(r.Stderr) {
		return Index{}, explainPacman(r)
	}
	index := Index{Present: true}
	_, text, asked := strings.Cut(text, "%offers\n")
	if !asked {
		return index, nil
	}
	index.Candidates = map[string]string{}
	index.Versions = map[string][]string{}
	index.Providers = map[string][]string{}
	index.Groups = map[string][]string{}
	offer := readPacmanOffer(text)
	for _, ask := range asks {
		for _, name := range ask.Names {
			key := string(name)
			index.Candidates[key] = ""
			if versions := offer.versions[key]; versions != nil {
				index.Candidates[key] = versions[0]
			}
			if ask.Version != "" {
				index.Versions[key] = offer.all(key)
			}
			if index.Candidates[key] != "" {
				continue
			}
			if members := offer.groups[key]; members != nil {
				index.Groups[key] = members
			}
			if providers := offer.providers[key]; providers != nil {
				index.Providers[key] = providers
			}
		}
	}
	return index, nil
}

// ReadRefresh reads pacman's exit status.
func (Pacman) ReadRefresh(r shell.Result) error {
	if r.Status != 0 {
		return explainPacman(r)
	}
	return nil
}

// ReadPreview returns what pacman would do.
func (p Pacman) ReadPreview(_ Transaction, r shell.Result) (Effect, error) {
	if r.Status != 0 {
		return Effect{}, explainPacman(r)
	}
	var e Effect
	seen := map[string]bool{}
	for line := range strings.Lines(string(r.Stdout)) {
		words := strings.Fields(line)
		if len(words) == 0 || len(words) > 3 || len(words[0]) < 2 {
			return Effect{}, fmt.Errorf("the preview answered %q", line)
		}
		c := Package{Name: words[0][1:]}
		if len(words) > 1 {
			c.Version = words[1]
		}
		if len(words) > 2 {
			c.From = words[2]
		}
		if seen[c.Name] || (words[0][0] == '-') == (len(words) > 1) {
			return Effect{}, fmt.Errorf("the preview answered %q", line)
		}
		seen[c.Name] = true
		p.record(&e, c)
	}
	e.sort()
	return e, nil
}

// record puts a package where it belongs in an effect; one that keeps its version
// nowhere, unless its state has changed.
func (p Pacman) record(e *Effect, c Package) {
	newer := p.CompareVersions(c.Version, c.From)
	switch {
	case c.Version == "":
		e.Removes = append(e.Removes, c)
	case c.From == "":
		e.Installs = append(e.Installs, c)
	case newer > 0 || newer == 0 && c.State != "":
		e.Upgrades = append(e.Upgrades, c)
	case newer < 0:
		e.Downgrades = append(e.Downgrades, c)
	}
}

// ReadCommit returns what pacman's database has gained and lost, of the packages
// that pacman says it was at.
func (p Pacman) ReadCommit(r shell.Result) (Effect, error) {
	changes := map[string]*Package{}
	at := func(name string) *Package {
		if changes[name] == nil {
			changes[name] = &Package{Name: name}
		}
		return changes[name]
	}
	touched := map[string]bool{}
	for line := range strings.Lines(string(r.Stdout)) {
		line = strings.TrimSuffix(line, "\n")
		words := strings.Fields(line)
		if len(words) != 2 || len(words[0]) < 2 {
			continue
		}
		switch name := words[0][1:]; {
		case line[0] == '!':
			touched[strings.TrimSuffix(words[1], "...")] = true
		case name == "%incomplete":
			if name, version, ok := cutPacmanEntry(words[1]); ok && line[0] == '+' {
				at(name).Version, at(name).State = version, pacmanIncomplete
			}
		case line[0] == '+':
			at(name).Version = words[1]
		case line[0] == '-':
			at(name).From = words[1]
		}
	}
	var e Effect
	for name, c := range changes {
		if touched[name] && (c.Version != "" || c.From != "") {
			p.record(&e, *c)
		}
	}
	e.sort()
	if r.Status != 0 {
		return e, explainPacman(r)
	}
	return e, nil
}
