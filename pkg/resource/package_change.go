package resource

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"hostkit/pkg/doc"
	"hostkit/pkg/manager"
	"hostkit/pkg/shell"
)

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
		if err := addTo(&tx, m, c); err != nil {
			return nil, tx, err
		}
	}
	tx.Resume = on.resumes(cs)
	return m, tx, nil
}

func addTo(tx *manager.Transaction, m manager.Manager, c doc.Change) error {
	name, err := changedPackage(c)
	if err != nil {
		return err
	}
	before, after, err := packageSides(c)
	if err != nil {
		return err
	}
	w, err := want(m, name, after.Version)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Address, err)
	}
	installed, removed := installs(c), after.State == doc.Absent
	changes := installed || removed
	switch {
	case removed:
		tx.Remove = append(tx.Remove, w.Name)
	case installed:
		tx.Install = append(tx.Install, w)
	}
	switch {
	case before.Held == nil && after.Held == nil:
	case !m.CanHold():
		return fmt.Errorf("%s: %s can't hold packages", c.Address, m.Name())
	default:
		if before.held() && (changes || !after.held()) {
			tx.Release = append(tx.Release, w.Name)
		}
		if after.held() && (changes || !before.held()) {
			tx.Hold = append(tx.Hold, w.Name)
		}
	}
	return nil
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
			// That an earlier run was cut off in it was not known when this was asked:
			// it is asked again before it is made.
			if on.resumes(cs) && !tx.Resume {
				return nil
			}
			effect, err := m.ReadPreview(tx, r)
			if err != nil {
				return transactionRefusal(err, cs)
			}
			return unplanned(effect, tx)
		},
		Touches: func(r shell.Result) []string {
			effect, err := m.ReadPreview(tx, r)
			if err != nil {
				return nil
			}
			return slices.Concat(touched(effect), marked(tx))
		},
	}}, nil
}

// Unforeseen is all that the manager's preview leaves out.
func (packages) Unforeseen(cs []doc.Change) map[doc.Address]string {
	return ofAll(arriving(cs), "whether the packages can be downloaded and unpacked is not known")
}

// transactionRefusal is packageRefusal for a transaction of these changes. Where
// they wait for the index to be fetched, it is of this very run.
func transactionRefusal(err error, cs []doc.Change) error {
	index := func(d doc.Dependency) bool { return d.Address.Kind() == packageIndexes{}.Name() }
	var failure *manager.Failure
	if errors.As(err, &failure) && slices.ContainsFunc(cs, func(c doc.Change) bool { return slices.ContainsFunc(c.DependsOn, index) }) {
		err = failure.AfterFetch()
	}
	return packageRefusal(err)
}

func packageRefusal(err error) error {
	var failure *manager.Failure
	if errors.As(err, &failure) {
		return &Refusal{Code: failure.Code, Message: failure.Message, Hint: failure.Hint}
	}
	return err
}

// reported is what a manager wrote of a failure that its script answers in a form
// for programs; nil of any other.
func reported(err error) *string {
	var failure *manager.ReportedError
	if errors.As(err, &failure) {
		return &failure.Said
	}
	return nil
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
	if len(tx.Install) == 0 && !tx.Resume {
		e.Instead = slices.Concat(e.Installs, e.Upgrades)
	}
	var instead []string
	for _, p := range e.Instead {
		asked := func(w manager.Want) bool { return string(w.Name) == p.Name }
		if !slices.ContainsFunc(tx.Install, asked) {
			instead = append(instead, p.Name)
		}
	}
	switch {
	case instead != nil:
		return &Refusal{
			Code:    "would_install",
			Message: "in place of what is removed the package transaction would install what the plan does not name: " + strings.Join(instead, ", "),
			Hint:    "something on the host depends on one of them: declare the one that is wanted, or with \"state\": \"absent\" what depends on it",
		}
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
			if err != nil {
				return Outcome{Transaction: touched(effect), Output: reported(err)}, transactionRefusal(err, cs)
			}
			return Outcome{
				Transaction: slices.Concat(touched(effect), marked(tx)), Beside: beside(effect, tx, m), Already: already(cs, effect),
			}, nil
		},
	}}, nil
}

// already lists the changes that were not known to be needed, and were not.
func already(cs []doc.Change, e manager.Effect) []doc.Address {
	var all []doc.Address
	for _, c := range cs {
		_, after, err := packageSides(c)
		touched := func(p manager.Package) bool { return p.Name == after.Package }
		if err == nil && c.Action == doc.Unknown && after.Latest && !slices.ContainsFunc(slices.Concat(e.Installs, e.Upgrades), touched) {
			all = append(all, c.Address)
		}
	}
	return all
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
	if n := len(tx.Hold); n > 0 {
		parts = append(parts, "hold "+count(n))
	}
	if n := len(tx.Release) - len(tx.Again()); n > 0 {
		parts = append(parts, "release "+count(n))
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

// beside spells what a transaction did to packages that it was not asked about, as
// [doc.ChangeReport.Beside] says.
func beside(e manager.Effect, tx manager.Transaction, m manager.Manager) []string {
	asked := func(name string) bool {
		return slices.Contains(tx.Remove, manager.Name(name)) ||
			slices.ContainsFunc(tx.Install, func(w manager.Want) bool { return string(w.Name) == name })
	}
	var lines []string
	add := func(ps []manager.Package, spell func(manager.Package) string) {
		for _, p := range ps {
			if !asked(p.Name) {
				lines = append(lines, spell(p))
			}
		}
	}
	was := func(p manager.Package) string { return fmt.Sprintf("%s %s (was %s)", p.Name, p.Version, p.From) }
	add(e.Installs, func(p manager.Package) string {
		line := p.Name + " " + p.Version
		// What can't be named to the manager can't be taken back by name.
		if _, err := m.ParseName(p.Name); err != nil || p.State != "" {
			line += " (" + cmp.Or(p.State, "installed") + ")"
		}
		return line
	})
	add(e.Upgrades, was)
	add(e.Downgrades, was)
	add(e.Removes, func(p manager.Package) string { return p.Name + " (removed)" })
	slices.Sort(lines)
	return lines
}

// marked spells what a transaction does beside changing packages: "name (held)",
// "name (released)".
func marked(tx manager.Transaction) []string {
	var lines []string
	for _, name := range tx.Hold {
		lines = append(lines, string(name)+" (held)")
	}
	for _, name := range tx.Release {
		if !slices.Contains(tx.Hold, name) {
			lines = append(lines, string(name)+" (released)")
		}
	}
	slices.Sort(lines)
	return lines
}
