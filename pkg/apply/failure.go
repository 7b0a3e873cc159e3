package apply

import (
	"context"
	"errors"
	"fmt"

	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
	"hostkit/pkg/shell"
)

// Failure is why a plan was not applied to a host.
type Failure struct {
	// What is a stable word for programs: "stale", "change_failed".
	What    string
	Status  doc.HostStatus
	Message string
	Advice  string
	exit    int
	// why is Message without the count of what is done; empty where it has none.
	why string
}

func (f *Failure) Error() string { return f.Message }

// Code is What.
func (f *Failure) Code() string { return f.What }

// Hint is Advice.
func (f *Failure) Hint() string { return f.Advice }

// Exit is the exit status that the failure asks for.
func (f *Failure) Exit() int { return f.exit }

// Skip is the report of a host that is not begun with, and why.
func Skip(p doc.Plan, o Options, why string) doc.Report {
	r := newRun(p, o)
	return r.ended(r.finish(context.Background(), &Failure{
		What: "too_many_failures", Status: doc.StatusSkipped, Message: why, exit: 1,
		Advice: "mend what failed, then apply the same plans again: what is done is found done",
	}))
}

const rfc3339 = "2006-01-02T15:04:05Z"

// goesOn is said of a run that the host may not have seen the end of yet.
const goesOn = "apply the same plan again, with --wait 1m as the host may still be at a step: what is done is found done"

// finish writes the report.
func (r *run) finish(ctx context.Context, err error) doc.Report {
	r.stayCalled()
	report := doc.Report{
		Schema: doc.SchemaReport, Project: r.plan.Project, Host: r.plan.Host, Target: r.plan.Target,
		Plan: r.plan.Digest, SignedBy: r.options.SignedBy, Changes: r.fates, Stale: r.stale, Verified: r.verified,
		StartedAt: r.started.UTC().Format(rfc3339), FinishedAt: r.options.Now().UTC().Format(rfc3339),
	}
	switch {
	case errors.Is(err, errStopped), err != nil && r.stopping() && !r.began,
		err != nil && context.Cause(ctx) != nil && !errors.Is(context.Cause(ctx), context.DeadlineExceeded):
		report.Status = doc.StatusInterrupted
		report.Error = &doc.HostError{
			Code: "interrupted", Exit: 130, Message: "interrupted: " + r.progress(),
			Hint: goesOn,
		}
	case err != nil:
		report.Status, report.Error = r.judge(err)
		report.Stale = r.stale
	case r.options.DryRun:
		report.Status = doc.StatusDryRun
	case len(r.plan.Changes) == 0 || r.allAlready():
		report.Status = doc.StatusNothingToDo
	default:
		report.Status = doc.StatusApplied
	}
	if report.Error != nil {
		report.Error.Stage = "hk-apply"
		report.Error.Message, report.Error.Hint = r.scrub(report.Error.Message), r.scrub(report.Error.Hint)
	}
	return report
}

// withoutContent is a side of a change without what a step writes: the plan has it,
// and a report of large files would be as large as they are. Where a secret comes from
// stays, since the way back looks for it.
func withoutContent(side doc.Attributes) doc.Attributes {
	if doc.HasSecret(side) {
		return side
	}
	return jsonx.Without(side, "content")
}

// judge turns an error into a status and an error member.
func (r *run) judge(err error) (doc.HostStatus, *doc.HostError) {
	e := &doc.HostError{Code: "failed", Message: err.Error(), Exit: 1}
	status := doc.StatusFailed
	var failure *Failure
	var closed *shell.ClosedError
	switch {
	case errors.As(err, &failure):
		status = failure.Status
	case errors.As(err, &closed) && r.began:
		e.Code = "connection_lost"
		e.Message = fmt.Sprintf("%s; %s", err, r.progress())
		return status, withHint(e, goesOn)
	}
	describe(err, e)
	switch {
	case e.Exit == 4 && !r.began:
		status = doc.StatusUnreachable
	case e.Exit == 5 && failure == nil:
		// The key is compared before there is a session to compare the rest in.
		status = doc.StatusStale
		r.compareKeys(err)
	}
	return status, e
}

// describe takes code, hint and exit status from an error that has them.
func describe(err error, e *doc.HostError) {
	var code interface{ Code() string }
	var hint interface{ Hint() string }
	var exit interface{ Exit() int }
	if errors.As(err, &code) {
		e.Code = code.Code()
	}
	if errors.As(err, &hint) {
		e.Hint = hint.Hint()
	}
	if errors.As(err, &exit) {
		e.Exit = exit.Exit()
	}
}

func withHint(e *doc.HostError, hint string) *doc.HostError {
	e.Hint = hint
	return e
}

// timedOut is the failure of a host whose changes took longer than they may.
func (r *run) timedOut() error {
	why := fmt.Sprintf("given up after %s, and what runs on the host is left to itself", r.options.Timeout)
	return &Failure{
		What: "timeout", Status: doc.StatusFailed, exit: 1, why: why,
		Message: why + "; " + r.progress(),
		Advice:  "see what still runs there, then apply the same plan again with more time: what is done is found done",
	}
}

// progress counts what is done, for people.
func (r *run) progress() string {
	done := 0
	for _, fate := range r.fates {
		if fate.Status == doc.ChangeDone || fate.Status == doc.ChangeAlready {
			done++
		}
	}
	return fmt.Sprintf("%d of %d changes are done", done, len(r.fates)) + r.sayCalled()
}

func (r *run) allAlready() bool {
	for _, fate := range r.fates {
		if fate.Status != doc.ChangeAlready {
			return false
		}
	}
	return true
}
