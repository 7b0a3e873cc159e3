package down

import (
	"fmt"
	"slices"

	"hostkit/pkg/doc"
	"hostkit/pkg/graph"
	"hostkit/pkg/resource"
)

// together has what one transaction has made go in one, and returns what came along
// with it, which goes in it too. One by one, a manager would bring others in place of
// what is gone, for what is still there.
func (w *way) together() []doc.Change {
	var all []doc.Change
	seen := make(map[doc.Address]bool)
	depths := make(graph.Depths, len(w.ups))
	// What a change waits for on the way back lay deeper on the way up, and is placed.
	for _, layer := range slices.Backward(w.layers()) {
		for _, group := range w.transactions(layer) {
			waits := w.align(group, depths)
			for _, i := range group {
				all = append(all, w.along(w.ups[i], waits, seen)...)
			}
		}
		for _, i := range layer {
			depths.Place(w.ups[i].back[0], 0)
		}
	}
	return all
}

// layers are the layers of the way up, as hk-apply has made them, with what the way
// back has of each, acts aside.
func (w *way) layers() [][]int {
	changes := make([]doc.Change, len(w.ups))
	for i, u := range w.ups {
		changes[i] = u.change
	}
	var layers [][]int
	for _, layer := range graph.Layers(changes) {
		var kept []int
		for _, c := range layer {
			if i := w.index[c.Address]; w.ups[i].kept() && !w.ups[i].act() {
				kept = append(kept, i)
			}
		}
		layers = append(layers, kept)
	}
	return layers
}

// transactions are the changes of a layer that shared one, which has told what it
// touched: hk-apply makes one of those of a kind.
func (w *way) transactions(layer []int) [][]int {
	var kinds []string
	groups, told := make(map[string][]int), make(map[string]bool)
	for _, i := range layer {
		u := w.ups[i]
		kind := u.change.Kind
		if groups[kind] == nil {
			kinds = append(kinds, kind)
		}
		groups[kind] = append(groups[kind], i)
		told[kind] = told[kind] || len(u.back) > 1 || u.report != nil && u.report.Transaction != nil
	}
	var all [][]int
	for _, kind := range kinds {
		if told[kind] {
			all = append(all, groups[kind])
		}
	}
	return all
}

// align has the changes of a transaction stand equally deep on the way back, so that
// hk-apply makes one of them again, and returns what puts another change there. Each
// keeps its own edges, which are all true; one more, to the deepest that any of them
// waits for, is enough for those that stand less deep: with all that all wait for, forty
// packages and three hundred files would have twelve thousand.
func (w *way) align(group []int, depths graph.Depths) []doc.Dependency {
	deepest, with := doc.Dependency{}, -1
	for _, i := range group {
		for _, d := range w.ups[i].back[0].DependsOn {
			if with < 0 || depths[d.Address] > depths[deepest.Address] {
				deepest, with = d, i
			}
		}
	}
	if with < 0 {
		return []doc.Dependency{}
	}
	deepest.With = w.ups[with].change.Address
	deepest.Reason = fmt.Sprintf("in one transaction with %s", deepest.With)
	for _, i := range group {
		back := &w.ups[i].back[0]
		as := func(d doc.Dependency) bool { return depths[d.Address] == depths[deepest.Address] }
		if !slices.ContainsFunc(back.DependsOn, as) {
			back.DependsOn = append(back.DependsOn, deepest)
		}
	}
	return []doc.Dependency{deepest}
}

// along is what came along with a change, and goes when what it waits for has.
func (w *way) along(u up, waits []doc.Dependency, seen map[doc.Address]bool) []doc.Change {
	var all []doc.Change
	for _, c := range u.back[1:] {
		_, taken := w.index[c.Address]
		switch {
		case seen[c.Address]:
			continue
		case slices.Contains(w.ignore, c.Address):
			w.leave(c.Address, "left as it is "+resource.LeftOut)
		case taken:
			w.leave(u.change.Address, fmt.Sprintf("%s came along with it and stays: another change has that address", c.Address))
		default:
			c.DependsOn = slices.Clone(waits)
			all = append(all, c)
		}
		seen[c.Address] = true
	}
	return all
}
