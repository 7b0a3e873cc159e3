package lab_test

import (
	"testing"

	"hostkit/tests/lab"
)

func BenchmarkStartAndStop(b *testing.B) {
	lab.Require(b)
	for b.Loop() {
		h, err := lab.Start(b.Context(), lab.Options{})
		if err != nil {
			b.Fatal(err)
		}
		if err := h.Stop(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSnapshot(b *testing.B) {
	h := lab.Run(b, lab.Options{})
	for b.Loop() {
		if _, err := h.Snapshot(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
