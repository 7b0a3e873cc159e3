package down_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hostkit/pkg/doc"
	"hostkit/pkg/down"
	"hostkit/pkg/resource"
)

// thing is a kind that can be taken back but where After says otherwise: "stuck", or
// "parent" that has brought "child" along.
type thing struct {
	resource.Kind
	name string
}

func (k thing) Name() string { return k.name }

func (thing) Undo(c doc.Change, _ *doc.ChangeReport) ([]doc.Change, error) {
	after := string(c.After)
	back := c
	back.Before, back.After, back.DeclaredAt = c.After, c.Before, ""
	all := []doc.Change{back}
	switch after {
	case `"stuck"`:
		return nil, errors.New("it is stuck")
	case `"parent"`:
		back.Address = doc.NewAddress(c.Kind, "child")
		return append(all, back), errors.New("a part of it stays")
	}
	return all, nil
}

// act is a kind of acts, whose causes are what After names.
type act struct {
	resource.Reactor
	thing
}

func (act) Name() string { return "act" }

func (act) Undo(c doc.Change, _ *doc.ChangeReport) ([]doc.Change, error) { return []doc.Change{c}, nil }

func (act) CausesOf(c doc.Change) (causes []doc.Address, err error) {
	for _, a := range strings.Fields(strings.Trim(string(c.After), `"`)) {
		causes = append(causes, doc.Address(a))
	}
	return causes, nil
}

func (act) CalledBy(c doc.Change, causes []doc.Address) (doc.Change, error) {
	c.Reason = "for " + string(causes[0])
	return c, nil
}

func (act) Uncalled(c doc.Change) doc.Change {
	c.Action, c.DependsOn = doc.Update, nil
	return c
}

func (act) Without(c doc.Change, _ []doc.Change) (doc.Change, error) { return c, nil }

func (act) Pending(found doc.Attributes) bool { return strings.Contains(string(found), "pending") }

var options = down.Options{Kinds: []resource.Kind{thing{name: "thing"}, thing{name: "other"}, thing{name: "file"}, act{}}, Tool: "test"}

// made is a change that was made, as "kind:name<dependency<…"; an act begins with !.
func made(text, after string) doc.ChangeReport {
	names := strings.Split(text, "<")
	name, act := strings.CutPrefix(names[0], "!")
	a := doc.Address(name)
	c := doc.ChangeReport{
		Address: a, Kind: a.Kind(), Action: doc.Update, Status: doc.ChangeDone,
		Before: doc.Raw(`"old"`), After: doc.Raw(`"` + after + `"`),
	}
	if act {
		c.Action = doc.Run
	}
	for _, d := range names[1:] {
		c.DependsOn = append(c.DependsOn, doc.Dependency{Address: doc.Address(d), Reason: "of " + d})
	}
	return c
}

func reportOf(cs ...doc.ChangeReport) doc.Report {
	return doc.Report{Project: "p", Host: doc.Host{Name: "h"}, Target: doc.Target{Identity: doc.Identity{Arch: "x"}}, Changes: cs}
}

// shown is a plan in short: "address<dependency (reason)".
func shown(p doc.Plan) (lines []string) {
	for _, c := range p.Changes {
		line := string(c.Address)
		for _, d := range c.DependsOn {
			line += "<" + string(d.Address) + " (" + d.Reason + ")"
		}
		lines = append(lines, line)
	}
	for _, l := range p.Irreversible {
		lines = append(lines, "! "+string(l.Address)+": "+l.Reason)
	}
	return lines
}

func with(c doc.ChangeReport, s doc.ChangeStatus) doc.ChangeReport {
	c.Status = s
	return c
}

func TestOrderIsTurnedRound(t *testing.T) {
	const unknown = ": it is not known what the host has of it "
	for name, c := range map[string]struct {
		made []doc.ChangeReport
		want []string
	}{
		"nothing": {nil, nil},
		"a chain": {
			[]doc.ChangeReport{made("thing:a", ""), made("thing:b<thing:a", ""), made("thing:c<thing:b", "")},
			[]string{"thing:c", "thing:b<thing:c (of thing:b)", "thing:a<thing:b (of thing:a)"},
		},
		"by way of what stays": {
			[]doc.ChangeReport{made("thing:a", ""), made("thing:b<thing:a", "stuck"), made("thing:c<thing:b", "")},
			[]string{"thing:c", "thing:a<thing:c (of thing:b)", "! thing:b: it is stuck"},
		},
		"only what was done": {
			[]doc.ChangeReport{
				with(made("thing:a", ""), doc.ChangeAlready), with(made("thing:b", ""), doc.ChangeFailed),
				with(made("thing:c<thing:b", ""), doc.ChangeSkipped), with(made("thing:d", ""), doc.ChangeUnknown),
				with(made("thing:e", ""), doc.ChangeRolledBack), made("thing:f<thing:a", ""),
			},
			[]string{
				"thing:f", "! thing:b" + unknown + "(failed): run hk-facts and hk-plan",
				"! thing:d" + unknown + "(unknown): run hk-facts and hk-plan",
			},
		},
		"what an earlier run made unseen": {
			[]doc.ChangeReport{func() doc.ChangeReport {
				c := with(made("thing:a", ""), doc.ChangeAlready)
				c.BegunBefore = true
				return c
			}()},
			[]string{"thing:a"},
		},
		"an act is done again, behind its causes": {
			[]doc.ChangeReport{made("thing:a", ""), made("!act:x<thing:a", "thing:a"), made("thing:b<act:x", "")},
			[]string{"thing:b", "thing:a<thing:b (of act:x)", "act:x<thing:a (of thing:a)"},
		},
		"an act that was not done is called for": {
			[]doc.ChangeReport{made("thing:a", ""), with(made("!act:x<thing:a", "thing:a"), doc.ChangeNotReached)},
			[]string{"thing:a", "act:x<thing:a (of thing:a)"},
		},
		"an act without a cause": {
			[]doc.ChangeReport{made("thing:a", "stuck"), made("!act:x<thing:a", "thing:a")},
			[]string{"! thing:a: it is stuck"},
		},
		// The transaction of which the first change tells was for all of the kind that
		// are as deep.
		"what came together goes together, with what came along": {
			[]doc.ChangeReport{made("thing:b", "parent"), made("other:c<thing:b", ""), made("thing:d<other:c", ""), made("thing:a", "")},
			[]string{
				"thing:d", "other:c<thing:d (of other:c)", "thing:a<other:c (in one transaction with thing:b)",
				"thing:b<other:c (of thing:b)", "thing:child<other:c (in one transaction with thing:b)",
				"! thing:b: a part of it stays",
			},
		},
		"a transaction takes no more than its depth from each other": {
			[]doc.ChangeReport{
				made("thing:a", "parent"), made("thing:b", ""), made("thing:c", ""),
				made("other:p<thing:a", ""), made("other:q<thing:a", ""), made("other:r<thing:b", ""), made("file:s<other:r", ""),
			},
			[]string{
				"file:s", "other:r<file:s (of other:r)", "other:q", "other:p",
				"thing:c<other:r (in one transaction with thing:b)", "thing:b<other:r (of thing:b)",
				"thing:a<other:p (of thing:a)<other:q (of thing:a)<other:r (in one transaction with thing:b)",
				"thing:child<other:r (in one transaction with thing:b)", "! thing:a: a part of it stays",
			},
		},
		"what came along has another's address": {
			[]doc.ChangeReport{made("thing:a", "parent"), made("thing:child", "")},
			[]string{
				"thing:child", "thing:a", "! thing:a: a part of it stays",
				"! thing:a: thing:child came along with it and stays: another change has that address",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := down.OfReport(reportOf(c.made...), options)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, shown(p)); diff != "" {
				t.Error(diff)
			}
			if p.Summary != p.Tally() || p.Schema != doc.SchemaPlan || p.Changes == nil || p.Unchanged == nil {
				t.Errorf("%+v", p)
			}
		})
	}
}

func TestIgnore(t *testing.T) {
	cs := []doc.ChangeReport{made("thing:folder", ""), made("thing:file<thing:folder", ""), made("thing:a", "parent")}
	ignore := func(as ...doc.Address) (doc.Plan, error) {
		o := options
		o.Ignore = as
		return down.OfReport(reportOf(cs...), o)
	}
	_, err := ignore("thing:file")
	want := "thing:file is ignored, but it was made after thing:folder (of thing:folder), which is taken back"
	if err == nil || err.Error() != want {
		t.Errorf("error %v", err)
	}
	p, err := ignore("thing:file", "thing:folder", "thing:child")
	if err != nil {
		t.Fatal(err)
	}
	left := "left as it is with --ignore"
	if diff := cmp.Diff([]string{
		"thing:a", "! thing:folder: " + left, "! thing:file: " + left, "! thing:a: a part of it stays", "! thing:child: " + left,
	}, shown(p)); diff != "" {
		t.Error(diff)
	}
}

// An act that is left out is no longer called for, unless something else calls for it
// than what is taken back, and it may not have been done since.
func TestAnActIsLeftOut(t *testing.T) {
	const left = "! act:x: not done again, with --ignore; what it has done stays"
	const since = "; where it was not done yet, it stays called for by "
	pending := made("!act:x<thing:a", "thing:a")
	pending.Before = doc.Raw(`"pending"`)
	kept := made("!act:x<thing:a<thing:b", "thing:a thing:b")
	a, b := made("thing:a", ""), made("thing:b", "stuck")
	for name, c := range map[string]struct {
		made []doc.ChangeReport
		want []string
	}{
		"done":                    {[]doc.ChangeReport{a, made("!act:x<thing:a", "thing:a")}, []string{"thing:a", "act:x<thing:a (of thing:a)", left}},
		"failed":                  {[]doc.ChangeReport{a, with(made("!act:x<thing:a", "thing:a"), doc.ChangeFailed)}, []string{"thing:a", "act:x<thing:a (of thing:a)", left}},
		"its cause stays":         {[]doc.ChangeReport{b, made("!act:x<thing:b", "thing:b")}, []string{"! thing:b: it is stuck", left}},
		"a cause stays, done":     {[]doc.ChangeReport{a, b, kept}, []string{"thing:a", "act:x<thing:a (of thing:a)", "! thing:b: it is stuck", left}},
		"a cause stays, not done": {[]doc.ChangeReport{a, b, with(kept, doc.ChangeNotReached)}, []string{"thing:a", "! thing:b: it is stuck", left + since + "thing:b, which stays"}},
		"pending before, done":    {[]doc.ChangeReport{a, pending}, []string{"thing:a", "act:x<thing:a (of thing:a)", left}},
		"pending before":          {[]doc.ChangeReport{a, with(pending, doc.ChangeSkipped)}, []string{"thing:a", left + since + "an earlier run"}},
	} {
		t.Run(name, func(t *testing.T) {
			o := options
			o.Ignore = []doc.Address{"act:x"}
			p, err := down.OfReport(reportOf(c.made...), o)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, shown(p)); diff != "" {
				t.Error(diff)
			}
			if i := slices.IndexFunc(p.Changes, func(c doc.Change) bool { return c.Address == "act:x" }); i >= 0 && p.Changes[i].Action != doc.Update {
				t.Errorf("%s", p.Changes[i].Action)
			}
		})
	}
}

// A report comes from anywhere, and has no digest.
func TestWhatNoReportOfOursSays(t *testing.T) {
	noTarget := reportOf(made("thing:a", ""))
	noTarget.Target = doc.Target{}
	for want, r := range map[string]doc.Report{
		"thing:a is changed twice":                                                    reportOf(made("thing:a", ""), made("thing:a", "")),
		"there is no thing:b before thing:a, which depends on it":                     reportOf(made("thing:a<thing:b", ""), made("thing:b", "")),
		`alien:a: this hk-down knows no kind "alien"`:                                 reportOf(made("alien:a", "")),
		"the report does not say which host it is of":                                 noTarget,
		"the report has no changes: nothing was begun, and nothing can be taken back": {},
	} {
		if _, err := down.OfReport(r, options); err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

// What a change lacked on the way up is there, and goes behind it.
func TestNothingIsLackingOnTheWayBack(t *testing.T) {
	c := doc.Change{Address: "thing:a", Kind: "thing", Action: doc.Create, Lacks: []string{"path:/a"}}
	p, err := down.OfPlan(doc.Plan{Changes: []doc.Change{c}}, options)
	if err != nil || len(p.Changes) != 1 || p.Changes[0].Lacks != nil {
		t.Errorf("%v: %+v", err, p.Changes)
	}
}
