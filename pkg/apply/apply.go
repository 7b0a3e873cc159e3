// Package apply makes exactly the difference that a plan says, on exactly the
// host that the plan was made from, or refuses and says what has moved.
//
// What can be known without the host is known before there is a connection: whoever
// calls has checked digests and signatures and resolved the secrets, and [Apply] has
// every kind word what the plan will have the host do. Then, through one connection
// and one shell:
//
//  1. Preflight, one batch: it takes the host's lock, reads the journal that the run
//     before has left there, looks at the identity and at all that the plan is about
//     to change, and previews what can be previewed. A dry run ends here.
//  2. Where a change could cut off the way in, a dead-man switch is armed on the host
//     (guard_program.go).
//  3. The steps, along the plan's graph: what doesn't depend on each other goes in
//     one flight, in front of which the journal is told what begins
//     ([hostkit/pkg/journal]). Acts that changes call for come last (react.go).
//  4. Verification, one batch, reads every changed resource again and compares it
//     with what the plan promised.
//  5. Where a switch is armed, a new login on a new connection disarms it; unless that
//     works, the switch puts back what it kept.
//  6. A last batch tells the journal how the run has ended, keeps a record of it, and
//     gives the lock back.
package apply

import (
	"cmp"
	"context"
	"io"
	"time"

	"hostkit/pkg/doc"
	"hostkit/pkg/facts"
	"hostkit/pkg/journal"
	"hostkit/pkg/resource"
	"hostkit/pkg/secret"
)

// Options say how to apply.
type Options struct {
	// Kinds are the kinds that changes may have.
	Kinds []resource.Kind
	// Connect logs in to the plan's host. The key that the server proves to own
	// must be the plan's; that and everything else about the login is the
	// connector's to check.
	Connect func(ctx context.Context, p doc.Plan) (facts.Host, error)
	// Override puts what the connector was told of the login beside the plan into the
	// plan's host, for advice; nil where that is nothing.
	Override func(*doc.Host)
	// Open opens a large local file that the plan refers to, and checks that it
	// is the one that was planned.
	Open func(ref doc.FileRef) (io.ReadCloser, error)
	// Secret is what a reference of the plan comes to; nil where the plan's changes hold
	// none.
	Secret func(ref doc.SecretRef) secret.Value
	// Now is the clock.
	Now func() time.Time
	// Holder is who applies, as another one who finds the host's lock held is told:
	// "anna@laptop". RunFolder is where the lock is, /run/hostkit when it is empty.
	Holder, RunFolder string
	// Wait is how long another one who holds the host is waited for.
	Wait time.Duration
	// Timeout is how long the changes of a host may take, 0 for as long as they do.
	// Nothing else ends a step that is silent: a package may be built for half an
	// hour. Where it runs out the connection is dropped, and what runs on the host
	// is left to itself.
	Timeout time.Duration
	// RollbackAfter is how long the fuse of the dead-man switch is: a host that this
	// process does not hear from for so long puts back what its login stands on. 0
	// means a minute; no less than 5 seconds.
	RollbackAfter time.Duration
	// Stop is closed when somebody asks for an end: what runs on the host comes to its
	// end, nothing further begins, and the report says so. Where ctx ends, the
	// connection is dropped.
	Stop <-chan struct{}
	// SignedBy are those who have signed the plan, for the report.
	SignedBy []doc.Signer
	// DryRun ends after preflight and changes nothing.
	DryRun bool
	// KeepGoing goes on after a failed change with those that do not depend on
	// it; without it, nothing further is sent once a change is known to have
	// failed. What was sent in one flight with it is made all the same.
	KeepGoing bool
	// Scrub takes known secrets out of what is said; nil leaves it as it is.
	Scrub func(string) string
	// ScrubOutput does so with what programs on the host print, which is more: lines of
	// a secret that a file holds. nil leaves it as it is.
	ScrubOutput func(string) string
	// ScrubWriter is ScrubOutput for what comes in pieces: what is written to the writer
	// that it returns goes on to w. nil passes all on.
	ScrubWriter func(w io.Writer) io.WriteCloser
	// Emit is told what happens, by several goroutines at once; a step waits while it
	// does not return. nil tells nobody.
	Emit func(doc.Event)
}

// Apply applies one plan and returns what became of it. The report is true
// whatever happens; a failure stands in its Error.
func Apply(ctx context.Context, p doc.Plan, o Options) doc.Report {
	r := newRun(p, o)
	r.emit(doc.Event{Type: doc.EventHostStarted, Plan: p.Digest, Changes: len(p.Changes)})
	report := r.finish(ctx, r.do(ctx))
	r.leave(ctx, report)
	return r.ended(report)
}

// run is one plan on its way.
type run struct {
	plan    doc.Plan
	options Options
	kinds   map[string]resource.Kind
	host    facts.Host
	started time.Time
	// fates has what became of each change, in the plan's order.
	fates []doc.ChangeReport
	index map[doc.Address]int
	// todo are the changes that preflight found still to be made.
	todo  map[doc.Address]bool
	lock  lock
	guard guard
	// stopFile is the file on the host that stops the session; empty where none
	// does.
	stopFile string
	stale    []doc.Mismatch
	verified bool
	// advice is what to do about the first change that failed, where its kind knows.
	advice string
	// began says that a step which changes something was sent.
	began bool
	// journal is what an earlier run of the plan has left on the host.
	journal journal.Journal
	// unfinished is the run, of whatever plan, that the host's journal has as not over;
	// nil where none is.
	unfinished *doc.UnfinishedRun
	// unswept says that an earlier run may have left things unfinished, which are
	// there still.
	unswept bool
	// written is what the journal has of this run.
	written struct {
		there bool
		ended []bool
	}
	// journalSaid is why the journal could not be written.
	journalSaid []byte
	// rechecks and steps are what kinds have worded of the plan.
	rechecks rehearsed[resource.Recheck]
	steps    rehearsed[resource.Work]
	// acts are those that each change calls for.
	acts map[doc.Address][]doc.Address
	// noted are the acts of which the host has a mark, and marks those that are
	// about to get one.
	noted map[doc.Address]bool
	marks []doc.Address
}

func newRun(p doc.Plan, o Options) *run {
	r := &run{
		plan: p, options: o, started: o.Now(),
		kinds: make(map[string]resource.Kind),
		fates: make([]doc.ChangeReport, len(p.Changes)),
		index: make(map[doc.Address]int, len(p.Changes)),
		todo:  make(map[doc.Address]bool),
		noted: make(map[doc.Address]bool),

		rechecks: make(rehearsed[resource.Recheck]), steps: make(rehearsed[resource.Work]),
	}
	r.journal, r.written.ended = journal.New(len(p.Changes)), make([]bool, len(p.Changes))
	r.options.RunFolder = cmp.Or(o.RunFolder, runFolder)
	r.options.RollbackAfter = max(cmp.Or(o.RollbackAfter, defaultRollback), shortestRollback)
	for _, k := range o.Kinds {
		r.kinds[k.Name()] = k
	}
	for i, c := range p.Changes {
		r.fates[i] = doc.ChangeReport{
			Address: c.Address, Kind: c.Kind, Service: c.Service, Action: c.Action, Status: doc.ChangeNotReached,
			Before: c.Before, After: withoutContent(c.After), DependsOn: c.DependsOn,
		}
		r.index[c.Address] = i
	}
	return r
}

func (r *run) do(ctx context.Context) error {
	if err := r.check(); err != nil {
		return err
	}
	if r.stopping() {
		return errStopped
	}
	early, cancel := r.untilStopped(ctx)
	defer cancel()
	host, err := r.options.Connect(early, r.plan)
	if err != nil {
		return err
	}
	r.host = host
	if err := r.preflight(early); err != nil {
		return err
	}
	r.sayUnfinished()
	if r.options.DryRun {
		return r.sayGuarded()
	}
	r.forget(early)
	if len(r.todo) == 0 {
		// Preflight has just seen that everything is as the plan promises.
		r.verified = true
		return nil
	}
	r.chooseStopFile()
	if err := r.arm(early); err != nil {
		return err
	}
	r.renew(ctx)
	return r.conclude(ctx, r.change(ctx))
}

// change makes what is to be done, and looks at it.
func (r *run) change(ctx context.Context) error {
	if err := r.changeInTime(ctx); err != nil {
		return err
	}
	failed := r.failure()
	if err := r.verify(ctx); err != nil && failed == nil {
		return err
	}
	return r.failure()
}

// check refuses a plan that this program can't follow, before it connects.
func (r *run) check() error {
	for i, c := range r.plan.Changes {
		if r.kinds[c.Kind] == nil || c.Address.Kind() != c.Kind {
			return &Failure{
				What: "invalid_document", Status: doc.StatusFailed, exit: 3,
				Message: "this hk-apply knows no kind " + c.Kind + " (" + string(c.Address) + ")",
				Advice:  "use the hk-plan and the hk-apply of one release",
			}
		}
		if err := r.checkAct(c); err != nil {
			return err
		}
		if r.index[c.Address] != i {
			return &Failure{
				What: "invalid_document", Status: doc.StatusFailed, exit: 3,
				Message: "the plan changes " + string(c.Address) + " twice",
			}
		}
		for _, d := range c.DependsOn {
			if at, ok := r.index[d.Address]; !ok || at >= i {
				return &Failure{
					What: "invalid_document", Status: doc.StatusFailed, exit: 3,
					Message: "the plan has no " + string(d.Address) + " before " + string(c.Address) + ", which depends on it",
				}
			}
		}
	}
	if err := r.findActs(); err != nil {
		return err
	}
	return r.rehearse()
}

func (r *run) emit(e doc.Event) {
	if r.options.Emit == nil {
		return
	}
	e.Schema, e.Host = doc.SchemaEvent, doc.HostName{Name: r.plan.Host.Name}
	e.At = r.options.Now().UTC().Format(doc.EventTime)
	r.options.Emit(e)
}

// ended tells that nothing more comes of the host.
func (r *run) ended(report doc.Report) doc.Report {
	e := doc.Event{Type: doc.EventHostFinished, Status: string(report.Status)}
	if report.Error != nil {
		e.Message = report.Error.Message
	}
	r.emit(e)
	return report
}

// note tells people what is about no change.
func (r *run) note(message string) {
	r.emit(doc.Event{Type: doc.EventNote, Message: r.scrub(message)})
}

// settle records what became of a change.
func (r *run) settle(a doc.Address, status doc.ChangeStatus, message, output string) {
	fate := &r.fates[r.index[a]]
	fate.Status, fate.Message, fate.Output = status, scrubbed(r.options.ScrubOutput, message), scrubbed(r.options.ScrubOutput, output)
	r.emit(doc.Event{
		Type: doc.EventChangeFinished, Address: a, Action: fate.Action, Status: string(status),
		Message: fate.Message, Output: fate.Output,
	})
}

func (r *run) scrub(s string) string { return scrubbed(r.options.Scrub, s) }

func scrubbed(scrub func(string) string, s string) string {
	if scrub == nil {
		return s
	}
	return scrub(s)
}
