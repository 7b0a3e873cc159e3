package manager

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"hostkit/pkg/shell"
)

// ReadPreview reads what zypper would do. What it would do with leave to remove
// counts only where it removes or downgrades something that nobody has named; a
// conflict it is otherwise.
func (Zypper) ReadPreview(t Transaction, r shell.Result) (Effect, error) {
	if r.Status != 0 {
		return Effect{}, explainZypper(r.Status, string(r.Stderr))
	}
	if r.Truncated {
		return Effect{}, errors.New("the preview of the transaction is too long")
	}
	head, rest, found := strings.Cut(string(legalXML(r.Stdout)), "%try\n")
	if err := stillHeld(t, head); err != nil {
		return Effect{}, err
	}
	arch, before := readZypperHave(head)
	if !found {
		return Effect{}, nil
	}
	first, more, err := readZypperTry(rest, r.Stderr)
	if err != nil {
		return Effect{}, err
	}
	if first.status == 0 {
		effect := zypperEffect(first.solvables, arch, before)
		return effect, zypperTakesOthers(t, effect, before)
	}
	if forced, ok := strings.CutPrefix(more, "%try\n"); ok {
		second, _, err := readZypperTry(forced, r.Stderr)
		if err != nil {
			return Effect{}, err
		}
		if effect := zypperEffect(second.solvables, arch, before); second.status == 0 && takesAway(effect, t) {
			return effect, nil
		}
	}
	if index, ok := strings.CutPrefix(more, "%index\n"); ok {
		if err := zypperLacks(t, []byte(index)); err != nil {
			return Effect{}, err
		}
	}
	return Effect{}, explainZypper(first.status, first.said)
}

// stillHeld refuses to release what a lock of more than its own name holds, from
// the locks that zypper has left.
func stillHeld(t Transaction, locks string) error {
	for _, name := range t.Release {
		for _, glob := range zypperLocks(locks) {
			if ok, err := path.Match(glob, string(name)); ok && err == nil {
				return &Failure{
					"held", fmt.Sprintf("%s is held by the lock %s, which may hold others too", name, glob),
					"zypper removelock '" + glob + "' on the host, if that is wanted",
				}
			}
		}
	}
	return nil
}

// readZypperHave reads the lines that tell the architecture and what is installed
// of the packages to install.
func readZypperHave(head string) (arch string, have rpmVersions) {
	have = rpmVersions{}
	for line := range strings.Lines(head) {
		switch fields := strings.Fields(line); {
		case len(fields) == 2 && fields[0] == "%arch":
			arch = fields[1]
		case len(fields) == 3:
			have.add(rpmName(fields[0], fields[1], arch), fields[2])
		}
	}
	return arch, have
}

// readZypperTry reads an answer and the line with the status behind it. Where there
// is none, stderr may tell why.
func readZypperTry(text string, stderr []byte) (zypperAnswer, string, error) {
	a, rest, err := readZypper([]byte(text))
	if err != nil {
		return a, "", &Failure{Code: "failed", Message: err.Error() + lastWords(stderr)}
	}
	line, more, _ := strings.Cut(strings.TrimLeft(string(rest), "\n"), "\n")
	number, ok := strings.CutPrefix(line, "%status ")
	if a.status, err = strconv.Atoi(number); !ok || err != nil {
		return a, "", fmt.Errorf("the preview of the transaction printed %q", line)
	}
	return a, more, nil
}

// zypperEffect reads a summary. Of a package that is there twice, one version is
// in the list of those to remove, and the other one stays.
func zypperEffect(solvables []zypperSolvable, arch string, installed rpmVersions) Effect {
	before, after := rpmVersions{}, rpmVersions{}
	for _, s := range solvables {
		name := rpmName(s.name, s.arch, arch)
		switch {
		case s.name == "" || s.list == "" || strings.HasPrefix(s.list, "reinstall"):
		case strings.HasPrefix(s.list, "remove"):
			before.add(name, s.edition)
			for _, version := range installed[name] {
				if version != s.edition {
					before.add(name, version)
					after.add(name, version)
				}
			}
		default:
			after.add(name, s.edition)
			if s.oldEdition != "" {
				before.add(rpmName(s.name, s.oldArch, arch), s.oldEdition)
			}
		}
	}
	return rpmEffect(before, after)
}

// zypperTakesOthers refuses what zypper has found for a name or a version that no
// package has: "hello-1.1" is version 1.1 of hello to it.
func zypperTakesOthers(t Transaction, e Effect, before rpmVersions) error {
	got := map[string]string{}
	var others []string
	for _, list := range [][]Package{e.Installs, e.Upgrades, e.Downgrades} {
		for _, p := range list {
			got[p.Name] = p.Version
			others = append(others, p.Name)
		}
	}
	for _, want := range t.Install {
		name, version := string(want.Name), string(want.Version)
		have, changes := got[name]
		switch {
		case changes && (version == "" || version == have):
		case !changes && len(before[name]) > 0 && (version == "" || slices.Contains(before[name], version)):
		case changes || len(before[name]) > 0:
			return &Failure{
				"version_not_available", fmt.Sprintf("zypper would not bring %s to version %s", name, version),
				"zypper search -s " + name + " on the host tells its versions",
			}
		case others == nil:
			return noSuchPackage("zypper", name, nil, zypperRefreshHint)
		default:
			slices.Sort(others)
			return &Failure{
				"not_available", fmt.Sprintf("zypper has no package %s and would take others for it: %s", name, strings.Join(others, ", ")),
				"name the package that is wanted with as",
			}
		}
	}
	return nil
}

// takesAway reports whether the effect removes or downgrades what the transaction
// does not name.
func takesAway(e Effect, t Transaction) bool {
	for _, p := range e.Removes {
		if !slices.Contains(t.Remove, Name(p.Name)) {
			return true
		}
	}
	for _, p := range e.Downgrades {
		pinned := func(w Want) bool { return string(w.Name) == p.Name && w.Version != "" }
		if !slices.ContainsFunc(t.Install, pinned) {
			return true
		}
	}
	return false
}

// zypperLacks names the first package or version that the index has not; nil where
// it has all.
func zypperLacks(t Transaction, index []byte) error {
	found, err := readZypperSearch(index)
	if err != nil {
		return err
	}
	for _, want := range t.Install {
		name, version := string(want.Name), string(want.Version)
		versions := found.versions(name)
		switch {
		case len(versions) == 0:
			return noSuchPackage("zypper", name, found.providers[name], zypperRefreshHint)
		case version != "" && !slices.Contains(versions, version):
			return noSuchVersion(name, version, versions)
		}
	}
	return nil
}
