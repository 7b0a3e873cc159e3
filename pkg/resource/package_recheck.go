package resource

import (
	"slices"

	"hostkit/pkg/doc"
	"hostkit/pkg/manager"
	"hostkit/pkg/shell"
)

// Recheck lists what is installed, once for all packages, and asks the index where
// a change wants the latest without saying which that is. A change that could not be
// put into the transaction is refused before the host is asked.
func (packages) Recheck(cs []doc.Change, on Site) ([]Recheck, error) {
	m, _, err := transaction(cs, on)
	if err != nil {
		return nil, err
	}
	looks := make([]packageLook, len(cs))
	var asks []manager.Ask
	for i, c := range cs {
		if looks[i], err = newPackageLook(c); err != nil {
			return nil, err
		}
		if looks[i].latest {
			asks = append(asks, manager.Ask{Names: []manager.Name{manager.Name(looks[i].name)}, Latest: true})
		}
	}
	var index manager.Index
	rechecks := []Recheck{{
		Name: "list installed packages", Script: m.Installed(), Limit: inventoryLimit,
		Read: func(r shell.Result) (map[doc.Address]doc.Attributes, error) {
			found, err := m.ReadInstalled(r)
			if err != nil {
				return nil, err
			}
			states := make(map[doc.Address]doc.Attributes, len(cs))
			for _, l := range looks {
				states[l.address] = attributes(l.state(m, found, index))
			}
			return states, nil
		},
	}}
	if asks == nil {
		return rechecks, nil
	}
	// It is asked first: what is installed is judged by it.
	return slices.Insert(rechecks, 0, Recheck{
		Name: "ask the package index", Script: m.Index(asks), Limit: inventoryLimit,
		Read: func(r shell.Result) (map[doc.Address]doc.Attributes, error) {
			index, err = m.ReadIndex(asks, r)
			return nil, err
		},
	}), nil
}

// packageLook is what a change wants to be looked at.
type packageLook struct {
	address      doc.Address
	name         string
	latest, held bool
}

func newPackageLook(c doc.Change) (packageLook, error) {
	before, after, err := packageSides(c)
	if err != nil {
		return packageLook{}, err
	}
	name, err := changedPackage(c)
	return packageLook{
		address: c.Address, name: name, latest: after.Latest,
		held: before.Held != nil || after.Held != nil,
	}, err
}

// state is the package as it was found.
func (l packageLook) state(m manager.Manager, found manager.Inventory, index manager.Index) packageState {
	s := observe(m, l.name, found)
	// A hold that no side says anything of bars the change.
	if !l.held && !s.held() {
		s.Held = nil
	}
	candidate, known := index.Candidates[l.name]
	s.Latest = l.latest && known && s.whole() && m.CompareVersions(s.Version, candidate) >= 0
	return s
}
