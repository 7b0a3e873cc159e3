package apply

import (
	"fmt"
	"strings"

	"hostkit/pkg/doc"
	"hostkit/pkg/resource"
)

// foretell settles what a dry run would change, and says what could not be known
// of it beforehand.
func (r *run) foretell() {
	unforeseen := make(map[doc.Address][]string)
	for _, c := range r.plan.Changes {
		if why := r.unpreviewed(c); why != "" && r.todo[c.Address] {
			unforeseen[c.Address] = append(unforeseen[c.Address], why)
		}
		if len(c.Lacks) > 0 && r.todo[c.Address] {
			unforeseen[c.Address] = append(unforeseen[c.Address],
				fmt.Sprintf("whether %s brings %s is not known", mayBring(c), strings.Join(c.Lacks, " and ")))
		}
	}
	for _, g := range r.byKind(r.toBeMade()) {
		kind, ok := g.kind.(resource.Unforeseer)
		if !ok {
			continue
		}
		for a, what := range kind.Unforeseen(g.changes) {
			unforeseen[a] = append(unforeseen[a], what)
		}
	}
	for _, c := range r.toBeMade() {
		r.settle(c.Address, doc.ChangeWouldChange, strings.Join(unforeseen[c.Address], "; "), "")
	}
}

// mayBring names what a change depends on, one of which is to bring what it lacks.
func mayBring(c doc.Change) string {
	const most = 3
	if len(c.DependsOn) > most {
		return "what it depends on"
	}
	var names []string
	for _, d := range c.DependsOn {
		names = append(names, string(d.Address))
	}
	return strings.Join(names, " or ")
}

// toBeMade are the changes that preflight found still to be made, in the plan's
// order.
func (r *run) toBeMade() []doc.Change {
	var cs []doc.Change
	for _, c := range r.plan.Changes {
		if r.todo[c.Address] {
			cs = append(cs, c)
		}
	}
	return cs
}

// unpreviewed says that a change is previewed only when its turn comes, since it
// depends on others.
func (r *run) unpreviewed(c doc.Change) string {
	previewer, ok := r.kinds[c.Kind].(resource.Previewer)
	if !ok || len(c.DependsOn) == 0 {
		return ""
	}
	if checks, err := previewer.Preview([]doc.Change{c}, r.site()); err != nil || len(checks) == 0 {
		return ""
	}
	return fmt.Sprintf("not previewed, since it waits for %s", c.DependsOn[0].Address)
}
