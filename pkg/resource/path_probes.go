package resource

import (
	"fmt"

	"github.com/go-json-experiment/json"

	"hostkit/pkg/doc"
	"hostkit/pkg/shell"
)

// surveyPaths returns the probes for resources that come to nodes of one type and hold
// no secret.
func surveyPaths(nodeType string, rs []doc.Resource, shown func(doc.Resource) bool, owner func(doc.Resource) Ownership) []Probe {
	return surveyFiles(nodeType, rs, Site{}, shown, owner)
}

// surveyFiles is surveyPaths for what may hold a secret, which is hidden.
func surveyFiles(nodeType string, rs []doc.Resource, on Site, shown func(doc.Resource) bool, owner func(doc.Resource) Ownership) []Probe {
	byPath := make(map[string]doc.Resource, len(rs))
	for _, r := range rs {
		// What no host can have stays unobserved.
		if message, _ := checkPath(r.Name); message == "" {
			byPath[r.Name] = r
		}
	}
	paths := sortedKeys(byPath)
	owners := func(p string) []Ownership { return []Ownership{owner(byPath[p])} }
	var probes []Probe
	for _, l := range looks(nodeType, paths, func(p string) bool { return shown(byPath[p]) }, owners) {
		probes = append(probes, Probe{
			Name: l.name(), Script: l.script(), Limit: l.limit(),
			Read: func(result shell.Result, facts *doc.Facts) error {
				v, err := l.read(result)
				if err != nil {
					return err
				}
				for _, p := range l.paths {
					r := byPath[p]
					found, err := v.observation(nodeType, p, owner(r), hiderOf(secretOf(r), on))
					if err != nil {
						return err
					}
					facts.Observed[r.Address] = found
				}
				return nil
			},
		})
	}
	return probes
}

// recheckPaths returns the probes for changes of nodes of one type that hold no secret.
func recheckPaths(nodeType string, cs []doc.Change) ([]Recheck, error) {
	return recheckFiles(nodeType, cs, Site{})
}

// recheckFiles is recheckPaths for what may hold a secret, which is hidden.
func recheckFiles(nodeType string, cs []doc.Change, on Site) ([]Recheck, error) {
	byPath := make(map[string]pathChange, len(cs))
	for _, change := range cs {
		c, err := readPlace(change)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", change.Address, err)
		}
		for _, side := range []pathState{c.before, c.after} {
			if side.Type != "" && side.Type != nodeType {
				return nil, fmt.Errorf("%s: one side of the change is %s, which is no %s", change.Address, describe(side.Type), nodeType)
			}
		}
		byPath[c.path] = c
	}
	owners := func(p string) []Ownership {
		c := byPath[p]
		return []Ownership{c.after.ownership(), c.before.ownership()}
	}
	var rechecks []Recheck
	for _, l := range looks(nodeType, sortedKeys(byPath), func(string) bool { return false }, owners) {
		rechecks = append(rechecks, Recheck{
			Name: l.name(), Script: l.script(), Limit: l.limit(),
			Read: func(result shell.Result) (map[doc.Address]doc.Attributes, error) {
				v, err := l.read(result)
				if err != nil {
					return nil, err
				}
				found := make(map[doc.Address]doc.Attributes, len(l.paths))
				for _, p := range l.paths {
					c := byPath[p]
					// Where both sides name one account, the one that is
					// wanted words it.
					if found[c.address], err = json.Marshal(v.found(nodeType, p, hiderOf(c.secret(), on), c.after, c.before)); err != nil {
						return nil, err
					}
				}
				return found, nil
			},
		})
	}
	return rechecks, nil
}

func (s pathState) ownership() Ownership {
	return Ownership{Owner: Account(s.Owner), Group: Account(s.Group)}
}
