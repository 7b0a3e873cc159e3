package apply

import (
	"context"
	"fmt"
	"strings"

	"hostkit/pkg/doc"
)

// verify reads every changed resource again and compares it with what the plan
// promised.
func (r *run) verify(ctx context.Context) error {
	var changed []doc.Change
	for _, c := range r.plan.Changes {
		switch r.fates[r.index[c.Address]].Status {
		case doc.ChangeDone, doc.ChangeAlready:
			changed = append(changed, c)
		}
	}
	found := make(map[doc.Address]doc.Attributes)
	var b batch
	if err := r.addRechecks(&b, changed, found); err != nil {
		return err
	}
	if err := b.run(ctx, r.host, false); err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	var wrong []string
	for _, c := range changed {
		state := found[c.Address]
		if len(state) > 0 && r.kinds[c.Kind].Holds(c.After, state) {
			continue
		}
		if len(state) == 0 {
			state = doc.Attributes("null")
		}
		wrong = append(wrong, string(c.Address))
		r.settle(c.Address, doc.ChangeFailed, fmt.Sprintf("verified as %s, not as the plan promised", state), "")
	}
	if len(wrong) > 0 {
		return &Failure{
			What: "not_verified", Status: doc.StatusFailed, exit: 1,
			Message: "after the change the host is not what the plan promised: " + strings.Join(wrong, ", "),
			Advice:  "something else changes it too; run hk-facts and hk-plan again",
		}
	}
	r.verified = r.failed() == 0 && len(changed) == len(r.plan.Changes)
	return nil
}
