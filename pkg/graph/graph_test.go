package graph

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hostkit/pkg/doc"
	"hostkit/pkg/resource"
)

// resources reads "ADDRESS STATE [DEPENDS_ON...]"; each provides what its name
// says and needs the folder above, or the nearest that somebody provides.
func resources(lines ...string) ([]doc.Resource, []resource.Ties) {
	rs, ties := make([]doc.Resource, len(lines)), make([]resource.Ties, len(lines))
	for i, line := range lines {
		words := strings.Fields(line)
		a := doc.Address(words[0])
		rs[i] = doc.Resource{Address: a, Kind: a.Kind(), Name: a.Name(), State: doc.Presence(words[1])}
		for _, to := range words[2:] {
			rs[i].DependsOn = append(rs[i].DependsOn, doc.Address(to))
		}
		ties[i].Provides = []resource.Handle{resource.Handle("path:" + a.Name())}
		need := resource.Need{Reason: "parent folder"}
		for above := a.Name(); strings.Count(above, "/") > 1; {
			above = above[:strings.LastIndexByte(above, '/')]
			need.Else = append(need.Else, resource.Handle("path:"+above))
		}
		ties[i].Needs = []resource.Need{need}
	}
	return rs, ties
}

func TestConflicts(t *testing.T) {
	for name, c := range map[string]struct {
		lines []string
		want  []string
	}{
		"none": {[]string{"dir:/a present", "file:/a/b present dir:/a"}, nil},
		"every cycle is told, not the first alone": {
			[]string{"file:/a present file:/b", "file:/b present file:/a", "file:/c present file:/c", "dir:/d present file:/d/e", "file:/d/e present"},
			[]string{
				"cycle: a cycle of dependencies: dir:/d -> (declared) file:/d/e -> (parent folder) dir:/d",
				"cycle: a cycle of dependencies: file:/a -> (declared) file:/b -> (declared) file:/a",
				"cycle: a cycle of dependencies: file:/c -> (declared) file:/c",
			},
		},
		"one place for two": {
			[]string{"dir:/a present", "file:/a absent"}, []string{"contradiction: dir:/a and file:/a are both path:/a"},
		},
		"in a folder that goes": {
			[]string{"dir:/a absent", "file:/a/b present", "file:/a/c absent"},
			[]string{"contradiction: file:/a/b needs dir:/a (parent folder), which the config wants absent"},
		},
		"nowhere": {
			[]string{"dir:/a present dir:/b"},
			[]string{"unknown_dependency: dir:/a depends on dir:/b, which the document does not have"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, conflicts := New(resources(c.lines...))
			var got []string
			for _, conflict := range conflicts {
				got = append(got, conflict.Code+": "+conflict.Message)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Packages come after all repositories but those that are had by their means.
func TestWhatSeveralShare(t *testing.T) {
	rs := []doc.Resource{
		{Address: "package:certificates", Kind: "package", State: doc.Present},
		{Address: "package:gone", Kind: "package", State: doc.Absent},
		{Address: "package:tool", Kind: "package", State: doc.Present},
		{Address: "repository:a", Kind: "repository", State: doc.Present},
		{Address: "repository:b", Kind: "repository", State: doc.Present, DependsOn: []doc.Address{"package:certificates"}},
		{Address: "repository:gone", Kind: "repository", State: doc.Absent},
	}
	ties := make([]resource.Ties, len(rs))
	for i, r := range rs {
		if r.Kind == "package" {
			ties[i].Needs = []resource.Need{{Handle: "repositories", Reason: "repository", Order: true}}
		} else {
			ties[i].Shares = []resource.Handle{"repositories"}
		}
	}
	g, conflicts := New(rs, ties)
	if len(conflicts) > 0 {
		t.Fatalf("%+v", conflicts)
	}
	got := map[doc.Address][]Edge{}
	all := map[doc.Address]bool{}
	for _, r := range rs {
		all[r.Address] = true
	}
	for _, r := range rs {
		if edges := g.Among(r.Address, all); len(edges) > 0 {
			got[r.Address] = edges
		}
	}
	want := map[doc.Address][]Edge{
		"package:certificates": {{To: "repository:a", Reason: "repository"}},
		"package:tool":         {{To: "repository:b", Reason: "repository"}},
		"repository:b":         {{To: "package:certificates", Reason: "declared"}},
		"repository:gone":      {{To: "package:gone", Reason: "repository"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Folders in folders made the plan of 600 levels take a minute and a half: each
// had an edge to all above it.
func TestADeepTreeHasOneEdgeALevel(t *testing.T) {
	var lines []string
	for depth := 1; depth <= 300; depth++ {
		lines = append(lines, "dir:"+strings.Repeat("/d", depth)+" present")
	}
	g, _ := New(resources(lines...))
	edges := 0
	for _, after := range g.after {
		edges += len(after)
	}
	if edges != 299 {
		t.Errorf("%d edges for 300 levels", edges)
	}
}
