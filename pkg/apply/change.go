package apply

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"hostkit/pkg/doc"
	"hostkit/pkg/graph"
	"hostkit/pkg/resource"
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
	for _, layer := range graph.Layers(r.plan.Changes) {
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
	waiting := slices.DeleteFunc(slices.Clone(layer), func(c doc.Change) bool { return !r.todo[c.Address] })
	skipped := make(map[doc.Address]string)
	for _, c := range waiting {
		if blocker := r.blocker(c); blocker != "" {
			skipped[c.Address] = fmt.Sprintf("%s failed, on which it depends", blocker)
		}
	}
	if len(skipped) > 0 && r.isWayBack() {
		r.skipTogether(waiting, skipped)
	}
	for _, c := range waiting {
		if why, skip := skipped[c.Address]; skip {
			r.settle(c.Address, doc.ChangeSkipped, why, "")
		}
	}
	return slices.DeleteFunc(waiting, func(c doc.Change) bool { return skipped[c.Address] != "" })
}

// skipTogether skips what one transaction makes together with what is skipped: a part of
// what it has installed can't go without the rest that needs it. Paths that one step
// makes are pushed ahead and don't need each other.
func (r *run) skipTogether(waiting []doc.Change, skipped map[doc.Address]string) {
	isSkipped := func(a doc.Address) bool { return skipped[a] != "" }
	for _, g := range r.byKind(waiting) {
		if !slices.ContainsFunc(g.changes, func(c doc.Change) bool { return isSkipped(c.Address) }) {
			continue
		}
		works, err := g.kind.Steps(g.changes, r.site())
		if err != nil {
			continue // it is refused when its turn comes
		}
		for _, w := range works {
			first := slices.IndexFunc(w.Changes, isSkipped)
			if first < 0 || !w.Alone {
				continue
			}
			for _, a := range w.Changes {
				skipped[a] = cmp.Or(skipped[a], fmt.Sprintf("it goes in one transaction with %s, which is skipped", w.Changes[first]))
			}
		}
	}
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
	messages := failures(r.fates)
	if len(messages) == 0 {
		return nil
	}
	forbidden := func(m string) bool { return strings.Contains(strings.ToLower(m), "permission denied") }
	if r.advice == "" && r.unprivileged() && slices.ContainsFunc(messages, forbidden) {
		r.advice = becomeRoot
	}
	advice := cmp.Or(r.advice, r.notBrought(), "mend the cause, then apply the same plan again: what is done is found done")
	if r.failedBehind() {
		advice += "; what was there before is had back with hk-down --out down.json REPORT, and hk-apply of that"
	}
	if r.isWayBack() {
		advice += r.adviseToLeave()
	}
	return &Failure{
		What: "change_failed", Status: doc.StatusFailed, exit: 1,
		Message: strings.Join(messages, "; ") + "; " + r.progress(),
		Advice:  advice, why: strings.Join(messages, "; "),
	}
}

// notBrought is the advice where a change failed of which the plan could not know
// whether it would have what it needs.
func (r *run) notBrought() string {
	for i, c := range r.plan.Changes {
		if r.fates[i].Status == doc.ChangeFailed && len(c.Lacks) > 0 {
			return fmt.Sprintf("%s may not have brought %s: make a new plan (hk-eval CONFIG | hk-facts | hk-plan), which says what to declare",
				mayBring(c), strings.Join(c.Lacks, " and "))
		}
	}
	return ""
}

// failedBehind reports whether an act failed behind changes of this run: what reads them
// may not take what they are now.
func (r *run) failedBehind() bool {
	is := func(status doc.ChangeStatus, act bool) bool {
		return slices.ContainsFunc(r.fates, func(f doc.ChangeReport) bool {
			return f.Status == status && (f.Action == doc.Run) == act
		})
	}
	return !r.isWayBack() && is(doc.ChangeFailed, true) && is(doc.ChangeDone, false)
}

// failures are the messages of what failed, each once with all that it is of: those of a
// transaction share one.
func failures(fates []doc.ChangeReport) []string {
	const shown = 3
	var messages []string
	of := make(map[string][]string)
	for _, fate := range fates {
		if fate.Status != doc.ChangeFailed {
			continue
		}
		if of[fate.Message] == nil {
			messages = append(messages, fate.Message)
		}
		of[fate.Message] = append(of[fate.Message], string(fate.Address))
	}
	for i, message := range messages {
		names := of[message]
		if more := len(names) - shown; more > 1 {
			names = append(names[:shown:shown], fmt.Sprintf("%d more", more))
		}
		messages[i] = strings.Join(names, ", ") + ": " + message
	}
	return messages
}

// unprivileged says that nobody has asked to be root on the host.
func (r *run) unprivileged() bool {
	h := r.plan.Host
	if r.options.Override != nil {
		r.options.Override(&h)
	}
	return h.User != "root" && !h.Sudo.On && !h.Doas.On
}

// becomeRoot is the advice where a host has forbidden what root may do.
const becomeRoot = "log in as root, or set sudo for the host (or give --sudo), and plan again: what is done is found done"
