package apply

import (
	"bytes"
	"context"
	"errors"
	"strconv"

	"hostkit/pkg/doc"
	"hostkit/pkg/journal"
	"hostkit/pkg/jsonx"
	"hostkit/pkg/shell"
)

// leave ends the session. Where something was attempted it says in the host's journal
// how that has ended and keeps a record of the run there, in the same flight that
// gives the lock back: that is one more turn than looking, changing and verifying
// take, since only the last of these tells how the run has ended.
//
// A session that is broken leaves all of it to the next one, which sees that the
// process of this one is gone.
func (r *run) leave(ctx context.Context, report doc.Report) {
	if r.host == nil {
		return
	}
	defer r.host.Close()
	var b batch
	var said error
	// Where the journal has nothing of this run, nothing was begun.
	recorded := r.written.there || r.closes(report)
	if recorded {
		r.addRecord(&b, report, &said)
	}
	r.addPruning(&b)
	r.addRelease(&b)
	r.addSweep(&b)
	if len(b.steps) == 0 {
		return
	}
	r.goOn()
	err := errors.Join(b.run(ctx, r.host, true), said)
	if err != nil && recorded && (report.Error == nil || said != nil) {
		r.note("the host's record of this run could not be written: " + err.Error())
	}
}

// addRecord adds the step that writes the record; said is why it could not.
func (r *run) addRecord(b *batch, report doc.Report, said *error) {
	record, err := recordOf(report, oneLine(r.options.Holder))
	if err != nil {
		*said = err
		return
	}
	lines := r.endedLine() + "over " + string(report.Status)
	b.add(shell.Step{
		Name:    "write the record of the run",
		Script:  shell.New(endScript, lines, strconv.Itoa(len(record)), strconv.Itoa(journal.MostRecords)),
		Content: bytes.NewReader(record), Size: int64(len(record)),
	}, func(result shell.Result) error {
		if result.Status != 0 {
			_, reason := reasonOf(result.Stderr)
			*said = errors.New(reason)
		}
		return nil
	})
}

// recordOf is the record of a run as the host keeps it. Of more changes than there is
// room for, the first are kept.
func recordOf(report doc.Report, holder string) ([]byte, error) {
	record := doc.RunRecord{
		Project: report.Project, Plan: report.Plan, Status: report.Status, Verified: report.Verified,
		StartedAt: report.StartedAt, FinishedAt: report.FinishedAt, Holder: holder,
		Changes: make([]doc.RunChange, len(report.Changes)),
	}
	for i, c := range report.Changes {
		record.Changes[i] = doc.RunChange{Address: c.Address, Action: c.Action, Status: c.Status, Backup: c.Backup}
	}
	for {
		raw, err := jsonx.Marshal(record)
		if err != nil || len(raw) < journal.Limit || len(record.Changes) == 0 {
			return append(raw, '\n'), err
		}
		keep := len(record.Changes) / 2
		record.LeftOut += len(record.Changes) - keep
		record.Changes = record.Changes[:keep]
	}
}
