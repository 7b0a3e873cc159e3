package plan

import (
	"fmt"
	"slices"

	"hostkit/pkg/doc"
	"hostkit/pkg/graph"
)

// selection is what --only, --service and --ignore leave of the changes.
type selection struct {
	// kept are the changes of the plan.
	kept map[doc.Address]bool
	// taken are changes that nobody selected but that a selected one depends
	// on, called those that a kept one calls for, and undone those that it calls for
	// and that are ignored, in order.
	taken, called, undone []doc.Address
	// left counts the changes that stay behind.
	left int
}

// chooser is what is chosen from.
type chooser struct {
	Options
	graph     *graph.Graph
	resources map[doc.Address]doc.Resource
	changed   map[doc.Address]bool
	calls     map[doc.Address]call
	refused   refusals
	selection
}

// choose selects among the changed resources. What a selected change depends on
// comes along, and so do acts that a kept one calls for; what a kept change
// depends on can't be ignored.
func (c *chooser) choose() (selection, error) {
	c.kept = make(map[doc.Address]bool, len(c.changed))
	for a := range c.changed {
		if call, isAct := c.calls[a]; c.picked(a) && !slices.Contains(c.Ignore, a) && (!isAct || call.pending) {
			c.kept[a] = true
		}
	}
	c.bringCauses()
	sorted := c.graph.Sorted()
	added := slices.DeleteFunc(slices.Clone(sorted), func(a doc.Address) bool { return !c.kept[a] })
	for more := true; more; more = len(added) > 0 {
		for _, a := range added {
			c.takeAlong(c.resources[a])
		}
		added = c.callFor(sorted)
	}
	for _, list := range [][]doc.Address{c.taken, c.called, c.undone} {
		slices.SortFunc(list, graph.ByKindAndName)
	}
	c.left = len(c.changed) - len(c.kept)
	return c.selection, c.refused.err()
}

// picked reports whether a change is selected by itself.
func (c *chooser) picked(a doc.Address) bool {
	return len(c.Only) == 0 && len(c.Services) == 0 ||
		slices.Contains(c.Only, a) || slices.Contains(c.Services, c.resources[a].Service)
}

// bringCauses takes along what calls for an act that is selected by its name.
func (c *chooser) bringCauses() {
	for _, act := range c.Only {
		for _, cause := range c.calls[act].causes {
			if !c.kept[cause] && !slices.Contains(c.Ignore, cause) {
				c.kept[cause] = true
				c.taken = append(c.taken, cause)
			}
		}
	}
}

// takeAlong keeps what a kept change can't do without.
func (c *chooser) takeAlong(r doc.Resource) {
	before := make(map[doc.Address]string)
	c.graph.Needed(r.Address, before)
	for to, reason := range before {
		switch {
		case !c.changed[to] || c.kept[to]:
		case slices.Contains(c.Ignore, to):
			c.refused.add(r, "ignored_dependency",
				fmt.Sprintf("%s is ignored, but %s depends on it (%s)", to, r.Address, reason),
				fmt.Sprintf("ignore %s too", r.Address))
		default:
			c.kept[to] = true
			if !c.picked(to) || !c.calledFor(to) {
				c.taken = append(c.taken, to)
			}
		}
	}
}

// calledFor reports whether a kept change calls for an act.
func (c *chooser) calledFor(act doc.Address) bool {
	return slices.ContainsFunc(c.calls[act].causes, func(cause doc.Address) bool { return c.kept[cause] })
}

// callFor keeps the acts that kept changes call for, and returns those that were
// not kept before.
func (c *chooser) callFor(sorted []doc.Address) []doc.Address {
	var more []doc.Address
	for _, a := range sorted {
		call, isAct := c.calls[a]
		if !isAct || c.kept[a] {
			continue
		}
		ignored := slices.Contains(c.Ignore, a)
		switch calledFor := c.calledFor(a); {
		case ignored && (calledFor || call.pending):
			if !slices.Contains(c.undone, a) {
				c.undone = append(c.undone, a)
			}
		case calledFor:
			c.kept[a] = true
			more = append(more, a)
			if !c.picked(a) {
				c.called = append(c.called, a)
			}
		}
	}
	return more
}
