package manager

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"hostkit/pkg/shell"
)

// fromDnf5 gives what dnf5Run printed behind its mark.
func fromDnf5(r shell.Result) (said string, is bool) {
	return strings.CutPrefix(string(r.Stdout), "%dnf5\n")
}

// readDnf5Index reads repoquery's list: "name arch [epoch:]version-release". What
// is not listed the index has not. A name that others provide is not told from
// one that nobody has.
func readDnf5Index(asks []Ask, said string) (Index, error) {
	head, rest, _ := strings.Cut(said, "\n")
	index := Index{Present: head == "%index present"}
	if !index.Present && head != "%index absent" {
		return Index{}, fmt.Errorf("the package index answered %q", head)
	}
	if rest == "" {
		return index, nil
	}
	head, list, _ := strings.Cut(rest, "\n%packages\n")
	native, ok := strings.CutPrefix(head, "%arch ")
	if !ok {
		return Index{}, fmt.Errorf("the package index answered %q", head)
	}
	have := rpmVersions{}
	for line := range strings.Lines(list) {
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		if len(fields) != 3 {
			return Index{}, fmt.Errorf("dnf repoquery printed %q", line)
		}
		have.add(rpmName(fields[0], fields[1], native), fields[2])
	}
	index.Candidates, index.Versions = map[string]string{}, map[string][]string{}
	for _, ask := range asks {
		for _, name := range ask.Names {
			versions := slices.Clone(have[string(name)])
			slices.SortStableFunc(versions, func(a, b string) int { return compareRPMVersions(b, a) })
			index.Candidates[string(name)] = newestRPM(versions)
			if ask.Version != "" {
				index.Versions[string(name)] = versions
			}
		}
	}
	return index, nil
}

// dnf5Section are the headlines of a table, and what their rows are counted as.
var dnf5Sections = map[string]string{
	"Installing": "Installing", "Installing dependencies": "Installing",
	"Installing weak dependencies": "Installing", "Installing group/module packages": "Installing",
	"Upgrading": "Upgrading", "Downgrading": "Downgrading", "Reinstalling": "Reinstalling",
	"Removing": "Removing", "Removing dependent packages": "Removing", "Removing unused dependencies": "Removing",
	"Changing reason": "Changing reason",
}

var dnf5Summary = regexp.MustCompile(`^ ([A-Z][a-z ]+): +([0-9]+) packages?$`)

// dnf5Table is what a table says, with its rows counted.
type dnf5Table struct {
	effect Effect
	rows   map[string]int
}

// readDnf5Table reads the table of a transaction (libdnf5-cli,
// output/transaction_table.cpp): headlines, behind each its rows, "NAME ARCH
// VERSION REPOSITORY SIZE UNIT", below a row what it replaces. A version may be cut
// there: it is for people. Each row counts, and must in the end be what the summary
// says, or the table is one that we do not know.
func readDnf5Table(said string, arch string, have rpmVersions) (Effect, error) {
	unknown := func(line string) error {
		return &Failure{
			Code: "unsupported", Message: fmt.Sprintf("the host's dnf 5 prints a transaction in a form that is not known: %q", strings.TrimSpace(line)),
		}
	}
	table := dnf5Table{rows: map[string]int{}}
	_, body, ok := strings.Cut(said, "Repository ")
	_, body, ok2 := strings.Cut(body, "\n")
	body, summary, ok3 := strings.Cut(body, "\nTransaction Summary:\n")
	if !ok || !ok2 || !ok3 {
		return Effect{}, unknown(said)
	}
	section, parent, pending := "", "", ""
	for line := range strings.Lines(body) {
		line = strings.TrimRight(line, "\n")
		if line == "" {
			continue
		}
		if line[0] != ' ' {
			section = dnf5Sections[strings.TrimSuffix(line, ":")]
			if section == "" || pending != "" {
				return Effect{}, unknown(line)
			}
			continue
		}
		fields := strings.Fields(pending + line)
		if pending = ""; len(fields) == 1 || len(fields) == 2 && fields[0] == "replacing" {
			pending = line // a long name has a line of its own
			continue
		}
		if len(fields) > 0 && fields[0] == "replacing" && len(fields) >= 4 {
			if name := rpmName(fields[1], fields[2], arch); name != parent {
				table.effect.Removes = append(table.effect.Removes, Package{Name: name, From: newestRPM(have[name])})
			}
			continue
		}
		if section == "" || len(fields) != 6 {
			return Effect{}, unknown(line)
		}
		parent = rpmName(fields[0], fields[1], arch)
		table.add(section, parent, strings.TrimPrefix(fields[2], "0:"), newestRPM(have[parent]))
	}
	for line := range strings.Lines(summary) {
		found := dnf5Summary.FindStringSubmatch(strings.TrimRight(line, "\n"))
		if found == nil {
			break
		}
		if n, err := strconv.Atoi(found[2]); found[1] != "Replacing" && (err != nil || n != table.rows[found[1]]) {
			return Effect{}, unknown(line)
		}
		delete(table.rows, found[1])
	}
	if len(table.rows) > 0 || pending != "" {
		return Effect{}, unknown(summary)
	}
	table.effect.sort()
	same := func(a, b Package) bool { return a.Name == b.Name }
	table.effect.Removes = slices.CompactFunc(table.effect.Removes, same)
	return table.effect, nil
}

func (t *dnf5Table) add(section, name, version, had string) {
	t.rows[section]++
	p := Package{Name: name, Version: version, From: had}
	switch section {
	case "Installing":
		t.effect.Installs = append(t.effect.Installs, Package{Name: name, Version: version})
	case "Upgrading", "Reinstalling":
		t.effect.Upgrades = append(t.effect.Upgrades, p)
	case "Downgrading":
		t.effect.Downgrades = append(t.effect.Downgrades, p)
	case "Removing":
		t.effect.Removes = append(t.effect.Removes, Package{Name: name, From: version})
	}
}

// readRPMVersions reads what rpmInstalled prints as the versions of each package.
func readRPMVersions(said string) (arch string, have rpmVersions, err error) {
	arch, rest, _ := strings.Cut(said, "\n")
	list, _, _ := strings.Cut(rest, "%installonly\n")
	have = rpmVersions{}
	for line := range strings.Lines(list) {
		fields := strings.Fields(line)
		switch {
		case len(fields) == 0 || fields[0] == "gpg-pubkey":
		case len(fields) != 4:
			return "", nil, fmt.Errorf("rpm printed %q", line)
		default:
			have.add(rpmName(fields[0], fields[1], arch), fields[2])
		}
	}
	return arch, have, nil
}

// readDnf5Preview refuses what dnf 5 would go through without: a package in whose
// place it takes others, and a version that it does not take.
func readDnf5Preview(t Transaction, r shell.Result, said string) (Effect, error) {
	installed, table, ok := strings.Cut(said, "%table\n")
	installed, ok2 := strings.CutPrefix(installed, "%have\n")
	if !ok || !ok2 || r.Status != 0 {
		return Effect{}, explainDnf5(r.Status, table+string(r.Stderr))
	}
	arch, have, err := readRPMVersions(installed)
	if err != nil {
		return Effect{}, err
	}
	var effect Effect
	switch {
	case strings.Contains(table, "\nTransaction Summary:\n"):
		if effect, err = readDnf5Table(table, arch, have); err != nil {
			return Effect{}, err
		}
	case !strings.Contains(table, "Nothing to do."):
		return Effect{}, explainDnf5(1, table)
	}
	for _, want := range t.Install {
		if f := dnf5Missed(want, effect, have); f != nil {
			return Effect{}, f
		}
	}
	return effect, nil
}

func dnf5Missed(want Want, e Effect, have rpmVersions) *Failure {
	name := string(want.Name)
	for _, list := range [][]Package{e.Installs, e.Upgrades, e.Downgrades} {
		for _, p := range list {
			// A version may be cut in the table.
			if p.Name == name && (want.Version == "" || strings.HasPrefix(string(want.Version), p.Version)) {
				return nil
			}
		}
	}
	gone := slices.ContainsFunc(e.Removes, func(p Package) bool { return p.Name == name })
	switch versions := have[name]; {
	case len(versions) > 0 && !gone && (want.Version == "" || slices.Contains(versions, string(want.Version))):
		return nil
	case len(versions) > 0 && want.Version != "":
		return &Failure{
			"version_not_available", fmt.Sprintf("dnf does not take %s to version %s", name, want.Version), dnfRefreshHint + orVersion,
		}
	}
	var others []string
	for _, p := range e.Installs {
		others = append(others, p.Name)
	}
	return noSuchPackage("dnf", name, others, dnfRefreshHint)
}

// readDnf5Commit tells what became of packages by what rpm had before and after.
func readDnf5Commit(r shell.Result, said string) (Effect, error) {
	said, ok := strings.CutPrefix(said, "%before\n")
	before, after, ok2 := strings.Cut(said, "\n%after\n")
	if !ok || !ok2 {
		return Effect{}, explainDnf5(r.Status, string(r.Stderr))
	}
	_, was, err := readRPMVersions(before)
	if err != nil {
		return Effect{}, err
	}
	_, is, err := readRPMVersions(after)
	if err != nil {
		return Effect{}, err
	}
	effect := rpmEffect(was, is)
	if r.Status != 0 {
		return effect, explainDnf5(r.Status, string(r.Stderr))
	}
	return effect, nil
}
