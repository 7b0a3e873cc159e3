package resource

import (
	"fmt"
	"slices"

	"hostkit/pkg/doc"
	"hostkit/pkg/mise"
	"hostkit/pkg/shell"
)

// miseTools is the kind `mise_tool`: that a version of a tool is installed by mise
// for all users of the host, or is not. All tools of a plan are installed in one
// call of mise, which knows their order.
type miseTools struct{}

func (miseTools) Name() string { return mise.ToolKind }

// Section is empty: tools stand in the section of mise.
func (miseTools) Section() Section { return Section{} }

// Expand is never called.
func (miseTools) Expand(doc.Raw, Files) ([]Declared, []Problem) { return nil, nil }

// toolState is a version of a tool as a change describes it. The side on which it
// is present says all that mise is to be told.
type toolState struct {
	State doc.Presence `json:"state"`
	toolSpec
	// With are tools of the same place that its backend needs, by name.
	With map[string]toolSpec `json:"with,omitzero"`
	// Installed are the versions that were there, for people.
	Installed []string `json:"installed,omitzero"`
}

// Compare wants the version to be there, whatever others are.
func (miseTools) Compare(r doc.Resource, w World) (Difference, error) {
	var spec toolSpec
	if err := decodeSpec(r, &spec); err != nil {
		return Difference{}, err
	}
	if err := spec.check(r.Name); err != nil {
		return Difference{}, fmt.Errorf("%s: %w", r.Address, err)
	}
	found, ok := w.Facts.Observed[r.Address]
	if !ok {
		return Difference{}, ErrNotObserved
	}
	if found.Error != nil {
		return Difference{}, found.Error
	}
	seen, err := readAttributes[toolObservation](found.Attributes)
	if err != nil {
		return Difference{}, invalidFact(err)
	}
	there := toolState{State: doc.Present, toolSpec: spec, With: companions(r, spec, w)}
	switch {
	case r.State == doc.Absent && found.State == doc.Present:
		return Difference{
			Action: doc.Delete, Reason: "not wanted",
			Before: attributes(there), After: attributes(presence{State: doc.Absent}),
		}, nil
	case r.State == doc.Absent || found.State == doc.Present:
		return Difference{}, nil
	}
	d := Difference{
		Action: doc.Create, Reason: "missing", After: attributes(there),
		Before: attributes(missingTool{State: doc.Absent, Installed: seen.Installed}),
	}
	if seen.Incomplete {
		d.Reason = "incomplete"
	}
	return d, nil
}

// missingTool is the side of a change on which the version is not there.
type missingTool struct {
	State doc.Presence `json:"state"`
	// Installed are other versions that are, for people.
	Installed []string `json:"installed,omitzero"`
}

// companions are the tools of the same mise that the backend of one needs and that
// the host should have.
func companions(r doc.Resource, spec toolSpec, w World) map[string]toolSpec {
	needed := mise.BackendOf(r.Name).Tools
	var all map[string]toolSpec
	for _, other := range w.Resources {
		var its toolSpec
		if other.Kind != mise.ToolKind || other.State == doc.Absent || !slices.Contains(needed, other.Name) {
			continue
		}
		if err := decodeSpec(other, &its); err == nil && its.place() == spec.place() {
			if all == nil {
				all = make(map[string]toolSpec, len(needed))
			}
			all[other.Name] = its
		}
	}
	return all
}

// Ties need the program, and the folder where something makes it.
func (miseTools) Ties(r doc.Resource) Ties {
	t := Ties{Provides: []Handle{Handle(mise.ToolKind + ":" + r.Name)}}
	var spec toolSpec
	if err := decodeSpec(r, &spec); err != nil || spec.check(r.Name) != nil {
		return t
	}
	folder := Need{Handle: pathHandle(spec.SystemDataDir), Reason: "the folder of mise's tools", Order: true}
	for _, parent := range ancestors(spec.SystemDataDir) {
		folder.Else = append(folder.Else, pathHandle(parent))
	}
	t.Needs = append(t.Needs, Need{Handle: pathHandle(spec.Program), Reason: "installed by it"}, folder)
	return t
}

// Holds compares presence, of the version that the change is about.
func (miseTools) Holds(side, found doc.Attributes) bool {
	want, err := readAttributes[presence](side)
	got, err2 := readAttributes[presence](found)
	return err == nil && err2 == nil && want.State == got.State
}

// toolChange is a change with its two sides read.
type toolChange struct {
	address doc.Address
	spec    toolSpec
	with    map[string]toolSpec
	after   doc.Presence
}

func (c toolChange) tool() mise.Tool { return c.spec.tool(c.address.Name()) }

// readToolChange reads a change of a plan, which may come from anywhere. The side
// on which the tool is present says which one it is.
func readToolChange(c doc.Change) (toolChange, error) {
	t := toolChange{address: c.Address}
	before, err := readAttributes[toolState](c.Before)
	if err != nil {
		return t, fmt.Errorf("%s: %w", c.Address, err)
	}
	after, err := readAttributes[toolState](c.After)
	if err != nil {
		return t, fmt.Errorf("%s: %w", c.Address, err)
	}
	t.after = after.State
	side := after
	if after.State == doc.Absent {
		side = before
	}
	if side.State != doc.Present {
		return t, fmt.Errorf("%s: the change does not say which version is to be there or to go", c.Address)
	}
	t.spec, t.with = side.toolSpec, side.With
	if err := t.spec.check(c.Address.Name()); err != nil {
		return t, fmt.Errorf("%s: %w", c.Address, err)
	}
	for name, spec := range t.with {
		if err := spec.check(name); err != nil {
			return t, fmt.Errorf("%s: %w", c.Address, err)
		}
	}
	return t, nil
}

// toolCall is what one call of mise is to do.
type toolCall struct {
	place   mise.Place
	locked  bool
	after   doc.Presence
	tools   []mise.Tool
	with    []mise.Tool
	changes []doc.Address
}

// toolCalls puts changes together: one call for all that one mise is to install,
// and one for all that it is to remove.
func toolCalls(cs []doc.Change) ([]toolCall, error) {
	var calls []toolCall
	for _, change := range cs {
		c, err := readToolChange(change)
		if err != nil {
			return nil, err
		}
		place, locked := c.spec.place(), c.spec.Lock != "" && c.after == doc.Present
		at := slices.IndexFunc(calls, func(call toolCall) bool {
			return call.place == place && call.locked == locked && call.after == c.after
		})
		if at < 0 {
			at = len(calls)
			calls = append(calls, toolCall{place: place, locked: locked, after: c.after})
		}
		call := &calls[at]
		call.tools, call.changes = append(call.tools, c.tool()), append(call.changes, c.address)
		for _, name := range sortedKeys(c.with) {
			if !slices.ContainsFunc(call.with, func(t mise.Tool) bool { return t.Name == name }) {
				call.with = append(call.with, c.with[name].tool(name))
			}
		}
	}
	return calls, nil
}

// Preview refuses a tool whose backend the host does not have: mise would find out
// after it has downloaded the others.
func (miseTools) Preview(cs []doc.Change, _ Site) ([]Check, error) {
	calls, err := toolCalls(cs)
	if err != nil {
		return nil, err
	}
	var checks []Check
	for _, call := range calls {
		if call.after != doc.Present {
			continue
		}
		checks = append(checks, Check{
			Name:   "look what the tools are installed with",
			Script: mise.LookForBackends(call.tools, append(slices.Clone(call.with), call.tools...)),
			Read:   func(r shell.Result) error { return readBackends(r) },
		})
	}
	return checks, nil
}

// Unforeseen is all that mise does.
func (miseTools) Unforeseen(cs []doc.Change) map[doc.Address]string {
	return ofAll(arriving(cs), "whether mise can download or build the tools is not known")
}
