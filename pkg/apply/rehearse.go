package apply

import (
	"cmp"
	"fmt"
	"slices"

	"hostkit/pkg/doc"
	"hostkit/pkg/graph"
	"hostkit/pkg/jsonx"
	"hostkit/pkg/resource"
)

// rehearsed is what kinds have worded of changes, by the first of them.
type rehearsed[T any] map[doc.Address]wording[T]

type wording[T any] struct {
	changes []doc.Change
	steps   []T
}

func (all rehearsed[T]) keep(cs []doc.Change, steps []T) { all[cs[0].Address] = wording[T]{cs, steps} }

// of returns what was worded of just these changes.
func (all rehearsed[T]) of(cs []doc.Change) ([]T, bool) {
	w := all[cs[0].Address]
	same := slices.EqualFunc(w.changes, cs, func(a, b doc.Change) bool { return a.Address == b.Address })
	return w.steps, same
}

// rehearse has every kind word all that the plan will have the host do: what a kind
// can't do of a plan is to be known before the first change is made, and before there
// is a connection. A plan of hk-plan passes; its digest is no signature, and others
// can write plans too.
func (r *run) rehearse() error {
	for _, c := range r.plan.Changes {
		if err := agree(c); err != nil {
			return invalid(err)
		}
	}
	for _, g := range r.byKind(r.plan.Changes) {
		probes, err := g.kind.Recheck(g.changes, r.site())
		if err != nil {
			return invalid(err)
		}
		r.rechecks.keep(g.changes, probes)
	}
	for _, layer := range graph.Layers(r.plan.Changes) {
		for _, g := range r.byKind(layer) {
			if err := r.rehearseSteps(g); err != nil {
				return invalid(err)
			}
		}
	}
	return nil
}

func (r *run) rehearseSteps(g group) error {
	if previewer, ok := g.kind.(resource.Previewer); ok {
		if _, err := previewer.Preview(g.changes, r.site()); err != nil {
			return err
		}
	}
	steps, err := g.kind.Steps(g.changes, r.site())
	if err != nil {
		return err
	}
	r.steps.keep(g.changes, steps)
	return nil
}

// recheck returns the probes for changes of a kind.
func (r *run) recheck(g group) ([]resource.Recheck, error) {
	if probes, ok := r.rechecks.of(g.changes); ok {
		return probes, nil
	}
	return g.kind.Recheck(g.changes, r.site())
}

// stepsFor returns the steps for changes of a kind. When they were rehearsed it was not
// known what an earlier run has begun. What they bring is as large as the plan, and is
// let go with them.
func (r *run) stepsFor(g group) ([]resource.Work, error) {
	steps, ok := r.steps.of(g.changes)
	delete(r.steps, g.changes[0].Address)
	begun := func(c doc.Change) bool { return r.journal.Open(r.index[c.Address]) }
	if ok && !slices.ContainsFunc(g.changes, begun) {
		return steps, nil
	}
	return g.kind.Steps(g.changes, r.site())
}

// agree refuses a change whose action is not what its sides say: a person reads
// the one, and the host gets the other.
func agree(c doc.Change) error {
	var before, after struct {
		State doc.Presence `json:"state"`
	}
	if err := cmp.Or(jsonx.UnmarshalPart(c.Before, "/before", &before), jsonx.UnmarshalPart(c.After, "/after", &after)); err != nil {
		return fmt.Errorf("%s: %w", c.Address, err)
	}
	var ok bool
	switch c.Action {
	case doc.Create:
		ok = before.State == doc.Absent && after.State == doc.Present
	case doc.Update:
		ok = before.State == after.State
	case doc.Delete:
		ok = before.State == doc.Present && after.State == doc.Absent
	default:
		ok = true
	}
	if !ok {
		return fmt.Errorf("%s is to %s, and goes from %s to %s", c.Address, c.Action, before.State, after.State)
	}
	return nil
}
