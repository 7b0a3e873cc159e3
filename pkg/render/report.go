package render

import (
	"fmt"
	"slices"
	"strings"

	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
)

func renderReport(p *page, d jsonx.Document) (Shown, error) {
	var r doc.Report
	if err := jsonx.UnmarshalGrown(d, &r); err != nil {
		return Shown{}, err
	}
	shown := Shown{Host: r.Host.Name, Failure: r.Error, status: r.Status}
	if p.options.Summary {
		p.line(0, p.reportLine(r)...)
	} else {
		p.report(r)
	}
	shown.parts = []part{(&page{options: p.options}).reportPart(r)}
	return shown, nil
}

// hostLooks words a host's status: what went wrong stands in capitals.
var hostLooks = map[doc.HostStatus]look{
	doc.StatusApplied:     {"", "applied", green},
	doc.StatusNothingToDo: {"", "nothing to do", green},
	doc.StatusDryRun:      {"", "dry run, nothing was changed", cyan},
	doc.StatusFailed:      {"", "FAILED", alarm},
	doc.StatusStale:       {"", "STALE", alarm},
	doc.StatusBusy:        {"", "BUSY: another apply holds the host", alarm},
	doc.StatusUnreachable: {"", "UNREACHABLE", alarm},
	doc.StatusInterrupted: {"", "INTERRUPTED", alarm},
	doc.StatusSkipped:     {"", "SKIPPED", alarm},
	doc.StatusRolledBack:  {"", "ROLLED BACK", alarm},
}

// changeLooks words a change's status, in the order in which they are counted.
var changeLooks = []struct {
	status doc.ChangeStatus
	look
}{
	{doc.ChangeDone, look{"", "done", green}},
	{doc.ChangeAlready, look{"", "already", green}},
	{doc.ChangeWouldChange, look{"", "would change", yellow}},
	{doc.ChangeUnknown, look{"", "UNKNOWN", alarm}},
	{doc.ChangeFailed, look{"", "FAILED", alarm}},
	{doc.ChangeRolledBack, look{"", "ROLLED BACK", alarm}},
	{doc.ChangeSkipped, look{"", "skipped", magenta}},
	{doc.ChangeNotReached, look{"", "not reached", magenta}},
}

func lookOfStatus(s doc.ChangeStatus) look {
	for _, l := range changeLooks {
		if l.status == s {
			return l.look
		}
	}
	return look{"", string(s), alarm}
}

func lookOfHost(s doc.HostStatus) look {
	if l, ok := hostLooks[s]; ok {
		return l
	}
	return look{"", string(s), alarm}
}

// reportPart is what a report has in common with those of other hosts: not when the
// work was done, nor by which plan.
func (p *page) reportPart(r doc.Report) part {
	made := part{title: p.outcome(r)}
	if p.options.Summary {
		words := ""
		for _, of := range []string{tallyReport(r), messageOf(r)} {
			if of != "" {
				words += ": " + of
			}
		}
		made.title = append(made.title, noInk.of(words))
		made.key = keyOf(r.Status, r.Verified, words)
		return made
	}
	p.failureOf(r)
	p.signers(r)
	p.reportBody(r)
	made.text = p.text()
	// What moved is shown bounded; all else that is shown stands in the text.
	made.key = keyOf(r.Status, r.Verified, made.text, r.Stale)
	return made
}

func messageOf(r doc.Report) string {
	if r.Error == nil {
		return ""
	}
	return r.Error.Message
}

func (p *page) report(r doc.Report) {
	p.line(0, p.verdict(r)...)
	p.failureOf(r)
	if r.Plan != "" {
		p.field("plan", noInk.of(p.options.digest(string(r.Plan))))
	}
	p.signers(r)
	if r.StartedAt != "" || r.FinishedAt != "" {
		p.field("time", noInk.of(words(" to ", r.StartedAt, r.FinishedAt)))
	}
	p.reportBody(r)
}

func (p *page) failureOf(r doc.Report) {
	if r.Error != nil {
		p.failure(r.Error)
	}
}

func (p *page) signers(r doc.Report) {
	for i, by := range r.SignedBy {
		name := "signed by"
		if i > 0 {
			name = ""
		}
		p.field(name, noInk.of(by.Principal+" ("+words(" ", by.Key.Type, by.Key.Fingerprint)+")"))
	}
}

// reportBody is what became of the changes.
func (p *page) reportBody(r doc.Report) {
	p.stale(r.Stale)
	if len(r.Changes) == 0 {
		return
	}
	p.blank()
	for rest := r.Changes; len(rest) > 0; {
		alike := 1
		if !p.options.Full {
			alike = sayAlike(rest)
		}
		p.changeReport(rest[0])
		p.likewise(rest[1:alike])
		rest = rest[alike:]
	}
	p.blank()
	p.line(2, bold.of("report: "), noInk.of(tallyReport(r)))
}

// verdict is the host, what became of it, and how long that took.
func (p *page) verdict(r doc.Report) []segment {
	name := r.Host.Name
	if name == "" {
		name = "(no name)"
	}
	row := append([]segment{bold.last(name), noInk.of("  ")}, p.outcome(r)...)
	if took := span(r.StartedAt, r.FinishedAt); took != "" {
		row = append(row, dim.of(" in "+took))
	}
	return row
}

// outcome is what became of a host, and whether that was looked at afterwards.
func (p *page) outcome(r doc.Report) []segment {
	l := lookOfHost(r.Status)
	row := []segment{l.ink.of(l.word)}
	if r.Status == doc.StatusApplied {
		verified := alarm.of(", NOT VERIFIED")
		if r.Verified {
			verified = green.of(" and verified")
		}
		row = append(row, verified)
	}
	return row
}

// tallyReport counts changes by what became of them.
func tallyReport(r doc.Report) string {
	n := map[doc.ChangeStatus]int{}
	for _, c := range r.Changes {
		n[c.Status]++
	}
	var parts []string
	for _, l := range changeLooks {
		if n[l.status] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n[l.status], l.word))
		}
	}
	return strings.Join(parts, ", ")
}

// ReportLine gives a report in one line, without a newline: "server: applied
// and verified in 6s: 2 done".
func ReportLine(r doc.Report) string {
	p := &page{}
	p.line(0, p.reportLine(r)...)
	return strings.TrimSuffix(p.text(), "\n")
}

func (p *page) reportLine(r doc.Report) []segment {
	row := p.verdict(r)
	row[1] = noInk.of(": ")
	if tally := tallyReport(r); tally != "" {
		row = append(row, noInk.of(": "+tally))
	}
	if r.Error != nil {
		row = append(row, noInk.of(": "+r.Error.Message))
	}
	return row
}

// stale says what has moved, with both sides.
func (p *page) stale(moved []doc.Mismatch) {
	if len(moved) == 0 {
		return
	}
	p.blank()
	p.line(2, alarm.of("not as planned"), noInk.of(": "+count(len(moved), "difference", "differences")))
	for _, m := range moved {
		p.mismatch(m)
	}
}

func (p *page) mismatch(m doc.Mismatch) {
	planned, found := m.Planned.Kind() == '{', m.Found.Kind() == '{'
	if !planned && !found {
		p.block(4, attributes{p: p, arrow: staleArrow, list: []side{{name: m.What, before: parse(m.Planned), after: parse(m.Found)}}})
		return
	}
	if why := parse(m.Found).Get("error.message"); !found || why.Exists() {
		p.line(4, bold.last(m.What))
		p.prose(changeIndent, noInk.of(""), alarm, words(": ", "what is there now is not known", why.Str))
		return
	}
	a := p.sides(m.Planned, m.Found, staleArrow, doc.Update).moved()
	if inline, ok := a.inline(); ok {
		row := append([]segment{bold.last(m.What), noInk.of("  ")}, inline...)
		if 4+widthOf(row) <= columns {
			p.line(4, row...)
			return
		}
	}
	p.line(4, bold.last(m.What))
	p.block(changeIndent, a)
}

// appeared are the members that say what stands where nothing was planned;
// oneSided those that make a difference by standing on one side alone.
var (
	appeared = []string{"state", "type", "to", "size", "digest", "version", "status"}
	oneSided = []string{"real_parent", "status"}
)

// moved leaves what makes found another thing than planned. hk-apply reads more
// than a plan promises, and a plan has members for people that hk-apply doesn't
// read, above all the content that was there: as a rule, what stands on one side
// alone says nothing of the host.
func (a attributes) moved() attributes {
	keep := func(s side) bool {
		return s.before.Exists() && s.after.Exists() || slices.Contains(oneSided, s.name)
	}
	if i := slices.IndexFunc(a.list, func(s side) bool { return s.name == "state" }); i >= 0 {
		if a.list[i].after.Str == string(doc.Absent) {
			a.list = a.list[i : i+1]
			return a
		}
		a.whole = true
		keep = func(s side) bool { return slices.Contains(appeared, s.name) }
	}
	a.list = slices.DeleteFunc(a.list, func(s side) bool { return !keep(s) })
	return a
}
