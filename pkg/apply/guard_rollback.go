package apply

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"hostkit/pkg/doc"
	"hostkit/pkg/facts"
	"hostkit/pkg/shell"
)

// rollBack lets the switch fire, logs in again and reads what it did. reason is why
// the way in is not proven, err how the changes ended, advice what to do about it.
func (r *run) rollBack(ctx context.Context, reason, err error, advice string) error {
	r.stopRenewing()
	r.note(fmt.Sprintf("%s; the dead-man switch puts back %s", reason, listed(r.guard.paths)))
	records, lost := r.awaitFired(ctx)
	if records == nil {
		return &Failure{
			What: "way_in_lost", Status: doc.StatusFailed, exit: 1,
			Message: fmt.Sprintf("%s; the dead-man switch fires within %s, and what it did could not be read: %s; %s",
				reason, r.options.RollbackAfter, lost, r.progress()),
			Advice: "log in again in some minutes; the next hk-apply tells what the switch has put back",
		}
	}
	back, failed := paths(records, "back"), paths(records, "failed")
	if len(back)+len(failed) == 0 {
		// Nothing guarded had been changed yet.
		return cmp.Or(err, r.nothingBack(reason))
	}
	r.settleBack(records)
	r.verified = false
	message := reason.Error() + "; the dead-man switch has put back " + listed(back)
	if len(failed) > 0 {
		message = fmt.Sprintf("%s, and could not put back %s", message, listed(failed))
	}
	for _, record := range records {
		word, rest := record.word()
		_, ended, _ := strings.Cut(rest, " ")
		if status, said, _ := strings.Cut(ended, " "); word == "act" && status != "0" && status != strconv.Itoa(idle) {
			message += fmt.Sprintf(", and what takes it up again failed with status %s: %s", status, said)
		}
	}
	if lost != nil {
		message += fmt.Sprintf("; yet a new login still fails: %s", lost)
	}
	if err != nil {
		message += "; before that, " + whyOf(err)
	}
	return &Failure{
		What: "rolled_back", Status: doc.StatusRolledBack, exit: 1,
		Message: message + "; " + r.progress(),
		Advice:  advice,
	}
}

// What to do about what was put back. Of a login that was not tried, nobody knows
// whether it works.
const (
	loginFails   = "read what was to be changed again: with it, this login does not work any more"
	sessionEnded = "read what was to be changed again: it may have cut this session off; if it did not, apply the same plan again"
	notTried     = "apply the same plan again: what is done is found done"
)

// adviceOf is what to do about how the changes ended, which no login was tried after.
// What was put back is made again by the same plan.
func adviceOf(err error) string {
	var failure *Failure
	if errors.As(err, &failure) {
		return cmp.Or(failure.Advice, notTried)
	}
	return notTried
}

// whyOf is how the changes ended, without the count of what was done before something
// was put back.
func whyOf(err error) string {
	var failure *Failure
	if errors.As(err, &failure) {
		return cmp.Or(failure.why, failure.Message)
	}
	return err.Error()
}

// nothingBack is the failure of a run that was cut off before it had changed anything
// that the way in stands on.
func (r *run) nothingBack(reason error) error {
	return &Failure{
		What: "connection_lost", Status: doc.StatusFailed, exit: 1,
		Message: fmt.Sprintf("%s; the dead-man switch had nothing to put back; %s", reason, r.progress()),
		Advice:  "apply the same plan again: what is done is found done",
	}
}

// awaitFired waits until the switch has fired, and returns its report. An error
// beside a report says that a new login still fails.
func (r *run) awaitFired(ctx context.Context) ([]record, error) {
	limit := r.options.RollbackAfter + actLimit
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errors.New("the time for it is over"))
	defer cancel()
	seen, cut := r.fireBySession(ctx)
	if cut != nil {
		over := time.NewTimer(r.options.RollbackAfter)
		defer over.Stop()
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-over.C:
		}
	}
	// What the switch tells that something is in place again may cut sessions, as the
	// act did that had to be taken back.
	var err error
	for range collectAttempts {
		// What refuses the login may not have been told yet what is in place again.
		host, refused := r.loginAnew(ctx, func(error) bool { return true })
		if refused != nil {
			return seen, refused
		}
		var records []record
		records, err = r.collect(ctx, host)
		host.Close()
		if err == nil {
			r.guard.armed = false
			return records, nil
		}
	}
	return seen, err
}

// collectAttempts is in how many sessions the switch's report is asked for.
const collectAttempts = 3

// fireBySession tells the switch to fire at once, where the old session still can.
func (r *run) fireBySession(ctx context.Context) ([]record, error) {
	if err := r.onHost(ctx, r.switchStep("fire the dead-man switch", "burn", "0")); err != nil {
		return nil, err
	}
	var b batch
	var records []record
	b.add(r.switchStep("wait for the dead-man switch", "await", strconv.Itoa(int(actLimit/time.Second))), plainResult)
	b.add(r.switchStep("read what it did", "look"), func(result shell.Result) error {
		records = firedRecords(result)
		return nil
	})
	err := b.run(ctx, r.host, false)
	return records, err
}

// collect waits for the switch in a new session, reads what it did, and removes what
// it left.
func (r *run) collect(ctx context.Context, host facts.Host) ([]record, error) {
	var b batch
	var records []record
	limit := r.options.RollbackAfter + actLimit
	b.add(r.switchStep("wait for the dead-man switch", "await", strconv.Itoa(int(limit/time.Second))), plainResult)
	b.add(r.switchStep("read what it did", "look"), func(result shell.Result) error {
		records = firedRecords(result)
		return nil
	})
	b.add(r.switchStep("remove what it left", "forget"), plainResult)
	if err := b.run(ctx, host, true); err != nil {
		return nil, err
	}
	if records == nil {
		return nil, errors.New("the dead-man switch has not fired")
	}
	return records, nil
}

func plainResult(shell.Result) error { return nil }

// firedRecords are the report of a switch that has fired, nil of one that has not.
func firedRecords(result shell.Result) []record {
	records := readRecords(result.Stdout)
	if len(records) == 0 || !strings.HasPrefix(records[0].what, "fired ") {
		return nil
	}
	return records
}

// settleBack says of the changes what the switch did.
func (r *run) settleBack(records []record) {
	for _, record := range records {
		word, rest := record.word()
		address, ok := r.guard.of[record.path]
		switch {
		case !ok:
		case word == "back":
			r.settle(address, doc.ChangeRolledBack, "put back by the dead-man switch", "")
		case word == "failed":
			_, why, _ := strings.Cut(rest, " ")
			r.settle(address, doc.ChangeFailed, "the dead-man switch could not put it back: "+why, "")
		}
	}
}
