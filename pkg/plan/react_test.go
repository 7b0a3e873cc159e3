package plan

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hostkit/pkg/doc"
	"hostkit/pkg/resource"
)

// bell is a kind of acts. What its resources follow stands in their names, with
// commas between.
type bell struct{ thing }

func (bell) causes(r doc.Resource) []doc.Address {
	var all []doc.Address
	for name := range strings.SplitSeq(r.Name, ",") {
		all = append(all, doc.Address(name))
	}
	return all
}

func (k bell) Ties(r doc.Resource) resource.Ties {
	return resource.Ties{Follows: resource.Follows{Addresses: k.causes(r), Reason: "calls for it"}}
}

func (k bell) Causes(r doc.Resource) ([]doc.Address, error) { return k.causes(r), nil }

func (bell) Command(doc.Resource) string { return "ring" }

func (k bell) Compare(r doc.Resource, w resource.World) (resource.Difference, error) {
	return k.React(r, nil, w)
}

func (bell) React(r doc.Resource, causes []doc.Address, w resource.World) (resource.Difference, error) {
	pending := w.Facts.Observed[r.Address].State == doc.Present
	if !pending && len(causes) == 0 {
		return resource.Difference{}, nil
	}
	why := []string{}
	for _, a := range causes {
		why = append(why, string(a))
	}
	if pending {
		why = append(why, "pending")
	}
	return resource.Difference{Action: doc.Run, Reason: strings.Join(why, " "), Before: present, After: absent}, nil
}

func (bell) CausesOf(doc.Change) ([]doc.Address, error)                 { return nil, nil }
func (bell) CalledBy(c doc.Change, _ []doc.Address) (doc.Change, error) { return c, nil }

func (bell) Without(c doc.Change, _ []doc.Change) (doc.Change, error) { return c, nil }

func (bell) Uncalled(c doc.Change) doc.Change { return c }
func (bell) Pending(doc.Attributes) bool      { return false }

// rings shows the acts of a plan as "address: why <- dependencies".
func rings(p doc.Plan) []string {
	shown := []string{}
	for _, c := range p.Changes {
		if c.Action == doc.Run {
			line := string(c.Address) + ": " + c.Reason
			for _, d := range c.DependsOn {
				line += " <- " + string(d.Address) + " (" + d.Reason + ")"
			}
			shown = append(shown, line)
		}
	}
	return shown
}

func TestActsArePlannedBehindWhatCallsForThem(t *testing.T) {
	of := func(service string, d doc.HostDocument, addresses ...doc.Address) doc.HostDocument {
		for i, r := range d.Resources {
			if slices.Contains(addresses, r.Address) {
				d.Resources[i].Service = service
			}
		}
		return d
	}
	two := []string{"file:/a present absent", "file:/b present absent", "file:/c present present", "bell:file:/a,file:/b,file:/c present absent"}
	const both = "bell:file:/a,file:/b,file:/c"
	for name, test := range map[string]struct {
		host    doc.HostDocument
		options Options
		want    []string
		notes   Notes
		changes int
		refused string
	}{
		"nothing calls": {host: host("file:/a present present", "bell:file:/a present absent"), want: []string{}},
		"once for two": {
			host: host(two...), changes: 3,
			want: []string{both + ": file:/a file:/b <- file:/a (calls for it) <- file:/b (calls for it)"},
		},
		"a pattern": {
			host: host("file:/d/a present absent", "file:/d/b absent present", "file:/d/d/a present absent", "bell:file:/d/* present absent"), changes: 4,
			want: []string{"bell:file:/d/*: file:/d/a file:/d/b <- file:/d/a (calls for it) <- file:/d/b (calls for it)"},
		},
		"a cause that comes before another": {
			host: host("file:/a present absent", "file:/b present absent file:/a", "bell:file:/a,file:/b present absent"), changes: 3,
			want: []string{"bell:file:/a,file:/b: file:/a file:/b <- file:/b (calls for it)"},
		},
		"what is not in the document calls for nothing": {host: host("bell:file:/a present absent"), want: []string{}},
		"an earlier run": {
			host: host("file:/a present present", "bell:file:/a present present"), changes: 1, want: []string{"bell:file:/a: pending"},
		},
		"an earlier run and a change": {
			host: host("file:/a present absent", "bell:file:/a present present"), changes: 2,
			want: []string{"bell:file:/a: file:/a pending <- file:/a (calls for it)"},
		},
		"a chosen cause takes it along, and not the other causes": {
			host: host(two...), options: Options{Only: []doc.Address{"file:/a"}}, changes: 2,
			want:  []string{both + ": file:/a <- file:/a (calls for it)"},
			notes: Notes{Called: []doc.Address{both}, Left: 1},
		},
		"a chosen service takes it along": {
			host: of("t", host(two...), both), options: Options{Services: []string{"s"}}, changes: 3,
			want:  []string{both + ": file:/a file:/b <- file:/a (calls for it) <- file:/b (calls for it)"},
			notes: Notes{Called: []doc.Address{both}},
		},
		"what a taken act needs comes along too, and what that calls for": {
			host:    host("file:/a present absent", "file:/n present absent", "bell:file:/a present absent file:/n", "bell:file:/n present absent"),
			options: Options{Only: []doc.Address{"file:/a"}}, changes: 4,
			want:  []string{"bell:file:/a: file:/a <- file:/a (calls for it) <- file:/n (declared)", "bell:file:/n: file:/n <- file:/n (calls for it)"},
			notes: Notes{Taken: []doc.Address{"file:/n"}, Called: []doc.Address{"bell:file:/a", "bell:file:/n"}},
		},
		"a chosen act brings its causes": {
			host: host(two...), options: Options{Only: []doc.Address{both}}, changes: 3,
			want:  []string{both + ": file:/a file:/b <- file:/a (calls for it) <- file:/b (calls for it)"},
			notes: Notes{Taken: []doc.Address{"file:/a", "file:/b"}},
		},
		"a chosen service leaves its acts to the changes of others": {
			host: of("t", host(two...), both), options: Options{Services: []string{"t"}}, want: []string{}, notes: Notes{Left: 3},
		},
		"a chosen act of an earlier run comes with what calls for it now": {
			host: host("file:/a present absent", "bell:file:/a present present"), options: Options{Only: []doc.Address{"bell:file:/a"}}, changes: 2,
			want: []string{"bell:file:/a: file:/a pending <- file:/a (calls for it)"}, notes: Notes{Taken: []doc.Address{"file:/a"}},
		},
		"an ignored cause": {
			host: host(two...), options: Options{Ignore: []doc.Address{"file:/a"}}, changes: 2,
			want: []string{both + ": file:/b <- file:/b (calls for it)"}, notes: Notes{Left: 1},
		},
		"no cause is left": {
			host: host(two...), options: Options{Ignore: []doc.Address{"file:/a", "file:/b"}}, want: []string{}, notes: Notes{Left: 3},
		},
		"an ignored act is left undone": {
			host: host(two...), options: Options{Ignore: []doc.Address{both}}, changes: 2, want: []string{},
			notes: Notes{Undone: []doc.Address{both}, Left: 1},
		},
		"an ignored act of an earlier run": {
			host: host("file:/a present present", "bell:file:/a present present"), options: Options{Ignore: []doc.Address{"bell:file:/a"}},
			want: []string{}, notes: Notes{Undone: []doc.Address{"bell:file:/a"}, Left: 1},
		},
		"an ignored act that nothing calls for": {
			host: host("file:/a present present", "bell:file:/a present absent"), options: Options{Ignore: []doc.Address{"bell:file:/a"}}, want: []string{},
		},
		"what waits for an act brings it and its causes": {
			host: host(append(two, "file:/z present absent "+both)...), options: Options{Only: []doc.Address{"file:/z"}}, changes: 4,
			want:  []string{both + ": file:/a file:/b <- file:/a (calls for it) <- file:/b (calls for it)"},
			notes: Notes{Taken: []doc.Address{both, "file:/a", "file:/b"}},
		},
		"what waits for an act needs it": {
			host: host(append(two, "file:/z present absent "+both)...), options: Options{Ignore: []doc.Address{both}},
			refused: both + " is ignored, but file:/z depends on it (declared)",
		},
		"a cause that waits for what it calls for": {
			host:    host("file:/a present absent bell:file:/a", "bell:file:/a present absent"),
			refused: "a cycle of dependencies: bell:file:/a -> (calls for it) file:/a -> (declared) bell:file:/a",
		},
	} {
		t.Run(name, func(t *testing.T) {
			test.options.Kinds = append(slices.Clone(kinds), bell{thing{"bell"}})
			p, notes, err := Make(test.host, doc.PackageNames{}, test.options)
			if err != nil || test.refused != "" {
				if err == nil || err.Error() != test.refused {
					t.Fatalf("refused with %v, want %s", err, test.refused)
				}
				return
			}
			if diff := cmp.Diff(test.want, rings(p)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(test.notes, notes); diff != "" {
				t.Error(diff)
			}
			if len(p.Changes) != test.changes || p.Summary.Run != len(test.want) {
				t.Errorf("%d changes, of which %d are acts: %q", len(p.Changes), p.Summary.Run, changes(p))
			}
		})
	}
}
