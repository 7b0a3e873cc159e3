package plan

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
	"hostkit/pkg/resource"
)

// thing is a kind whose resources are named like paths and need their parents.
type thing struct{ name string }

func (k thing) Name() string                                                 { return k.name }
func (thing) Section() resource.Section                                      { return resource.Section{} }
func (thing) Survey([]doc.Resource, resource.Site) ([]resource.Probe, error) { return nil, nil }
func (thing) Expand(doc.Raw, resource.Files) ([]resource.Declared, []resource.Problem) {
	return nil, nil
}
func (thing) Recheck([]doc.Change, resource.Site) ([]resource.Recheck, error) { return nil, nil }
func (thing) Holds(side, found doc.Attributes) bool                           { return string(side) == string(found) }
func (thing) Steps([]doc.Change, resource.Site) ([]resource.Work, error)      { return nil, nil }
func (thing) Undo(doc.Change, *doc.ChangeReport) ([]doc.Change, error)        { return nil, nil }

func (thing) Compare(r doc.Resource, w resource.World) (resource.Difference, error) {
	seen, ok := w.Facts.Observed[r.Address]
	switch {
	case !ok:
		return resource.Difference{}, resource.ErrNotObserved
	case seen.Error != nil:
		return resource.Difference{}, seen.Error
	case seen.State == r.State:
		return resource.Difference{}, nil
	case r.State == doc.Absent:
		return resource.Difference{Action: doc.Delete, Reason: "not wanted", Before: present, After: absent}, nil
	}
	return resource.Difference{Action: doc.Create, Reason: "missing", Before: absent, After: present}, nil
}

var present, absent = doc.Attributes(`{"state":"present"}`), doc.Attributes(`{"state":"absent"}`)

func (thing) Ties(r doc.Resource) resource.Ties {
	t := resource.Ties{Provides: []resource.Handle{resource.Handle("path:" + r.Name)}}
	var parents []resource.Handle
	for at := strings.LastIndex(r.Name, "/"); at > 0; at = strings.LastIndex(r.Name[:at], "/") {
		parents = append(parents, resource.Handle("path:"+r.Name[:at]))
	}
	if len(parents) > 0 {
		t.Needs = []resource.Need{{Handle: parents[0], Else: parents[1:], Reason: "parent folder"}}
	}
	return t
}

// index derives one resource of kind "index" when something is to be created.
type index struct{ thing }

func (index) Derive([]doc.Change, resource.World) []doc.Resource {
	return []doc.Resource{{Address: "index:all", Kind: "index", Name: "all", State: doc.Present}}
}

func (k index) Ties(r doc.Resource) resource.Ties {
	return resource.Ties{Needs: []resource.Need{{Handle: "path:all", Reason: "index"}}}
}

// link leads to /target, which need not be there.
type link struct{ thing }

func (link) Ties(doc.Resource) resource.Ties {
	return resource.Ties{Needs: []resource.Need{{Handle: "path:/target", Reason: "link target", Order: true}}}
}

var kinds = []resource.Kind{thing{"dir"}, thing{"file"}, thing{"index"}, index{thing{"package"}}, index{thing{"bundle"}}, link{thing{"link"}}}

// host builds a document from lines "address state observed [depends_on]".
func host(lines ...string) doc.HostDocument {
	d := doc.HostDocument{Facts: &doc.Facts{Observed: map[doc.Address]doc.Observation{"index:all": {State: doc.Absent}}}}
	for _, line := range lines {
		f := strings.Fields(line)
		a := doc.Address(f[0])
		r := doc.Resource{Address: a, Kind: a.Kind(), Name: a.Name(), Service: "s", State: doc.Presence(f[1])}
		for _, to := range f[3:] {
			r.DependsOn = append(r.DependsOn, doc.Address(to))
		}
		d.Resources = append(d.Resources, r)
		switch f[2] {
		case "-":
		default:
			d.Facts.Observed[a] = doc.Observation{State: doc.Presence(f[2])}
		}
	}
	return d
}

// lacking makes the host lack what a resource needs.
func lacking(d doc.HostDocument, a doc.Address, handle string) doc.HostDocument {
	seen := d.Facts.Observed[a]
	seen.Lacks = []string{handle}
	d.Facts.Observed[a] = seen
	return d
}

// changes shows a plan's changes as "address <- dependencies".
func changes(p doc.Plan) []string {
	shown := []string{}
	for _, c := range p.Changes {
		line := string(c.Address)
		for _, d := range c.DependsOn {
			line += " <- " + string(d.Address) + " (" + d.Reason + ")"
		}
		shown = append(shown, line)
	}
	return shown
}

func TestMake(t *testing.T) {
	for name, test := range map[string]struct {
		host    doc.HostDocument
		options Options
		want    []string
		refused string
	}{
		"nothing to do": {
			host: host("file:/a present present"), want: []string{},
		},
		"a parent goes first, and what it implies is left out": {
			host: host("file:/a/b/c present absent", "dir:/a/b present absent", "dir:/a present absent"),
			want: []string{"dir:/a", "dir:/a/b <- dir:/a (parent folder)", "file:/a/b/c <- dir:/a/b (parent folder)"},
		},
		"an edge leads through what does not change": {
			host: host("file:/a/b/c present absent", "dir:/a/b present present", "dir:/a present absent"),
			want: []string{"dir:/a", "file:/a/b/c <- dir:/a (parent folder)"},
		},
		"what is removed goes in the other order": {
			host: host("dir:/a absent present", "file:/a/b absent present"),
			want: []string{"file:/a/b", "dir:/a <- file:/a/b (parent folder)"},
		},
		"declared order": {
			host: host("dir:/a present absent file:/z", "file:/z present absent"),
			want: []string{"file:/z", "dir:/a <- file:/z (declared)"},
		},
		"a kind derives what it needs": {
			host: host("package:curl present absent"),
			want: []string{"index:all", "package:curl <- index:all (index)"},
		},
		"only takes dependencies along": {
			host:    host("file:/a/b present absent", "dir:/a present absent", "file:/z present absent"),
			options: Options{Only: []doc.Address{"file:/a/b"}},
			want:    []string{"dir:/a", "file:/a/b <- dir:/a (parent folder)"},
		},
		"a cycle is shown": {
			host:    host("file:/a present absent file:/b", "file:/b present absent file:/a"),
			refused: "a cycle of dependencies: file:/a -> (declared) file:/b -> (declared) file:/a",
		},
		"what is kept can't depend on what is ignored": {
			host:    host("file:/a/b present absent", "dir:/a present absent"),
			options: Options{Ignore: []doc.Address{"dir:/a"}},
			refused: "dir:/a is ignored, but file:/a/b depends on it (parent folder)",
		},
		"not observed": {
			host: host("file:/a present -"), refused: "file:/a was not observed",
		},
		"two resources for one path": {
			host:    host("file:/a present absent", "dir:/a present absent"),
			refused: "file:/a and dir:/a are both path:/a",
		},
		"a parent that the config wants gone": {
			host:    host("file:/a/b present absent", "dir:/a absent present"),
			refused: "file:/a/b needs dir:/a (parent folder), which the config wants absent",
		},
		"a parent that nobody has": {
			host:    lacking(host("file:/a/b present absent"), "file:/a/b", "path:/a"),
			refused: "file:/a/b needs path:/a, which neither the host nor the config has",
		},
		"a parent that the config has": {
			host: lacking(host("file:/a/b present absent", "dir:/a present absent"), "file:/a/b", "path:/a"),
			want: []string{"dir:/a", "file:/a/b <- dir:/a (parent folder)"},
		},
		"a parent that a declared dependency may bring": {
			host: lacking(host("file:/a/b present absent package:app", "package:app present absent"), "file:/a/b", "path:/a"),
			want: []string{"index:all", "package:app <- index:all (index)", "file:/a/b <- package:app (declared)"},
		},
		"a link waits for its target": {
			host: host("link:/l present absent", "dir:/target present absent"),
			want: []string{"dir:/target", "link:/l <- dir:/target (link target)"},
		},
		"a link may lead to what the config wants gone": {
			host: host("link:/l present absent", "dir:/target absent present"),
			want: []string{"dir:/target", "link:/l"},
		},
		"two kinds derive the same": {
			host: host("package:curl present absent", "bundle:dev present absent"),
			want: []string{"index:all", "bundle:dev <- index:all (index)", "package:curl <- index:all (index)"},
		},
		"everything wrong is said at once": {
			host:    host("file:/a present -", "what:/b present absent"),
			refused: "file:/a was not observed\nwhat:/b: this hk-plan knows no kind \"what\"",
		},
	} {
		t.Run(name, func(t *testing.T) {
			test.options.Kinds = kinds
			p, _, err := Make(test.host, doc.PackageNames{}, test.options)
			if err != nil || test.refused != "" {
				if err == nil || err.Error() != test.refused {
					t.Fatalf("refused with %v, want %s", err, test.refused)
				}
				return
			}
			if diff := cmp.Diff(test.want, changes(p)); diff != "" {
				t.Error(diff)
			}
			if total := p.Summary.Create + p.Summary.Delete; total != len(p.Changes) {
				t.Errorf("the summary counts %d of %d changes", total, len(p.Changes))
			}
		})
	}
}

// Folders in folders made the plan of 600 levels take a minute and a half: each
// had an edge to all above it.
func TestADeepTreeIsPlannedLevelByLevel(t *testing.T) {
	var lines []string
	for depth := 1; depth <= 700; depth++ {
		lines = append(lines, "dir:"+strings.Repeat("/d", depth)+" present absent")
	}
	p, _, err := Make(host(lines...), doc.PackageNames{}, Options{Kinds: kinds})
	if err != nil || len(p.Changes) != 700 {
		t.Fatalf("%d changes, %v", len(p.Changes), err)
	}
}

func TestNotes(t *testing.T) {
	d := host("file:/a/b present absent", "dir:/a present absent", "file:/z present absent")
	_, notes, err := Make(d, doc.PackageNames{}, Options{Kinds: kinds, Only: []doc.Address{"file:/a/b"}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Notes{Taken: []doc.Address{"dir:/a"}, Left: 1}, notes); diff != "" {
		t.Error(diff)
	}
}

// Whatever the tree and whatever is missing of it: each change stands behind
// everything it depends on, and making all of them leaves nothing to change.
func TestOrderHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var lines []string
		for _, path := range rapid.SliceOfDistinct(rapid.StringMatching(`(/[abc]){1,4}`), rapid.ID).Draw(t, "paths") {
			lines = append(lines, "dir:"+path+" present "+rapid.SampledFrom([]string{"present", "absent"}).Draw(t, path))
		}
		d := host(lines...)
		p, _, err := Make(d, doc.PackageNames{}, Options{Kinds: kinds})
		if err != nil {
			t.Fatal(err)
		}
		done := make(map[string]bool)
		for _, c := range p.Changes {
			for other := range d.Facts.Observed {
				below := strings.HasPrefix(c.Address.Name(), other.Name()+"/")
				changed := slices.ContainsFunc(p.Changes, func(o doc.Change) bool { return o.Address == other })
				if below && changed && !done[string(other)] {
					t.Fatalf("%s stands before its parent %s", c.Address, other)
				}
			}
			done[string(c.Address)] = true
			d.Facts.Observed[c.Address] = doc.Observation{State: doc.Present}
		}
		again, _, err := Make(d, doc.PackageNames{}, Options{Kinds: kinds})
		if err != nil || len(again.Changes) > 0 {
			t.Fatalf("a second plan has %d changes, %v", len(again.Changes), err)
		}
	})
}

func TestDigest(t *testing.T) {
	p, _, err := Make(host("file:/a present absent"), doc.PackageNames{}, Options{Kinds: kinds})
	if err != nil {
		t.Fatal(err)
	}
	p.Schema, p.Target.Identity.Arch = doc.SchemaPlan, "x86_64"
	p.Target.Identity.HostKey = &doc.HostKey{Type: "ssh-ed25519", Fingerprint: "SHA256:x"}
	raw, err := Encode(p)
	if err != nil {
		t.Fatal(err)
	}
	indented, err := jsonx.Indent(raw)
	if err != nil {
		t.Fatal(err)
	}
	for _, same := range [][]byte{raw, indented} {
		d, err := jsonx.Check("plan", same)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Decode(d); err != nil {
			t.Errorf("an untouched plan is refused: %v", err)
		}
	}
	edited, err := jsonx.Check("plan", []byte(strings.Replace(string(raw), "missing", "Missing", 1)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Decode(edited); err == nil || !strings.Contains(err.Error(), "digest does not match") {
		t.Errorf("an edited plan: %v", err)
	}
}
