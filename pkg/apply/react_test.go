package apply_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hostkit/pkg/apply"
	"hostkit/pkg/doc"
	"hostkit/pkg/resource"
	"hostkit/pkg/shell"
)

// bell is a kind of acts that write their name into the log of their folder. One
// called "crack" fails.
type bell struct{ note }

func (bell) Name() string { return "bell" }

func (bell) Causes(doc.Resource) ([]doc.Address, error) { return nil, nil }

func (bell) Command(doc.Resource) string { return "ring" }

func (bell) React(doc.Resource, []doc.Address, resource.World) (resource.Difference, error) {
	return resource.Difference{}, nil
}

func (bell) CausesOf(c doc.Change) ([]doc.Address, error) {
	var after struct{ Causes []doc.Address }
	err := json.Unmarshal(c.After, &after)
	return after.Causes, err
}

func (bell) CalledBy(c doc.Change, _ []doc.Address) (doc.Change, error) { return c, nil }

func (bell) Uncalled(c doc.Change) doc.Change { return c }

func (bell) Without(c doc.Change, _ []doc.Change) (doc.Change, error) { return c, nil }

func (bell) Preview([]doc.Change, resource.Site) ([]resource.Check, error) { return nil, nil }

func (bell) Pending(found doc.Attributes) bool { return line(found) == "pending" }

func (bell) Holds(side, found doc.Attributes) bool { return line(found) == "" }

func (bell) Recheck(cs []doc.Change, _ resource.Site) ([]resource.Recheck, error) {
	var checks []resource.Recheck
	for _, c := range cs {
		checks = append(checks, resource.Recheck{
			Name: "listen", Script: shell.New(`hk_mark_path "$1" && [ ! -e "$hk_mark" ] || echo pending`, string(c.Address)),
			Read: func(r shell.Result) (map[doc.Address]doc.Attributes, error) {
				return map[doc.Address]doc.Attributes{c.Address: state(strings.TrimSpace(string(r.Stdout)))}, nil
			},
		})
	}
	return checks, nil
}

const ring = `case $2 in */crack) echo cracked >&2; exit 1 ;; esac
printf '%s\n' "${2##*/}" >>"${2%/*}/log"
hk_mark_path "$1" && rm -f "$hk_mark"`

func (bell) Steps(cs []doc.Change, _ resource.Site) ([]resource.Work, error) {
	var works []resource.Work
	for _, c := range cs {
		works = append(works, resource.Work{
			Name: "ring " + c.Address.Name(), Changes: []doc.Address{c.Address}, Alone: true,
			Script: shell.New(ring, string(c.Address), c.Address.Name()),
		})
	}
	return works, nil
}

func TestActs(t *testing.T) {
	for name, test := range map[string]struct {
		// plan has changes as planFor reads them, and acts as "name rings cause,cause
		// [depends on]".
		plan    []string
		there   map[string]string
		keep    bool
		dry     bool
		want    []string
		log     string
		message string
		// then is what the same plan says when it is applied again with what is mended.
		then, thenLog string
	}{
		"last of all, once": {
			plan: []string{"a - 1", "x rings a,c", "b - 2 a", "c - 3 b"},
			want: []string{"a done", "x done", "b done", "c done"}, log: "1\n2\n3\nx\n",
			then: "a already x already b already c already", thenLog: "",
		},
		"before what waits for it": {
			plan: []string{"a - 1", "x rings a", "b - 2 x", "c - 3"},
			want: []string{"a done", "x done", "b done", "c done"}, log: "1\n3\nx\n2\n",
		},
		"behind another one": {
			plan: []string{"a - 1", "y rings a", "b - 2 a", "x rings a y"},
			want: []string{"a done", "y done", "b done", "x done"}, log: "1\n2\ny\nx\n",
		},
		"nothing calls for it any more": {
			plan: []string{"a - 1", "b - 2", "x rings a"}, there: map[string]string{"a": "1"},
			want: []string{"a already", "b done", "x already"}, log: "2\n",
		},
		"a dry run": {
			plan: []string{"a - 1", "b - 2", "x rings a", "y rings b"}, there: map[string]string{"a": "1"}, dry: true,
			want: []string{"a already", "b would_change", "x already", "y would_change"},
		},
		"a failure in between": {
			plan: []string{"a - 1", "b - boom a", "x rings a", "y rings b"},
			want: []string{"a done", "b failed no space left on device", "x not_reached it stays called for", "y not_reached it stays called for"},
			log:  "1\n", message: "1 of 4 changes are done; bell:",
			then: "a already b done x done y done", thenLog: "mended\nx\ny\n",
		},
		"a cause that failed, another that was made": {
			plan: []string{"a - 1", "b - boom", "x rings a,b", "y rings a"}, keep: true,
			want: []string{
				"a done", "b failed no space left on device", "x skipped b failed, on which it depends; it stays called for", "y done",
			},
			log: "1\ny\n", message: "2 of 4 changes are done; bell:",
			then: "a already b done x done y already", thenLog: "mended\nx\n",
		},
		"a cause that was never begun": {
			plan: []string{"a - boom", "b - 2 a", "x rings b"},
			want: []string{"a failed no space left on device", "b not_reached", "x not_reached"}, message: "0 of 3 changes are done",
		},
		"the act fails": {
			plan: []string{"a - 1", "crack rings a", "x rings a crack"},
			want: []string{"a done", "crack failed cracked", "x not_reached it stays called for"}, log: "1\n",
			message: "/crack and 1 more stay called for",
		},
		"a cut": {
			plan: []string{"a - 1", "b - cut a", "x rings a"},
			want: []string{"a done", "b unknown it was sent, and no answer came", "x not_reached it stays called for"}, log: "1\n",
			message: "1 of 3 changes are done; bell:",
			then:    "a already b done x done", thenLog: "mended\nx\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for file, text := range test.there {
				if err := os.WriteFile(filepath.Join(dir, file), []byte(text+"\n"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			p, o := actsFor(t, dir, test.plan...), optionsFor(t)
			o.Kinds, o.KeepGoing, o.DryRun = append(o.Kinds, bell{}), test.keep, test.dry
			r := apply.Apply(t.Context(), p, o)
			if diff := cmp.Diff(test.want, fates(r)); diff != "" {
				t.Error(diff)
			}
			if (r.Error != nil) != (test.message != "") || r.Error != nil && !strings.Contains(r.Error.Message, test.message) {
				t.Errorf("%s, %+v", r.Status, r.Error)
			}
			const back = "had back with hk-down --out down.json REPORT"
			if told := r.Error != nil && strings.Contains(r.Error.Hint, back); told != (name == "the act fails") {
				t.Errorf("the hint tells of the way back: %t: %+v", told, r.Error)
			}
			mustLog(t, dir, test.log)
			if test.then == "" {
				return
			}
			for i, c := range p.Changes {
				if after := line(c.After); after == "boom" || after == "cut" {
					p.Changes[i].After = state("mended")
				}
			}
			again := apply.Apply(t.Context(), p, o)
			if got := strings.Join(fates(again), " "); got != test.then || !again.Verified {
				t.Errorf("then %q, %+v", got, again.Error)
			}
			mustLog(t, dir, test.thenLog)
		})
	}
}

// mustLog compares what was written, and begins a new log.
func mustLog(t *testing.T, dir, want string) {
	t.Helper()
	file := filepath.Join(dir, "log")
	if log, _ := os.ReadFile(file); string(log) != want {
		t.Errorf("the host was written %q, want %q", log, want)
	}
	_ = os.Remove(file)
}

// actsFor is planFor with acts among the changes.
func actsFor(t *testing.T, dir string, lines ...string) doc.Plan {
	t.Helper()
	p := planFor(t, dir)
	kinds := map[string]string{}
	for _, l := range lines {
		f := strings.Fields(l)
		kinds[f[0]] = "note"
		address := func(name string) doc.Address { return doc.NewAddress(kinds[name], filepath.Join(dir, name)) }
		c := doc.Change{Kind: "note", Action: doc.Update, Before: state(strings.Trim(f[1], "-")), After: state(f[2])}
		if f[1] == "rings" {
			kinds[f[0]] = "bell"
			var causes []doc.Address
			for name := range strings.SplitSeq(f[2], ",") {
				if kinds[name] != "" {
					c.DependsOn = append(c.DependsOn, doc.Dependency{Address: address(name)})
				} else {
					kinds[name] = "note" // a cause that stands behind it in the table
				}
				causes = append(causes, address(name))
			}
			raw, err := json.Marshal(map[string]any{"causes": causes})
			if err != nil {
				t.Fatal(err)
			}
			c.Kind, c.Action, c.Before, c.After = "bell", doc.Run, state(""), raw
		}
		for _, name := range f[3:] {
			c.DependsOn = append(c.DependsOn, doc.Dependency{Address: address(name)})
		}
		c.Address = address(f[0])
		p.Changes = append(p.Changes, c)
	}
	return p
}
