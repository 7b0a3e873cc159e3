package graph

import (
	"slices"

	"hostkit/pkg/doc"
)

// Depths are how deep the changes of a plan stand: as many edges as the longest way
// from a change to one that depends on nothing.
type Depths map[doc.Address]int

// Place finds how deep a change stands, at least as deep as it is told. What it depends
// on has been placed before.
func (d Depths) Place(c doc.Change, least int) int {
	for _, before := range c.DependsOn {
		least = max(least, d[before.Address]+1)
	}
	d[c.Address] = least
	return least
}

// Layers sorts the changes of a plan by their depth: those of one layer don't depend on
// each other, and what one kind makes of them together, a transaction, is made at once.
// Acts that nothing but such acts waits for stand behind all the others.
func Layers(changes []doc.Change) [][]doc.Change {
	var layers [][]doc.Change
	depths, last := make(Depths, len(changes)), lastActs(changes)
	place := func(c doc.Change, least int) {
		depth := depths.Place(c, least)
		for depth >= len(layers) {
			layers = append(layers, nil)
		}
		layers[depth] = append(layers[depth], c)
	}
	for _, c := range changes {
		if !last[c.Address] {
			place(c, 0)
		}
	}
	behind := len(layers)
	for _, c := range changes {
		if last[c.Address] {
			place(c, behind)
		}
	}
	return layers
}

// lastActs reports which acts nothing waits for but such acts.
func lastActs(changes []doc.Change) map[doc.Address]bool {
	last, waited := make(map[doc.Address]bool), make(map[doc.Address]bool)
	for _, c := range slices.Backward(changes) {
		if c.Action == doc.Run && !waited[c.Address] {
			last[c.Address] = true
			continue
		}
		for _, before := range c.DependsOn {
			waited[before.Address] = true
		}
	}
	return last
}
