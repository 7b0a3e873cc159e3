package apply

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"hostkit/pkg/doc"
	"hostkit/pkg/resource"
)

// works asks the kinds for their steps. Changes that preflight could not preview,
// since they depend on others or an earlier run was cut off in them, are previewed
// now; what a preview refuses fails.
func (r *run) works(ctx context.Context, cs []doc.Change) ([]resource.Work, error) {
	var works []resource.Work
	for _, g := range r.byKind(cs) {
		refused, err := r.previewLate(ctx, g)
		if err != nil {
			return nil, err
		}
		var steps []resource.Work
		if refused == nil {
			if steps, refused = r.stepsFor(g); refused == nil {
				refused = served(g.changes, steps)
			}
		}
		if refused == nil {
			works = append(works, steps...)
			continue
		}
		r.advise(refused)
		for _, c := range g.changes {
			r.settle(c.Address, doc.ChangeFailed, refused.Error(), "")
		}
	}
	slices.SortFunc(works, func(a, b resource.Work) int {
		return cmp.Compare(r.index[a.Changes[0]], r.index[b.Changes[0]])
	})
	return works, nil
}

func (r *run) previewLate(ctx context.Context, g group) (refused, err error) {
	// That one was begun by an earlier run was not known to the first preview.
	late := slices.ContainsFunc(g.changes, func(c doc.Change) bool {
		return len(c.DependsOn) > 0 || r.journal.Open(r.index[c.Address])
	})
	if !late {
		return nil, nil
	}
	var b batch
	var all []error
	if err := r.addPreviews(&b, g, &all); err != nil {
		return err, nil
	}
	if err := b.run(ctx, r.host, false); err != nil {
		return nil, err
	}
	return joined(all), nil
}

// served refuses steps that don't serve every change exactly once: the report
// would say of a change what was never seen.
func served(cs []doc.Change, works []resource.Work) error {
	steps := make(map[doc.Address]int, len(cs))
	for _, w := range works {
		for _, a := range w.Changes {
			steps[a]++
		}
	}
	for _, c := range cs {
		if steps[c.Address] != 1 {
			return fmt.Errorf("internal error: the kind %s has %d steps for %s", c.Kind, steps[c.Address], c.Address)
		}
		delete(steps, c.Address)
	}
	if len(steps) > 0 || slices.ContainsFunc(works, func(w resource.Work) bool { return len(w.Changes) == 0 }) {
		return errors.New("internal error: a step serves none of the changes")
	}
	return nil
}
