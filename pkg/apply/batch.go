package apply

import (
	"context"
	"fmt"
	"slices"

	"hostkit/pkg/facts"
	"hostkit/pkg/shell"
)

// batch is steps that travel in one flight, each with the reader of its result.
type batch struct {
	steps   []shell.Step
	readers []func(shell.Result) error
	// own is how many of the first steps are nobody's concern.
	own int
}

func (b *batch) add(step shell.Step, read func(shell.Result) error) {
	b.steps = append(b.steps, step)
	b.readers = append(b.readers, read)
}

// addFirst puts a step of ours in front of the others.
func (b *batch) addFirst(step shell.Step, read func(shell.Result) error) {
	b.steps = slices.Insert(b.steps, 0, step)
	b.readers = slices.Insert(b.readers, 0, read)
	b.own++
}

// run sends the batch. last ends the session in the same flight.
func (b *batch) run(ctx context.Context, h facts.Host, last bool) error {
	if len(b.steps) == 0 && !last {
		return nil
	}
	send := h.Run
	if last {
		send = h.RunLast
	}
	return send(ctx, b.steps, func(i int, r shell.Result) error {
		if err := b.readers[i](r); err != nil {
			return fmt.Errorf("%s: %w", b.steps[i].Name, err)
		}
		return nil
	})
}
