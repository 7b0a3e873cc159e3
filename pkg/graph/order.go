package graph

import (
	"slices"

	"hostkit/pkg/doc"
)

// Sorted returns the addresses so that each stands behind all that comes before
// it; where the graph leaves a choice, kind and name decide.
func (g *Graph) Sorted() []doc.Address {
	waits := make(map[doc.Address]int, len(g.order))
	next := make(map[doc.Address][]doc.Address)
	var ready []doc.Address
	for _, a := range g.order {
		waits[a] = len(g.after[a])
		for _, e := range g.after[a] {
			next[e.To] = append(next[e.To], a)
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
				at, _ := slices.BinarySearchFunc(ready, waiter, ByKindAndName)
				ready = slices.Insert(ready, at, waiter)
			}
		}
	}
	return sorted
}

// Among returns the edges of a that lead to members of set, straight or by way
// of resources outside it, without those that another of them implies.
func (g *Graph) Among(a doc.Address, set map[doc.Address]bool) []Edge {
	found := make(map[doc.Address]string)
	g.walk(a, set, found)
	implied := make(map[doc.Address]bool)
	for to := range found {
		if len(found) == 1 {
			break // nothing else could imply it
		}
		beyond := make(map[doc.Address]string)
		g.Reach(to, beyond)
		for far := range beyond {
			implied[far] = true
		}
	}
	edges := make([]Edge, 0, len(found))
	for to, reason := range found {
		if !implied[to] {
			edges = append(edges, Edge{To: to, Reason: reason})
		}
	}
	slices.SortFunc(edges, func(x, y Edge) int { return ByKindAndName(x.To, y.To) })
	return edges
}

// walk collects the nearest members of set on every way from a.
func (g *Graph) walk(a doc.Address, set map[doc.Address]bool, found map[doc.Address]string) {
	seen := map[doc.Address]bool{a: true}
	var step func(a doc.Address)
	step = func(a doc.Address) {
		for _, e := range g.after[a] {
			if seen[e.To] {
				continue
			}
			seen[e.To] = true
			if set[e.To] {
				found[e.To] = e.Reason
				continue
			}
			step(e.To)
		}
	}
	step(a)
}

// Needed collects everything that a can't do without, with the reason of an edge
// to it: what comes before a, but not by way of what a only follows.
func (g *Graph) Needed(a doc.Address, found map[doc.Address]string) {
	for _, e := range g.after[a] {
		if _, seen := found[e.To]; !seen && !e.Follows {
			found[e.To] = e.Reason
			g.Reach(e.To, found)
		}
	}
}

// Reach collects everything that comes before a, with the reason of an edge to it.
func (g *Graph) Reach(a doc.Address, found map[doc.Address]string) {
	for _, e := range g.after[a] {
		if _, seen := found[e.To]; !seen {
			found[e.To] = e.Reason
			g.Reach(e.To, found)
		}
	}
}
