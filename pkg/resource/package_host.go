package resource

import (
	"errors"
	"fmt"
	"strings"

	"hostkit/pkg/doc"
	"hostkit/pkg/manager"
	"hostkit/pkg/names"
	"hostkit/pkg/shell"
)

// inventoryLimit is room for about 100,000 packages, in bytes.
const inventoryLimit = 8 << 20

// noManager is the fact of a host where none of the managers answered.
const noManager = "no_package_manager"

// Survey asks every manager what is installed and what its index has of the
// packages that the resources may mean.
func (packages) Survey(rs []doc.Resource, _ Site) ([]Probe, error) {
	var probes []Probe
	for _, m := range manager.All {
		asks := asksFor(m, rs)
		probes = append(probes,
			Probe{
				Name: "list installed packages", Script: m.Installed(), Limit: inventoryLimit,
				Read: func(r shell.Result, f *doc.Facts) error { return readInstalled(m, r, f) },
			},
			Probe{
				Name: "ask the package index", Script: m.Index(asks), Limit: inventoryLimit,
				Read: func(r shell.Result, f *doc.Facts) error { return readIndex(m, asks, r, f) },
			})
	}
	return probes, nil
}

// asksFor gives the names that the packages may have. Of a package that is to be
// absent the index is asked only when nothing else can confirm its name. A name
// that the manager could not take is left out: it is refused once the host is
// known.
func asksFor(m manager.Manager, rs []doc.Resource) []manager.Ask {
	var asks []manager.Ask
	for _, r := range rs {
		q, err := names.NewRequest(r)
		if err != nil || q.State == doc.Absent && (len(q.As) > 0 || names.Listed(q.Name, m.Name())) {
			continue
		}
		var ask manager.Ask
		if q.Version != "" {
			if ask.Version, err = m.ParseVersion(q.Version); err != nil {
				continue
			}
		}
		for _, guess := range names.Guess(q, m.Name()) {
			if name, err := m.ParseName(guess); err == nil {
				ask.Names = append(ask.Names, name)
			}
		}
		if len(ask.Names) > 0 {
			asks = append(asks, ask)
		}
	}
	return asks
}

// answers reports whether the result is that of the host's package manager, and
// makes room for what it says.
func answers(m manager.Manager, r shell.Result, f *doc.Facts) bool {
	if f.Packages == nil {
		f.Packages = &doc.PackageFacts{
			Index: doc.Absent, Installed: map[string]string{}, Available: map[string]string{},
			Error: &doc.FactError{Code: noManager, Message: "the host has none of the package managers " + managerNames()},
		}
	}
	if r.Status == manager.NotHere || f.PackageManager != "" && f.PackageManager != m.Name() {
		return false
	}
	if e := f.Packages.Error; e != nil && e.Code == noManager {
		f.Packages.Error = nil
	}
	f.PackageManager = m.Name()
	return true
}

func managerNames() string {
	all := make([]string, len(manager.All))
	for i, m := range manager.All {
		all[i] = m.Name()
	}
	return strings.Join(all, ", ")
}

func readInstalled(m manager.Manager, r shell.Result, f *doc.Facts) error {
	if !answers(m, r, f) {
		return nil
	}
	found, err := m.ReadInstalled(r)
	if err != nil {
		f.Packages.Error = packageFactError(err)
		return nil
	}
	f.Packages.Installed = found.Versions
	if len(found.Broken) > 0 {
		f.Packages.Broken = found.Broken
	}
	return nil
}

func readIndex(m manager.Manager, asks []manager.Ask, r shell.Result, f *doc.Facts) error {
	if !answers(m, r, f) {
		return nil
	}
	index, err := m.ReadIndex(asks, r)
	if err != nil {
		// What is installed is known all the same, but not what could be.
		if f.Packages.Error == nil {
			f.Packages.Error = packageFactError(err)
		}
		return nil
	}
	f.Packages.Index = doc.Absent
	if index.Present {
		f.Packages.Index = doc.Present
	}
	if index.Candidates != nil {
		f.Packages.Available = index.Candidates
	}
	if len(index.Versions) > 0 {
		f.Packages.Versions = index.Versions
	}
	if len(index.Providers) > 0 {
		f.Packages.Providers = index.Providers
	}
	return nil
}

// packageFactError is a fact that the package manager did not give.
func packageFactError(err error) *doc.FactError {
	var failure *manager.Failure
	if errors.As(err, &failure) {
		return &doc.FactError{Code: failure.Code, Message: failure.Message}
	}
	return &doc.FactError{Code: "package_manager_failed", Message: err.Error()}
}

// Recheck lists what is installed, once for all packages. A change that could not
// be put into the transaction is refused before the host is asked.
func (packages) Recheck(cs []doc.Change, on Site) ([]Recheck, error) {
	m, _, err := transaction(cs, on)
	if err != nil {
		return nil, err
	}
	return []Recheck{{
		Name: "list installed packages", Script: m.Installed(), Limit: inventoryLimit,
		Read: func(r shell.Result) (map[doc.Address]doc.Attributes, error) {
			found, err := m.ReadInstalled(r)
			if err != nil {
				return nil, err
			}
			states := make(map[doc.Address]doc.Attributes, len(cs))
			for _, c := range cs {
				name, err := changedPackage(c)
				if err != nil {
					return nil, err
				}
				states[c.Address] = attributes(observe(name, found.Versions, found.Broken))
			}
			return states, nil
		},
	}}, nil
}

// observe gives the state of one package.
func observe(name string, installed, broken map[string]string) packageState {
	if status, ok := broken[name]; ok {
		return packageState{State: doc.Present, Package: name, Status: status}
	}
	if version, ok := installed[name]; ok {
		return packageState{State: doc.Present, Package: name, Version: version}
	}
	return packageState{State: doc.Absent}
}

// changedPackage is the distribution's name of what a change is about: one of
// its two sides has it.
func changedPackage(c doc.Change) (string, error) {
	for _, side := range []doc.Attributes{c.After, c.Before} {
		s, err := readAttributes[packageState](side)
		if err != nil {
			return "", fmt.Errorf("%s: %w", c.Address, err)
		}
		if s.Package != "" {
			return s.Package, nil
		}
	}
	return "", fmt.Errorf("%s: the change names no package", c.Address)
}

// Holds passes over the candidate, and over the version where side has none.
func (packages) Holds(side, found doc.Attributes) bool {
	want, err := readAttributes[packageState](side)
	if err != nil {
		return false
	}
	got, err := readAttributes[packageState](found)
	if err != nil || want.State != got.State {
		return false
	}
	if want.State == doc.Absent {
		return true
	}
	return want.Package == got.Package && want.Status == got.Status &&
		(want.Version == "" || want.Version == got.Version)
}
