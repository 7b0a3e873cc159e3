// Package plan writes down the exact difference between what a host is and what
// it should be. It is pure: a function from document to document, without a
// network, a clock, a process or a secret.
package plan

import (
	"fmt"
	"slices"

	"hostkit/pkg/doc"
	"hostkit/pkg/graph"
	"hostkit/pkg/resource"
)

// Options say what to plan.
type Options struct {
	// Kinds are the kinds that resources may have.
	Kinds []resource.Kind
	// Tool is what the plan says wrote it: "hk-plan 0.1.0".
	Tool string
	// Services and Only select the changes; both empty means all of them.
	Services []string
	Only     []doc.Address
	// RefreshIndex has the package index fetched anew before packages are changed.
	RefreshIndex bool
	// Ignore leaves changes out.
	Ignore []doc.Address
}

// Notes is what a person is told beside the plan.
type Notes struct {
	// Taken are changes that were not selected, but which selected ones depend
	// on.
	Taken []doc.Address
	// Called are acts that were not selected, but which a change of the plan calls
	// for; Undone those that are called for and ignored.
	Called, Undone []doc.Address
	// Left counts the changes that were not selected.
	Left int
}

// Make returns the plan for a host document with facts, and with the
// distribution's names of its packages. The plan's digest is still empty. The
// error is a *Refused that says everything that stands against a plan.
func Make(d doc.HostDocument, names doc.PackageNames, o Options) (doc.Plan, Notes, error) {
	m, err := newMaker(d, names, o)
	if err != nil {
		return doc.Plan{}, Notes{}, err
	}
	m.compareAll(d.Resources)
	m.derive()
	if err := m.refused.err(); err != nil {
		return doc.Plan{}, Notes{}, err
	}
	g := m.graph()
	if err := m.refused.err(); err != nil {
		return doc.Plan{}, Notes{}, err
	}
	m.react(g)
	m.checkLacks()
	if err := m.refused.err(); err != nil {
		return doc.Plan{}, Notes{}, err
	}
	chosen, err := m.choose(g, o)
	if err != nil {
		return doc.Plan{}, Notes{}, err
	}
	m.reactTo(chosen.kept)
	if err := m.refused.err(); err != nil {
		return doc.Plan{}, Notes{}, err
	}
	return m.write(d, g, chosen.kept, o.Tool),
		Notes{Taken: chosen.taken, Called: chosen.called, Undone: chosen.undone, Left: chosen.left}, nil
}

// maker gathers what becomes a plan.
type maker struct {
	kinds       kindSet
	world       resource.World
	resources   []doc.Resource
	differences map[doc.Address]resource.Difference
	// calls are the acts that are called for.
	calls map[doc.Address]call
	// lacks is what changes need and only a dependency of theirs may bring.
	lacks   map[doc.Address][]string
	refused refusals
}

func newMaker(d doc.HostDocument, names doc.PackageNames, o Options) (*maker, error) {
	if d.Facts == nil {
		return nil, &Refusal{
			code:    "no_facts",
			message: "the document has no facts",
			hint:    "run hk-facts before hk-plan",
		}
	}
	m := &maker{
		kinds:       make(kindSet, len(o.Kinds)),
		world:       resource.World{Facts: *d.Facts, Names: names.Names, Mise: names.Mise, Resources: d.Resources, RefreshIndex: o.RefreshIndex},
		differences: make(map[doc.Address]resource.Difference),
		lacks:       make(map[doc.Address][]string),
	}
	m.world.Facts.Now = doc.Now{}
	for _, k := range o.Kinds {
		m.kinds[k.Name()] = k
	}
	return m, nil
}

// compareAll compares resources with the host and keeps those that differ.
func (m *maker) compareAll(rs []doc.Resource) {
	for _, r := range rs {
		kind := m.kinds.of(r.Address)
		if kind == nil {
			m.refused.add(r, "unknown_kind", fmt.Sprintf("%s: this hk-plan knows no kind %q", r.Address, r.Kind), "")
			continue
		}
		m.resources = append(m.resources, r)
		difference, err := kind.Compare(r, m.world)
		switch {
		case err != nil:
			m.refused.addError(r, err)
		case difference.Action != "":
			m.differences[r.Address] = difference
		}
	}
}

// derive lets the kinds ask for resources that nobody declared. Only one round
// is made: a derived resource derives nothing.
func (m *maker) derive() {
	var derived []doc.Resource
	for _, name := range m.kinds.names() {
		kind, ok := m.kinds[name].(resource.Deriver)
		if !ok {
			continue
		}
		var own []doc.Change
		for _, r := range m.resources {
			if difference, changed := m.differences[r.Address]; changed && r.Kind == name {
				own = append(own, change(r, difference))
			}
		}
		if len(own) == 0 {
			continue
		}
		for _, r := range kind.Derive(own, m.world) {
			if !slices.ContainsFunc(derived, func(other doc.Resource) bool { return other.Address == r.Address }) {
				derived = append(derived, r)
			}
		}
	}
	m.compareAll(derived)
}

// graph puts all resources in order.
func (m *maker) graph() *graph.Graph {
	ties := make([]resource.Ties, len(m.resources))
	for i, r := range m.resources {
		ties[i] = m.kinds.of(r.Address).Ties(r)
	}
	g, conflicts := graph.New(m.resources, ties)
	resources := m.byAddress()
	for _, c := range conflicts {
		at := resources[c.Path[0]]
		if c.Code == graph.Cycle {
			at.DeclaredAt = "" // the fault is of no one of them
		}
		m.refused.add(at, c.Code, c.Message, c.Hint)
	}
	return g
}

// choose selects among the changes.
func (m *maker) choose(g *graph.Graph, o Options) (selection, error) {
	c := chooser{Options: o, graph: g, resources: m.byAddress(), changed: make(map[doc.Address]bool), calls: m.calls}
	for a := range m.differences {
		c.changed[a] = true
	}
	return c.choose()
}

func (m *maker) byAddress() map[doc.Address]doc.Resource {
	byAddress := make(map[doc.Address]doc.Resource, len(m.resources))
	for _, r := range m.resources {
		byAddress[r.Address] = r
	}
	return byAddress
}

// write puts the plan together. Every list is there, if empty, so that a reader
// never meets null.
func (m *maker) write(d doc.HostDocument, g *graph.Graph, kept map[doc.Address]bool, tool string) doc.Plan {
	p := doc.Plan{
		Schema:    doc.SchemaPlan,
		Project:   d.Project,
		Tool:      tool,
		Host:      d.Host,
		Target:    target(*d.Facts),
		Changes:   []doc.Change{},
		Unchanged: []doc.Address{},
	}
	resources := m.byAddress()
	for _, a := range g.Sorted() {
		difference, changed := m.differences[a]
		switch {
		case !changed:
			p.Unchanged = append(p.Unchanged, a)
			if by := m.bringers(resources[a], kept); len(by) > 0 {
				p.Arrivals = append(p.Arrivals, doc.Arrival{Address: a, By: by})
			}
		case kept[a]:
			c := change(resources[a], difference)
			c.Lacks = m.lacks[a]
			for _, e := range g.Among(a, kept) {
				c.DependsOn = append(c.DependsOn, doc.Dependency{Address: e.To, Reason: e.Reason})
			}
			p.Changes = append(p.Changes, c)
		}
	}
	slices.SortFunc(p.Unchanged, graph.ByKindAndName)
	slices.SortFunc(p.Arrivals, func(a, b doc.Arrival) int { return graph.ByKindAndName(a.Address, b.Address) })
	p.Secrets, p.Summary = p.AllSecrets(), p.Tally()
	return p
}

func change(r doc.Resource, d resource.Difference) doc.Change {
	return doc.Change{
		Address: r.Address, Kind: r.Kind, Service: r.Service, Action: d.Action, Reason: d.Reason,
		Before: d.Before, After: d.After, DependsOn: []doc.Dependency{}, DeclaredAt: r.DeclaredAt,
	}
}

func target(f doc.Facts) doc.Target {
	return doc.Target{
		Identity:          f.Identity,
		OS:                doc.TargetOS{ID: f.OS.ID, VersionID: f.OS.VersionID},
		PackageManager:    f.PackageManager,
		PackageRepository: f.PackageRepository,
	}
}

// kindSet has the kinds by name.
type kindSet map[string]resource.Kind

// of returns the kind of an address, or nil.
func (s kindSet) of(a doc.Address) resource.Kind { return s[a.Kind()] }

func (s kindSet) names() []string {
	names := make([]string, 0, len(s))
	for name := range s {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
