package facts

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hostkit/pkg/doc"
	"hostkit/pkg/shell"
)

const (
	runPlan    = doc.Digest("sha256:0000000000000000000000000000000000000000000000000000000000000000")
	runJournal = "hostkit-journal 1 " + string(runPlan) + " 1790000000 40 anna@laptop\nended 0-2\nbegun 3-11\nended 3-10\n"
	runRecord  = `{"plan":"` + string(runPlan) + `","status":"failed","verified":false,"started_at":"2026-11-22T20:40:35Z",` +
		`"finished_at":"2026-11-22T20:40:36Z","later":1,"changes":[{"address":"file:/a","action":"update","status":"done","backup":"/b"}]}` + "\n"
)

func TestRunsAreReadLeniently(t *testing.T) {
	read := func(parts ...string) doc.Runs {
		facts := read(t, runsGroup{}, shell.Result{Stdout: []byte(strings.Join(append(parts, ""), "\x00"))})
		return *facts.Runs
	}
	if got := read(); len(got.Records) != 0 || got.Unfinished != nil || got.Unread != 0 {
		t.Errorf("of nothing: %+v", got)
	}
	got := read(runJournal, runRecord)
	want := doc.Runs{
		Unfinished: &doc.UnfinishedRun{
			Plan: runPlan, BegunAt: "2026-09-21T14:13:20Z", Holder: "anna@laptop", Changes: 40, Begun: 12, Ended: 11,
		},
		Records: []doc.RunRecord{{
			Plan: runPlan, Status: doc.StatusFailed, StartedAt: "2026-11-22T20:40:35Z", FinishedAt: "2026-11-22T20:40:36Z",
			Changes: []doc.RunChange{{Address: "file:/a", Action: doc.Update, Status: doc.ChangeDone, Backup: "/b"}},
		}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := read(runJournal + "over failed at 1790000009\n"); got.Unfinished != nil || got.Unread != 0 {
		t.Errorf("a run that is over: %+v", got)
	}
	for _, journal := range []string{"what", strings.Replace(runJournal, string(runPlan), "x", 1), strings.Replace(runJournal, "1790000000", "9790000000000", 1)} {
		if got := read(journal); got.Unfinished != nil || got.Unread != 1 {
			t.Errorf("%q: %+v", journal, got)
		}
	}
	for _, record := range []string{
		"", "{", "[]", "null", "{}", strings.Replace(runRecord, "failed", "odd", 1), strings.Replace(runRecord, "file:/a", "", 1),
		strings.Replace(runRecord, "2026-11-22T20:40:36Z", "today", 1), strings.Replace(runRecord, `"status":"failed"`, `"status":"failed","status":"applied"`, 1),
		strings.Replace(runRecord, `"verified"`, `"left_out":-1,"verified"`, 1),
	} {
		if got := read("", record, runRecord); len(got.Records) != 1 || got.Unread != 1 {
			t.Errorf("%q: %+v", record, got)
		}
	}
	if got := read(append([]string{""}, slices.Repeat([]string{runRecord}, 21)...)...); len(got.Records) != 20 || !got.Truncated {
		t.Errorf("%d records, truncated %t", len(got.Records), got.Truncated)
	}
	long := strings.Replace(runRecord, `"changes":[`, `"changes":[`+strings.Repeat(`{"address":"file:/`+strings.Repeat("x", 300)+`","action":"update","status":"done"},`, 2001), 1)
	if got := read("", long).Records[0]; len(got.Changes) != 2000 || got.LeftOut != 2 || len(got.Changes[0].Address) > textBytes {
		t.Errorf("%d changes, %d left out", len(got.Changes), got.LeftOut)
	}
}

// The newest come first, by number and not by name, and what is no record is passed
// over.
func TestTheNewestRunsComeFirst(t *testing.T) {
	onEachKind(t, func(t *testing.T, sh, path string) {
		state := filepath.Join(t.TempDir(), "hostkit")
		runs := filepath.Join(state, "runs")
		if err := os.MkdirAll(runs, 0o700); err != nil {
			t.Fatal(err)
		}
		for i := 85; i <= 104; i++ {
			text := strings.Replace(runRecord, `"verified"`, fmt.Sprintf(`"holder":"%d","verified"`, i), 1)
			if err := os.WriteFile(filepath.Join(runs, fmt.Sprint(i)), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		for _, name := range []string{".new", "9x", "1234567890", "0", "$(id)"} {
			if err := os.WriteFile(filepath.Join(runs, name), []byte("no record"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(state, "journal"), []byte(runJournal), 0o600); err != nil {
			t.Fatal(err)
		}
		var facts doc.Facts
		answer := answerAfter(t, stateFunctions(t)+"\nhk_state_folder() { hk_state="+shell.Quote(state)+"; }", runsGroup{}, sh, path)
		if err := groupProbe(runsGroup{}).Read(answer, &facts); err != nil || facts.Runs.Gathered != (doc.Gathered{}) {
			t.Fatalf("%v, %+v", err, facts.Runs)
		}
		var holders []string
		for _, r := range facts.Runs.Records {
			holders = append(holders, r.Holder)
		}
		if len(holders) != 20 || holders[0] != "104" || holders[19] != "85" || facts.Runs.Unfinished == nil {
			t.Errorf("%v, %+v", holders, facts.Runs.Unfinished)
		}
	})
}
