package apply

import (
	"context"
	"errors"
	"slices"
	"strings"

	"hostkit/pkg/doc"
	"hostkit/pkg/facts"
	"hostkit/pkg/resource"
	"hostkit/pkg/shell"
)

// preflight takes the host's lock and looks at its identity and at what every
// change is about. It returns an error unless each change is still to be made or
// made already.
func (r *run) preflight(ctx context.Context) error {
	if err := r.look(ctx); err != nil || r.lock.busy == nil {
		return err
	}
	if err := r.await(ctx); err != nil {
		return err
	}
	// What was seen before is what the other one has changed.
	return r.look(ctx)
}

// look makes preflight's batch. What it saw is nothing to rely on where another
// one has the lock.
func (r *run) look(ctx context.Context) error {
	var basics facts.Basics
	var b batch
	for _, p := range facts.BasicProbes(&basics) {
		b.add(shell.Step{Name: p.Name, Script: p.Script, Limit: p.Limit}, func(result shell.Result) error {
			return p.Read(result, &doc.Facts{})
		})
	}
	r.addLock(&b)
	r.addLook(&b)
	r.addHomes(&b)
	answers := len(b.steps)
	r.addJournal(&b)
	found := make(map[doc.Address]doc.Attributes)
	if err := r.addRechecks(&b, r.plan.Changes, found); err != nil {
		return err
	}
	var refused []error
	for _, g := range r.byKind(r.independent()) {
		if err := r.addPreviews(&b, g, &refused); err != nil {
			return invalid(err)
		}
	}
	missing := make(map[doc.Address]error)
	r.addSupplies(&b, missing)
	for i, read := range b.readers[answers:] {
		b.readers[answers+i] = func(result shell.Result) error {
			// Another one may be in the middle of it; and what a host that is no longer
			// the plan's answers, one without the plan's package manager say, is nothing
			// to fail about.
			if r.lock.busy != nil || len(r.otherTarget(basics, r.host)) > 0 {
				return nil
			}
			return read(result)
		}
	}
	last := r.options.DryRun && r.options.Wait == 0 || len(r.plan.Changes) == 0
	if err := b.run(ctx, r.host, last); err != nil {
		return err
	}
	r.stale = append(r.stale, r.otherTarget(basics, r.host)...)
	switch {
	case len(r.stale) == 0 && r.lock.busy != nil:
		if r.options.Wait > 0 {
			return nil
		}
		return r.lock.busy
	case len(r.stale) == 0:
		r.compareChanges(found)
		r.compareActs(found)
		if r.options.DryRun {
			r.foretell()
		}
	}
	if len(r.stale) > 0 {
		return r.staleFailure()
	}
	barred := r.barred(found)
	if len(barred) > 0 {
		refused = slices.DeleteFunc(refused, isBar) // the preview says it once more, in other words
	}
	return r.refusal(slices.Concat(refused, barred, r.lacking(missing)))
}

// addRechecks adds the probes that observe what changes are about.
func (r *run) addRechecks(b *batch, cs []doc.Change, found map[doc.Address]doc.Attributes) error {
	for _, g := range r.byKind(cs) {
		probes, err := r.recheck(g)
		if err != nil {
			return invalid(err)
		}
		for _, probe := range probes {
			b.add(shell.Step{Name: probe.Name, Script: probe.Script, Limit: probe.Limit}, func(result shell.Result) error {
				states, err := probe.Read(result)
				if err != nil {
					return err
				}
				for a, state := range states {
					found[a] = state
				}
				return nil
			})
		}
	}
	return nil
}

// addPreviews adds the checks of a kind that can be previewed.
func (r *run) addPreviews(b *batch, g group, refused *[]error) error {
	previewer, ok := g.kind.(resource.Previewer)
	if !ok {
		return nil
	}
	checks, err := previewer.Preview(g.changes, r.site())
	if err != nil {
		return err
	}
	for _, check := range checks {
		b.add(shell.Step{Name: check.Name, Script: check.Script, Limit: check.Limit}, func(result shell.Result) error {
			switch err := check.Read(result); {
			case err != nil:
				*refused = append(*refused, err)
			case r.options.DryRun && check.Touches != nil:
				r.fates[r.index[g.changes[0].Address]].Transaction = check.Touches(result)
			}
			return nil
		})
	}
	return nil
}

// site is what the kinds are told of the host.
func (r *run) site() resource.Site {
	return resource.Site{Target: r.plan.Target, Secret: r.options.Secret, Begun: func(a doc.Address) bool {
		i, ok := r.index[a]
		return ok && r.journal.Open(i)
	}}
}

// invalid is the failure of a plan that says what its kinds can't do. A plan of
// ours does not; its digest is no signature.
func invalid(err error) error {
	return &Failure{
		What: "invalid_document", Status: doc.StatusFailed, exit: 3,
		Message: err.Error() + "; nothing was changed",
	}
}

// independent are the changes that depend on no other of the plan. The others
// are previewed when their turn comes.
func (r *run) independent() []doc.Change {
	var cs []doc.Change
	for _, c := range r.plan.Changes {
		if len(c.DependsOn) == 0 {
			cs = append(cs, c)
		}
	}
	return cs
}

// group is changes of one kind.
type group struct {
	kind    resource.Kind
	changes []doc.Change
}

// byKind groups changes in the order of the kinds; the order inside a kind
// stays.
func (r *run) byKind(cs []doc.Change) []group {
	var groups []group
	for _, kind := range r.options.Kinds {
		g := group{kind: kind}
		for _, c := range cs {
			if c.Kind == kind.Name() {
				g.changes = append(g.changes, c)
			}
		}
		if len(g.changes) > 0 {
			groups = append(groups, g)
		}
	}
	return groups
}

// refusal words what the previews refused.
func (r *run) refusal(refused []error) error {
	if len(refused) == 0 {
		return nil
	}
	f := &Failure{
		What: "refused", Status: doc.StatusFailed, exit: 1,
		Message: errors.Join(refused...).Error() + "; nothing was changed",
	}
	var first *resource.Refusal
	if errors.As(refused[0], &first) {
		f.What, f.Advice = first.Code, first.Hint
	}
	return f
}

// joined puts reasons into one line; nil when there is none.
func joined(reasons []error) error {
	if len(reasons) < 2 {
		return errors.Join(reasons...)
	}
	texts := make([]string, len(reasons))
	for i, reason := range reasons {
		texts[i] = reason.Error()
	}
	return errors.New(strings.Join(texts, "; "))
}
