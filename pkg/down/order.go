package down

import (
	"fmt"
	"slices"

	"hostkit/pkg/doc"
	"hostkit/pkg/plan"
	"hostkit/pkg/resource"
)

// edge leads to a change that another one came after on the way up.
type edge struct {
	to     int
	reason string
}

// before are, for each change, the nearest ones of the way back that it came after,
// acts aside: by way of what stays as it is, too.
func (w *way) before() [][]edge {
	all := make([][]edge, len(w.ups))
	for i, u := range w.ups {
		add := func(e edge) {
			if !slices.ContainsFunc(all[i], func(other edge) bool { return other.to == e.to }) {
				all[i] = append(all[i], e)
			}
		}
		for _, d := range u.change.DependsOn {
			to := w.index[d.Address]
			if other := w.ups[to]; other.kept() && !other.act() {
				add(edge{to, d.Reason})
				continue
			}
			for _, e := range all[to] {
				add(edge{e.to, d.Reason})
			}
		}
	}
	return all
}

// checkIgnored refuses to leave something that stands on what is taken back: a file in
// a folder that goes. Its hint leaves all of that, so that one more run is enough.
func (w *way) checkIgnored() error {
	all := w.before()
	for i, u := range w.ups {
		a := u.change.Address
		if !u.made || u.act() || !slices.Contains(w.ignore, a) {
			continue
		}
		for _, e := range all[i] {
			under := w.ups[e.to].change.Address
			return plan.NewRefusal("ignored_dependency",
				fmt.Sprintf("%s is ignored, but it was made after %s (%s), which is taken back", a, under, e.reason),
				"leave all that it stands on: "+resource.DownIgnoring(w.ignoreAll(all)...))
		}
	}
	return nil
}

// ignoreAll are the ignored changes, and behind them all that they came after.
func (w *way) ignoreAll(before [][]edge) []doc.Address {
	ignored := slices.Clone(w.ignore)
	// What a change came after stands before it, so that one round from the end is enough.
	for i, u := range slices.Backward(w.ups) {
		if !u.made || u.act() || !slices.Contains(ignored, u.change.Address) {
			continue
		}
		for _, e := range before[i] {
			if a := w.ups[e.to].change.Address; !slices.Contains(ignored, a) {
				ignored = append(ignored, a)
			}
		}
	}
	return ignored
}

// order puts the way back in order: what came last goes first, then what came along
// with it, and then the acts that all this calls for.
func (w *way) order() ([]doc.Change, error) {
	all := w.before()
	for i, u := range w.ups {
		for _, e := range all[i] {
			if u.kept() && !u.act() {
				w.link(e.to, u.change.Address, e.reason)
			}
		}
	}
	along := w.together()
	changes := append(w.lastFirst(), along...)
	for i, u := range w.ups {
		if !u.kept() || !u.act() {
			continue
		}
		c, called, err := w.act(u, all[i])
		if err != nil {
			return nil, err
		}
		if called {
			changes = append(changes, c)
		}
	}
	return changes, nil
}

// link has what takes a change back come after another one.
func (w *way) link(from int, to doc.Address, reason string) {
	back := &w.ups[from].back[0]
	back.DependsOn = append(back.DependsOn, doc.Dependency{Address: to, Reason: reason})
}

// together has what one transaction has made go in one, and returns what came along
// with it, which goes in it too: each when all of them may. One by one, a manager would
// bring others in place of what is gone, for what is still there.
func (w *way) together() []doc.Change {
	var all []doc.Change
	seen := make(map[doc.Address]bool)
	for _, group := range w.transactions() {
		waits := w.allOf(group)
		for _, i := range group {
			back := &w.ups[i].back[0]
			for _, d := range waits {
				if !slices.ContainsFunc(back.DependsOn, func(own doc.Dependency) bool { return own.Address == d.Address }) {
					back.DependsOn = append(back.DependsOn, d)
				}
			}
		}
		for _, i := range group {
			all = append(all, w.along(w.ups[i], waits, seen)...)
		}
	}
	return all
}

// transactions are the changes on the way up that shared one, which has told what it
// touched: hk-apply makes one of those of a kind that are as deep in the plan.
func (w *way) transactions() [][]int {
	type shared struct {
		kind  string
		depth int
	}
	var groups [][]int
	number := make(map[shared]int)
	told := make(map[int]bool)
	depth := make([]int, len(w.ups))
	for i, u := range w.ups {
		for _, d := range u.change.DependsOn {
			depth[i] = max(depth[i], depth[w.index[d.Address]]+1)
		}
		if !u.kept() || u.act() {
			continue
		}
		n, there := number[shared{u.change.Kind, depth[i]}]
		if !there {
			n = len(groups)
			number[shared{u.change.Kind, depth[i]}], groups = n, append(groups, nil)
		}
		groups[n] = append(groups[n], i)
		told[n] = told[n] || len(u.back) > 1 || u.report != nil && u.report.Transaction != nil
	}
	var all [][]int
	for n, group := range groups {
		if told[n] {
			all = append(all, group)
		}
	}
	return all
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
			w.leave(c.Address, "left as it is with --ignore")
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

// allOf is everything that any change of a transaction comes after on the way back.
func (w *way) allOf(group []int) []doc.Dependency {
	all := []doc.Dependency{}
	for _, i := range group {
		for _, d := range w.ups[i].back[0].DependsOn {
			if !slices.ContainsFunc(all, func(other doc.Dependency) bool { return other.Address == d.Address }) {
				all = append(all, doc.Dependency{Address: d.Address, Reason: "in one transaction with " + string(w.ups[i].change.Address)})
			}
		}
	}
	return all
}

// lastFirst puts what came last first, and everything behind what it comes after.
func (w *way) lastFirst() []doc.Change {
	changes := []doc.Change{}
	placed := make(map[int]bool)
	var place func(i int)
	place = func(i int) {
		u := w.ups[i]
		if placed[i] || !u.kept() || u.act() {
			return
		}
		placed[i] = true
		for _, d := range u.back[0].DependsOn {
			place(w.index[d.Address])
		}
		changes = append(changes, u.back[0])
	}
	for i := range slices.Backward(w.ups) {
		place(i)
	}
	return changes
}

// act is done again, after all that it was done after; false where nothing that
// called for it is taken back.
func (w *way) act(u up, after []edge) (doc.Change, bool, error) {
	c := u.back[0]
	kind, ok := w.kinds[c.Kind].(resource.Reactor)
	if !ok {
		return c, false, invalid("%s can't be done as %q", c.Address, c.Action)
	}
	causes, err := kind.CausesOf(c)
	if err != nil {
		return c, false, err
	}
	taken := func(a doc.Address) bool { i, ok := w.index[a]; return ok && w.ups[i].kept() }
	causes = slices.DeleteFunc(slices.Clone(causes), func(a doc.Address) bool { return !taken(a) })
	if len(causes) == 0 {
		return c, false, nil
	}
	if c, err = kind.CalledBy(c, causes); err != nil {
		return c, false, err
	}
	for _, e := range after {
		c.DependsOn = append(c.DependsOn, doc.Dependency{Address: w.ups[e.to].change.Address, Reason: e.reason})
	}
	return c, true, nil
}
