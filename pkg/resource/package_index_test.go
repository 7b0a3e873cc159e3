package resource

import (
	"errors"
	"slices"
	"testing"

	"hostkit/pkg/doc"
)

// An index that is to be fetched again was fetched later than was seen, by
// whomever: hk-plan has no clock.
func TestAnIndexIsFetchedAgainWhenAskedFor(t *testing.T) {
	w := packageWorld(doc.PackageFacts{Index: doc.Present, IndexFetched: "1795412607.399147228"}, nil)
	w.RefreshIndex = true
	derived := packages{}.Derive(someChanges, w)
	if len(derived) != 1 {
		t.Fatalf("%+v", derived)
	}
	d, err := packageIndexes{}.Compare(derived[0], w)
	if err != nil || d.Action != doc.Update || string(d.After) != `{"state":"present","fetched_after":"1795412607.399147228"}` {
		t.Fatalf("%+v, %v", d, err)
	}
	for found, want := range map[string][2]bool{
		`{"state":"present","fetched":"1795412607.399147228"}`:  {true, false},
		`{"state":"present","fetched":"1795412607.399147229"}`:  {false, true},
		`{"state":"present","fetched":"1795412608"}`:            {false, true},
		`{"state":"present","fetched":"0"}`:                     {false, false},
		`{"state":"present","fetched":"999"}`:                   {false, false},
		`{"state":"present","fetched":"1e999999999"}`:           {false, false},
		`{"state":"present"}`:                                   {false, false},
		`{"state":"absent"}`:                                    {false, false},
		`{"state":"absent","fetched":"1795412607.399147228"}`:   {false, false},
		`{"state":"present","fetched":"17954126070.000000001"}`: {false, true},
	} {
		k := packageIndexes{}
		got := [2]bool{k.Holds(d.Before, doc.Attributes(found)), k.Holds(d.After, doc.Attributes(found))}
		if got != want {
			t.Errorf("%s: before and after hold: %v, want %v", found, got, want)
		}
	}
	w.Facts.Packages.IndexFetched = ""
	var refusal *Refusal
	if _, err := (packageIndexes{}).Compare(derived[0], w); !errors.As(err, &refusal) || refusal.Code != "unsupported" {
		t.Errorf("a time that is not known: %v", err)
	}
}

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
