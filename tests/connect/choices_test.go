package connect_test

import (
	"slices"
	"testing"
)

// choices are numbers of values, one of each axis, of which axis i has sizes[i]:
// the whole product, or a part of it that proves each pair of values of two axes
// at least once. decider names the axis whose value alone decides on a choice, or
// gives -1 where all of them must work together: what another axis decides proves
// nothing of a pair. The same sizes give the same choices.
func choices(whole bool, decider func(choice []int) int, sizes ...int) [][]int {
	all := [][]int{{}}
	for _, size := range sizes {
		var longer [][]int
		for _, choice := range all {
			for value := range size {
				longer = append(longer, append(slices.Clone(choice), value))
			}
		}
		all = longer
	}
	if whole {
		return all
	}
	open := map[pair]bool{}
	proved := make([][]pair, len(all))
	for i, choice := range all {
		proved[i] = pairs(choice, decider(choice))
		for _, p := range proved[i] {
			open[p] = true
		}
	}
	var chosen [][]int
	for len(open) > 0 {
		best, most := 0, 0
		for i := range all {
			news := 0
			for _, p := range proved[i] {
				if open[p] {
					news++
				}
			}
			if news > most {
				best, most = i, news
			}
		}
		for _, p := range proved[best] {
			delete(open, p)
		}
		chosen = append(chosen, all[best])
	}
	return chosen
}

// pair is the values of two axes.
type pair struct{ axis, value, otherAxis, otherValue int }

// pairs are those of a choice that it proves something of.
func pairs(choice []int, decider int) []pair {
	var all []pair
	for i, value := range choice {
		for j, other := range choice[:i] {
			if decider < 0 || decider == i || decider == j {
				all = append(all, pair{i, value, j, other})
			}
		}
	}
	return all
}

func TestChoicesProveEachPair(t *testing.T) {
	t.Parallel()
	// The last value of the first axis decides by itself.
	decider := func(choice []int) int {
		if choice[0] == 2 {
			return 0
		}
		return -1
	}
	whole, some := choices(true, decider, 3, 5, 2, 4), choices(false, decider, 3, 5, 2, 4)
	seen := map[pair]bool{}
	for _, choice := range some {
		for _, p := range pairs(choice, decider(choice)) {
			seen[p] = true
		}
	}
	if len(whole) != 120 || len(seen) != 15+6+12+10+20+8 || len(some) > 30 {
		t.Errorf("%d choices in all, %d of them with %d pairs", len(whole), len(some), len(seen))
	}
}
