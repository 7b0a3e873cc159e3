package shell

import (
	"fmt"
	"testing"
)

// BenchmarkBatch is a session with one batch of so many steps that start no
// process of their own: what the protocol itself costs. A step is two marks on
// each stream, a dd for its script and a subshell.
func BenchmarkBatch(b *testing.B) {
	for _, name := range targetNames {
		if !wanted(name) {
			continue
		}
		on := newTarget(b, name)
		for _, n := range []int{0, 1, 1000} {
			b.Run(fmt.Sprintf("%s/%d steps", on.name, n), func(b *testing.B) {
				steps := make([]Step, n)
				for i := range steps {
					steps[i] = script(`echo done`)
				}
				for b.Loop() {
					s, _ := open(b, on)
					if err := s.RunLast(b.Context(), steps, func(int, Result) error { return nil }); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
