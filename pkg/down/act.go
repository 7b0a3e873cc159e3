package down

import (
	"slices"

	"hostkit/pkg/doc"
	"hostkit/pkg/resource"
)

// act is what becomes of an act: it is done again where something that called for it is
// taken back, or left out, after all that it was done after.
func (w *way) act(u up, after []edge) ([]doc.Change, error) {
	ignored := u.made && slices.Contains(w.ignore, u.change.Address)
	if !u.kept() && !ignored {
		w.leaveDone(u, "")
		return nil, nil
	}
	kind, ok := w.kinds[u.change.Kind].(resource.Reactor)
	if !ok {
		return nil, invalid("%s can't be done as %q", u.change.Address, u.change.Action)
	}
	all, err := kind.CausesOf(u.change)
	if err != nil {
		return nil, err
	}
	taken := slices.DeleteFunc(slices.Clone(all), func(a doc.Address) bool { return !w.takes(a) })
	var c doc.Change
	var impossible error
	switch called := len(taken) > 0; {
	case ignored:
		calledSince := w.calledSince(u, kind, all)
		w.leave(u.change.Address, "not done again, "+resource.LeftOut+"; what it has done stays"+calledSince)
		if !called || calledSince != "" {
			return nil, nil
		}
		c = kind.Uncalled(u.change)
	case !called:
		w.leaveDone(u, "")
		return nil, nil
	default:
		if c, err = kind.CalledBy(u.back[0], taken); err != nil {
			return nil, err
		}
		if c, impossible = kind.Without(c, w.removed()); impossible == nil {
			w.leaveDone(u, "")
			break
		}
		calledSince := w.calledSince(u, kind, all)
		w.leaveDone(u, impossible.Error()+calledSince)
		if calledSince != "" {
			return nil, nil
		}
		c = kind.Uncalled(u.change)
	}
	for _, e := range after {
		c.DependsOn = append(c.DependsOn, doc.Dependency{Address: w.ups[e.to].change.Address, Reason: e.reason})
	}
	return []doc.Change{c}, nil
}

// leaveDone lists why an act is left out, and what it has done that nothing takes back.
func (w *way) leaveDone(u up, why string) {
	if why != "" && u.stays != "" {
		why += "; "
	}
	if why += u.stays; why != "" {
		w.leave(u.change.Address, why)
	}
}

// removed are the changes of the way back that leave nothing behind.
func (w *way) removed() []doc.Change {
	var removed []doc.Change
	for _, u := range w.ups {
		for _, c := range u.back {
			if c.Action == doc.Delete {
				removed = append(removed, c)
			}
		}
	}
	return removed
}

// takes reports whether a change is taken back.
func (w *way) takes(a doc.Address) bool {
	i, there := w.index[a]
	return there && w.ups[i].kept()
}

// calledSince says why an act stays called for though nothing of the way back calls for
// it: a change that stays does, or an earlier run did. It is empty where the act was
// done since, or nothing else calls for it.
func (w *way) calledSince(u up, kind resource.Reactor, causes []doc.Address) string {
	if u.report != nil && (u.report.Status == doc.ChangeDone || u.report.Status == doc.ChangeAlready) {
		return ""
	}
	const stays = "; where it was not done yet, it stays called for by "
	for _, a := range causes {
		if i, there := w.index[a]; there && !w.ups[i].kept() && (w.ups[i].made || w.ups[i].reason != "") {
			return stays + string(a) + ", which stays"
		}
	}
	if kind.Pending(u.change.Before) {
		return stays + "an earlier run"
	}
	return ""
}
