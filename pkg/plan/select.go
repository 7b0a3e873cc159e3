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
	// on, in order.
	taken []doc.Address
	// left counts the changes that stay behind.
	left int
}

// choose selects among the changed resources. What a selected change depends on
// comes along; what a kept change depends on can't be ignored.
func choose(g *graph.Graph, rs map[doc.Address]doc.Resource, changed map[doc.Address]bool, o Options) (selection, error) {
	s := selection{kept: make(map[doc.Address]bool, len(changed))}
	everything := len(o.Only) == 0 && len(o.Services) == 0
	for a := range changed {
		picked := everything || slices.Contains(o.Only, a) || slices.Contains(o.Services, rs[a].Service)
		if picked && !slices.Contains(o.Ignore, a) {
			s.kept[a] = true
		}
	}
	if len(s.kept) == len(changed) {
		return s, nil
	}
	var refused refusals
	for _, a := range g.Sorted() {
		if s.kept[a] {
			s.takeAlong(g, rs[a], changed, o, &refused)
		}
	}
	slices.SortFunc(s.taken, graph.ByKindAndName)
	s.left = len(changed) - len(s.kept)
	return s, refused.err()
}

func (s *selection) takeAlong(g *graph.Graph, r doc.Resource, changed map[doc.Address]bool, o Options, refused *refusals) {
	before := make(map[doc.Address]string)
	g.Reach(r.Address, before)
	for to, reason := range before {
		switch {
		case !changed[to] || s.kept[to]:
		case slices.Contains(o.Ignore, to):
			refused.add(r, "ignored_dependency",
				fmt.Sprintf("%s is ignored, but %s depends on it (%s)", to, r.Address, reason),
				fmt.Sprintf("ignore %s too", r.Address))
		default:
			s.kept[to] = true
			s.taken = append(s.taken, to)
		}
	}
}
