package apply

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"hostkit/pkg/resource"
	"hostkit/pkg/shell"
)

// broken reports whether the run that wrote the journal, of whatever plan, did not
// come to a good end: what it had under its hands may be there still.
func broken(journal []byte) bool {
	lines := bytes.Split(bytes.TrimSpace(journal), []byte{'\n'})
	last := lines[len(lines)-1]
	return len(last) > 0 && !bytes.HasPrefix(last, []byte("over applied ")) && !bytes.HasPrefix(last, []byte("over nothing_to_do "))
}

// addSweep removes, in front of all else, what a run that was broken off has left
// unfinished in the folders of the plan. It is done once.
func (r *run) addSweep(b *batch) {
	if !r.unswept || !r.lock.held {
		return
	}
	r.unswept = false
	var folders []string
	for _, g := range r.byKind(r.plan.Changes) {
		if kind, ok := g.kind.(resource.Sweeper); ok {
			folders = append(folders, kind.Unfinished(g.changes)...)
		}
	}
	slices.Sort(folders)
	step := shell.Step{
		Name:   "look for what was left unfinished",
		Script: shell.New(`hk_sweep "$@"`, slices.Compact(folders)...),
	}
	b.addFirst(step, func(result shell.Result) error {
		if n := strings.TrimSpace(string(result.Stdout)); result.Status == 0 && n != "0" {
			r.note(fmt.Sprintf("removed unfinished files that an earlier run has left: %s", n))
		}
		return nil
	})
}
