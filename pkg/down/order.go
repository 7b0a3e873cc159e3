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
			if d.With != "" {
				continue // its transaction is found anew
			}
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
		if !u.act() {
			continue
		}
		acts, err := w.act(u, all[i])
		if err != nil {
			return nil, err
		}
		changes = append(changes, acts...)
	}
	return changes, nil
}

// link has what takes a change back come after another one.
func (w *way) link(from int, to doc.Address, reason string) {
	back := &w.ups[from].back[0]
	back.DependsOn = append(back.DependsOn, doc.Dependency{Address: to, Reason: reason})
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
