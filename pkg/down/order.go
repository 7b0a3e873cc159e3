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

// checkIgnored refuses to leave something that what is taken back stands under: a
// file in a folder that goes.
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
				fmt.Sprintf("ignore %s too", under))
		}
	}
	return nil
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
	changes := []doc.Change{}
	for _, u := range slices.Backward(w.ups) {
		if u.kept() && !u.act() {
			changes = append(changes, u.back[0])
		}
	}
	changes = append(changes, w.along()...)
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

// along is what came along with changes. Which of them it came with is not known:
// several share one transaction. So it goes when all of the kind may go, and in one
// transaction with as many of them as can be.
func (w *way) along() []doc.Change {
	var all []doc.Change
	seen := make(map[doc.Address]bool)
	for _, u := range w.ups {
		if !u.kept() {
			continue
		}
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
				c.DependsOn = w.allOf(c.Kind)
				all = append(all, c)
			}
			seen[c.Address] = true
		}
	}
	return all
}

// allOf is everything that any change of the kind comes after on the way back.
func (w *way) allOf(kind string) []doc.Dependency {
	all := []doc.Dependency{}
	for _, u := range w.ups {
		if !u.kept() || u.act() || u.change.Kind != kind {
			continue
		}
		for _, d := range u.back[0].DependsOn {
			if !slices.ContainsFunc(all, func(other doc.Dependency) bool { return other.Address == d.Address }) {
				all = append(all, d)
			}
		}
	}
	return all
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
