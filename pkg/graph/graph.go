// Package graph puts the resources of one host in order, from what their kinds
// say they provide and need and from what the config declares, and finds what
// contradicts itself in them. hk-eval refuses that before anybody logs in, and
// hk-plan again, since a document may come from anywhere.
package graph

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"hostkit/pkg/doc"
	"hostkit/pkg/resource"
)

// Edge says that a resource comes after another, and why.
type Edge struct {
	To     doc.Address
	Reason string
	// Follows says that it is no more than an order: what is chosen does not bring
	// To along.
	Follows bool
}

// Graph is the order of all resources of a host, changed or not.
type Graph struct {
	// order has every address once, sorted by kind and name.
	order []doc.Address
	// after lists, for each address, what comes before it.
	after map[doc.Address][]Edge
}

// Conflict is one reason why resources can't be put in order.
type Conflict struct {
	// Code is a stable word for programs.
	Code string
	// Path are the resources in conflict, the one to blame first. A cycle's begins
	// and ends with the same.
	Path []doc.Address
	// Message says it all but for where the resources were declared; Hint says
	// what to do and may be empty.
	Message, Hint string
}

// The codes of conflicts.
const (
	// Contradiction is that two resources exclude each other.
	Contradiction = "contradiction"
	// UnknownDependency is a depends_on that leads nowhere.
	UnknownDependency = "unknown_dependency"
	// Cycle is that resources wait for each other.
	Cycle = "cycle"
)

// reasonDeclared stands at the edges that a config declares.
const reasonDeclared = "declared"

// New orders rs, of which no two have one address; ties has those of each. With
// a conflict, the graph is of no use.
func New(rs []doc.Resource, ties []resource.Ties) (*Graph, []Conflict) {
	b := builder{
		Graph:     &Graph{after: make(map[doc.Address][]Edge, len(rs))},
		resources: make(map[doc.Address]doc.Resource, len(rs)),
		provides:  make(map[resource.Handle]doc.Address, len(rs)),
		shares:    make(map[resource.Handle][]doc.Address),
	}
	for i, r := range rs {
		b.add(r, ties[i])
	}
	for i, r := range rs {
		b.declared(r)
		b.derived(r, ties[i])
		b.follows(r, ties[i].Follows)
	}
	for i, r := range rs {
		b.shared(r, ties[i])
	}
	slices.SortFunc(b.order, ByKindAndName)
	b.cycles()
	return b.Graph, b.conflicts
}

// ByKindAndName compares addresses in the order that decides where the graph
// leaves a choice.
func ByKindAndName(a, b doc.Address) int {
	return cmp.Or(cmp.Compare(a.Kind(), b.Kind()), cmp.Compare(a.Name(), b.Name()))
}

// builder holds what is needed while edges are made.
type builder struct {
	*Graph
	resources map[doc.Address]doc.Resource
	provides  map[resource.Handle]doc.Address
	shares    map[resource.Handle][]doc.Address
	conflicts []Conflict
}

func (b *builder) conflict(code, message, hint string, path ...doc.Address) {
	b.conflicts = append(b.conflicts, Conflict{code, path, message, hint})
}

func (b *builder) add(r doc.Resource, t resource.Ties) {
	b.order = append(b.order, r.Address)
	b.resources[r.Address] = r
	for _, h := range t.Provides {
		if other, taken := b.provides[h]; taken {
			b.conflict(Contradiction, fmt.Sprintf("%s and %s are both %s", other, r.Address, h),
				"keep one of the two", r.Address, other)
			continue
		}
		b.provides[h] = r.Address
	}
	for _, h := range t.Shares {
		b.shares[h] = append(b.shares[h], r.Address)
	}
}

func (b *builder) declared(r doc.Resource) {
	for _, to := range r.DependsOn {
		if _, ok := b.resources[to]; !ok {
			b.conflict(UnknownDependency, fmt.Sprintf("%s depends on %s, which the document does not have", r.Address, to), "", r.Address)
			continue
		}
		b.link(r.Address, Edge{To: to, Reason: reasonDeclared})
	}
}

// follows links a resource to those that it comes after without needing them.
// Of what a pattern matches there may be none.
func (b *builder) follows(r doc.Resource, f resource.Follows) {
	for _, pattern := range f.Addresses {
		if _, exact := b.resources[pattern]; exact {
			b.link(r.Address, Edge{pattern, f.Reason, true})
			continue
		}
		for _, to := range b.order {
			if to != r.Address && resource.Matches(pattern, to) {
				b.link(r.Address, Edge{to, f.Reason, true})
			}
		}
	}
}

func (b *builder) derived(r doc.Resource, t resource.Ties) {
	for _, need := range t.Needs {
		if to, ok := b.provider(need); ok && to != r.Address {
			b.tie(r, to, need)
		}
	}
}

// tie links a resource and what provides its need.
func (b *builder) tie(r doc.Resource, to doc.Address, need resource.Need) {
	switch wanted := b.resources[to].State; {
	case r.State == doc.Absent && wanted == doc.Absent:
		b.link(to, Edge{To: r.Address, Reason: need.Reason})
	case r.State == doc.Absent, wanted == doc.Absent && need.Order:
	case wanted == doc.Absent:
		b.conflict(Contradiction,
			fmt.Sprintf("%s needs %s (%s), which the config wants absent", r.Address, to, need.Reason), "", r.Address, to)
	default:
		b.link(r.Address, Edge{To: to, Reason: need.Reason})
	}
}

// shared links a resource to all that share what it needs. Every other edge is
// there by then, so what itself comes after the resource is known.
func (b *builder) shared(r doc.Resource, t resource.Ties) {
	for _, need := range t.Needs {
		for _, to := range b.shares[need.Handle] {
			if to != r.Address && !b.reaches(to, r.Address) && !b.reaches(r.Address, to) {
				b.tie(r, to, need)
			}
		}
	}
}

// reaches reports whether a comes after to.
func (b *builder) reaches(a, to doc.Address) bool {
	found := make(map[doc.Address]string)
	b.Reach(a, found)
	_, ok := found[to]
	return ok
}

// provider is the resource that provides what is needed.
func (b *builder) provider(need resource.Need) (doc.Address, bool) {
	if to, ok := b.provides[need.Handle]; ok {
		return to, true
	}
	for _, h := range need.Else {
		if to, ok := b.provides[h]; ok {
			return to, true
		}
	}
	return "", false
}

func (g *Graph) link(from doc.Address, edge Edge) {
	for _, e := range g.after[from] {
		if e.To == edge.To {
			return
		}
	}
	g.after[from] = append(g.after[from], edge)
}

// cycles finds for every edge that closes a cycle one that it closes.
func (b *builder) cycles() {
	const (
		unseen = iota
		open
		done
	)
	state := make(map[doc.Address]int, len(b.order))
	var path []doc.Address
	var visit func(a doc.Address)
	visit = func(a doc.Address) {
		switch state[a] {
		case done:
			return
		case open:
			cycle := append(slices.Clone(path[slices.Index(path, a):]), a)
			b.conflict(Cycle, "a cycle of dependencies: "+b.show(cycle),
				"drop one of its depends_on", cycle...)
			return
		}
		state[a] = open
		path = append(path, a)
		for _, e := range b.after[a] {
			visit(e.To)
		}
		path = path[:len(path)-1]
		state[a] = done
	}
	for _, a := range b.order {
		visit(a)
	}
}

// show words a path along edges, with the reason of each.
func (g *Graph) show(path []doc.Address) string {
	var b strings.Builder
	for i, a := range path {
		if i > 0 {
			for _, e := range g.after[path[i-1]] {
				if e.To == a {
					fmt.Fprintf(&b, " -> (%s) ", e.Reason)
				}
			}
		}
		b.WriteString(string(a))
	}
	return b.String()
}
