package resource

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hostkit/pkg/doc"
	"hostkit/pkg/shell"
)

func TestExpandTriggers(t *testing.T) {
	for name, test := range map[string]struct{ section, want, problems string }{
		"all three": {
			section: `{"b": {"on": ["package:nginx"], "restart": "app.service"}, "a": {"on": ["file:/a", "file:/d/*"], "reload": "nginx"},
				"c": {"on": ["file:/etc/aliases"], "run": ["/usr/bin/newaliases", "-v"], "depends_on": ["trigger:a"]}}`,
			want: `a {"reload":"nginx","on":["file:/a","file:/d/*"]}
b {"restart":"app.service","on":["package:nginx"]}
c {"run":["/usr/bin/newaliases","-v"],"on":["file:/etc/aliases"]} depends_on trigger:a`,
		},
		"nothing to do":       {section: `{"a": {"on": ["file:/a"]}}`, problems: "/a: it does not say what is to be done"},
		"two things":          {section: `{"a": {"on": ["file:/a"], "reload": "x", "restart": "x"}}`, problems: "/a: it says several things to do"},
		"nothing calls":       {section: `{"a": {"on": [], "reload": "x"}}`, problems: "/a/on: nothing calls for it"},
		"an option":           {section: `{"a": {"on": ["file:/a"], "reload": "--all"}}`, problems: `/a/reload: "--all" is not the name of a service`},
		"a path":              {section: `{"a": {"on": ["file:/a"], "restart": "../x"}}`, problems: `/a/restart: "../x" is not the name of a service`},
		"no words":            {section: `{"a": {"on": ["file:/a"], "run": []}}`, problems: "/a/run: the command has no words"},
		"a shell's word":      {section: `{"a": {"on": ["file:/a"], "run": ["eval", "x"]}}`, problems: `/a/run: "eval" is not the absolute path of a program`},
		"a winding path":      {section: `{"a": {"on": ["file:/a"], "run": ["/bin/../x"]}}`, problems: `/a/run: "/bin/../x" is not the absolute path of a program`},
		"NUL":                 {section: `{"a": {"on": ["file:/a"], "run": ["/x", "\u0000"]}}`, problems: "/a/run: a word of the command holds a NUL byte"},
		"a long command":      {section: `{"a": {"on": ["file:/a"], "run": ["/x", "` + strings.Repeat("x", 64<<10) + `"]}}`, problems: "/a/run: the command has 65540 bytes, more than 65536"},
		"a trigger":           {section: `{"a": {"on": ["file:/a", "trigger:b"], "reload": "x"}}`, problems: "/a/on/1: a trigger is called for by changes, not by another trigger"},
		"a name of two lines": {section: `{"a\nb": {"on": ["file:/a"], "reload": "x"}}`, problems: "/a\nb: \"a\\nb\" is not a name for a trigger"},
		"a state":             {section: `{"a": {"on": ["file:/a"], "reload": "x", "state": "absent"}}`, problems: "/a/state: unknown object member name"},
	} {
		t.Run(name, func(t *testing.T) {
			all, found := triggers{}.Expand(doc.Raw(test.section), nil)
			var declared, problems []string
			for _, d := range all {
				line := d.Name + " " + jsonOf(d.Spec)
				for _, a := range d.Common.DependsOn {
					line += " depends_on " + string(a)
				}
				declared = append(declared, line)
			}
			for _, p := range found {
				problems = append(problems, p.Pointer+": "+p.Message)
			}
			if diff := cmp.Diff(test.problems, strings.Join(problems, "\n")); diff != "" {
				t.Error(diff)
			}
			if test.problems == "" {
				if diff := cmp.Diff(test.want, strings.Join(declared, "\n")); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

func TestActIsReadByPeople(t *testing.T) {
	for want, a := range map[string]Act{
		"reload nginx":                  {Reload: "nginx"},
		"restart app.service":           {Restart: "app.service"},
		`run /bin/x "two words" "" a=b`: {Run: []string{"/bin/x", "two words", "", "a=b"}},
	} {
		if got := a.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// The service manager often does not say why, and the service's own program does.
func TestWhatAServiceRefusesIsTestedByItself(t *testing.T) {
	for _, c := range []struct {
		act   Act
		tests string
	}{
		{Act{Reload: "nginx"}, "; nginx -t on the host tests its files; "},
		{Act{Restart: "ssh.service"}, "; sshd -t on the host tests its files; "},
	} {
		_, err := c.act.outcome(shell.Result{Status: actRefused})
		if refusal, ok := errors.AsType[*Refusal](err); !ok || !strings.Contains(refusal.Hint, c.tests) {
			t.Errorf("%s: %v: %+v", c.act, err, refusal)
		}
	}
}

func TestMatches(t *testing.T) {
	for _, test := range []struct {
		pattern, address doc.Address
		want             bool
	}{
		{"file:/a", "file:/a", true},
		{"file:/a/*", "file:/a/b", true},
		{"file:/a/*", "file:/a/b/c", false},
		{"file:/a/*", "directory:/a/b", false},
		{"file:/a/[xy]?", "file:/a/x1", true},
		{"file:/usr/bin/[", "file:/usr/bin/[", true},
		{"file:/usr/bin/[", "file:/usr/bin/x", false},
	} {
		if got := Matches(test.pattern, test.address); got != test.want {
			t.Errorf("%s and %s: %t", test.pattern, test.address, got)
		}
	}
}

// pendingFacts are facts in which the trigger's mark is there, or not.
func pendingFacts(a doc.Address, pending bool) doc.Facts {
	return doc.Facts{Observed: map[doc.Address]doc.Observation{a: {Attributes: doc.Attributes(fmt.Sprintf(`{"pending":%t}`, pending))}}}
}

func TestCompareTriggers(t *testing.T) {
	r := resourceOf("trigger", "a", doc.Present, `{"on":["file:/a","file:/b"],"reload":"nginx"}`)
	for name, test := range map[string]struct {
		facts        doc.Facts
		causes       []doc.Address
		reason       string
		want, refuse string
	}{
		"nothing calls": {facts: pendingFacts(r.Address, false)},
		"an earlier run": {
			facts: pendingFacts(r.Address, true), reason: "pending since an earlier run",
			want: `{"pending":true} {"pending":false,"reload":"nginx"}`,
		},
		"a change": {
			facts: pendingFacts(r.Address, false), causes: []doc.Address{"file:/a"}, reason: "called for by file:/a",
			want: `{"pending":false} {"pending":false,"reload":"nginx","causes":["file:/a"]}`,
		},
		"both": {
			facts: pendingFacts(r.Address, true), causes: []doc.Address{"file:/a", "file:/b"},
			reason: "called for by file:/a, 1 more, and pending since an earlier run",
			want:   `{"pending":true} {"pending":false,"reload":"nginx","causes":["file:/a","file:/b"]}`,
		},
		"not observed": {facts: doc.Facts{}, refuse: "not observed"},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := triggers{}.React(r, test.causes, World{Facts: test.facts})
			if test.refuse != "" || err != nil {
				if err == nil || err.Error() != test.refuse {
					t.Errorf("%v, want %q", err, test.refuse)
				}
				return
			}
			got := ""
			if d.Action != "" {
				got = string(d.Before) + " " + string(d.After)
			}
			if got != test.want || d.Reason != test.reason {
				t.Errorf("%s (%s)", got, d.Reason)
			}
			if test.causes != nil {
				return
			}
			if plain, err := (triggers{}).Compare(r, World{Facts: test.facts}); err != nil || jsonOf(plain) != jsonOf(d) {
				t.Errorf("Compare finds %s, %v", jsonOf(plain), err)
			}
		})
	}
}

// The way back runs it again, behind the same changes; what only an earlier run
// called for has no way back to come behind.
func TestATriggerIsUndoneByRunningIt(t *testing.T) {
	c := runChange("a", `{"pending":false,"reload":"nginx","causes":["file:/a"]}`)
	c.Before = doc.Attributes(`{"pending":true}`)
	back, err := triggers{}.Undo(c, nil)
	if err != nil || len(back) != 1 || back[0].Action != doc.Run || string(back[0].After) != string(c.After) ||
		string(back[0].Before) != `{"pending":false}` || back[0].Reason != "called for by file:/a" {
		t.Errorf("%s, %v", jsonOf(back), err)
	}
	c.After = doc.Attributes(`{"pending":false,"reload":"nginx"}`)
	if back, err := (triggers{}).Undo(c, nil); err != nil || back != nil {
		t.Errorf("%s, %v", jsonOf(back), err)
	}

	// What a command has done besides is named; one that was not reached has done nothing.
	c = runChange("a", `{"pending":false,"run":["/sbin/useradd","deploy"],"causes":["file:/a"]}`)
	const stays = "no reverse of its command is known, so what that has done stays: run /sbin/useradd deploy"
	for status, want := range map[doc.ChangeStatus]string{
		doc.ChangeDone: stays, doc.ChangeFailed: stays, doc.ChangeUnknown: stays, doc.ChangeNotReached: "<nil>", doc.ChangeSkipped: "<nil>",
	} {
		if back, err := (triggers{}).Undo(c, &doc.ChangeReport{Status: status}); len(back) != 1 || fmt.Sprint(err) != want {
			t.Errorf("%s: %s, %v", status, jsonOf(back), err)
		}
	}
}

func runChange(name, after string) doc.Change {
	return doc.Change{
		Address: doc.NewAddress("trigger", name), Kind: "trigger", Action: doc.Run,
		Before: doc.Attributes(`{"pending":false}`), After: doc.Attributes(after),
	}
}

// A plan may come from anywhere.
func TestATriggerOfAPlanIsParsed(t *testing.T) {
	for name, c := range map[string]doc.Change{
		"no act":      runChange("a", `{"pending":false}`),
		"an option":   runChange("a", `{"pending":false,"reload":"-x"}`),
		"a word":      runChange("a", `{"pending":false,"run":["hk_drop"]}`),
		"NUL":         runChange("a\x00", `{"pending":false,"reload":"x"}`),
		"no object":   runChange("a", `[]`),
		"to be there": runChange("a", `{"pending":true,"reload":"x"}`),
		"updated": func() doc.Change {
			c := runChange("a", `{"pending":false,"reload":"x"}`)
			c.Action = doc.Update
			return c
		}(),
		"called": func() doc.Change {
			c := runChange("a", `{"pending":true}`)
			c.Action = doc.Update
			return c
		}(),
		"created": {Address: "trigger:a", Kind: "trigger", Action: doc.Create, After: doc.Attributes(`{"pending":false,"reload":"x"}`)},
	} {
		if _, err := (triggers{}).Steps([]doc.Change{c}, Site{}); err == nil {
			t.Errorf("%s: there are steps", name)
		}
		if _, err := (triggers{}).Recheck([]doc.Change{c}, Site{}); err == nil {
			t.Errorf("%s: it is looked at", name)
		}
	}
}

// stateOf makes the host keep its state in a folder of the test, by a home that the
// user of the session may write to.
func stateOf(h *testHost) string {
	h.t.Helper()
	return strings.TrimSpace(h.mustRun(`mkdir -p /var/lib && mount -t tmpfs none /var/lib && hk_state_folder && printf '%s\n' "$hk_state"`))
}

// mark notes on the host that an act is called for.
func (h *testHost) mark(a doc.Address) {
	h.t.Helper()
	h.mustRun(`hk_make_state_folder pending && hk_mark_path "$1" && : >"$hk_mark"`, string(a))
}

// act does one act as hk-apply does it.
func (h *testHost) act(c doc.Change) (Outcome, error) {
	h.t.Helper()
	works, err := triggers{}.Steps([]doc.Change{c}, Site{})
	if err != nil {
		h.t.Fatal(err)
	}
	return works[0].Read(h.run(shell.Step{Name: works[0].Name, Script: works[0].Script})[0])
}

// pendingOn reads the mark as hk-facts and hk-apply do.
func (h *testHost) pendingOn(c doc.Change) bool {
	h.t.Helper()
	rechecks, err := triggers{}.Recheck([]doc.Change{c}, Site{})
	if err != nil {
		h.t.Fatal(err)
	}
	found, err := rechecks[0].Read(h.run(shell.Step{Script: rechecks[0].Script})[0])
	if err != nil {
		h.t.Fatal(err)
	}
	r := resourceOf("trigger", c.Address.Name(), doc.Present, `{"on":["file:/a"],"reload":"x"}`)
	probes, err := triggers{}.Survey([]doc.Resource{r}, Site{})
	if err != nil {
		h.t.Fatal(err)
	}
	facts := doc.Facts{Observed: map[doc.Address]doc.Observation{}}
	if err := probes[0].Read(h.run(shell.Step{Script: probes[0].Script})[0], &facts); err != nil {
		h.t.Fatal(err)
	}
	seen := (triggers{}).Pending(found[c.Address])
	if observed := (triggers{}).Pending(facts.Observed[c.Address].Attributes); observed != seen {
		h.t.Errorf("hk-facts says %t, hk-apply %t", observed, seen)
	}
	return seen
}

// A command is run without a shell and once, its mark goes when it has succeeded,
// and stays with what the command said when it has not.
func TestACommandOfATrigger(t *testing.T) {
	needRoot(t)
	onEachNamespace(t, func(t *testing.T, h *testHost, root string) {
		stateOf(h)
		good := runChange(`it's "a" name`, jsonOf(triggerState{Act: Act{Run: []string{"/bin/sh", "-c", `printf '%s\n' "$@" >>"$0"; umask >>"$0"`, root + "/out", "$(x) *", ""}}}))
		bad := runChange("bad", jsonOf(triggerState{Act: Act{Run: []string{"/bin/sh", "-c", "echo out; echo why >&2; exit 100"}}}))
		missing := runChange("missing", jsonOf(triggerState{Act: Act{Run: []string{root + "/nowhere"}}}))
		for _, c := range []doc.Change{good, bad, missing} {
			if h.pendingOn(c) {
				t.Errorf("%s is pending before anything", c.Address)
			}
			h.mark(c.Address)
			if !h.pendingOn(c) {
				t.Errorf("%s is not pending", c.Address)
			}
		}
		if o, err := h.act(good); err != nil || o.Remarks[good.Address] != "" || h.pendingOn(good) {
			t.Errorf("%v, %+v", err, o)
		}
		if said, _ := os.ReadFile(filepath.Join(root, "out")); strings.TrimLeft(string(said), "") != "$(x) *\n\n0022\n" {
			t.Errorf("it was run as %q", said)
		}
		if off := (triggers{}).Uncalled(missing); !h.pendingOn(off) {
			t.Errorf("%+v is not pending", off)
		} else if _, err := h.act(off); err != nil || h.pendingOn(off) {
			t.Errorf("it is not called off: %v", err)
		}
		h.mark(missing.Address)
		if _, err := h.act(bad); err == nil || err.Error() != "exit status 100: why" || code(err) != "act_failed" || !h.pendingOn(bad) {
			t.Errorf("%v", err)
		}
		if _, err := h.act(missing); err == nil || !strings.HasPrefix(err.Error(), "exit status 127: ") || !h.pendingOn(missing) {
			t.Errorf("%v", err)
		}
	})
}
