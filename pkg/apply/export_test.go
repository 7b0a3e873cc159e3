package apply

// StallAfter shortens the time after which a session counts as stalled, and gives
// back what restores it.
func StallAfter(seconds int) func() {
	before := stalledSeconds
	stalledSeconds = seconds
	return func() { stalledSeconds = before }
}
