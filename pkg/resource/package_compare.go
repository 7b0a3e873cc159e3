package resource

import (
	"fmt"
	"slices"
	"strings"

	"hostkit/pkg/doc"
	"hostkit/pkg/manager"
	"hostkit/pkg/names"
)

// Compare wants the package wholly installed, at the version that the config, the
// index or else the lock gives, or not there at all; and held or not, where the
// config says.
func (packages) Compare(r doc.Resource, w World) (Difference, error) {
	f := w.Facts.Packages
	switch {
	case f == nil:
		return Difference{}, ErrNotObserved
	case f.Error != nil:
		return Difference{}, f.Error
	}
	q, err := names.NewRequest(r)
	if err != nil {
		return Difference{}, err
	}
	answer, ok := w.Names[r.Name]
	if !ok {
		return Difference{}, &Refusal{
			Code: "not_resolved", Message: "its name on the host is not known", Hint: "run hk-resolve on this document",
		}
	}
	if q.Latest && answer.Version != "" {
		return Difference{}, &Refusal{
			Code:    "contradiction",
			Message: fmt.Sprintf("the config wants the latest %s, and the package lock pins it to %s", answer.Package, answer.Version),
			Hint:    "take the version out of the lock's entry, or \"state\": \"latest\" out of the config",
		}
	}
	if indexChanges(w) {
		f = withoutIndex(f)
	}
	wish := packageWish{name: answer.Package, version: q.Version, latest: q.Latest, hold: q.Hold, facts: f}
	if wish.version == "" {
		wish.version = answer.Version
	}
	if wish.manager, err = acceptable(w.Facts.PackageManager, wish.name, wish.version); err != nil {
		return Difference{}, &Refusal{Code: "bad_name", Message: err.Error()}
	}
	return wish.compare(r.State)
}

// indexChanges reports whether the plan makes the index another than it is.
func indexChanges(w World) bool { return w.RefreshIndex || repositoriesChange(w) }

// withoutIndex are the facts without what the index has today: of what it will
// have nothing is known, and the preview finds out.
func withoutIndex(f *doc.PackageFacts) *doc.PackageFacts {
	left := *f
	left.Available, left.Versions, left.Providers, left.Groups = nil, nil, nil, nil
	return &left
}

// packageWish is what the config wants of one package of the host.
type packageWish struct {
	manager manager.Manager
	name    string
	// version is exact, or empty.
	version string
	latest  bool
	// hold is nil where the config does not say.
	hold  *bool
	facts *doc.PackageFacts
}

func (p packageWish) compare(state doc.Presence) (Difference, error) {
	if p.hold != nil && !p.manager.CanHold() {
		return Difference{}, &Refusal{
			Code:    "cannot_hold",
			Message: fmt.Sprintf("%s can't hold %s: it knows no holds that can be set and read", p.manager.Name(), p.name),
			Hint:    "leave hold out for this host, and give an exact version if that is what matters",
		}
	}
	found := observe(p.manager, p.name, factsInventory(p.facts))
	held := found.held()
	if p.hold == nil {
		found.Held = nil
	}
	if state == doc.Absent {
		d := unwanted(found)
		return d, p.heldBack(d, held)
	}
	d, err := p.wanted(found)
	if err != nil {
		return d, err
	}
	return d, p.heldBack(d, held)
}

// factsInventory is what hk-facts was told by [manager.Manager.ReadInstalled].
func factsInventory(f *doc.PackageFacts) manager.Inventory {
	i := manager.Inventory{Versions: f.Installed, Broken: f.Broken, Held: make(map[string]bool)}
	for _, name := range f.Held {
		i.Held[name] = true
	}
	return i
}

// heldBack refuses to change what is held when the config says nothing of it.
func (p packageWish) heldBack(d Difference, held bool) error {
	if !held || p.hold != nil {
		return nil
	}
	message := fmt.Sprintf("%s is held on the host, and the plan would %s it", p.name, d.Action)
	hint := "write \"hold\": true to have it changed and held again, or \"hold\": false to release it"
	switch d.Action {
	case doc.Update:
	case doc.Delete:
		hint = "release it first: \"hold\": false with the package present, or on the host"
	case doc.Create:
		message = p.name + " is not installed, and held on the host so that it stays so"
		hint = "write \"hold\": true to have it installed and held again, or \"hold\": false to release it"
	default:
		return nil
	}
	return &Refusal{Code: "held", Message: message, Hint: hint}
}

// acceptable parses what goes to the manager.
func acceptable(managerName, name, version string) (manager.Manager, error) {
	m, ok := manager.ByName(managerName)
	if !ok {
		return nil, fmt.Errorf("no package manager %q is known", managerName)
	}
	_, err := want(m, name, version)
	return m, err
}

func want(m manager.Manager, name, version string) (manager.Want, error) {
	w := manager.Want{}
	var err error
	if w.Name, err = m.ParseName(name); err != nil {
		return w, err
	}
	if version != "" {
		w.Version, err = m.ParseVersion(version)
	}
	return w, err
}

func unwanted(found packageState) Difference {
	if found.State == doc.Absent {
		return Difference{}
	}
	return Difference{
		Action: doc.Delete, Reason: "not wanted",
		Before: attributes(found), After: attributes(packageState{State: doc.Absent}),
	}
}

// wanted compares a package that is to be there.
func (p packageWish) wanted(found packageState) (Difference, error) {
	candidate, known := p.facts.Available[p.name]
	known = known && p.facts.Index == doc.Present
	after := packageState{State: doc.Present, Package: p.name, Version: p.version, Held: p.hold}
	switch {
	case p.latest && known:
		after.Version = candidate
	case p.latest:
		after.Latest = true
	case p.version == "" && found.State == doc.Absent:
		after.Candidate = candidate
	}
	action, reason := p.gap(found, candidate, known)
	if action != "" {
		d := Difference{Action: action, Reason: reason, Before: attributes(found), After: attributes(after)}
		return d, obtainable(p.manager, p.name, after.Version, p.facts)
	}
	if p.hold == nil || *p.hold == found.held() {
		return Difference{}, nil
	}
	reason = "held"
	if *p.hold {
		reason = "not held"
	}
	return Difference{
		Action: doc.Update, Reason: reason,
		Before: attributes(packageState{State: doc.Present, Package: p.name, Held: found.Held}),
		After:  attributes(packageState{State: doc.Present, Package: p.name, Held: p.hold}),
	}, nil
}

// gap tells what is to be done about the version, and why. An index that has
// nothing newer than what is installed asks for nothing.
func (p packageWish) gap(found packageState, candidate string, known bool) (doc.Action, string) {
	switch {
	case found.State == doc.Absent:
		return doc.Create, "missing"
	case found.Status != "":
		return doc.Update, found.Status
	case p.version != "" && p.version != found.Version:
		return doc.Update, "version"
	case p.latest && !known:
		return doc.Unknown, "latest not known yet"
	case p.latest && p.manager.CompareVersions(found.Version, candidate) < 0:
		return doc.Update, "outdated"
	}
	return "", ""
}

// refreshAdvice says how an index that may be old is fetched anew.
func refreshAdvice(m manager.Manager, f *doc.PackageFacts) string {
	if f.IndexFetched == "" {
		return "is the index old? " + m.RefreshCommand() + " on the host refreshes it"
	}
	return "is the index old? hk-plan --refresh-index has it fetched anew"
}

// obtainable refuses what the index was asked for and does not have. What it was
// not asked is not known: the preview finds out.
func obtainable(m manager.Manager, name, version string, f *doc.PackageFacts) error {
	if f.Index != doc.Present {
		return nil
	}
	if candidate, asked := f.Available[name]; asked && candidate == "" {
		if members := f.Groups[name]; len(members) > 0 {
			return packageRefusal(manager.GroupFailure(name, members))
		}
		if providers := f.Providers[name]; len(providers) > 0 {
			return &Refusal{
				Code:    "not_available",
				Message: fmt.Sprintf("%s is no package, but a name that others provide: %s", name, strings.Join(providers, ", ")),
				Hint:    "name one of them with as",
			}
		}
		return &Refusal{
			Code:    "not_available",
			Message: fmt.Sprintf("the host's package index has no %s", name),
			Hint:    refreshAdvice(m, f) + "; another name goes into as",
		}
	}
	if versions, asked := f.Versions[name]; asked && version != "" && !slices.Contains(versions, version) {
		return &Refusal{
			Code:    "version_not_available",
			Message: fmt.Sprintf("the host's package index has no version %s of %s", version, name),
			Hint:    "it has " + strings.Join(versions, ", ") + "; " + refreshAdvice(m, f),
		}
	}
	return nil
}
