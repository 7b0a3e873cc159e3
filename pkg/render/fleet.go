package render

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
)

const (
	// fleetMost bounds what a Fleet holds, in bytes, about.
	fleetMost = 32 << 20
	// named is how many hosts of a group are named, unless all is to be shown.
	named = 10
)

// Fleet is what the plans and the reports of several hosts have in common: the same
// change of many hosts is shown once, with the hosts named. It holds the text of the
// first, and of the others which host it is.
type Fleet struct {
	plans, reports gathering
}

// gathering is parts that hosts have, in the order in which they came. A host may have
// several documents: those of one config that was given twice, or of several runs.
type gathering struct {
	hosts []string
	// index is where a host stands there, by its name; documents is how many it has.
	index     map[string]int
	documents []int
	parts     []*shared
	byKey     map[[sha256.Size]byte]*shared
	size      int
}

// shared is a part that some hosts have.
type shared struct {
	part
	hosts []int
}

// part is what a plan or a report says that another host's may say too.
type part struct {
	// key tells it from every other.
	key [sha256.Size]byte
	// title is what stands behind the number of hosts; a plan's parts have none.
	title []segment
	text  string
	// deletes is the address of what is deleted, if it is.
	deletes doc.Address
}

// Add takes a document for which [Shown.Grouped] is true.
func (f *Fleet) Add(s Shown) {
	g := &f.reports
	if s.schema == doc.SchemaPlan {
		g = &f.plans
	}
	g.add(s.Host, s.parts)
}

func (g *gathering) add(host string, parts []part) {
	const each = 16
	if g.byKey == nil {
		g.byKey, g.index = map[[sha256.Size]byte]*shared{}, map[string]int{}
	}
	at, known := g.index[host]
	if !known || host == "" {
		at = len(g.hosts)
		g.index[host] = at
		g.hosts, g.documents = append(g.hosts, host), append(g.documents, 0)
		g.size += len(host) + 3*each
	}
	g.documents[at]++
	for _, p := range parts {
		s, ok := g.byKey[p.key]
		if !ok {
			s = &shared{part: p}
			g.byKey[p.key] = s
			g.parts = append(g.parts, s)
			g.size += len(p.text) + 8*each
		}
		if i, there := slices.BinarySearch(s.hosts, at); !there {
			s.hosts = slices.Insert(s.hosts, i, at)
			g.size += each
		}
	}
}

// Full reports whether no more is to be added: then Text is shown and a new Fleet
// begun.
func (f *Fleet) Full() bool { return f.plans.size+f.reports.size > fleetMost }

// Text is the groups; empty where there is none.
func (f *Fleet) Text(o Options) string {
	p := &page{options: o}
	if len(f.plans.hosts) > 0 {
		if !o.Summary {
			p.line(0, bold.of("changes of "+count(len(f.plans.hosts), "host", "hosts")))
			p.severalOf(f.plans)
			p.deletesOf(f.plans)
		}
		p.groupsOf(f.plans)
	}
	p.groupsOf(f.reports)
	return strings.TrimPrefix(p.text(), "\n")
}

// severalOf says which hosts have several plans: a later one is stale where an earlier
// one changes what it looked at.
func (p *page) severalOf(g gathering) {
	var hosts []segment
	for i, n := range g.documents {
		if n < 2 || len(hosts) == named && !p.options.Full {
			continue
		}
		name := noInk.last(g.hosts[i])
		name.text += noInk.of(fmt.Sprintf(" has %d plans", n)).text
		hosts = append(hosts, name)
	}
	if hosts != nil {
		p.list(2, pad(alarm.of("SEVERAL"), margin), ", ", hosts...)
	}
}

// deletesOf says above all else what is destroyed, and on how many hosts.
func (p *page) deletesOf(g gathering) {
	const most = 10
	label, n := alarm.of("DELETES"), 0
	for _, s := range g.parts {
		if s.deletes == "" {
			continue
		}
		if n++; n <= most || p.options.Full {
			p.line(2, pad(label, margin), alarm.last(string(s.deletes)), noInk.of("  on "+count(len(s.hosts), "host", "hosts")))
			label = noInk.of("")
		}
	}
	if n > most && !p.options.Full {
		p.line(2, pad(label, margin), alarm.of(fmt.Sprintf("and %d more", n-most)))
	}
}

// groupsOf writes the parts, those of the same hosts together, in the order in which
// the first of them came.
func (p *page) groupsOf(g gathering) {
	together := map[string][]*shared{}
	var order []string
	for _, s := range g.parts {
		of := fmt.Sprint(s.hosts)
		if s.title != nil {
			// What is said of a report stands alone.
			of += string(s.key[:])
		}
		if together[of] == nil {
			order = append(order, of)
		}
		together[of] = append(together[of], s)
	}
	for _, of := range order {
		parts := together[of]
		p.blank()
		p.hostsOf(g, parts[0])
		for _, s := range parts {
			p.b.WriteString(s.text)
		}
	}
}

// hostsOf says how many hosts a group has, and names them.
func (p *page) hostsOf(g gathering, s *shared) {
	n, all := len(s.hosts), len(g.hosts)
	label := count(n, "host", "hosts")
	switch {
	case all == 1:
	case n == all:
		label = "all " + label
	default:
		label = fmt.Sprintf("%d of %s", n, count(all, "host", "hosts"))
	}
	shown := s.hosts
	if len(shown) > named && !p.options.Full {
		shown = shown[:named]
	}
	names := make([]segment, 0, len(shown)+1)
	for _, i := range shown {
		name := g.hosts[i]
		if name == "" {
			name = "(no name)"
		}
		names = append(names, noInk.last(name))
	}
	if left := n - len(shown); left > 0 {
		names = append(names, noInk.of(fmt.Sprintf("and %d more", left)))
	}
	if s.title == nil {
		p.list(0, bold.of(label+": "), ", ", names...)
		return
	}
	p.line(0, append([]segment{bold.of(label), noInk.of(": ")}, s.title...)...)
	p.list(2, dim.of("on "), ", ", names...)
}

// keyOf is a digest of values; what can't be written is like nothing else.
func keyOf(values ...any) [sha256.Size]byte {
	var b strings.Builder
	for _, v := range values {
		raw, err := jsonx.Marshal(v)
		if err == nil && len(raw) > 0 {
			if canonical, err := jsonx.Canonical(raw); err == nil {
				raw = canonical
			}
		}
		b.Write(raw)
		b.WriteByte('\n')
	}
	return sha256.Sum256([]byte(b.String()))
}

// partOf is a change as it is shown.
func (p *page) partOf(c doc.Change) part {
	sub := &page{options: p.options}
	sub.change(c)
	made := part{
		key:  keyOf(c.Address, c.Kind, c.Action, c.Reason, orNull(c.Before), orNull(c.After), c.DependsOn, c.Lacks),
		text: sub.text(),
	}
	if c.Action == doc.Delete {
		made.deletes = c.Address
	}
	return made
}

func orNull(a doc.Attributes) doc.Attributes {
	if len(a) == 0 {
		return doc.Attributes("null")
	}
	return a
}
