package render

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"hostkit/pkg/doc"
	"hostkit/pkg/visible"
)

// failureLines bounds what is shown of what a failed command printed. The report
// has more.
const failureLines = 20

// Progress is what an apply is at, as its events tell: lines that stay, and lines
// that show how far each host is. It holds the hosts that are under way.
type Progress struct {
	// Hosts is how many there are in all.
	Hosts int
	// Verbose has a line for each change that begins and ends, and for each that its
	// step prints.
	Verbose bool
	// Seen says that Lines are shown: then a step that takes long needs no words.
	Seen bool

	running       []*hostProgress
	ended, failed int
}

// hostProgress is a host that is under way.
type hostProgress struct {
	name    string
	changes int
	// status has what became of the changes that have ended.
	status map[doc.Address]string
	// steps are those that were sent and not answered, in order; since is when the
	// first of them was begun with, or whatever else the host is at.
	steps []step
	since time.Time
	// spoke says that what the step prints was told as it came.
	spoke bool
}

type step struct {
	of   doc.Address
	name string
}

// Add takes an event that came now and returns the lines to show of it, each
// without a newline and with text as a host or a config chose it.
func (p *Progress) Add(e doc.Event, now time.Time) []string {
	switch e.Type {
	case doc.EventHostStarted:
		p.running = append(p.running, &hostProgress{
			name: e.Host.Name, changes: e.Changes, status: map[doc.Address]string{}, since: now,
		})
		return nil
	case doc.EventHostFinished:
		p.end(e)
		return nil
	case doc.EventNote:
		if p.Seen && e.Status == doc.NoteUnderWay {
			return nil
		}
		return []string{e.Host.Name + ": " + e.Message}
	}
	h := p.of(e.Host.Name)
	if h == nil {
		return nil
	}
	switch e.Type {
	case doc.EventChangeStarted:
		h.begin(e, now)
	case doc.EventChangeFinished:
		h.finish(e, now)
		return p.finished(h, e)
	case doc.EventOutput:
		h.spoke = true
	}
	return p.told(e)
}

// told are the lines of what happens to a change.
func (p *Progress) told(e doc.Event) []string {
	switch {
	case !p.Verbose:
		return nil
	case e.Type == doc.EventOutput:
		return []string{e.Host.Name + ": | " + e.Message}
	case e.Type == doc.EventChangeStarted:
		return []string{words(": ", e.Host.Name, string(e.Address), words(", ", string(e.Action), e.Message))}
	}
	return nil
}

// finished are the lines of a change that has ended: where it failed, with what its
// step printed, unless that was told before.
func (p *Progress) finished(h *hostProgress, e doc.Event) []string {
	what := words(": ", e.Host.Name, string(e.Address), lookOfStatus(doc.ChangeStatus(e.Status)).word, e.Message)
	if e.Output == "" || p.Verbose && h.spoke {
		// What an act remarks, as of a service that does not run, is for a person to know.
		if p.Verbose || e.Action == doc.Run && e.Status == string(doc.ChangeDone) && e.Message != "" {
			return []string{what}
		}
		return nil
	}
	lines := []string{what}
	printed := strings.Split(strings.TrimSpace(e.Output), "\n")
	if left := len(printed) - failureLines; left > 0 {
		lines = append(lines, fmt.Sprintf("%s: | … %s before", e.Host.Name, count(left, "line", "lines")))
		printed = printed[left:]
	}
	for _, line := range printed {
		lines = append(lines, e.Host.Name+": | "+strings.TrimRight(line, "\r"))
	}
	return lines
}

func (p *Progress) of(name string) *hostProgress {
	i := slices.IndexFunc(p.running, func(h *hostProgress) bool { return h.name == name })
	if i < 0 {
		return nil
	}
	return p.running[i]
}

func (p *Progress) end(e doc.Event) {
	if h := p.of(e.Host.Name); h != nil {
		p.running = slices.DeleteFunc(p.running, func(other *hostProgress) bool { return other == h })
	}
	p.ended++
	switch doc.HostStatus(e.Status) {
	case doc.StatusApplied, doc.StatusNothingToDo, doc.StatusDryRun:
	default:
		p.failed++
	}
}

func (h *hostProgress) begin(e doc.Event, now time.Time) {
	if len(h.steps) == 0 {
		h.since, h.spoke = now, false
	}
	h.steps = append(h.steps, step{e.Address, e.Message})
}

func (h *hostProgress) finish(e doc.Event, now time.Time) {
	h.status[e.Address] = e.Status
	at := slices.IndexFunc(h.steps, func(s step) bool { return s.of == e.Address })
	if at < 0 {
		return
	}
	h.steps = slices.Delete(h.steps, at, at+1)
	h.since = now
}

// doing is what the host is at, for people.
func (h *hostProgress) doing() string {
	switch {
	case len(h.steps) > 0:
		return cmp.Or(h.steps[0].name, string(h.steps[0].of))
	case len(h.status) == 0:
		return "logging in, looking"
	case len(h.status) < h.changes:
		return "looking"
	}
	return "verifying"
}

// Lines are a line for each host that is under way, no more than rows in all, each
// no wider than columns and safe to show; and, where there are several hosts, one
// that counts them.
func (p *Progress) Lines(now time.Time, columns, rows int) []string {
	most := max(rows, 1)
	counts := p.Hosts > 1 || len(p.running) > most
	if counts {
		most--
	}
	shown := p.running[:min(most, len(p.running))]
	name := 0
	for _, h := range shown {
		name = max(name, visible.Columns(visible.Line(h.name)))
	}
	name = min(name, max(columns/3, 8))
	var lines []string
	for _, h := range shown {
		shown := visible.Cut(visible.Line(h.name), name)
		shown += strings.Repeat(" ", name-visible.Columns(shown))
		row := fmt.Sprintf("%s  %d of %d  %s  %s", shown, len(h.status), h.changes, elapsed(now.Sub(h.since)), visible.Line(h.doing()))
		lines = append(lines, visible.Cut(row, columns))
	}
	if counts {
		lines = append(lines, visible.Cut(p.counted(len(p.running)-len(shown)), columns))
	}
	return lines
}

// counted says how many hosts there are, and what of them is not shown.
func (p *Progress) counted(unseen int) string {
	text := fmt.Sprintf("%d of %d hosts ended", p.ended, max(p.Hosts, p.ended+len(p.running)))
	if p.failed > 0 {
		text += fmt.Sprintf(", %d FAILED", p.failed)
	}
	if unseen > 0 {
		text += fmt.Sprintf(", %d more under way", unseen)
	}
	if wait := p.Hosts - p.ended - len(p.running); wait > 0 {
		text += fmt.Sprintf(", %d wait", wait)
	}
	return text
}

// elapsed is a time in whole seconds: "42s", "3m12s".
func elapsed(d time.Duration) string { return max(d, 0).Truncate(time.Second).String() }
