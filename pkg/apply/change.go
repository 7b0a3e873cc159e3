package apply

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

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

// errTimeout is why the time for the changes is over.
var errTimeout = errors.New("the time for the changes is over")

// changeInTime is changeAll within the Timeout.
func (r *run) changeInTime(ctx context.Context) error {
	if r.options.Timeout == 0 {
		return r.changeAll(ctx)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, r.options.Timeout, errTimeout)
	defer cancel()
	err := r.changeAll(ctx)
	if err != nil && errors.Is(context.Cause(ctx), errTimeout) {
		return r.timedOut()
	}
	return err
}

// changeAll makes what is to be done, layer by layer. A change that fails is
// settled as failed; the error says why the host can't go on.
func (r *run) changeAll(ctx context.Context) error {
	for _, layer := range r.layers() {
		ready := r.ready(layer)
		if len(ready) == 0 {
			continue
		}
		if err := r.changeLayer(ctx, ready); err != nil {
			return err
		}
		if r.failed() > 0 && !r.options.KeepGoing {
			return nil
		}
	}
	return nil
}

// ready are the changes of a layer that are to be made and whose dependencies
// hold; a change behind a failed one is skipped.
func (r *run) ready(layer []doc.Change) []doc.Change {
	var ready []doc.Change
	for _, c := range layer {
		if !r.todo[c.Address] {
			continue
		}
		if blocker := r.blocker(c); blocker != "" {
			r.settle(c.Address, doc.ChangeSkipped, fmt.Sprintf("%s failed, on which it depends", blocker), "")
			continue
		}
		ready = append(ready, c)
	}
	return ready
}

func (r *run) blocker(c doc.Change) doc.Address {
	for _, d := range c.DependsOn {
		switch r.fates[r.index[d.Address]].Status {
		case doc.ChangeFailed, doc.ChangeSkipped:
			return d.Address
		}
	}
	return ""
}

// changeLayer makes changes that don't depend on each other: first what may be
// pushed ahead, then, one by one, what may not.
func (r *run) changeLayer(ctx context.Context, cs []doc.Change) error {
	works, err := r.works(ctx, cs)
	if err != nil {
		return err
	}
	var pushed, alone []resource.Work
	for _, w := range works {
		if w.Alone {
			alone = append(alone, w)
		} else {
			pushed = append(pushed, w)
		}
	}
	for _, flight := range flights(pushed) {
		if r.failed() > 0 && !r.options.KeepGoing {
			return nil
		}
		if err := r.send(ctx, flight); err != nil {
			return err
		}
	}
	for _, w := range alone {
		if r.failed() > 0 && !r.options.KeepGoing {
			return nil
		}
		if err := r.send(ctx, []resource.Work{w}); err != nil {
			return err
		}
	}
	return nil
}

// flights cuts steps into pieces that may be pushed ahead.
func flights(works []resource.Work) [][]resource.Work {
	var cut [][]resource.Work
	var size int64
	for _, w := range works {
		n := contentSize(w)
		if len(cut) == 0 || len(cut[len(cut)-1]) == pushedSteps || size+n > pushedBytes {
			cut, size = append(cut, nil), 0
		}
		cut[len(cut)-1] = append(cut[len(cut)-1], w)
		size += n
	}
	return cut
}

func contentSize(w resource.Work) int64 {
	switch {
	case w.Content == nil:
		return 0
	case w.Content.File != nil:
		return w.Content.File.Size
	}
	return int64(len(w.Content.Bytes))
}

// send runs works in one flight and settles their changes.
func (r *run) send(ctx context.Context, works []resource.Work) error {
	if r.stopping() {
		return errStopped
	}
	var b batch
	var sent []resource.Work
	for _, w := range works {
		step := shell.Step{Name: w.Name, Script: w.Script, Size: contentSize(w)}
		if w.Content != nil {
			content, err := r.open(*w.Content)
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

func (r *run) open(c doc.Content) (io.ReadCloser, error) {
	if c.File != nil {
		return r.options.Open(*c.File)
	}
	return io.NopCloser(bytes.NewReader(c.Bytes)), nil
}

func (r *run) settleWork(w resource.Work, result shell.Result) {
	read := w.Read
	if read == nil {
		read = plainOutcome
	}
	outcome, err := read(result)
	// A transaction that failed half-way has changed packages too.
	if len(w.Changes) > 0 {
		first := &r.fates[r.index[w.Changes[0]]]
		first.Transaction, first.Beside = outcome.Transaction, outcome.Beside
	}
	if err != nil {
		r.advise(err)
		output := tail(result.Stdout, result.Stderr)
		if outcome.Output != nil {
			output = tail([]byte(*outcome.Output))
		}
		r.failWork(w, err.Error(), output)
		return
	}
	// What the step said stands once, with the first that failed.
	said := tail(result.Stderr)
	for _, a := range w.Changes {
		if err := outcome.Failed[a]; err != nil {
			r.settle(a, doc.ChangeFailed, err.Error(), said)
			said = ""
			continue
		}
		status := doc.ChangeDone
		if slices.Contains(outcome.Already, a) {
			status = doc.ChangeAlready
		}
		r.fates[r.index[a]].Backup = outcome.Backups[a]
		r.settle(a, status, outcome.Remarks[a], "")
	}
}

// advise keeps what to do about a failure, if it is the first.
func (r *run) advise(err error) {
	var refusal *resource.Refusal
	if errors.As(err, &refusal) && r.advice == "" {
		r.advice = refusal.Hint
	}
}

func (r *run) failWork(w resource.Work, message, output string) {
	for _, a := range w.Changes {
		r.settle(a, doc.ChangeFailed, message, output)
	}
}

// plainOutcome is the judgement of a step whose kind has none: the last line of
// standard error is the reason.
func plainOutcome(result shell.Result) (resource.Outcome, error) {
	if result.Status == 0 {
		return resource.Outcome{}, nil
	}
	lines := strings.Split(strings.TrimSpace(string(result.Stderr)), "\n")
	if last := lines[len(lines)-1]; last != "" {
		return resource.Outcome{}, errors.New(strings.ToValidUTF8(last, "\uFFFD"))
	}
	return resource.Outcome{}, fmt.Errorf("exit status %d", result.Status)
}

// tail is the end of what a failed step printed.
func tail(printed ...[]byte) string {
	const most = 4 << 10
	said := bytes.TrimSpace(slices.Concat(printed...))
	if len(said) > most {
		said = said[len(said)-most:]
	}
	return strings.ToValidUTF8(string(said), "\uFFFD")
}

func (r *run) failed() int {
	n := 0
	for _, fate := range r.fates {
		if fate.Status == doc.ChangeFailed {
			n++
		}
	}
	return n
}

// failure is the error for changes that failed, or nil.
func (r *run) failure() error {
	var messages []string
	for _, fate := range r.fates {
		if fate.Status == doc.ChangeFailed {
			messages = append(messages, fmt.Sprintf("%s: %s", fate.Address, fate.Message))
		}
	}
	if len(messages) == 0 {
		return nil
	}
	return &Failure{
		What: "change_failed", Status: doc.StatusFailed, exit: 1,
		Message: strings.Join(messages, "; ") + "; " + r.progress(),
		Advice:  cmp.Or(r.advice, "mend the cause, then apply the same plan again: what is done is found done"),
	}
}
