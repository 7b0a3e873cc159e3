// Package down makes the plan that takes back what another plan makes, or what a
// report says was made. It is as pure as package plan: a function from document to
// document. What a host has forgotten, or never told, it names as irreversible.
package down

import (
	"fmt"
	"slices"

	"hostkit/pkg/doc"
	"hostkit/pkg/plan"
	"hostkit/pkg/resource"
)

// Options say how to take back.
type Options struct {
	// Kinds are the kinds that changes may have.
	Kinds []resource.Kind
	// Tool is what the plan says wrote it: "hk-down 0.1.0".
	Tool string
	// Ignore are changes to leave as they are.
	Ignore []doc.Address
}

// OfPlan takes back all that a plan changes, as far as the plan alone knows what was
// there before. The digest of what it returns is still empty.
func OfPlan(p doc.Plan, o Options) (doc.Plan, error) {
	ups := make([]up, len(p.Changes))
	for i, c := range p.Changes {
		ups[i] = up{change: c, made: true}
	}
	return takeBack(doc.Plan{Project: p.Project, Host: p.Host, Target: p.Target}, ups, o)
}

// OfReport takes back what a report says was done, and no more: what was there
// already stays, unless an earlier run of the same plan has made it unseen. Of what
// may have been done it says so.
func OfReport(r doc.Report, o Options) (doc.Plan, error) {
	if r.Target.Identity.Arch == "" && len(r.Changes) == 0 {
		return doc.Plan{}, plan.NewRefusal("nothing_done", "the report has no changes: nothing was begun, and nothing can be taken back", "")
	}
	if r.Target.Identity.Arch == "" {
		return doc.Plan{}, plan.NewRefusal("no_target", "the report does not say which host it is of",
			"an older hk-apply wrote it: take back its plan, hk-down plan.json")
	}
	ups := make([]up, len(r.Changes))
	for i := range r.Changes {
		c := &r.Changes[i]
		ups[i] = up{report: c, change: doc.Change{
			Address: c.Address, Kind: c.Kind, Service: c.Service, Action: c.Action,
			Before: c.Before, After: c.After, DependsOn: c.DependsOn,
		}}
		switch {
		case c.Status == doc.ChangeDone, c.Status == doc.ChangeAlready && c.BegunBefore, c.Action == doc.Run:
			// What an act was called for is taken back whether or not it was done.
			ups[i].made = true
		case c.Status == doc.ChangeFailed, c.Status == doc.ChangeUnknown:
			ups[i].reason = fmt.Sprintf("it is not known what the host has of it (%s): run hk-facts and hk-plan", c.Status)
		}
	}
	return takeBack(doc.Plan{Project: r.Project, Host: r.Host, Target: r.Target}, ups, o)
}

// up is a change on the way up.
type up struct {
	change doc.Change
	// report is what became of it; nil where its plan alone is known.
	report *doc.ChangeReport
	// made says that it is to be taken back; reason why not, where a person wants to
	// know.
	made   bool
	reason string
	// stays is what an act has done that nothing takes back.
	stays string
	// back is what takes it back, itself first; empty where nothing does.
	back []doc.Change
}

// act reports whether the change is no state but something that is done.
func (u up) act() bool { return u.change.Action == doc.Run }

// kept reports whether the way back has the change.
func (u up) kept() bool { return len(u.back) > 0 }

// takeBack fills in the plan of the way back.
func takeBack(p doc.Plan, ups []up, o Options) (doc.Plan, error) {
	p.Schema, p.Tool = doc.SchemaPlan, o.Tool
	p.Unchanged = []doc.Address{}
	w, err := newWay(ups, o)
	if err != nil {
		return doc.Plan{}, err
	}
	for i := range w.ups {
		if err := w.undo(&w.ups[i]); err != nil {
			return doc.Plan{}, err
		}
	}
	if err := w.checkIgnored(); err != nil {
		return doc.Plan{}, err
	}
	if p.Changes, err = w.order(); err != nil {
		return doc.Plan{}, err
	}
	p.Irreversible = w.irreversible
	p.Secrets, p.Summary = p.AllSecrets(), p.Tally()
	return p, nil
}

// way is a way back in the making.
type way struct {
	ups   []up
	index map[doc.Address]int
	kinds map[string]resource.Kind
	// ignore are the changes to be left as they are.
	ignore       []doc.Address
	irreversible []doc.Irreversible
}

// invalid refuses what no document of ours says.
func invalid(format string, args ...any) error {
	return plan.NewRefusal("invalid_document", fmt.Sprintf(format, args...), "")
}

// newWay refuses what no plan of ours can be: a document may come from anywhere.
func newWay(ups []up, o Options) (*way, error) {
	w := &way{ups: ups, index: make(map[doc.Address]int, len(ups)), kinds: make(map[string]resource.Kind), ignore: o.Ignore}
	for _, k := range o.Kinds {
		w.kinds[k.Name()] = k
	}
	for i, u := range ups {
		c := u.change
		if w.kinds[c.Kind] == nil || c.Address.Kind() != c.Kind {
			return nil, plan.NewRefusal("unknown_kind", fmt.Sprintf("%s: this hk-down knows no kind %q", c.Address, c.Kind),
				"use the hk-apply and the hk-down of one release")
		}
		if _, twice := w.index[c.Address]; twice {
			return nil, invalid("%s is changed twice", c.Address)
		}
		for _, d := range c.DependsOn {
			if _, before := w.index[d.Address]; !before {
				return nil, invalid("there is no %s before %s, which depends on it", d.Address, c.Address)
			}
		}
		w.index[c.Address] = i
	}
	return w, nil
}

// undo asks the kind how a change is taken back.
func (w *way) undo(u *up) error {
	a := u.change.Address
	switch {
	case u.reason != "":
		w.leave(a, u.reason)
		return nil
	case !u.made:
		return nil
	case slices.Contains(w.ignore, a) && u.act():
		return nil // leaveOut, when it is known which of its causes are taken back
	case slices.Contains(w.ignore, a):
		w.leave(a, "left as it is "+resource.LeftOut)
		return nil
	}
	back, err := w.kinds[u.change.Kind].Undo(u.change, u.report)
	switch {
	case err != nil && u.act():
		u.stays = err.Error() // act says it with what becomes of the act itself
	case err != nil:
		w.leave(a, err.Error())
	}
	for i, c := range back {
		if c.Address.Kind() != u.change.Kind || i == 0 && c.Address != a {
			return fmt.Errorf("internal error: the kind %s undoes %s with %s", u.change.Kind, a, c.Address)
		}
		back[i].DependsOn, back[i].Lacks = []doc.Dependency{}, nil
	}
	u.back = back
	return nil
}

// leave lists what stays as it is.
func (w *way) leave(a doc.Address, reason string) {
	w.irreversible = append(w.irreversible, doc.Irreversible{Address: a, Reason: reason})
}
