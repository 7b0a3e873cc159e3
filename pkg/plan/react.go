package plan

import (
	"slices"

	"hostkit/pkg/doc"
	"hostkit/pkg/graph"
	"hostkit/pkg/resource"
)

// call is why an act is called for.
type call struct {
	// causes are the changes that call for it, in their order.
	causes []doc.Address
	// pending says that an earlier run has left it.
	pending bool
}

// react finds the acts that changes call for.
func (m *maker) react(g *graph.Graph) {
	m.calls = make(map[doc.Address]call)
	order := g.Sorted()
	for _, r := range m.resources {
		kind, ok := m.kinds.of(r.Address).(resource.Reactor)
		if !ok {
			continue
		}
		patterns, err := kind.Causes(r)
		if err != nil {
			m.refused.addError(r, err)
			continue
		}
		causes := resource.Follows{Addresses: patterns}
		var c call
		_, c.pending = m.differences[r.Address]
		for _, a := range order {
			_, isAct := m.kinds.of(a).(resource.Reactor)
			if _, changed := m.differences[a]; changed && !isAct && causes.Of(a) {
				c.causes = append(c.causes, a)
			}
		}
		if c.pending || len(c.causes) > 0 {
			m.calls[r.Address] = c
		}
	}
	for a := range m.calls {
		m.differences[a] = resource.Difference{} // known when the causes are chosen
	}
}

// reactTo words the acts whose causes are kept; one that none of them calls for is
// not in the plan.
func (m *maker) reactTo(kept map[doc.Address]bool) {
	for _, r := range m.resources {
		c, called := m.calls[r.Address]
		if !called || !kept[r.Address] {
			continue
		}
		causes := slices.DeleteFunc(slices.Clone(c.causes), func(a doc.Address) bool { return !kept[a] })
		difference, err := m.kinds.of(r.Address).(resource.Reactor).React(r, causes, m.world)
		if err != nil {
			m.refused.addError(r, err)
			continue
		}
		m.differences[r.Address] = difference
	}
}
