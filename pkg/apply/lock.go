package apply

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"hostkit/pkg/doc"
	"hostkit/pkg/shell"
)

const (
	// runFolder is where the lock is; it does not outlive a boot.
	runFolder = "/run/hostkit"
	// retryInterval is how often a host that is held is asked again.
	retryInterval = time.Second
)

// stalledSeconds is how long another session of the same plan must do nothing,
// no step and not a moment of CPU time, to be ended: its end of the connection
// is gone, and the host would notice only hours later. Tests shorten it.
var stalledSeconds = 10

// lock is the right to change the host.
type lock struct {
	// held says that it was taken, and not released.
	held bool
	// folder is where it lies on the host.
	folder string
	// busy is who else holds it.
	busy *Failure
}

// lockStep takes the lock, or looks at it only.
func (r *run) lockStep(mode string) shell.Step {
	return shell.Step{
		Name: mode + " the host's lock",
		Script: shell.New(lockScript, mode, r.options.RunFolder, string(r.plan.Digest),
			strconv.Itoa(stalledSeconds), oneLine(r.options.Holder)),
	}
}

// addLock takes the lock, or looks at it only where nothing will be changed.
func (r *run) addLock(b *batch) {
	switch {
	case len(r.plan.Changes) == 0 || r.lock.held:
	case r.options.DryRun:
		b.add(r.lockStep("look"), r.readLock)
	default:
		b.add(r.lockStep("take"), r.readLock)
	}
}

// readLock reads the answer of lockStep.
func (r *run) readLock(result shell.Result) error {
	answer := strings.Fields(string(result.Stdout))
	if result.Status != 0 || len(answer) == 0 {
		return fmt.Errorf("status %d: %s", result.Status, strings.TrimSpace(string(result.Stderr)))
	}
	r.lock.busy = nil
	switch word, rest := answer[0], answer[1:]; {
	case word == "taken" && len(rest) > 0:
		r.lock.held, r.lock.folder = true, rest[0]
		r.sayTaken(rest[1:])
	case word == "busy" && len(rest) >= 3:
		r.lock.busy = busy(rest, r.plan.Digest)
	case word == "orphan" && len(rest) > 0:
		r.lock.busy = orphaned(rest)
	case word != "free":
		return fmt.Errorf("the host answered %q", word)
	}
	return nil
}

// sayTaken tells from whom the lock was taken over.
func (r *run) sayTaken(from []string) {
	if len(from) < 2 {
		return
	}
	who := "process " + from[1]
	if len(from) > 2 {
		who = strings.Join(from[2:], " ") + ", " + who
	}
	why := "which is gone"
	if from[0] == "stalled" {
		why = "whose session of this plan did nothing any more and was ended"
	}
	r.note(fmt.Sprintf("took the host's lock over from %s, %s", who, why))
}

// busy words who holds the host: the process, for how many seconds, the plan, and
// who it is.
func busy(answer []string, mine doc.Digest) *Failure {
	seconds, _ := strconv.Atoi(answer[1])
	which := "another plan"
	if doc.Digest(answer[2]) == mine {
		which = "the same plan"
	}
	return &Failure{
		What: "busy", Status: doc.StatusBusy, exit: 6,
		Message: fmt.Sprintf("%s applies %s to the host, for %s now, as its process %s; nothing was changed",
			orSomebody(strings.Join(answer[3:], " ")), which, time.Duration(max(seconds, 0))*time.Second, answer[0]),
		Advice: "wait until it is done, or let --wait 5m do so; if it never ends, end what it runs on the host",
	}
}

// orphaned words what a session that is gone has left under way: the process and
// what it is called.
func orphaned(answer []string) *Failure {
	return &Failure{
		What: "busy", Status: doc.StatusBusy, exit: 6,
		Message: fmt.Sprintf("a step of an apply that is gone still runs on the host, as its process %s; nothing was changed",
			orSomebody(strings.Join(answer, " "))),
		Advice: "wait until it is done, or let --wait 5m do so; if it never ends, end that process",
	}
}

func orSomebody(who string) string {
	if who == "" {
		return "somebody"
	}
	return who
}

// await asks for the lock until it is had, or the time is over.
func (r *run) await(ctx context.Context) error {
	r.note(r.lock.busy.Message)
	over := time.NewTimer(r.options.Wait)
	defer over.Stop()
	again := time.NewTicker(retryInterval)
	defer again.Stop()
	for r.lock.busy != nil {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-over.C:
			return r.lock.busy
		case <-again.C:
		}
		var b batch
		r.addLock(&b)
		r.addLook(&b)
		if err := b.run(ctx, r.host, false); err != nil {
			return err
		}
	}
	return nil
}

// addRelease gives the lock back behind what else stands in the batch.
func (r *run) addRelease(b *batch) {
	if !r.lock.held {
		return
	}
	b.add(r.lockStep("release"), func(shell.Result) error { r.lock.held = false; return nil })
}

// oneLine is text that is one line, of a length that a person reads.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(strings.ReplaceAll(s, "\x00", "")), " ")
	return strings.ToValidUTF8(s[:min(len(s), 100)], "")
}
