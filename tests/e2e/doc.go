// Package e2e runs the real commands in real pipes against real hosts of the
// lab and proves what a user is promised: a second plan is empty, a plan's
// changes are what changes on the host and nothing else, what moved meanwhile is
// refused, and bad input, hostile neighbours and failures lose nothing.
//
// What a host is before and after is seen by the lab's snapshot, which owes
// nothing to HostKit's code.
package e2e
