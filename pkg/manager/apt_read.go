package manager

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"hostkit/pkg/shell"
)

// dpkgPackage is one line of dpkgFields.
type dpkgPackage struct {
	// name has the architecture behind it where that is a foreign one.
	name, version string
	// state is dpkg(1)'s word: "installed", "unpacked", "config-files", ….
	// A package that dpkg wants reinstalled is "reinst-required".
	state string
}

// there reports whether files of the package are on the host.
func (p dpkgPackage) there() bool {
	return p.state != "not-installed" && p.state != "config-files"
}

func (p dpkgPackage) broken() bool { return p.there() && p.state != "installed" }

func readDpkgLine(line, native string) (dpkgPackage, error) {
	fields := strings.Split(strings.TrimSuffix(line, "\n"), " ")
	if len(fields) != 5 {
		return dpkgPackage{}, fmt.Errorf("dpkg-query printed %q", line)
	}
	p := dpkgPackage{state: fields[0], name: fields[2], version: fields[4]}
	if fields[1] != "ok" {
		p.state = "reinst-required"
	}
	if arch := fields[3]; arch != native && arch != "all" && arch != "" {
		p.name += ":" + arch
	}
	return p, nil
}

// cutLast takes the last word off a line.
func cutLast(line string) (rest, last string) {
	i := strings.LastIndexByte(line, ' ')
	return line[:max(i, 0)], line[i+1:]
}

// ReadInstalled tells packages that are wholly installed from those that dpkg
// has left in between. What is left of a removed package, its configuration
// files, counts as nothing. A package may be held that is not installed: it is not to
// be.
func (Apt) ReadInstalled(r shell.Result) (Inventory, error) {
	if r.Status != 0 {
		return Inventory{}, explainApt(r)
	}
	if r.Truncated {
		return Inventory{}, errors.New("the list of installed packages is too long")
	}
	native, list, _ := strings.Cut(string(r.Stdout), "\n")
	found := Inventory{Versions: map[string]string{}, Broken: map[string]string{}, Held: map[string]bool{}}
	for line := range strings.Lines(list) {
		line, wanted := cutLast(strings.TrimSuffix(line, "\n"))
		p, err := readDpkgLine(line, native)
		switch {
		case err != nil:
			return Inventory{}, err
		case p.broken():
			found.Broken[p.name] = p.state
		case p.there():
			found.Versions[p.name] = p.version
		}
		if wanted == "hold" {
			found.Held[p.name] = true
		}
	}
	return found, nil
}

// policyVersion is a line of apt-cache policy's version table: the version and
// its priority behind five columns, of which three may be stars. The lines for
// its sources are indented further.
var policyVersion = regexp.MustCompile(`^ (?:\*\*\*|   ) ([^ ]+) -?[0-9]+`)

// ReadIndex reads apt-cache policy. It passes over packages that nobody asked
// about. That a name has no candidate means that only others provide it, or
// that the host's pins forbid it.
func (Apt) ReadIndex(asks []Ask, r shell.Result) (Index, error) {
	if r.Status != 0 {
		return Index{}, explainApt(r)
	}
	index, rest, err := readIndexHead(r, "apt-cache")
	if err != nil {
		return Index{}, err
	}
	policy, ok := strings.CutPrefix(rest, "%policy\n")
	if !ok {
		return index, nil
	}
	policy, providers, _ := strings.Cut(policy, "%providers\n")
	index.readPolicy(asks, policy)
	index.readProviders(providers)
	return index, nil
}

func (x *Index) readPolicy(asks []Ask, policy string) {
	x.Candidates = map[string]string{}
	x.Versions = map[string][]string{}
	pinned := map[string]bool{}
	for _, ask := range asks {
		for _, name := range ask.Names {
			x.Candidates[string(name)] = ""
			pinned[string(name)] = pinned[string(name)] || ask.Version != ""
		}
	}
	name := ""
	for line := range strings.Lines(policy) {
		line = strings.TrimSuffix(line, "\n")
		if !strings.HasPrefix(line, " ") {
			name = strings.TrimSuffix(line, ":")
			continue
		}
		if _, asked := x.Candidates[name]; !asked {
			continue
		}
		if candidate, ok := strings.CutPrefix(line, "  Candidate: "); ok && candidate != "(none)" {
			x.Candidates[name] = candidate
		}
		if found := policyVersion.FindStringSubmatch(line); found != nil && pinned[name] {
			x.Versions[name] = append(x.Versions[name], found[1])
		}
	}
}

// readProviders reads what the script has left of apt-cache showpkg: "Package: "
// and a name, then a line " provider version (= provided)" for each.
func (x *Index) readProviders(text string) {
	x.Providers = map[string][]string{}
	name := ""
	for line := range strings.Lines(text) {
		if after, ok := strings.CutPrefix(line, "Package: "); ok {
			name = strings.TrimSpace(after)
			continue
		}
		words := strings.Fields(line)
		if len(words) > 0 && !slices.Contains(x.Providers[name], words[0]) {
			x.Providers[name] = append(x.Providers[name], words[0])
		}
	}
	for _, names := range x.Providers {
		slices.Sort(names)
	}
}

// ReadRefresh reads on where apt-get update ended with 0: before 2.1 it does so
// although a list could not be fetched.
func (Apt) ReadRefresh(r shell.Result) error {
	said := string(r.Stderr)
	if r.Status == 0 && !strings.Contains(said, "W: Failed to fetch") &&
		!strings.Contains(said, "W: Some index files failed to download") {
		return nil
	}
	return explainApt(r)
}

// ReadCommit reads the two sides of what dpkg knows.
func (Apt) ReadCommit(r shell.Result) (Effect, error) {
	native, list, _ := strings.Cut(string(r.Stdout), "\n")
	sides := map[byte]map[string]dpkgPackage{'-': {}, '+': {}}
	for line := range strings.Lines(list) {
		side, known := sides[line[0]]
		if !known || len(line) < 3 {
			return Effect{}, fmt.Errorf("the transaction printed %q", line)
		}
		p, err := readDpkgLine(line[2:], native)
		if err != nil {
			return Effect{}, err
		}
		if p.there() {
			side[p.name] = p
		}
	}
	effect := aptEffect(sides['-'], sides['+'])
	if r.Status != 0 {
		return effect, explainApt(r)
	}
	return effect, nil
}

// aptEffect tells what became of packages.
func aptEffect(before, after map[string]dpkgPackage) Effect {
	var e Effect
	for name, to := range after {
		from := before[name]
		p := Package{Name: name, Version: to.version, From: from.version}
		if to.broken() {
			p.State = to.state
		}
		switch {
		case from.name == "":
			e.Installs = append(e.Installs, p)
		case compareDebVersions(to.version, from.version) < 0:
			e.Downgrades = append(e.Downgrades, p)
		default:
			e.Upgrades = append(e.Upgrades, p)
		}
	}
	for name, from := range before {
		if _, stays := after[name]; !stays {
			e.Removes = append(e.Removes, Package{Name: name, From: from.version})
		}
	}
	e.sort()
	return e
}
