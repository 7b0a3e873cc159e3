package facts

import (
	"bytes"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"

	"hostkit/pkg/doc"
	"hostkit/pkg/journal"
	"hostkit/pkg/resource"
	"hostkit/pkg/shell"
)

// runsGroup reads the journal of hk-apply and the records of its runs.
type runsGroup struct{}

// mostRunChanges is how many changes of one record are kept.
const mostRunChanges = 2000

// runsScript prints the journal and the records, newest first, with a NUL byte behind
// each. Its arguments are how many bytes of each are read, and how many records.
const runsScript = `most=$1 left=$2
hk_state_folder
[ -d "$hk_state" ] && [ -O "$hk_state" ] && [ ! -h "$hk_state" ] || exit 0
own() {
	[ -f "$1" ] && [ ! -h "$1" ] && [ -r "$1" ]
}
! own "$hk_state/journal" || head -c "$most" "$hk_state/journal"
printf '\000'
cd "$hk_state/runs" 2>/dev/null || exit 0
hk_last_record
while [ "$hk_last" -gt 0 ] && [ "$left" -gt 0 ]; do
	if own "./$hk_last"; then
		head -c "$most" "./$hk_last"
		printf '\000'
	fi
	hk_last=$((hk_last - 1))
	left=$((left - 1))
done
`

func (runsGroup) Name() string { return "runs" }

func (runsGroup) Script() shell.Script {
	return shell.New(runsScript, strconv.Itoa(journal.Limit+1), strconv.Itoa(journal.MostRecords))
}

// Limit is the journal and all records at their longest.
func (runsGroup) Limit() int { return (journal.MostRecords + 1) * (journal.Limit + 2) }

func (runsGroup) Read(r shell.Result, facts *doc.Facts) error {
	var runs doc.Runs
	parts := bytes.Split(r.Stdout, []byte{0})
	if n := len(parts) - 1; len(parts[n]) > 0 {
		runs.Truncated = true
	}
	parts = parts[:len(parts)-1]
	if len(parts) > 0 {
		if len(parts[0]) > 0 {
			readUnfinished(parts[0], &runs)
		}
		parts = parts[1:]
	}
	if len(parts) > journal.MostRecords {
		parts, runs.Truncated = parts[:journal.MostRecords], true
	}
	for _, raw := range parts {
		if record, ok := readRecord(raw); ok {
			runs.Records = append(runs.Records, record)
		} else {
			runs.Unread++
		}
	}
	facts.Runs = &runs
	return nil
}

func (runsGroup) Fail(facts *doc.Facts, why doc.Gathered) { facts.Runs = &doc.Runs{Gathered: why} }

// readUnfinished reads the journal; one of a run that is over says nothing that its
// record does not.
func readUnfinished(raw []byte, runs *doc.Runs) {
	j, ok := journal.Read(raw)
	if ok {
		j.Holder = text(j.Holder)
		runs.Unfinished, ok = j.Unfinished()
	}
	if !ok {
		runs.Unread++
	}
}

// unfinishedProbe looks, where nobody has asked for the runs, whether one is not over:
// whoever plans anew is to know of it. A journal that is not understood is none.
func unfinishedProbe() resource.Probe {
	return resource.Probe{
		Name: "look for a run that is not over", Script: shell.New(journal.Script, strconv.Itoa(journal.Limit+1)), Limit: journal.Limit + 1,
		Read: func(r shell.Result, facts *doc.Facts) error {
			var runs doc.Runs
			if readUnfinished(r.Stdout, &runs); runs.Unfinished != nil {
				facts.Runs = &doc.Runs{Unfinished: runs.Unfinished}
			}
			return nil
		},
	}
}

// readRecord reads a record, which anybody may have written. What a later version has
// in it beside is left out.
func readRecord(raw []byte) (doc.RunRecord, bool) {
	var r doc.RunRecord
	if json.Unmarshal(raw, &r) != nil || r.Plan == "" || r.Status == "" || r.LeftOut < 0 {
		return r, false
	}
	for _, at := range []*string{&r.StartedAt, &r.FinishedAt} {
		parsed, err := time.Parse(time.RFC3339, *at)
		if err != nil {
			return r, false
		}
		*at = parsed.UTC().Format(time.RFC3339)
	}
	r.Project, r.Holder = text(r.Project), text(r.Holder)
	if more := len(r.Changes) - mostRunChanges; more > 0 {
		r.Changes = r.Changes[:mostRunChanges]
		r.LeftOut = min(r.LeftOut, 1<<30) + more
	}
	for i := range r.Changes {
		c := &r.Changes[i]
		if c.Address == "" || c.Action == "" || c.Status == "" {
			return r, false
		}
		c.Address, c.Backup = doc.Address(text(string(c.Address))), text(c.Backup)
	}
	if r.Changes == nil {
		r.Changes = []doc.RunChange{}
	}
	return r, true
}
