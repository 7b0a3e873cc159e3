package apply_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"hostkit/pkg/apply"
	"hostkit/pkg/doc"
)

// The flights of one layer went on after a change had failed in the first.
func TestNothingFurtherIsSentAfterAFailure(t *testing.T) {
	lines := []string{"a - boom"}
	for i := range 299 {
		lines = append(lines, fmt.Sprintf("n%d - 1", i))
	}
	r := apply.Apply(t.Context(), planFor(t, t.TempDir(), lines...), optionsFor(t))
	if got := r.Changes[299].Status; got != doc.ChangeNotReached {
		t.Errorf("the last change, of the second flight, is %s", got)
	}
}

// A flight that was never sent was reported as sent and not answered.
func TestWhatWasNotSentIsNotUnknown(t *testing.T) {
	p, o := planFor(t, t.TempDir(), "a - 1", "b - 2"), optionsFor(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	o.Emit = func(e doc.Event) {
		if e.Type == doc.EventChangeStarted {
			cancel(errors.New("a person pressed ctrl-c"))
		}
	}
	for _, c := range apply.Apply(ctx, p, o).Changes {
		if c.Status != doc.ChangeNotReached {
			t.Errorf("%s is %s", c.Address, c.Status)
		}
	}
}
