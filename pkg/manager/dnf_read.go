package manager

import (
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"

	"hostkit/pkg/shell"
)

// dnfAnswer is what dnfProgram prints.
type dnfAnswer struct {
	Present    bool                `json:"present"`
	Fetched    string              `json:"fetched"`
	Candidates map[string]string   `json:"candidates"`
	Versions   map[string][]string `json:"versions"`
	Providers  map[string][]string `json:"providers"`
	Changes    []dnfChange         `json:"changes"`
	Failure    *dnfFailure         `json:"failure"`
	// Said is the end of what dnf, rpm and scriptlets wrote, of a failure.
	Said string `json:"said"`
}

// words are those of dnf about a failure: what it wrote, or else its exception.
func (a *dnfAnswer) words() string {
	said := strings.TrimSpace(a.Said)
	if said == "" && a.Failure.known() == nil {
		said = strings.TrimSpace(a.Failure.Message)
	}
	return said
}

type dnfChange struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	From    string `json:"from"`
	Does    string `json:"does"`
}

// ReadInstalled reads what rpm has, and what the plugin versionlock keeps.
func (Dnf) ReadInstalled(r shell.Result) (Inventory, error) {
	if r.Status != 0 {
		return Inventory{}, explainDnf(r, nil)
	}
	if r.Truncated {
		return Inventory{}, errors.New("the list of installed packages is too long")
	}
	list, locked, _ := strings.Cut(string(r.Stdout), "%locked\n")
	found, err := readRPMInstalled(list)
	if err == nil {
		readDnfLocks(locked, &found)
	}
	return found, err
}

// readDnf reads an answer of the program, which may hold a failure and be of use
// all the same.
func readDnf(r shell.Result) (dnfAnswer, error) {
	var a dnfAnswer
	if r.Truncated {
		return a, errors.New("the answer of dnf is too long")
	}
	if err := json.Unmarshal(r.Stdout, &a); err != nil || r.Status == NotHere || r.Status != 0 && a.Failure == nil {
		return dnfAnswer{}, explainDnf(r, nil)
	}
	if a.Failure != nil {
		return a, &ReportedError{explainDnf(r, &a), a.words()}
	}
	return a, nil
}

// ReadIndex passes over what nobody asked about.
func (Dnf) ReadIndex(asks []Ask, r shell.Result) (Index, error) {
	if said, is := fromDnf5(r); is && r.Status == 0 && !r.Truncated {
		return readDnf5Index(asks, said)
	}
	a, err := readDnf(r)
	if err != nil {
		return Index{}, err
	}
	index := Index{Present: a.Present, Fetched: a.Fetched}
	if !a.Present || a.Candidates == nil {
		return index, nil
	}
	index.Candidates = map[string]string{}
	index.Versions = map[string][]string{}
	index.Providers = map[string][]string{}
	for _, ask := range asks {
		for _, name := range ask.Names {
			key := string(name)
			index.Candidates[key] = a.Candidates[key]
			if ask.Version != "" {
				index.Versions[key] = a.Versions[key]
			}
			if a.Candidates[key] == "" && len(a.Providers[key]) > 0 {
				index.Providers[key] = a.Providers[key]
			}
		}
	}
	return index, nil
}

// ReadRefresh reads the one thing the program says of it: its failure.
func (Dnf) ReadRefresh(r shell.Result) error {
	if _, is := fromDnf5(r); is {
		if r.Status == 0 {
			return nil
		}
		return explainDnf5(r.Status, string(r.Stderr))
	}
	_, err := readDnf(r)
	return err
}

// ReadPreview returns what dnf would do.
func (Dnf) ReadPreview(t Transaction, r shell.Result) (Effect, error) {
	if said, is := fromDnf5(r); is && !r.Truncated {
		return readDnf5Preview(t, r, said)
	}
	a, err := readDnf(r)
	if err != nil {
		return Effect{}, err
	}
	return dnfEffect(a.Changes)
}

// ReadCommit returns what rpm's database had before and after.
func (Dnf) ReadCommit(r shell.Result) (Effect, error) {
	if said, is := fromDnf5(r); is && !r.Truncated {
		return readDnf5Commit(r, said)
	}
	a, err := readDnf(r)
	effect, wrong := dnfEffect(a.Changes)
	if err == nil {
		err = wrong
	}
	return effect, err
}

// dnfEffect reads changes, which the program has sorted.
func dnfEffect(changes []dnfChange) (Effect, error) {
	var e Effect
	seen := map[string]bool{}
	lists := map[string]*[]Package{
		"install": &e.Installs, "upgrade": &e.Upgrades, "downgrade": &e.Downgrades, "remove": &e.Removes,
	}
	for _, c := range changes {
		list, known := lists[c.Does]
		if !known || seen[c.Name] || len(*list) > 0 && (*list)[len(*list)-1].Name > c.Name {
			return Effect{}, fmt.Errorf("the transaction answered %q of %q", c.Does, c.Name)
		}
		seen[c.Name] = true
		*list = append(*list, Package{Name: c.Name, Version: c.Version, From: c.From})
	}
	return e, nil
}
