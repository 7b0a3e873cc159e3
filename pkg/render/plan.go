package render

import (
	"fmt"
	"strings"

	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
)

func renderPlan(p *page, d jsonx.Document) (Shown, error) {
	if _, failed := jsonx.Member(d.Raw, "error"); failed {
		return p.noPlan(d)
	}
	var plan doc.Plan
	if err := jsonx.UnmarshalGrown(d, &plan); err != nil {
		return Shown{}, err
	}
	sum, err := d.SumWithout("digest")
	if err != nil {
		return Shown{}, err
	}
	if sum != string(plan.Digest) {
		return Shown{}, &EditedError{d.At("/digest")}
	}
	shown := Shown{Host: plan.Host.Name, changes: plan.Tally()}
	head := &page{options: p.options}
	if p.options.Summary {
		p.planSummary(plan)
		shown.parts = []part{head.summaryOf(plan)}
		return shown, nil
	}
	for _, c := range plan.Changes {
		shown.parts = append(shown.parts, p.partOf(c))
	}
	p.plan(plan, shown.parts)
	head.planHead(plan)
	head.planEnd(plan)
	shown.Head = head.text()
	return shown, nil
}

// noPlan shows a plan of a host that has failed since, in a gate or in a command that
// was given the plan. Nothing of it is applied, so nothing of it is vouched for.
func (p *page) noPlan(d jsonx.Document) (Shown, error) {
	var failed struct {
		Host  doc.Host       `json:"host"`
		Error *doc.HostError `json:"error"`
	}
	if err := jsonx.UnmarshalGrown(d, &failed); err != nil {
		return Shown{}, err
	}
	if failed.Error == nil {
		failed.Error = &doc.HostError{Message: "no reason given", Code: "failed", Exit: 1}
	}
	p.heading(failed.Host, "plan", "")
	p.failure(failed.Error)
	p.field("changes", noInk.of("none is made: hk-apply leaves a host alone that has failed"))
	return Shown{Host: failed.Host.Name, Failure: failed.Error}, nil
}

// Summary gives a plan in one line, without a newline, as hk-plan says it:
// "server: 1 to create, 1 to update, 0 to delete, 12 unchanged · sha256:ab12…".
func Summary(plan doc.Plan) string {
	p := &page{}
	row := []segment{noInk.of(plan.Host.Name), noInk.of(": ")}
	for i, item := range p.counts(plan.Tally()) {
		if i > 0 {
			row = append(row, noInk.of(", "))
		}
		row = append(row, item)
	}
	if plan.Digest != "" {
		row = append(row, noInk.of(" · "+p.options.digest(string(plan.Digest))))
	}
	p.line(0, row...)
	return strings.TrimSuffix(p.text(), "\n")
}

func (p *page) plan(plan doc.Plan, changes []part) {
	p.planHead(plan)
	p.deletes(plan.Changes)
	p.blank()
	for _, c := range changes {
		p.b.WriteString(c.text)
	}
	if len(changes) > 0 {
		p.blank()
	}
	p.unchanged(plan.Unchanged)
	p.arrivals(plan.Arrivals)
	p.planEnd(plan)
}

// planSummary is a plan without its changes, but for what it destroys.
func (p *page) planSummary(plan doc.Plan) {
	t := plan.Target
	p.heading(plan.Host, "plan", system(t.OS.ID, t.OS.VersionID, t.Identity.Arch, t.PackageManager, t.PackageRepository))
	p.irreversible(plan.Irreversible)
	p.deletes(plan.Changes)
	p.arrivals(plan.Arrivals)
	p.planEnd(plan)
}

// summaryOf is what a plan's summary has in common with those of other hosts.
func (p *page) summaryOf(plan doc.Plan) part {
	var title []segment
	for i, item := range p.counts(plan.Tally()) {
		if i > 0 {
			title = append(title, noInk.of(", "))
		}
		title = append(title, item)
	}
	p.irreversible(plan.Irreversible)
	p.deletes(plan.Changes)
	p.arrivals(plan.Arrivals)
	var deleted []doc.Address
	for _, c := range plan.Changes {
		if c.Action == doc.Delete {
			deleted = append(deleted, c.Address)
		}
	}
	return part{key: keyOf(plan.Tally(), deleted, plan.Irreversible, plan.Arrivals), title: title, text: p.text()}
}

// planHead is the host of a plan, and what is to be known before its changes.
func (p *page) planHead(plan doc.Plan) {
	t := plan.Target
	p.heading(plan.Host, "plan", system(t.OS.ID, t.OS.VersionID, t.Identity.Arch, t.PackageManager, t.PackageRepository))
	p.secrets(plan.Secrets, plan.AllSecrets())
	p.identity(t.Identity, plan.Host.Connection == "local")
	p.login(2, "login", plan.Host.HostConfig)
	p.irreversible(plan.Irreversible)
}

// planEnd counts the changes.
func (p *page) planEnd(plan doc.Plan) {
	p.list(2, bold.of("plan: "), ", ", p.counts(plan.Tally())...)
	p.line(2, dim.of("digest "+p.options.digest(string(plan.Digest))))
	if plan.Summary != plan.Tally() {
		p.line(2, alarm.of("the plan's own summary counts otherwise: trust the list above"))
	}
}

// heading names the host, how it is reached, and what is shown of it.
func (p *page) heading(h doc.Host, what, rest string) {
	name := h.Name
	if name == "" {
		name = "(no name)"
	}
	if rest != "" {
		rest = " · " + rest
	}
	p.line(0, bold.last(name), dim.of("  "+what+"  "), where(h.HostConfig), noInk.of(rest))
}

// identity is what tells this host from every other; the host key's fingerprint
// is what a person may have to compare, so it is never cut.
func (p *page) identity(id doc.Identity, local bool) {
	var parts []segment
	switch key := id.HostKey; {
	case key != nil:
		parts = append(parts, noInk.of(key.Type+" "+key.Fingerprint))
	case local:
		parts = append(parts, noInk.of("no host key (local)"))
	default:
		parts = append(parts, alarm.of("no host key"))
	}
	if id.MachineID != "" {
		parts = append(parts, noInk.of("machine "+p.options.digest(string(id.MachineID))))
	}
	p.list(2, pad(dim.of("identity"), margin), "  ", parts...)
}

// deletes says above all else what a plan destroys.
func (p *page) deletes(changes []doc.Change) {
	const most = 10
	label, n := alarm.of("DELETES"), 0
	for _, c := range changes {
		if c.Action != doc.Delete {
			continue
		}
		if n++; n <= most || p.options.Full {
			p.line(2, pad(label, margin), alarm.last(string(c.Address)))
			label = noInk.of("")
		}
	}
	if n > most && !p.options.Full {
		p.line(2, pad(label, margin), alarm.of(fmt.Sprintf("and %d more", n-most)))
	}
}

// unchanged counts by kind, and names all only in full.
func (p *page) unchanged(addresses []doc.Address) {
	if len(addresses) == 0 {
		return
	}
	perKind := map[string]int{}
	names := make([]segment, len(addresses))
	for i, a := range addresses {
		perKind[a.Kind()]++
		names[i] = dim.last(string(a))
	}
	if !p.options.Full {
		names = names[:0]
		for _, kind := range sorted(perKind) {
			names = append(names, dim.of(count(perKind[kind], kind, plural(kind))))
		}
	}
	p.list(2, pad(dim.of("unchanged"), margin), ", ", names...)
}

// counts is what would be done; a delete is never said in passing.
func (p *page) counts(s doc.Summary) []segment {
	unchanged := dim.of(fmt.Sprintf("%d unchanged", s.NoOp))
	if s.Create+s.Update+s.Delete+s.Unknown+s.Run == 0 {
		return []segment{noInk.of("nothing to change"), unchanged}
	}
	remove := noInk.of("0 to delete")
	if s.Delete > 0 {
		remove = alarm.of(fmt.Sprintf("%d to DELETE", s.Delete))
	}
	row := []segment{noInk.of(fmt.Sprintf("%d to create", s.Create)), noInk.of(fmt.Sprintf("%d to update", s.Update)), remove}
	if s.Unknown > 0 {
		row = append(row, magenta.of(fmt.Sprintf("%d unknown", s.Unknown)))
	}
	if s.Run > 0 {
		row = append(row, cyan.of(fmt.Sprintf("%d to run", s.Run)))
	}
	return append(row, unchanged)
}
