package render

import (
	"fmt"

	"hostkit/pkg/doc"
)

// Total sums up what a stream of documents said. Its memory does not grow with
// the number of hosts.
type Total struct {
	documents, plans, reports, failed int
	changes                           doc.Summary
	statuses                          map[doc.HostStatus]int
	firstFailed                       string
}

// Add counts a document. Events are not counted: a report sums them up.
func (t *Total) Add(s Shown) {
	if s.schema == doc.SchemaEvent {
		return
	}
	t.documents++
	if s.Failure != nil {
		if t.failed++; t.failed == 1 {
			t.firstFailed = s.Host + ": " + s.Failure.Message
		}
	}
	switch {
	case s.IsPlan():
		t.plans++
		t.changes.Create += s.changes.Create
		t.changes.Update += s.changes.Update
		t.changes.Delete += s.changes.Delete
		t.changes.Unknown += s.changes.Unknown
		t.changes.Run += s.changes.Run
		t.changes.NoOp += s.changes.NoOp
	case s.schema == doc.SchemaReport:
		t.reports++
		if t.statuses == nil {
			t.statuses = map[doc.HostStatus]int{}
		}
		t.statuses[s.status]++
	}
}

// Text is the total of several documents, after an empty line; of fewer than
// two it is empty, since the document's own last line is the total.
func (t *Total) Text(o Options) string {
	if t.documents < 2 {
		return ""
	}
	p := &page{options: o}
	p.blank()
	p.line(0, bold.of("total: "), noInk.of(count(t.documents, "document", "documents")))
	if t.plans > 0 {
		p.list(2, noInk.of(count(t.plans, "plan", "plans")+": "), ", ", p.counts(t.changes)...)
	}
	if t.reports > 0 {
		p.statuses(t.reports, t.statuses)
	}
	if t.failed > 0 {
		p.prose(2, alarm.of(fmt.Sprintf("%d FAILED, ", t.failed)), noInk, "the first is "+t.firstFailed)
	}
	return p.text()
}

func (p *page) statuses(reports int, n map[doc.HostStatus]int) {
	var items []segment
	for _, status := range sorted(n) {
		l := lookOfHost(status)
		items = append(items, l.ink.of(fmt.Sprintf("%d %s", n[status], l.word)))
	}
	p.list(2, noInk.of(count(reports, "report", "reports")+": "), ", ", items...)
}
