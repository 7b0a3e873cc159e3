package cut

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"hostkit/pkg/doc"
	"hostkit/tests/lab"
)

// contenders are the plans of those who start at the same moment: two of one plan.
var contenders = []string{"one", "one", "two"}

// rounds is how often they do.
const rounds = 20

// contend is what each contender's triggers run: it marks its coming and going, and
// another's mark in between is an overlap.
const contend = `#!/bin/sh
mkdir /srv/log/inside 2>/dev/null || echo overlap >>/srv/log/acts
echo "$1" >>/srv/log/acts
rmdir /srv/log/inside
`

// contended is a plan of some steps behind each other, which run a program of the
// host at its end.
func contended(name string) object {
	folders := object{}
	path := "/srv/" + name
	var on []string
	for i := range 4 {
		path = fmt.Sprintf("%s/%d", path, i)
		folders[path] = object{"mode": "0751"}
		on = append(on, "directory:"+path)
	}
	folders["/srv/"+name] = object{}
	triggers := object{}
	for i := range 3 {
		triggers[fmt.Sprint(name, i)] = object{"run": []string{"/opt/contend", name}, "on": on}
	}
	return object{"directories": folders, "triggers": triggers}
}

// Of those who start at the same moment one works at a time, and the others say who
// does; nothing of theirs comes in between.
func TestOneOfThreeWins(t *testing.T) {
	g := prepared(t)
	host := g.copyOf(t, 0)
	if err := host.WriteFile("/opt/contend", []byte(contend), 0o755); err != nil {
		t.Fatal(err)
	}
	plans := map[string]string{}
	for _, name := range contenders {
		facts := g.must(t, g.document(t, contended(name)), "hk-facts", g.way(t, host).flags()...)
		file := filepath.Join(g.base, "contender-"+name+".json")
		if err := os.WriteFile(file, g.must(t, facts, "hk-plan"), 0o600); err != nil {
			t.Fatal(err)
		}
		plans[name] = file
	}
	busy := 0
	for range rounds {
		busy += g.round(t, host, plans)
		g.on(t, host, "rm -rf /srv/one /srv/two /srv/log/*")
	}
	t.Logf("%d of %d were told who works", busy, rounds*len(contenders))
	if busy == 0 {
		t.Error("they never met")
	}
}

// round starts all contenders at once, and returns how many found the host held.
func (g *ground) round(t *testing.T, host *lab.Host, plans map[string]string) int {
	t.Helper()
	outcomes := make([]outcome, len(contenders))
	var all sync.WaitGroup
	for i, name := range contenders {
		way := g.way(t, host)
		all.Go(func() {
			args := way.flags("--confirm", "--plan", plans[name])
			outcomes[i] = g.start(t, nil, "hk-apply", args...).wait(t)
		})
	}
	all.Wait()
	busy, applied := 0, map[string]int{}
	for i, o := range outcomes {
		report := o.report(t)
		switch {
		case o.exit == 6 && report.Status == doc.StatusBusy:
			busy++
			mustNameHolder(t, o, report)
		case o.exit == 0 && report.Status == doc.StatusApplied:
			applied[contenders[i]]++
		case o.exit == 0 && report.Status == doc.StatusNothingToDo && contenders[i] == "one":
		default:
			t.Errorf("%s", o)
		}
	}
	g.mustBeApart(t, host, applied)
	return busy
}

// mustNameHolder looks whether one who was turned away is told by whom.
func mustNameHolder(t *testing.T, o outcome, report doc.Report) {
	t.Helper()
	if !strings.Contains(o.stderr, " plan to the host, for ") || !strings.Contains(o.stderr, "as its process ") ||
		!strings.Contains(o.stderr, "--wait") {
		t.Errorf("it does not say who works\n%s", o)
	}
	for _, c := range report.Changes {
		if c.Status != doc.ChangeNotReached {
			t.Errorf("busy, and %s is %s", c.Address, c.Status)
		}
	}
}

// mustBeApart looks in the host's own log whether the acts of each who worked stand
// together, and whether nobody worked who was not told so.
func (g *ground) mustBeApart(t *testing.T, host *lab.Host, applied map[string]int) {
	t.Helper()
	log, err := host.ReadFile(acts)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Fields(string(log))
	want := map[string]int{}
	for name, n := range applied {
		want[name] = 3 * n
	}
	got := map[string]int{}
	for _, line := range lines {
		got[line]++
	}
	blocks := slices.Compact(slices.Clone(lines))
	if fmt.Sprint(got) != fmt.Sprint(want) || len(blocks) != len(want) || len(applied) == 0 || applied["one"] > 1 {
		text, _ := json.Marshal(lines)
		t.Errorf("the host's log is %s, and %v have applied", text, applied)
	}
}
