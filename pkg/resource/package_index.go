package resource

import (
	"fmt"

	"hostkit/pkg/doc"
	"hostkit/pkg/manager"
	"hostkit/pkg/shell"
)

// packageIndexes is the kind `package_index`: that a package manager has an index
// at all, which a fresh container has not. Its name is the manager's. Nobody
// declares it; packages that are to be installed derive it.
type packageIndexes struct{}

// packageIndexHandle is what packages need of it.
func packageIndexHandle(manager string) Handle { return Handle("package_index:" + manager) }

// Name is "package_index".
func (packageIndexes) Name() string { return "package_index" }

// Section is empty: the kind does not stand in a config.
func (packageIndexes) Section() Section { return Section{} }

// Expand is never called.
func (packageIndexes) Expand(doc.Raw, Files) ([]Declared, []Problem) { return nil, nil }

// Survey adds nothing: packages ask about the index.
func (packageIndexes) Survey([]doc.Resource, Site) ([]Probe, error) { return nil, nil }

// Compare wants the index to be there, of whatever age.
func (packageIndexes) Compare(r doc.Resource, w World) (Difference, error) {
	f := w.Facts.Packages
	switch {
	case f == nil:
		return Difference{}, ErrNotObserved
	case f.Error != nil:
		return Difference{}, f.Error
	case f.Index == doc.Present:
		return Difference{}, nil
	}
	return Difference{
		Action: doc.Create, Reason: "missing",
		Before: attributes(presence{State: doc.Absent}),
		After:  attributes(presence{State: doc.Present}),
	}, nil
}

// Ties provides what packages need.
func (packageIndexes) Ties(r doc.Resource) Ties {
	return Ties{Provides: []Handle{packageIndexHandle(r.Name)}}
}

// presence is the form in which an index is observed.
type presence struct {
	State doc.Presence `json:"state"`
}

// Recheck looks for the index.
func (packageIndexes) Recheck(cs []doc.Change, _ Site) ([]Recheck, error) {
	var rechecks []Recheck
	for _, c := range cs {
		m, err := indexManager(c)
		if err != nil {
			return nil, err
		}
		rechecks = append(rechecks, Recheck{
			Name:   "look for the package index",
			Script: m.Index(nil),
			Read: func(r shell.Result) (map[doc.Address]doc.Attributes, error) {
				index, err := m.ReadIndex(nil, r)
				if err != nil {
					return nil, err
				}
				found := presence{State: doc.Absent}
				if index.Present {
					found.State = doc.Present
				}
				return map[doc.Address]doc.Attributes{c.Address: attributes(found)}, nil
			},
		})
	}
	return rechecks, nil
}

func indexManager(c doc.Change) (manager.Manager, error) {
	if m, ok := manager.ByName(c.Address.Name()); ok {
		return m, nil
	}
	return nil, fmt.Errorf("%s: no package manager of that name is known", c.Address)
}

// Holds compares presence.
func (packageIndexes) Holds(side, found doc.Attributes) bool {
	want, err := readAttributes[presence](side)
	got, err2 := readAttributes[presence](found)
	return err == nil && err2 == nil && want == got
}

// Steps fetches the index.
func (packageIndexes) Steps(cs []doc.Change, _ Site) ([]Work, error) {
	var works []Work
	for _, c := range cs {
		m, err := indexManager(c)
		if err != nil {
			return nil, err
		}
		if c.Action != doc.Create {
			return nil, fmt.Errorf("%s: a package index can be fetched, not %sd", c.Address, c.Action)
		}
		works = append(works, Work{
			Name:    "fetch the package index of " + m.Name(),
			Changes: []doc.Address{c.Address},
			Script:  m.Refresh(),
			Alone:   true,
			Read: func(r shell.Result) (Outcome, error) {
				return Outcome{}, packageRefusal(m.ReadRefresh(r))
			},
		})
	}
	return works, nil
}
