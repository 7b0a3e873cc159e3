package resource

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"hostkit/pkg/doc"
	"hostkit/pkg/manager"
	"hostkit/pkg/names"
	"hostkit/pkg/shell"
)

// inventoryLimit is room for about 100,000 packages, in bytes.
const inventoryLimit = 8 << 20

// Facts of a host where none of the managers answered: noManager where it has the
// program of none, halfManager where it has that of one.
const (
	noManager   = "no_package_manager"
	halfManager = "package_manager_incomplete"
)

// Survey asks every manager what is installed and what its index has of the
// packages that the resources may mean.
func (packages) Survey(rs []doc.Resource, on Site) ([]Probe, error) {
	var probes []Probe
	for _, m := range manager.All {
		asks := asksFor(m, rs, on)
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
func asksFor(m manager.Manager, rs []doc.Resource, on Site) []manager.Ask {
	var asks []manager.Ask
	for _, r := range rs {
		q, err := names.NewRequest(r)
		if err != nil || q.State == doc.Absent && (len(q.As) > 0 || names.Listed(q.Name, m.Name())) {
			continue
		}
		ask := manager.Ask{Latest: q.Latest || on.AskIndex && q.Version == ""}
		if q.Version != "" {
			if ask.Version, err = m.ParseVersion(q.Version); err != nil {
				continue
			}
		}
		for _, guess := range names.Guess(q, m.Name(), on.Lock) {
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

// answers reports whether the result is that of the host's package manager, which
// the host's identity has told, and makes room for what it says.
func answers(m manager.Manager, r shell.Result, f *doc.Facts) bool {
	if f.Packages == nil {
		f.Packages = &doc.PackageFacts{
			Index: doc.Absent, Installed: map[string]string{}, Available: map[string]string{},
			Error: &doc.FactError{Code: noManager, Message: "the host has none of the package managers " + managerNames()},
		}
	}
	switch {
	case f.PackageManager != "" && f.PackageManager != m.Name():
		return false
	case r.Status == manager.NotHere:
		if f.PackageManager != "" {
			f.Packages.Error = &doc.FactError{
				Code:    halfManager,
				Message: fmt.Sprintf("the host has %s, but not all the programs that %s is made of", m.Program(), m.Name()),
			}
		}
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
	if m.CanHold() {
		f.Packages.Held = append([]string{}, slices.Sorted(maps.Keys(found.Held))...)
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
	f.Packages.Index, f.Packages.IndexFetched = doc.Absent, index.Fetched
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
	if len(index.Groups) > 0 {
		f.Packages.Groups = index.Groups
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
