package apply

import (
	"slices"

	"hostkit/pkg/doc"
	"hostkit/pkg/resource"
	"hostkit/pkg/shell"
)

// addSupplies adds the checks that what changes take from the host itself is there.
func (r *run) addSupplies(b *batch, missing map[doc.Address]error) {
	for _, c := range r.plan.Changes {
		kind, ok := r.kinds[c.Kind].(resource.Supplied)
		if !ok {
			continue
		}
		check, takes := kind.Supplies(c, r.site())
		if !takes {
			continue
		}
		b.add(shell.Step{Name: check.Name, Script: check.Script, Limit: check.Limit}, func(result shell.Result) error {
			if err := check.Read(result); err != nil {
				missing[c.Address] = err
			}
			return nil
		})
	}
}

// addPruning adds the step that removes the oldest backups, where this run has made
// some. That it could not is nobody's concern: the next run tries again.
func (r *run) addPruning(b *batch) {
	kept := func(c doc.ChangeReport) bool { return c.Backup != "" }
	if !slices.ContainsFunc(r.fates, kept) {
		return
	}
	b.add(shell.Step{Name: "remove old backups", Script: shell.New(`hk_prune_backups`)}, func(shell.Result) error { return nil })
}

// lacking are the reasons why changes that are still to be made can't be, in order.
func (r *run) lacking(missing map[doc.Address]error) []error {
	var reasons []error
	for _, c := range r.plan.Changes {
		if err := missing[c.Address]; err != nil && r.todo[c.Address] {
			reasons = append(reasons, err)
		}
	}
	return reasons
}
