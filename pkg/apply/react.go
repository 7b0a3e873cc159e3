package apply

import (
	"fmt"
	"maps"
	"strings"

	"hostkit/pkg/doc"
	"hostkit/pkg/resource"
)

// checkAct refuses a change whose kind does not do it that way.
func (r *run) checkAct(c doc.Change) error {
	// What else than done an act can be, its kind says when it words the steps.
	if _, acts := r.kinds[c.Kind].(resource.Reactor); acts || c.Action != doc.Run {
		return nil
	}
	return invalid(fmt.Errorf("%s can't be done as %q", c.Address, c.Action))
}

// compareActs finds which acts are to be done: those that an earlier run has left,
// and those that a change calls for which is to be made. The host moves away from
// none of them.
func (r *run) compareActs(found map[doc.Address]doc.Attributes) {
	called := make(map[doc.Address]bool)
	for cause := range r.todo {
		for _, a := range r.acts[cause] {
			called[a] = true
		}
	}
	for _, c := range r.plan.Changes {
		if c.Action != doc.Run {
			continue
		}
		r.noted[c.Address] = r.kinds[c.Kind].(resource.Reactor).Pending(found[c.Address])
		if !called[c.Address] && !r.noted[c.Address] {
			r.settle(c.Address, doc.ChangeAlready, "", "")
			continue
		}
		r.todo[c.Address] = true
	}
}

// called lists the acts that are called for and not done, and of which the host
// has a note.
func (r *run) called() []doc.Address {
	noted := maps.Clone(r.noted)
	for i, fate := range r.fates {
		// It may have been made, and the note is older than that.
		if fate.Status == doc.ChangeUnknown {
			for _, a := range r.acts[r.plan.Changes[i].Address] {
				noted[a] = true
			}
		}
	}
	var called []doc.Address
	for i, c := range r.plan.Changes {
		switch r.fates[i].Status {
		case doc.ChangeDone, doc.ChangeAlready, doc.ChangeWouldChange, doc.ChangeUnknown:
			continue
		}
		if c.Action == doc.Run && noted[c.Address] {
			called = append(called, c.Address)
		}
	}
	return called
}

// sayCalled names them for people, behind what else is said.
func (r *run) sayCalled() string {
	switch called := r.called(); len(called) {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf("; %s stays called for", called[0])
	default:
		return fmt.Sprintf("; %s and %d more stay called for", called[0], len(called)-1)
	}
}

// stayCalled says with each act that it is called for and was not done.
func (r *run) stayCalled() {
	for _, a := range r.called() {
		fate := &r.fates[r.index[a]]
		if fate.Status == doc.ChangeNotReached || fate.Status == doc.ChangeSkipped {
			fate.Message = strings.TrimPrefix(fate.Message+"; it stays called for", "; ")
		}
	}
}

// findActs finds which acts each change calls for.
func (r *run) findActs() error {
	r.acts = make(map[doc.Address][]doc.Address)
	for _, c := range r.plan.Changes {
		kind, ok := r.kinds[c.Kind].(resource.Reactor)
		if !ok {
			continue
		}
		causes, err := kind.CausesOf(c)
		if err != nil {
			return invalid(fmt.Errorf("%s: %w", c.Address, err))
		}
		for _, cause := range causes {
			r.acts[cause] = append(r.acts[cause], c.Address)
		}
	}
	return nil
}
