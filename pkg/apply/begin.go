package apply

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"hostkit/pkg/doc"
	"hostkit/pkg/journal"
	"hostkit/pkg/resource"
	"hostkit/pkg/shell"
)

// addJournal looks at the host's journal. An empty plan carries on with nothing, but
// who applies it is to know of a run that was cut off.
func (r *run) addJournal(b *batch) {
	step := shell.Step{
		Name: "read the journal", Script: shell.New(journal.Script, strconv.Itoa(journal.Limit+1)), Limit: journal.Limit,
	}
	b.add(step, func(result shell.Result) error {
		r.unswept = broken(result.Stdout)
		r.journal, r.unfinished = journal.New(len(r.plan.Changes)), nil
		found, ok := journal.Read(result.Stdout)
		if !ok || result.Status != 0 || result.Truncated {
			return nil
		}
		if u, ok := found.Unfinished(); ok {
			r.unfinished = u
		}
		whole := found.Over == doc.StatusApplied || found.Over == doc.StatusNothingToDo
		if found.Plan == r.plan.Digest && len(found.Begun) == len(r.plan.Changes) && !whole {
			r.journal = found
		}
		return nil
	})
}

// sayUnfinished tells of a run that was cut off: of another plan, or of this one where
// nothing of it is left to be made. An empty plan does not ask for the lock, and a run
// that is under way has a journal too.
func (r *run) sayUnfinished() {
	if r.unfinished == nil {
		return
	}
	told := journal.Describe(*r.unfinished) + " was cut off"
	switch own := r.unfinished.Plan == r.plan.Digest; {
	case own && len(r.todo) == 0:
		r.note(told + "; all of it is made")
	case own:
		// What is carried on with is told by name.
	case len(r.plan.Changes) == 0:
		r.note(told + ", or is still under way; " + journal.WayOut)
	default:
		r.note(told + "; " + journal.WayOut)
	}
}

// closes reports whether this run has found all made that a run of the plan was cut off
// in: nobody else would ever say in the journal that this one is over.
func (r *run) closes(report doc.Report) bool {
	return r.lock.held && r.unfinished != nil && r.unfinished.Plan == r.plan.Digest && report.Status == doc.StatusNothingToDo
}

// halfMade reports whether a change is one that an earlier run of the plan was cut off
// in, and has something left to do.
func (r *run) halfMade(c doc.Change, found doc.Attributes) bool {
	kind, ok := r.kinds[c.Kind].(resource.Resumer)
	return ok && len(found) > 0 && r.journal.Open(r.index[c.Address]) && kind.Midway(c, found)
}

// settleAlready records that a change needs nothing. Where an earlier run that did not
// come to its end has made it, this report may be the only one to say so.
func (r *run) settleAlready(a doc.Address) {
	i, message := r.index[a], ""
	r.fates[i].BegunBefore = r.journal.Begun[i]
	if r.journal.Open(i) {
		message = "an earlier run of this plan has made it and did not see the end"
	}
	r.settle(a, doc.ChangeAlready, message, "")
}

// sayResumed tells which changes are carried on with.
func (r *run) sayResumed(resumed []doc.Address) {
	if len(resumed) == 0 {
		return
	}
	r.note("carries on with " + listed(resumed) + ", which an earlier run of the plan has begun and not ended")
}

// beginStep writes down on the host that works are begun, before they are: it
// travels in front of them in their flight, and without it none of them is made.
//
// It writes all at once, whatever the number of works, and a turn of its own it does
// not take.
func (r *run) beginStep(works []resource.Work) shell.Step {
	now := make([]bool, len(r.fates))
	r.marks = nil
	for _, w := range works {
		for _, a := range w.Changes {
			now[r.index[a]] = true
			r.marks = append(r.marks, r.acts[a]...)
		}
	}
	slices.Sort(r.marks)
	r.marks = slices.Compact(r.marks)
	mode, lines := "more", r.endedLine()+journal.Line("begun", now)
	if !r.written.there {
		mode, lines = "new", r.carriedOver(now)
	}
	args := []string{mode, string(r.plan.Digest), strconv.Itoa(len(now)), oneLine(r.options.Holder), lines}
	for _, a := range r.marks {
		args = append(args, string(a))
	}
	return shell.Step{
		Name: "write the journal", Required: true,
		Script: shell.New(beginScript, args...),
	}
}

// carriedOver are the first lines of a new journal. What an earlier run has left open
// stays so until it is made, and what it has made is told from what it has found.
func (r *run) carriedOver(now []bool) string {
	ended, begun := make([]bool, len(now)), make([]bool, len(now))
	for i := range now {
		ended[i] = r.hasEnded(i)
		begun[i] = now[i] || r.journal.Open(i) || r.journal.Begun[i] && ended[i]
	}
	return journal.Line("begun", begun) + journal.Line("ended", ended)
}

// endedLine is the line for the changes that have ended and that the journal does not
// have as ended.
func (r *run) endedLine() string {
	ended := make([]bool, len(r.fates))
	for i := range r.fates {
		ended[i] = r.hasEnded(i) && !r.written.ended[i]
	}
	return journal.Line("ended", ended)
}

func (r *run) hasEnded(i int) bool {
	status := r.fates[i].Status
	return status == doc.ChangeDone || status == doc.ChangeAlready
}

// readBegin remembers what the host's journal has now.
func (r *run) readBegin(result shell.Result) error {
	if result.Status != 0 {
		r.journalSaid = result.Stderr
		return nil // Run returns that the step was required
	}
	r.written.there = true
	for _, a := range r.marks {
		r.noted[a] = true
	}
	for i := range r.fates {
		r.written.ended[i] = r.written.ended[i] || r.hasEnded(i)
	}
	return nil
}

// notBegun is the failure of a host whose journal can't be written.
func (r *run) notBegun() error {
	path, reason := reasonOf(r.journalSaid)
	how := r.progress()
	if !r.began {
		how = "nothing was changed"
	}
	return &Failure{
		What: "journal_unwritable", Status: doc.StatusFailed, exit: 1,
		Message: fmt.Sprintf("the journal can't be written: %s; %s", reason, how),
		Advice:  "nothing is begun that could not be carried on with: see to " + cmp.Or(path, "the host's disk") + " there, then apply the same plan again",
	}
}

// reasonOf splits what a step of ours says of a path that it can't write, "/a: No
// space left on device".
func reasonOf(said []byte) (path, reason string) {
	reason = strings.ToValidUTF8(strings.TrimSpace(string(said)), "\uFFFD")
	if i := strings.LastIndex(reason, ": "); i >= 0 {
		path, reason = reason[:i], reason[i+2:]
	}
	if reason == "" {
		return path, "the host gave no reason"
	}
	return path, strings.ToLower(reason[:1]) + reason[1:]
}
