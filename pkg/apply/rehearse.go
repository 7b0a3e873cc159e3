package apply

import (
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"

	"hostkit/pkg/doc"
	"hostkit/pkg/resource"
)

// rehearse has every kind word all that the plan will have the host do, and throws
// it away: what a kind can't do of a plan is to be known before the first change
// is made, and before there is a connection. A plan of hk-plan passes; its digest
// is no signature, and others can write plans too.
func (r *run) rehearse() error {
	for _, c := range r.plan.Changes {
		if err := agree(c); err != nil {
			return invalid(worded(err))
		}
	}
	for _, layer := range r.layers() {
		for _, g := range r.byKind(layer) {
			if err := g.rehearse(r.site()); err != nil {
				return invalid(worded(err))
			}
		}
	}
	return nil
}

func (g group) rehearse(on resource.Site) error {
	if _, err := g.kind.Recheck(g.changes, on); err != nil {
		return err
	}
	if previewer, ok := g.kind.(resource.Previewer); ok {
		if _, err := previewer.Preview(g.changes, on); err != nil {
			return err
		}
	}
	_, err := g.kind.Steps(g.changes, on)
	return err
}

// agree refuses a change whose action is not what its sides say: a person reads
// the one, and the host gets the other.
func agree(c doc.Change) error {
	var before, after struct {
		State doc.Presence `json:"state"`
	}
	if err := errors.Join(json.Unmarshal(c.Before, &before), json.Unmarshal(c.After, &after)); err != nil {
		return fmt.Errorf("%s: %w", c.Address, err)
	}
	var ok bool
	switch c.Action {
	case doc.Create:
		ok = before.State == doc.Absent && after.State == doc.Present
	case doc.Update:
		ok = before.State == after.State
	case doc.Delete:
		ok = before.State == doc.Present && after.State == doc.Absent
	default:
		ok = true
	}
	if !ok {
		return fmt.Errorf("%s is to %s, and goes from %s to %s", c.Address, c.Action, before.State, after.State)
	}
	return nil
}

// worded puts what the decoder says of its own types into words.
func worded(err error) error {
	var wrong *json.SemanticError
	if !errors.As(err, &wrong) {
		return err
	}
	before, _, _ := strings.Cut(err.Error(), wrong.Error())
	why := ""
	if wrong.Err != nil {
		why = ": " + wrong.Err.Error()
	}
	return fmt.Errorf("%sa side of the change has at %q what its kind can't read%s", before, wrong.JSONPointer, why)
}
