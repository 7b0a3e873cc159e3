package resource

import (
	"errors"
	"fmt"
	"strings"

	"hostkit/pkg/doc"
)

// Undo removes what was installed, with all that the transaction newly brought
// along, installs what was removed, at the version it had, and goes back to the
// version that was replaced where the host can still have it. What a plan alone
// says of an installation is not enough to take it back: it does not say what came
// along.
func (packages) Undo(c doc.Change, r *doc.ChangeReport) ([]doc.Change, error) {
	before, after, err := packageSides(c)
	if err != nil {
		return nil, err
	}
	name, err := changedPackage(c)
	if err != nil {
		return nil, err
	}
	leaves, err := leftPackage(name, before, after)
	if err != nil {
		return nil, err
	}
	if r == nil && installs(c) {
		return nil, errors.New("the plan does not say what its installation brought along: take back the report of the apply")
	}
	cutOff := r != nil && r.BegunBefore && installs(c)
	if cutOff && r.Status == doc.ChangeAlready {
		return nil, errors.New("what its installation brought along only the report of the run that made it can say: take that one back, too, where there is one")
	}
	finds := after
	finds.Latest, finds.Candidate = false, ""
	all := []doc.Change{turned(c, attributes(finds), attributes(leaves))}
	if r == nil {
		return all, nil
	}
	var stay []string
	for _, line := range r.Beside {
		brought, fresh := besidePackage(line)
		if !fresh {
			stay = append(stay, line)
			continue
		}
		all = append(all, broughtAlong(c, brought))
	}
	if cutOff {
		stay = append(stay, "what the run that was cut off had brought along for it, which is not known")
	}
	if stay != nil {
		return all, fmt.Errorf("what its transaction did to other packages stays: %s", strings.Join(stay, ", "))
	}
	return all, nil
}

// leftPackage is what the way back leaves of a package.
func leftPackage(name string, before, after packageState) (packageState, error) {
	leaves := before
	switch {
	case before.State == doc.Absent:
		return packageState{State: doc.Absent, Held: before.Held}, nil
	case before.Status != "":
		return leaves, fmt.Errorf("it was %s before, which nobody wants back", before.Status)
	case after.State == doc.Present && after.Version == "" && !after.Latest:
		leaves.Version = "" // it is held or released, whatever its version
	case before.Version == "" && after.State == doc.Present:
		return leaves, errors.New("the version it had is not known")
	}
	leaves.Package, leaves.Latest, leaves.Candidate = name, false, ""
	return leaves, nil
}

// broughtAlong is the removal of a package that the transaction of c installed, at
// whatever version it is by then: like what is declared, it may have been upgraded.
func broughtAlong(c doc.Change, name string) doc.Change {
	back := turned(c,
		attributes(packageState{State: doc.Present, Package: name}),
		attributes(packageState{State: doc.Absent}))
	back.Address = doc.NewAddress(packages{}.Name(), name)
	back.DeclaredAt = ""
	return back
}

// besidePackage reads a line of [doc.ChangeReport.Beside]; fresh says that the
// package was not there before.
func besidePackage(line string) (name string, fresh bool) {
	words := strings.Fields(line)
	if len(words) != 2 {
		return "", false
	}
	return words[0], true
}
