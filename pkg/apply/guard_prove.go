package apply

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"hostkit/pkg/doc"
	"hostkit/pkg/facts"
	"hostkit/pkg/shell"
)

const (
	// reloadLimit is how long a service is waited for that was told to reload.
	reloadLimit = 10 * time.Second
	// actLimit is how long the switch may take beyond its fuse: each act has two
	// minutes.
	actLimit = 5 * time.Minute
	// idle is the status of an act whose service does not run.
	idle = 100
)

// conclude ends a run under an armed switch: a new login disarms it, or it puts back
// what it kept. err is how the changes ended.
//
// Nothing stays that is not proven. So a run that did not come to its end is not
// made up for by a login: what was changed and not yet reloaded would be in force
// with the next boot, and the next run could no longer know what was there before.
func (r *run) conclude(ctx context.Context, err error) error {
	if !r.guard.armed {
		return r.tryUnguarded(ctx, err)
	}
	defer r.stopRenewing()
	if context.Cause(ctx) != nil {
		return r.leaveArmed(err)
	}
	// The session still being there says that what was sent has come to its end.
	if cut := r.onHost(ctx, r.switchStep("renew the fuse", "burn", r.fuse())); cut != nil {
		return r.rollBack(ctx, fmt.Errorf("the run was cut off: %w", cmp.Or(err, cut)), nil, sessionEnded)
	}
	if reason := r.unproven(ctx); reason != nil {
		return r.rollBack(ctx, reason, err, adviceOf(err))
	}
	if reason := r.prove(ctx); reason != nil {
		return r.rollBack(ctx, reason, err, loginFails)
	}
	r.note("the dead-man switch is disarmed: a new login works")
	return err
}

// tryUnguarded tries a new login where an earlier run has made the changes and only
// their acts were left to be done. There is no telling what was there before, so
// nothing can be put back; but nobody is told that all is well.
func (r *run) tryUnguarded(ctx context.Context, err error) error {
	if len(r.guard.acts) == 0 || err != nil || !r.remote() {
		return err
	}
	if reason := r.prove(ctx); reason != nil {
		return &Failure{
			What: "way_in_lost", Status: doc.StatusFailed, exit: 1,
			Message: fmt.Sprintf("%s; an earlier run had made the changes, so that nothing can be put back; %s", reason, r.progress()),
			Advice:  "mend it by another way in: this login does not work any more",
		}
	}
	return nil
}

// unproven is why no login could prove anything, or nil.
func (r *run) unproven(ctx context.Context) error {
	for _, c := range r.guard.acts {
		switch fate := r.fates[r.index[c.Address]]; fate.Status {
		case doc.ChangeDone, doc.ChangeAlready:
		default:
			return fmt.Errorf("the run ended before %s, without which no login proves anything", c.Address)
		}
	}
	if len(r.guard.acts) == 0 {
		return nil
	}
	seconds := strconv.Itoa(int(reloadLimit / time.Second))
	if err := r.onHost(ctx, r.switchStep("wait until sshd listens anew", "reloaded", seconds)); err != nil {
		r.note("sshd was not seen to begin anew; the new login may prove nothing of its settings")
	}
	return nil
}

// prove disarms the switch in a new login on a new connection. It returns why it
// could not.
func (r *run) prove(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, r.options.RollbackAfter, errors.New("a new login took too long"))
	defer cancel()
	host, err := r.loginAnew(ctx, unreached)
	if err != nil {
		return fmt.Errorf("a new login fails: %w", err)
	}
	defer host.Close()
	var basics facts.Basics
	var b batch
	for _, p := range facts.BasicProbes(&basics) {
		b.add(shell.Step{Name: p.Name, Script: p.Script, Limit: p.Limit}, func(result shell.Result) error {
			return p.Read(result, &doc.Facts{})
		})
	}
	if err := b.run(ctx, host, false); err != nil {
		return fmt.Errorf("a new login fails: %w", err)
	}
	if other := r.otherTarget(basics, host); len(other) > 0 {
		return errors.New("a new login leads to another host")
	}
	if !r.guard.armed {
		return nil
	}
	var disarm batch
	disarm.add(r.switchStep("disarm the dead-man switch", "disarm"), func(result shell.Result) error {
		if result.Status != 0 {
			return errors.New("the switch has fired already")
		}
		return nil
	})
	if err := disarm.run(ctx, host, true); err != nil {
		return err
	}
	r.guard.armed = false
	return nil
}

// loginAnew connects, and again after a failure that may be over in a moment.
func (r *run) loginAnew(ctx context.Context, passing func(error) bool) (facts.Host, error) {
	for pause := retryInterval; ; pause = min(2*pause, 8*retryInterval) {
		host, err := r.options.Connect(ctx, r.plan)
		if err == nil || !passing(err) {
			return host, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(pause):
		}
	}
}

// unreached reports whether nobody was there to answer: a service that begins anew
// has no socket for a moment. A login that is refused is not tried again, since that
// may ban whoever tries.
func unreached(err error) bool {
	var code interface{ Code() string }
	return errors.As(err, &code) && (code.Code() == "unreachable" || code.Code() == "timeout")
}

// leaveArmed says what will become of a host that this process leaves.
func (r *run) leaveArmed(err error) error {
	r.note(fmt.Sprintf("the dead-man switch stays armed: within %s it puts back %s", r.options.RollbackAfter, listed(r.guard.paths)))
	return err
}
