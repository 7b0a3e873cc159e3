package apply

import (
	"errors"

	"hostkit/pkg/doc"
	"hostkit/pkg/resource"
)

// barred are the reasons why the host forbids changes that are still to be made, in
// order.
func (r *run) barred(found map[doc.Address]doc.Attributes) []error {
	var reasons []error
	for _, c := range r.toBeMade() {
		kind, ok := r.kinds[c.Kind].(resource.Barred)
		if !ok {
			continue
		}
		if err := kind.Bars(c, found[c.Address], r.site()); err != nil {
			reasons = append(reasons, err)
		}
	}
	return reasons
}

// isBar reports whether a preview has refused what is held.
func isBar(err error) bool {
	refusal, ok := errors.AsType[*resource.Refusal](err)
	return ok && refusal.Code == "held"
}
