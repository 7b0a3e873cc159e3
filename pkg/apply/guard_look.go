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

// record is one line of what switchTool tells of a switch: "armed 40 sha256:…",
// "back 1", "failed 2 no space left on device", "act 1 0"; and the path that it is
// about, if it is.
type record struct{ what, path string }

func readRecords(raw []byte) []record {
	var records []record
	parts := strings.Split(string(raw), "\x00")
	for i := 0; i+1 < len(parts); i += 2 {
		records = append(records, record{parts[i], parts[i+1]})
	}
	return records
}

// word is the record's first word, and what comes behind it.
func (r record) word() (word, rest string) {
	word, rest, _ = strings.Cut(r.what, " ")
	return word, rest
}

// addLook looks for the switch of another run. One that is armed holds the host: it
// is about to change what this run would look at.
func (r *run) addLook(b *batch) {
	if len(r.plan.Changes) == 0 {
		return
	}
	b.add(r.switchStep("look for an armed dead-man switch", "look"), func(result shell.Result) error {
		if r.lock.held {
			r.lock.busy = nil
		}
		records := readRecords(result.Stdout)
		if result.Status != 0 || len(records) == 0 {
			return fmt.Errorf("status %d: %s", result.Status, strings.TrimSpace(string(result.Stderr)))
		}
		if r.lock.busy == nil {
			r.heed(records)
		}
		return nil
	})
}

// heed judges what another run left. Who waits for the lock looks twice, and is told
// once.
func (r *run) heed(records []record) {
	told := r.guard.left
	switch word, rest := records[0].word(); word {
	case "armed":
		seconds, plan, _ := strings.Cut(rest, " ")
		left, _ := strconv.Atoi(seconds)
		r.lock.busy = armedBusy(time.Duration(left)*time.Second, doc.Digest(plan) == r.plan.Digest)
	case "firing":
		r.lock.busy = &Failure{
			What: "busy", Status: doc.StatusBusy, exit: 6,
			Message: "the dead-man switch of another run is putting back what that run changed; nothing was changed",
			Advice:  "wait some seconds, or let --wait 5m do so",
		}
	case "fired":
		r.guard.left = true
		if back := paths(records, "back"); len(back) > 0 && !told {
			r.note("the dead-man switch of the last run has put back, since no new login forbade it: " + listed(back))
		}
		if failed := paths(records, "failed"); len(failed) > 0 && !told {
			r.note("the dead-man switch of the last run could not put back: " + listed(failed))
		}
	case "dead":
		r.guard.left = true
		if !told {
			r.note("the dead-man switch of another run was ended before it could fire; this login works, so what it kept is removed")
		}
	}
}

func armedBusy(left time.Duration, same bool) *Failure {
	which := "another plan"
	if same {
		which = "the same plan"
	}
	return &Failure{
		What: "busy", Status: doc.StatusBusy, exit: 6,
		Message: fmt.Sprintf("a dead-man switch is armed: %s was cut off, and what it changed is put back in %s; nothing was changed", which, left),
		Advice:  "wait until it has fired, or let --wait 5m do so, and apply the plan again",
	}
}

// paths are those of the records that begin with word.
func paths(records []record, word string) []string {
	var found []string
	for _, record := range records {
		if w, _ := record.word(); w == word && record.path != "" {
			found = append(found, record.path)
		}
	}
	return found
}

// forget removes what the switch of an earlier run has left.
func (r *run) forget(ctx context.Context) {
	if r.guard.left && !r.options.DryRun {
		r.guard.left = false
		// What is left is found by the next run.
		_ = r.onHost(ctx, r.switchStep("remove what the last dead-man switch left", "forget"))
	}
}
