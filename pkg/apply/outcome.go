package apply

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"hostkit/pkg/doc"
	"hostkit/pkg/resource"
	"hostkit/pkg/shell"
)

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

// failWork fails all changes of a step; what it said stands once, with the first.
func (r *run) failWork(w resource.Work, message, output string) {
	for _, a := range w.Changes {
		r.settle(a, doc.ChangeFailed, message, output)
		output = ""
	}
}

// advise keeps what to do about a failure, if it is the first.
func (r *run) advise(err error) {
	var refusal *resource.Refusal
	if errors.As(err, &refusal) && r.advice == "" {
		r.advice = refusal.Hint
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

// listed names a few of many.
func listed[S ~string](names []S) string {
	const most = 4
	var few []string
	for _, name := range names[:min(len(names), most)] {
		few = append(few, string(name))
	}
	text := strings.Join(few, ", ")
	if more := len(names) - len(few); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
