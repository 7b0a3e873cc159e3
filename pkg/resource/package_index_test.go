package resource

import (
	"slices"
	"testing"

	"hostkit/pkg/doc"
)

func TestPackageDerivesTheIndex(t *testing.T) {
	w := packageWorld(doc.PackageFacts{Index: doc.Absent}, nil)
	derived := packages{}.Derive(someChanges, w)
	if len(derived) != 1 || derived[0].Address != "package_index:apt" {
		t.Fatalf("%+v", derived)
	}
	d, err := packageIndexes{}.Compare(derived[0], w)
	if err != nil || d.Action != doc.Create || string(d.Before) != `{"state":"absent"}` || string(d.After) != `{"state":"present"}` {
		t.Errorf("%+v, %v", d, err)
	}
	needs := packages{}.Ties(packageResource("tree", doc.Present, "")).Needs
	provides := packageIndexes{}.Ties(derived[0]).Provides
	if len(provides) != 1 || !slices.ContainsFunc(needs, func(n Need) bool { return n.Handle == provides[0] }) {
		t.Errorf("needs %v, provides %v", needs, provides)
	}
	if d := (packages{}).Derive(someChanges[2:], w); d != nil {
		t.Errorf("a removal needs an index: %v", d)
	}
	w.Facts.Packages.Index = doc.Present
	if d := (packages{}).Derive(someChanges, w); d != nil {
		t.Errorf("there is an index: %v", d)
	}
}
