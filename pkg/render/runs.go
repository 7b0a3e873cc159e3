package render

import (
	"fmt"

	"hostkit/pkg/doc"
)

// unfinished tells of the run that the host's journal has as begun.
func (p *page) unfinished(r doc.Runs) {
	if r.Unfinished == nil {
		if len(r.Records) == 0 {
			p.field("runs", noInk.of("none is known to this user of the host"))
		}
		return
	}
	u := r.Unfinished
	by := ""
	if u.Holder != "" {
		by = " by " + u.Holder
	}
	p.list(2, pad(dim.of("runs"), margin), " · ", append([]segment{alarm.of("one is not over")}, plain([]string{
		"plan " + p.options.digest(string(u.Plan)),
		"begun " + u.BegunAt + by,
		fmt.Sprintf("%d of %s begun, %d ended", u.Begun, count(u.Changes, "change", "changes"), u.Ended),
		"the same plan, applied again, carries on",
	})...)...)
}

// runs lists the records, newest first; with Full, each with its changes.
func (p *page) runs(records []doc.RunRecord) {
	if len(records) == 0 {
		return
	}
	p.blank()
	p.line(2, bold.of("runs, newest first"))
	if !p.options.Full {
		rows := make([][]segment, len(records))
		for i, r := range records {
			rows[i] = p.runRow(r)
		}
		p.table(4, rows)
		return
	}
	for _, r := range records {
		p.table(4, [][]segment{p.runRow(r)})
		for _, c := range r.Changes {
			row := []segment{noInk.last(string(c.Action)), noInk.of(" "), noInk.last(string(c.Address)), noInk.of(" "), lookOfStatus(c.Status).ink.of(lookOfStatus(c.Status).word)}
			if c.Backup != "" {
				row = append(row, dim.of(", backup "), dim.last(c.Backup))
			}
			p.line(6, row...)
		}
		if r.LeftOut > 0 {
			p.line(6, dim.of(fmt.Sprintf("and %d more", r.LeftOut)))
		}
	}
}

// runRow is a run in a line.
func (p *page) runRow(r doc.RunRecord) []segment {
	l := lookOfHost(r.Status)
	if r.Status == doc.StatusApplied && !r.Verified {
		l = look{"", "applied, NOT VERIFIED", alarm}
	}
	changes := make([]doc.ChangeReport, len(r.Changes))
	for i, c := range r.Changes {
		changes[i].Status = c.Status
	}
	tally := tallyReport(doc.Report{Changes: changes})
	if r.LeftOut > 0 {
		tally = words(", ", tally, fmt.Sprintf("%d more", r.LeftOut))
	}
	return []segment{
		noInk.of(r.FinishedAt), l.ink.of(l.word), noInk.of(tally),
		noInk.last(r.Holder), dim.of("plan " + p.options.digest(string(r.Plan))),
	}
}
