package roundtrips_test

import (
	"encoding/json"
	"fmt"
	"testing"
)

// loginAndShell is what it costs to log in, to open a shell and to close it: all
// that the bare program pays but for its script's own turn.
const loginAndShell = bareTurns - 1

// planned is the plan for a service on the host as it is.
func (d *distant) planned(service object) []byte {
	d.t.Helper()
	observed, _ := d.run(d.document(d.byKey(), service), "hk-facts")
	return d.command(observed, "hk-plan", "--compact")
}

// apply applies a plan, and checks the status of the report.
func (d *distant) apply(plan []byte, flag, status string) int {
	d.t.Helper()
	raw, turns := d.run(plan, "hk-apply", flag)
	var report struct{ Status string }
	if err := json.Unmarshal(raw, &report); err != nil || report.Status != status {
		d.t.Fatalf("hk-apply %s: %v, want %s:\n%s", flag, err, status, raw)
	}
	return turns
}

// around is what a run takes beside its changes: one flight looks, one verifies, and
// one writes down how it has ended, which is known only then, and ends the session.
// That the changes are begun is written down in their own flight.
const around = 3

func TestAHundredFilesTakeFourTurnsBeyondLoginAndShell(t *testing.T) {
	t.Parallel()
	d := newDistant(t)
	var plan []byte
	d.within("applying 100 files", loginAndShell+around+1, func() int {
		d.remove("/etc/turns-*.conf")
		plan = d.planned(files(100))
		return d.apply(plan, "--confirm", "applied")
	})
	d.within("applying what is done already", 12, func() int { return d.apply(plan, "--confirm", "nothing_to_do") })
}

func TestALayerTakesOneTurn(t *testing.T) {
	t.Parallel()
	d := newDistant(t)
	for _, layers := range []int{1, 5} {
		d.within(fmt.Sprintf("a chain of %d folders", layers), loginAndShell+around+layers, func() int {
			d.remove("/srv/layer-0")
			return d.apply(d.planned(nested(layers)), "--confirm", "applied")
		})
	}
}

// remove makes the host forget paths, if it has them, by other means than ours.
func (d *distant) remove(pattern string) {
	d.t.Helper()
	if _, err := d.lab.Exec(d.t.Context(), "sh", "-c", "rm -rf "+pattern); err != nil {
		d.t.Fatal(err)
	}
}

func TestAnEmptyPlanTakesNoMoreThanFacts(t *testing.T) {
	t.Parallel()
	d := newDistant(t)
	d.apply(d.planned(files(100)), "--confirm", "applied")
	plan := d.planned(files(100))
	d.within("applying a plan without changes", 12, func() int { return d.apply(plan, "--confirm", "nothing_to_do") })
}

func TestADryRunTakesNoMoreThanFacts(t *testing.T) {
	t.Parallel()
	d := newDistant(t)
	plan := d.planned(files(100))
	d.within("a dry run of 100 changes", 12, func() int { return d.apply(plan, "--dry-run", "dry_run") })
}
