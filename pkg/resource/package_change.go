package resource

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"hostkit/pkg/doc"
	"hostkit/pkg/manager"
	"hostkit/pkg/names"
	"hostkit/pkg/shell"
)

// Compare wants the package wholly installed, at the version that the config or
// else the lock gives, or not there at all.
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
	version := q.Version
	if version == "" {
		version = answer.Version
	}
	m, err := acceptable(w.Facts.PackageManager, answer.Package, version)
	if err != nil {
		return Difference{}, &Refusal{Code: "bad_name", Message: err.Error()}
	}
	found := observe(answer.Package, f.Installed, f.Broken)
	if r.State == doc.Absent {
		return unwanted(found), nil
	}
	return wanted(m, found, answer.Package, version, f)
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

func wanted(m manager.Manager, found packageState, name, version string, f *doc.PackageFacts) (Difference, error) {
	after := packageState{State: doc.Present, Package: name, Version: version}
	d := Difference{After: attributes(after)}
	switch {
	case found.State == doc.Absent:
		d.Action, d.Reason = doc.Create, "missing"
		if version == "" {
			after.Candidate = f.Available[name]
			d.After = attributes(after)
		}
	case found.Status != "":
		d.Action, d.Reason = doc.Update, found.Status
	case version != "" && version != found.Version:
		d.Action, d.Reason = doc.Update, "version"
	default:
		return Difference{}, nil
	}
	d.Before = attributes(found)
	return d, obtainable(m, name, version, f)
}

// obtainable refuses what the index was asked for and does not have. What it was
// not asked is not known: the preview finds out.
func obtainable(m manager.Manager, name, version string, f *doc.PackageFacts) error {
	if f.Index != doc.Present {
		return nil
	}
	if candidate, asked := f.Available[name]; asked && candidate == "" {
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
			Hint:    "is the index old? " + m.RefreshCommand() + " on the host refreshes it; another name goes into as",
		}
	}
	if versions, asked := f.Versions[name]; asked && version != "" && !slices.Contains(versions, version) {
		return &Refusal{
			Code:    "version_not_available",
			Message: fmt.Sprintf("the host's package index has no version %s of %s", version, name),
			Hint:    "it has " + strings.Join(versions, ", "),
		}
	}
	return nil
}

func managerOf(on Site) (manager.Manager, error) {
	if m, ok := manager.ByName(on.Target.PackageManager); ok {
		return m, nil
	}
	return nil, fmt.Errorf("the plan's package manager %q is not known", on.Target.PackageManager)
}

// transaction puts the changes into one.
func transaction(cs []doc.Change, on Site) (manager.Manager, manager.Transaction, error) {
	var tx manager.Transaction
	m, err := managerOf(on)
	if err != nil {
		return nil, tx, err
	}
	for _, c := range cs {
		name, err := changedPackage(c)
		if err != nil {
			return nil, tx, err
		}
		after, err := readAttributes[packageState](c.After)
		if err != nil {
			return nil, tx, fmt.Errorf("%s: %w", c.Address, err)
		}
		w, err := want(m, name, after.Version)
		if err != nil {
			return nil, tx, fmt.Errorf("%s: %w", c.Address, err)
		}
		if after.State == doc.Absent {
			tx.Remove = append(tx.Remove, w.Name)
		} else {
			tx.Install = append(tx.Install, w)
		}
	}
	return m, tx, nil
}

// Preview asks the manager what the transaction would do.
func (packages) Preview(cs []doc.Change, on Site) ([]Check, error) {
	m, tx, err := transaction(cs, on)
	if err != nil {
		return nil, err
	}
	return []Check{{
		Name: "preview the package transaction", Script: m.Preview(tx), Limit: inventoryLimit,
		Read: func(r shell.Result) error {
			effect, err := m.ReadPreview(tx, r)
			if err != nil {
				return packageRefusal(err)
			}
			return unplanned(effect, tx)
		},
	}}, nil
}

func packageRefusal(err error) error {
	var failure *manager.Failure
	if errors.As(err, &failure) {
		return &Refusal{Code: failure.Code, Message: failure.Message, Hint: failure.Hint}
	}
	return err
}

// unplanned refuses what takes something away that the plan does not name.
func unplanned(e manager.Effect, tx manager.Transaction) error {
	var removes, downgrades []string
	for _, p := range e.Removes {
		if !slices.Contains(tx.Remove, manager.Name(p.Name)) {
			removes = append(removes, p.Name)
		}
	}
	for _, p := range e.Downgrades {
		pinned := func(w manager.Want) bool { return string(w.Name) == p.Name && w.Version != "" }
		if !slices.ContainsFunc(tx.Install, pinned) {
			downgrades = append(downgrades, fmt.Sprintf("%s from %s to %s", p.Name, p.From, p.Version))
		}
	}
	switch {
	case removes != nil:
		return &Refusal{
			Code:    "would_remove",
			Message: "the package transaction would remove what the plan does not name: " + strings.Join(removes, ", "),
			Hint:    "if that is wanted, declare them in the config with \"state\": \"absent\"",
		}
	case downgrades != nil:
		return &Refusal{
			Code:    "would_downgrade",
			Message: "the package transaction would downgrade what the plan does not name: " + strings.Join(downgrades, ", "),
			Hint:    "if that is wanted, declare them in the config with that version",
		}
	}
	return nil
}

// Steps makes one transaction of all changes.
func (packages) Steps(cs []doc.Change, on Site) ([]Work, error) {
	m, tx, err := transaction(cs, on)
	if err != nil {
		return nil, err
	}
	served := make([]doc.Address, len(cs))
	for i, c := range cs {
		served[i] = c.Address
	}
	return []Work{{
		Name: transactionName(tx), Changes: served, Script: m.Commit(tx), Alone: true,
		Read: func(r shell.Result) (Outcome, error) {
			effect, err := m.ReadCommit(r)
			return Outcome{Transaction: touched(effect)}, err
		},
	}}, nil
}

// transactionName is for people: "install 2 packages, remove 1".
func transactionName(tx manager.Transaction) string {
	count := func(n int) string {
		if n == 1 {
			return "1 package"
		}
		return fmt.Sprintf("%d packages", n)
	}
	var parts []string
	if n := len(tx.Install); n > 0 {
		parts = append(parts, "install "+count(n))
	}
	if n := len(tx.Remove); n > 0 {
		parts = append(parts, "remove "+count(n))
	}
	return strings.Join(parts, ", ")
}

// touched spells an effect for the report: "name version", "name (removed)", and
// "name version (half-configured)" for what was left so.
func touched(e manager.Effect) []string {
	var lines []string
	for _, list := range [][]manager.Package{e.Installs, e.Upgrades, e.Downgrades, e.Removes} {
		for _, p := range list {
			line := p.Name + " " + p.Version
			switch {
			case p.Version == "":
				line = p.Name + " (removed)"
			case p.State != "":
				line += " (" + p.State + ")"
			}
			lines = append(lines, line)
		}
	}
	slices.Sort(lines)
	return lines
}
