package resource

import (
	"fmt"
	"math/big"
	"strings"

	"hostkit/pkg/doc"
	"hostkit/pkg/manager"
	"hostkit/pkg/shell"
)

// packageIndexes is the kind `package_index`: that a package manager has an index
// at all, which a fresh container has not, and that it was fetched since, where
// that is asked for. Its name is the manager's. Nobody declares it; packages that
// are to be installed derive it.
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

// Compare wants the index to be there, of whatever age, or to be fetched again.
// hk-plan has no clock: what is promised is that the index was fetched later than
// hk-facts found, by whomever.
func (packageIndexes) Compare(r doc.Resource, w World) (Difference, error) {
	f := w.Facts.Packages
	switch {
	case f == nil:
		return Difference{}, ErrNotObserved
	case f.Error != nil:
		return Difference{}, f.Error
	case f.Index == doc.Present && !w.RefreshIndex:
		return Difference{}, nil
	case f.Index == doc.Present && f.IndexFetched == "":
		return Difference{}, refusedRefresh(r.Name)
	case f.Index == doc.Present:
		return Difference{
			Action: doc.Update, Reason: "asked for",
			Before: attributes(indexState{State: doc.Present, Fetched: f.IndexFetched}),
			After:  attributes(indexState{State: doc.Present, FetchedAfter: f.IndexFetched}),
		}, nil
	}
	return Difference{
		Action: doc.Create, Reason: "missing",
		Before: attributes(indexState{State: doc.Absent}),
		After:  attributes(indexState{State: doc.Present}),
	}, nil
}

// refusedRefresh refuses what could not be verified.
func refusedRefresh(name string) error {
	refusal := &Refusal{
		Code:    "unsupported",
		Message: "when the index of " + name + " was fetched can't be told, so a plan can't promise to fetch it again",
	}
	if m, ok := manager.ByName(name); ok {
		refusal.Hint = m.RefreshCommand() + " on the host refreshes it"
	}
	return refusal
}

// Ties provides what packages need.
func (packageIndexes) Ties(r doc.Resource) Ties {
	return Ties{Provides: []Handle{packageIndexHandle(r.Name)}}
}

// indexState is one side of a change of an index, and what a recheck finds. The
// times are those of [manager.Index].
type indexState struct {
	State doc.Presence `json:"state"`
	// Fetched is when the index was fetched.
	Fetched string `json:"fetched,omitzero"`
	// FetchedAfter is a time later than which it must have been fetched.
	FetchedAfter string `json:"fetched_after,omitzero"`
}

// seconds reads a time of [manager.Index]; nil is no time.
func seconds(time string) *big.Rat {
	if t, ok := new(big.Rat).SetString(time); ok && len(time) < 40 && !strings.ContainsAny(time, "eE/xXpP_") {
		return t
	}
	return nil
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
				found := indexState{State: doc.Absent}
				if index.Present {
					found = indexState{State: doc.Present, Fetched: index.Fetched}
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

// Holds compares presence, and times where side has them.
func (packageIndexes) Holds(side, found doc.Attributes) bool {
	want, err := readAttributes[indexState](side)
	have, err2 := readAttributes[indexState](found)
	if err != nil || err2 != nil || want.State != have.State || want.Fetched != "" && want.Fetched != have.Fetched {
		return false
	}
	if want.FetchedAfter == "" {
		return true
	}
	after, at := seconds(want.FetchedAfter), seconds(have.Fetched)
	return after != nil && at != nil && at.Cmp(after) > 0
}

// Steps fetches the index.
func (packageIndexes) Steps(cs []doc.Change, _ Site) ([]Work, error) {
	var works []Work
	for _, c := range cs {
		m, err := indexManager(c)
		if err != nil {
			return nil, err
		}
		if c.Action != doc.Create && c.Action != doc.Update {
			return nil, fmt.Errorf("%s: a package index can be fetched, not %sd", c.Address, c.Action)
		}
		works = append(works, Work{
			Name:    "fetch the package index of " + m.Name(),
			Changes: []doc.Address{c.Address},
			Script:  m.Refresh(),
			Alone:   true,
			Read: func(r shell.Result) (Outcome, error) {
				err := m.ReadRefresh(r)
				return Outcome{Output: reported(err)}, packageRefusal(err)
			},
		})
	}
	return works, nil
}

// Unforeseen is what the index has then.
func (packageIndexes) Unforeseen(cs []doc.Change) map[doc.Address]string {
	return ofEach(cs, "what it offers is known when it is fetched")
}
