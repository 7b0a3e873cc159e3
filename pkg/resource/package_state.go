package resource

import (
	"fmt"

	"github.com/go-json-experiment/json"

	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
	"hostkit/pkg/manager"
)

// packageState is a package as a change and an observation describe it.
type packageState struct {
	State   doc.Presence `json:"state"`
	Package string       `json:"package,omitzero"`
	// Version stands where it matters: the one that is pinned, removed, or was
	// observed.
	Version string `json:"version,omitzero"`
	// Status is the manager's word for a package that is not wholly installed.
	Status string `json:"status,omitzero"`
	// Latest says that the version is the one that the index offers, or a newer
	// one.
	Latest bool `json:"latest,omitzero"`
	// Held stands where the config manages it.
	Held *bool `json:"held,omitzero"`
	// Candidate is the version that the index would give, for people.
	Candidate string `json:"candidate,omitzero"`
}

// whole reports whether the package is installed, wholly.
func (s packageState) whole() bool { return s.State == doc.Present && s.Status == "" }

// held reports whether the package is said to be held.
func (s packageState) held() bool { return s.Held != nil && *s.Held }

// observe gives the state of one package, with all that is known of it.
func observe(m manager.Manager, name string, found manager.Inventory) packageState {
	s := packageState{State: doc.Present, Package: name}
	version, whole := found.Versions[name]
	status, broken := found.Broken[name]
	switch {
	case broken:
		s.Status = status
	case whole:
		s.Version = version
	default:
		s = packageState{State: doc.Absent}
	}
	// What is not there is not held, as a rule, and nothing is said of it then.
	if held := found.Held[name]; m.CanHold() && (held || s.State == doc.Present) {
		s.Held = &held
	}
	return s
}

// packageSides reads both sides of a change of a package.
func packageSides(c doc.Change) (before, after packageState, err error) {
	if before, err = readAttributes[packageState](c.Before); err == nil {
		after, err = readAttributes[packageState](c.After)
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", c.Address, err)
	}
	return before, after, err
}

// changedPackage is the distribution's name of what a change is about: one of
// its two sides has it.
func changedPackage(c doc.Change) (string, error) {
	before, after, err := packageSides(c)
	switch {
	case err != nil:
		return "", err
	case after.Package != "":
		return after.Package, nil
	case before.Package != "":
		return before.Package, nil
	}
	return "", fmt.Errorf("%s: the change names no package", c.Address)
}

// installs reports whether the change has the manager install a version, and not
// only hold or release what is there.
func installs(c doc.Change) bool {
	before, after, err := packageSides(c)
	if err != nil || after.State == doc.Absent {
		return false
	}
	return !before.whole() || after.Version != "" || after.Latest
}

// Holds passes over the candidate, and over what side does not have.
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
		(want.Version == "" || want.Version == got.Version) &&
		(!want.Latest || got.Latest) &&
		(want.Held == nil || want.held() == got.held())
}

// Bars says no to a change of what is held, where the change says nothing of the hold.
// One that is not known to be needed is left to the manager.
func (packages) Bars(c doc.Change, found doc.Attributes, on Site) error {
	before, after, err := packageSides(c)
	changes := after.State == doc.Absent || installs(c)
	if err != nil || !changes || before.Held != nil || after.Held != nil || c.Action == doc.Unknown {
		return err
	}
	name, err := changedPackage(c)
	if err != nil {
		return err
	}
	m, err := managerOf(on)
	if err != nil {
		return err
	}
	if got, err := readAttributes[packageState](found); err != nil || !got.held() {
		return err
	}
	verb := string(c.Action)
	if c.Action == doc.Create {
		verb = "install"
	}
	return &Refusal{
		Code:    "held",
		Message: fmt.Sprintf("%s is held on the host, and the plan would %s it", name, verb),
		Hint:    m.ReleaseCommand(name) + " on the host lets go of it, if it is to be changed: then apply the same plan again",
	}
}

// presence is a side of a change that says no more than whether a thing is there.
type presence struct {
	State doc.Presence `json:"state"`
}

// attributes marshals what only holds text of a document, which can't fail: what is
// not UTF-8 is in none.
func attributes(v any) doc.Attributes {
	raw, err := json.Marshal(v)
	if err != nil {
		panic("resource: " + err.Error())
	}
	return raw
}

func readAttributes[T any](raw doc.Attributes) (T, error) {
	var v T
	if len(raw) == 0 { // an observation without members of the kind's own
		return v, nil
	}
	err := jsonx.UnmarshalPart(raw, "", &v)
	return v, err
}
