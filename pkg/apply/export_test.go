package apply

import "time"

// StallAfter shortens the time after which a session counts as stalled, and gives
// back what restores it.
func StallAfter(seconds int) func() {
	before := stalledSeconds
	stalledSeconds = seconds
	return func() { stalledSeconds = before }
}

// SlowAfter shortens the time after which a step is told to be under way still, and
// gives back what restores it.
func SlowAfter(d time.Duration) func() {
	before := slowAfter
	slowAfter = d
	return func() { slowAfter = before }
}
