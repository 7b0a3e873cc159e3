package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"hostkit/pkg/doc"
	"hostkit/pkg/resource"
)

// edge says that a resource comes after another, and why.
type edge struct {
	to     doc.Address
	reason string
}

// graph is the order of all resources of a host, changed or not.
type graph struct {
	// order has every address once, sorted by kind and name.
	order []doc.Address
	// after lists, for each address, what comes before it.
	after map[doc.Address][]edge
}

// reasonDeclared stands at the edges that a config declares.
const reasonDeclared = "declared"

// newGraph derives the order of rs from what their kinds say they provide and
// need, and from what the config declares. It refuses resources that contradict
// each other.
func newGraph(rs []doc.Resource, kinds kindSet) (*graph, error) {
	b := builder{
		graph:     &graph{after: make(map[doc.Address][]edge)},
		resources: make(map[doc.Address]doc.Resource, len(rs)),
		provides:  make(map[resource.Handle]doc.Address, len(rs)),
	}
	ties := make([]resource.Ties, len(rs))
	for i, r := range rs {
		ties[i] = kinds.of(r.Address).Ties(r)
		b.add(r, ties[i])
	}
	for i, r := range rs {
		b.declared(r)
		b.derived(r, ties[i])
	}
	slices.SortFunc(b.graph.order, byKindAndName)
	b.graph.check(&b.refused)
	return b.graph, b.refused.err()
}

func byKindAndName(a, b doc.Address) int {
	return cmp.Or(cmp.Compare(a.Kind(), b.Kind()), cmp.Compare(a.Name(), b.Name()))
}

// builder holds what is needed while edges are made.
type builder struct {
	graph     *graph
	resources map[doc.Address]doc.Resource
	provides  map[resource.Handle]doc.Address
	refused   refusals
}

func (b *builder) add(r doc.Resource, t resource.Ties) {
	b.graph.order = append(b.graph.order, r.Address)
	b.resources[r.Address] = r
	for _, h := range t.Provides {
		if other, taken := b.provides[h]; taken {
			b.refused.add(r, "contradiction", fmt.Sprintf("%s and %s are both %s", other, r.Address, h),
				"keep one of the two")
			continue
		}
		b.provides[h] = r.Address
	}
}

func (b *builder) declared(r doc.Resource) {
	for _, to := range r.DependsOn {
		if _, ok := b.resources[to]; !ok {
			b.refused.add(r, "unknown_dependency", fmt.Sprintf("%s depends on %s, which the document does not have", r.Address, to), "")
			continue
		}
		b.graph.link(r.Address, to, reasonDeclared)
	}
}

func (b *builder) derived(r doc.Resource, t resource.Ties) {
	for _, need := range t.Needs {
		to, ok := b.provider(need)
		if !ok || to == r.Address {
			continue
		}
		switch wanted := b.resources[to].State; {
		case r.State == doc.Absent && wanted == doc.Absent:
			b.graph.link(to, r.Address, need.Reason)
		case r.State == doc.Absent, wanted == doc.Absent && need.Order:
		case wanted == doc.Absent:
			b.refused.add(r, "contradiction",
				fmt.Sprintf("%s needs %s (%s), which the config wants absent", r.Address, to, need.Reason), "")
		default:
			b.graph.link(r.Address, to, need.Reason)
		}
	}
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

func (g *graph) link(from, to doc.Address, reason string) {
	for _, e := range g.after[from] {
		if e.to == to {
			return
		}
	}
	g.after[from] = append(g.after[from], edge{to, reason})
}

// check refuses a cycle and shows it.
func (g *graph) check(refused *refusals) {
	const (
		unseen = iota
		open
		done
	)
	state := make(map[doc.Address]int, len(g.order))
	var path []doc.Address
	var visit func(a doc.Address) bool
	visit = func(a doc.Address) bool {
		switch state[a] {
		case done:
			return true
		case open:
			*refused = append(*refused, &Refusal{
				code:    "cycle",
				message: "a cycle of dependencies: " + g.showCycle(append(path[slices.Index(path, a):], a)),
				hint:    "drop one of its depends_on",
			})
			return false
		}
		state[a] = open
		path = append(path, a)
		for _, e := range g.after[a] {
			if !visit(e.to) {
				return false
			}
		}
		path = path[:len(path)-1]
		state[a] = done
		return true
	}
	for _, a := range g.order {
		if !visit(a) {
			return
		}
	}
}

// showCycle words a path that ends where it begins.
func (g *graph) showCycle(path []doc.Address) string {
	var b strings.Builder
	for i, a := range path {
		if i > 0 {
			for _, e := range g.after[path[i-1]] {
				if e.to == a {
					fmt.Fprintf(&b, " -> (%s) ", e.reason)
				}
			}
		}
		b.WriteString(string(a))
	}
	return b.String()
}

// sorted returns the addresses so that each stands behind all that comes before
// it; where the graph leaves a choice, kind and name decide.
func (g *graph) sorted() []doc.Address {
	waits := make(map[doc.Address]int, len(g.order))
	next := make(map[doc.Address][]doc.Address)
	var ready []doc.Address
	for _, a := range g.order {
		waits[a] = len(g.after[a])
		for _, e := range g.after[a] {
			next[e.to] = append(next[e.to], a)
		}
		if waits[a] == 0 {
			ready = append(ready, a)
		}
	}
	sorted := make([]doc.Address, 0, len(g.order))
	for len(ready) > 0 {
		a := ready[0]
		ready = ready[1:]
		sorted = append(sorted, a)
		for _, waiter := range next[a] {
			waits[waiter]--
			if waits[waiter] == 0 {
				at, _ := slices.BinarySearchFunc(ready, waiter, byKindAndName)
				ready = slices.Insert(ready, at, waiter)
			}
		}
	}
	return sorted
}

// among returns the edges of a that lead to members of set, straight or by way
// of resources outside it, without those that another of them implies.
func (g *graph) among(a doc.Address, set map[doc.Address]bool) []edge {
	found := make(map[doc.Address]string)
	g.walk(a, set, found)
	implied := make(map[doc.Address]bool)
	for to := range found {
		if len(found) == 1 {
			break // nothing else could imply it
		}
		beyond := make(map[doc.Address]string)
		g.reach(to, beyond)
		for far := range beyond {
			implied[far] = true
		}
	}
	edges := make([]edge, 0, len(found))
	for to, reason := range found {
		if !implied[to] {
			edges = append(edges, edge{to, reason})
		}
	}
	slices.SortFunc(edges, func(x, y edge) int { return byKindAndName(x.to, y.to) })
	return edges
}

// walk collects the nearest members of set on every way from a.
func (g *graph) walk(a doc.Address, set map[doc.Address]bool, found map[doc.Address]string) {
	seen := map[doc.Address]bool{a: true}
	var step func(a doc.Address)
	step = func(a doc.Address) {
		for _, e := range g.after[a] {
			if seen[e.to] {
				continue
			}
			seen[e.to] = true
			if set[e.to] {
				found[e.to] = e.reason
				continue
			}
			step(e.to)
		}
	}
	step(a)
}

// reach collects everything that comes before a.
func (g *graph) reach(a doc.Address, found map[doc.Address]string) {
	for _, e := range g.after[a] {
		if _, seen := found[e.to]; !seen {
			found[e.to] = e.reason
			g.reach(e.to, found)
		}
	}
}
