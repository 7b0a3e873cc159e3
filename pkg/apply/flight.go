package apply

import (
	"bytes"
	"context"
	"errors"
	"io"

	"hostkit/pkg/doc"
	"hostkit/pkg/resource"
	"hostkit/pkg/shell"
)

// Steps that may be pushed before the ones ahead of them are answered; under a
// silent loss of the connection they still run on the host.
const (
	pushedSteps = 256
	pushedBytes = 1 << 20
)

// flights cuts steps into pieces that may be pushed ahead.
func flights(works []resource.Work) [][]resource.Work {
	var cut [][]resource.Work
	var size int64
	for _, w := range works {
		n := w.Size()
		if len(cut) == 0 || len(cut[len(cut)-1]) == pushedSteps || size+n > pushedBytes {
			cut, size = append(cut, nil), 0
		}
		cut[len(cut)-1] = append(cut[len(cut)-1], w)
		size += n
	}
	return cut
}

// send runs works in one flight and settles their changes.
func (r *run) send(ctx context.Context, works []resource.Work) error {
	if r.stopping() {
		return errStopped
	}
	var b batch
	var sent []resource.Work
	for _, w := range works {
		step := shell.Step{Name: w.Name, Script: w.Script, Size: w.Size()}
		if w.Content != nil || !w.Secret.IsZero() {
			content, err := r.open(w)
			if err != nil {
				r.failWork(w, err.Error(), "")
				continue
			}
			defer content.Close()
			step.Content = content
		}
		for _, a := range w.Changes {
			r.emit(doc.Event{Type: doc.EventChangeStarted, Address: a, Action: r.fates[r.index[a]].Action, Message: w.Name})
		}
		sent = append(sent, w)
		output := r.outputOf(w)
		if output != nil {
			step.Live = output.take
			defer output.end()
		}
		b.add(step, func(result shell.Result) error {
			output.end()
			r.settleWork(w, result)
			return nil
		})
	}
	if err := context.Cause(ctx); err != nil || len(sent) == 0 {
		return err
	}
	b.addFirst(r.beginStep(sent), r.readBegin)
	r.addSweep(&b)
	before := r.began
	r.began = true
	err := r.runStoppable(ctx, &b)
	if errors.Is(err, errStopped) {
		return err // the others have not begun
	}
	if unmet := (*shell.RequiredError)(nil); errors.As(err, &unmet) {
		r.began = before
		return r.notBegun()
	}
	r.leaveOpen(sent)
	// The host refused what was sent in place of a local file that broke off;
	// the changes are settled as failed.
	if broken := (*shell.ContentError)(nil); errors.As(err, &broken) {
		return nil
	}
	return err
}

// leaveOpen settles what was sent and not answered: the host may have made it.
func (r *run) leaveOpen(works []resource.Work) {
	for _, w := range works {
		for _, a := range w.Changes {
			if r.fates[r.index[a]].Status == doc.ChangeNotReached {
				r.settle(a, doc.ChangeUnknown, "it was sent, and no answer came", "")
			}
		}
	}
}

// open opens what a step reads.
func (r *run) open(w resource.Work) (io.ReadCloser, error) {
	switch {
	case w.Content == nil:
		return io.NopCloser(bytes.NewReader(w.Secret.Reveal())), nil
	case w.Content.File != nil:
		return r.options.Open(*w.Content.File)
	}
	return io.NopCloser(bytes.NewReader(w.Content.Bytes)), nil
}
