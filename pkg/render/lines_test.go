package render_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
	"hostkit/pkg/render"
)

func plan(changes ...doc.Change) doc.Plan {
	return doc.Plan{
		Schema: doc.SchemaPlan, Project: "p", Tool: "test",
		Host:    doc.Host{Name: "db1", HostConfig: doc.HostConfig{Connection: "local"}},
		Changes: changes,
		Digest:  "sha256:" + doc.Digest(strings.Repeat("ab", 32)),
	}
}

func change(kind, name string, a doc.Action) doc.Change {
	return doc.Change{Address: doc.NewAddress(kind, name), Kind: kind, Action: a}
}

func TestSummary(t *testing.T) {
	busy := plan(change("file", "a", doc.Create), change("file", "b", doc.Delete), change("file", "c", doc.Unknown))
	busy.Unchanged = []doc.Address{"file:d"}
	for want, p := range map[string]doc.Plan{
		"db1: 1 to create, 0 to update, 1 to DELETE, 1 unknown, 1 unchanged · sha256:abababababab…": busy,
		"db1: nothing to change, 0 unchanged · sha256:abababababab…":                                plan(),
	} {
		if diff := cmp.Diff(want, render.Summary(p)); diff != "" {
			t.Error(diff)
		}
	}
}

func TestReportLine(t *testing.T) {
	host := doc.Host{Name: "db1"}
	for want, r := range map[string]doc.Report{
		"db1: applied and verified in 6s: 1 done, 1 already": {
			Host: host, Status: doc.StatusApplied, Verified: true,
			StartedAt: "2026-11-22T20:40:35Z", FinishedAt: "2026-11-22T20:40:41Z",
			Changes: []doc.ChangeReport{{Status: doc.ChangeAlready}, {Status: doc.ChangeDone}},
		},
		"db1: applied, NOT VERIFIED":        {Host: host, Status: doc.StatusApplied},
		"db1: dry run, nothing was changed": {Host: host, Status: doc.StatusDryRun},
		`db1: UNREACHABLE: no\nroute`: {
			Host: host, Status: doc.StatusUnreachable, Error: &doc.HostError{Message: "no\nroute"},
		},
	} {
		if diff := cmp.Diff(want, render.ReportLine(r)); diff != "" {
			t.Error(diff)
		}
	}
}

// file is a plan with one change of a file's content, as it is shown.
func file(t *testing.T, before, after any, o render.Options) string {
	t.Helper()
	c := change("file", "/f", doc.Update)
	for side, content := range map[*doc.Attributes]any{&c.Before: before, &c.After: after} {
		raw, err := jsonx.Marshal(map[string]any{"content": content})
		if err != nil {
			t.Fatal(err)
		}
		*side = raw
	}
	return show(t, seal(t, plan(c)), o)
}

func seal(t *testing.T, p doc.Plan) jsonx.Document {
	t.Helper()
	raw, err := jsonx.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	sum, err := jsonx.SumWithout(raw, "digest")
	if err != nil {
		t.Fatal(err)
	}
	p.Digest = doc.Digest(sum)
	if raw, err = jsonx.Marshal(p); err != nil {
		t.Fatal(err)
	}
	d, err := jsonx.Check("plan", raw)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestContentIsBounded(t *testing.T) {
	var long strings.Builder
	for i := range 300 {
		fmt.Fprintf(&long, "line %d\n", i)
	}
	short := file(t, "x\n", long.String(), render.Options{})
	if want := "… 242 more lines left out, with +242 -0: hk-show --full\n"; !strings.Contains(short, want) {
		t.Errorf("got\n%s\nwithout %q", short, want)
	}
	if strings.Contains(short, "line 60") || !strings.Contains(file(t, "x\n", long.String(), render.Options{Full: true}), "+ line 299\n") {
		t.Error("the bound is not where it should be")
	}
	wide := file(t, "x\n", strings.Repeat("ü", 1000)+"\n", render.Options{})
	if want := strings.Repeat("ü", 200) + "… 1600 more bytes left out: hk-show --full\n"; !strings.Contains(wide, "+ "+want) {
		t.Errorf("got\n%s", wide)
	}
}

// A change that only adds a newline, a space or a carriage return must be seen.
func TestInvisibleDifferencesShow(t *testing.T) {
	for _, c := range []struct{ before, after, want string }{
		{"a", "a\n", `- a
        \ No newline at end of file
        + a
`},
		{"a\n", "a \n", "- a\n        + a\\x20\n"},
		{"a\n", "a\r\n", "- a\n        + a\\r\n"},
		{" a\n", "\ta\n", "-  a\n        + \\ta\n"},
		{"a\n", "\u200ba\n", "- a\n        + \\u200ba\n"},
		{"a\n", "a\n\n", "  a\n        +\n"},
	} {
		if got := file(t, c.before, c.after, render.Options{}); !strings.Contains(got, c.want) {
			t.Errorf("%q to %q: got\n%s", c.before, c.after, got)
		}
	}
}

// Two files whose names differ in a last space, or in a newline and the two
// characters \n, looked the same in a plan that deletes one of them.
func TestNamesDoNotLookAlike(t *testing.T) {
	seen := map[string]string{}
	for _, name := range []string{"/f", "/f ", "/f\n", `/f\n`, `/f\\n`, "/f\\\n", `/f\x20`, "/f\u00a0"} {
		p := plan(change("file", name, doc.Delete))
		p.Unchanged = []doc.Address{doc.NewAddress("directory", name), doc.NewAddress("directory", "/g"), "package_index:apt"}
		text := show(t, seal(t, p), render.Options{})
		text = strings.Join(strings.Split(text, "\n")[:5], "\n")
		if other, ok := seen[text]; ok {
			t.Errorf("%q and %q are both shown as\n%s", other, name, text)
		}
		seen[text] = name
		if !strings.HasPrefix(text, "db1  plan  THIS MACHINE (local)\n") {
			t.Errorf("that the plan is for this machine is not seen first:\n%s", text)
		}
	}
}

func TestUnchangedIsCountedInWords(t *testing.T) {
	p := plan()
	p.Unchanged = []doc.Address{"file:/a", "directory:/b", "directory:/c", "package_index:apt", "symlink:/d", "symlink:/e"}
	if text := show(t, seal(t, p), render.Options{}); !strings.Contains(text, "2 directories, 1 file, 1 package_index, 2 symlinks\n") {
		t.Errorf("got\n%s", text)
	}
}

// An object stands on one line, whoever indented the document.
func TestObjectsStandOnOneLine(t *testing.T) {
	c := change("mise_tool", "http:x", doc.Create)
	c.Before = doc.Attributes(`{"state":"absent"}`)
	c.After = doc.Attributes("{\"state\":\"present\",\"options\":{\n  \"url\": \"http://x\",\n  \"deep\": {\"n\": 1, \"l\": [\"a\"]}\n}}")
	got := show(t, seal(t, plan(c)), render.Options{})
	if want := "{url: http://x, deep: {n: 1, l: [a]}}"; !strings.Contains(got, want) {
		t.Errorf("got\n%s\nwithout %q", got, want)
	}
}

// A transaction that failed is told of once, and who looks at all of it sees all.
func TestWhatIsSaidOfSeveralChangesIsSaidOnce(t *testing.T) {
	failed := func(name string) doc.ChangeReport {
		return doc.ChangeReport{Address: doc.NewAddress("package", name), Action: doc.Create, Status: doc.ChangeFailed, Message: "no room"}
	}
	a, e := failed("a"), failed("e")
	a.Output, e.Output = "E: disk", "E: other"
	r := doc.Report{Schema: doc.SchemaReport, Status: doc.StatusFailed, Changes: []doc.ChangeReport{a, failed("b"), failed("c"), failed("d"), e}}
	raw, err := jsonx.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	d, err := jsonx.Check("report", raw)
	if err != nil {
		t.Fatal(err)
	}
	const row, message = "  FAILED        create   package:", "                no room\n"
	want := row + "a\n" + message + "                | E: disk\n                and 3 likewise: package:b, package:c, package:d\n" + row + "e\n" + message
	if got := show(t, d, render.Options{}); !strings.Contains(got, want) {
		t.Errorf("got\n%s\nwithout\n%s", got, want)
	}
	if got := show(t, d, render.Options{Full: true}); strings.Count(got, message) != 5 {
		t.Errorf("got\n%s", got)
	}
}

// Long reasons are folded, under the address that they are of.
func TestWhatStaysAndWhatMayAppear(t *testing.T) {
	p := plan()
	reason := "no reverse of its command is known, so what that has done stays: run /usr/sbin/useradd --system app"
	p.Irreversible = []doc.Irreversible{{Address: "trigger:app user", Reason: reason}}
	p.Arrivals = []doc.Arrival{{Address: "file:/etc/p/default", By: []doc.Address{"package:p", "trigger:t"}}}
	got := show(t, seal(t, p), render.Options{})
	for _, want := range []string{
		"    ! trigger:app user: no reverse of its command is known, so what that has\n      done stays: run /usr/sbin/useradd --system app\n",
		"  MAY APPEAR, and stays then: plan again when this plan is applied\n    ? file:/etc/p/default: absent, and package:p or trigger:t may bring it\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("got\n%s\nwithout %q", got, want)
		}
	}
}

// A package under hundreds of files had a line for each, and so had what goes with it.
func TestWhatComesBefore(t *testing.T) {
	after := func(n int, with doc.Address) doc.Change {
		c := change("package", "p", doc.Delete)
		c.Reason = "taken back"
		for i := range n {
			c.DependsOn = append(c.DependsOn, doc.Dependency{Address: doc.NewAddress("file", fmt.Sprint("/", i)), Reason: "declared", With: with})
		}
		return c
	}
	lacks := after(1, "")
	lacks.Lacks = []string{"path:/etc/p"}
	for _, c := range []struct {
		change doc.Change
		full   bool
		want   string
	}{
		{after(2, ""), false, "package:p  (taken back)\n      after file:/0 (declared), file:/1 (declared)\n"},
		{after(6, ""), false, "package:p  (taken back)\n      after file:/0, file:/1, file:/2, and 3 more (declared)\n"},
		{after(6, ""), true, "file:/4 (declared), file:/5 (declared)\n"},
		{lacks, false, "after file:/0 (declared)\n      lacks path:/etc/p: what it depends on may bring it\n"},
		{after(1, "package:q"), false, "package:p  (taken back, with package:q)\n\n"},
	} {
		got := show(t, seal(t, plan(c.change)), render.Options{Full: c.full})
		if unfolded := strings.ReplaceAll(got, ",\n            ", ", "); !strings.Contains(unfolded, c.want) {
			t.Errorf("got\n%s\nwithout %q", got, c.want)
		}
	}
}
