package down_test

import (
	"fmt"
	"testing"

	"hostkit/pkg/doc"
	"hostkit/pkg/down"
	"hostkit/pkg/graph"
)

// With all that any of them waits for at each of them, these had 12,300 edges, and a
// down.json of two megabytes.
func TestATransactionOfManyHasFewEdges(t *testing.T) {
	var cs []doc.ChangeReport
	for i := range 40 {
		cs = append(cs, made(fmt.Sprintf("thing:%d", i), map[bool]string{true: "parent"}[i == 0]))
	}
	for i := range 300 {
		cs = append(cs, made(fmt.Sprintf("file:%d<thing:7", i), ""))
	}
	p, err := down.OfReport(reportOf(cs...), options)
	if err != nil {
		t.Fatal(err)
	}
	edges := 0
	for _, c := range p.Changes {
		edges += len(c.DependsOn)
	}
	if want := 300 + 39 + 1; edges != want {
		t.Errorf("%d edges, want %d", edges, want)
	}
	layers := graph.Layers(p.Changes)
	if len(layers) != 2 || len(layers[1]) != 41 {
		t.Errorf("hk-apply makes of it %d layers, %d changes in the last", len(layers), len(layers[len(layers)-1]))
	}
}

// What only shared a transaction does not stand on what the other was made after.
func TestIgnoreOnTheWayForwardAgain(t *testing.T) {
	cs := []doc.ChangeReport{made("other:file", ""), made("thing:a<other:file", ""), made("thing:b<other:file", "")}
	cs[2].DependsOn[0].With = "thing:a"
	for a, want := range map[doc.Address]string{
		"thing:a": "thing:a is ignored, but it was made after other:file (of other:file), which is taken back", "thing:b": "",
	} {
		o, got := options, ""
		o.Ignore = []doc.Address{a}
		if _, err := down.OfReport(reportOf(cs...), o); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("without %s: %q", a, got)
		}
	}
}
