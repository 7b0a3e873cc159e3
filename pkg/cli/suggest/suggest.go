// Package suggest finds the word that a person probably meant.
package suggest

import (
	"slices"
	"strings"
)

// Nearest returns the known word that is least far from word, when it is near
// enough to be worth a "did you mean": a third of its letters may differ. Among
// words that are equally near it takes the first in known.
func Nearest(word string, known []string) (string, bool) {
	return nearest(word, known, bound(word))
}

// bound is how many letters of a word may be wrong.
func bound(word string) int { return len([]rune(word))/3 + 1 }

// nearest is the known word that is at most so far from word.
func nearest(word string, known []string, most int) (string, bool) {
	best, least := "", most
	for _, k := range known {
		if k == word {
			continue
		}
		if d := Distance(word, k); d <= least && (best == "" || d < least) && d < len([]rune(k)) {
			best, least = k, d
		}
	}
	return best, best != ""
}

// Apart is the hint to give a flag once for each of the words that were given to it with
// commas between them, where one of them is known.
func Apart(flag, value string, known []string) (string, bool) {
	words := strings.Split(value, ",")
	isKnown := func(word string) bool { return slices.Contains(known, word) }
	if len(words) < 2 || !slices.ContainsFunc(words, isKnown) {
		return "", false
	}
	return "give " + flag + " once for each: " + flag + " " + strings.Join(words, " "+flag+" "), true
}

// Distance is how many letters must be added, dropped, replaced or swapped with
// their neighbour to make b from a (optimal string alignment).
func Distance(a, b string) int {
	s, t := []rune(a), []rune(b)
	before, last := make([]int, len(t)+1), make([]int, len(t)+1)
	for j := range last {
		last[j] = j
	}
	for i := range s {
		row := make([]int, len(t)+1)
		row[0] = i + 1
		for j := range t {
			replaced := last[j]
			if s[i] != t[j] {
				replaced++
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, replaced)
			if i > 0 && j > 0 && s[i] == t[j-1] && s[i-1] == t[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last = last, row
	}
	return last[len(t)]
}

// Sorted returns the keys of a map in order, for messages that list them.
func Sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
