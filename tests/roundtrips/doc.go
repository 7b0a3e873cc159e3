// Package roundtrips proves the budgets of turns: what each command pays for a
// host that is far away, whatever stands in its document.
//
// The real binaries talk to the real sshd of a lab host through a relay that
// delays every byte by 50 ms in its direction and counts turns (package relay
// defines them). A turn is 100 ms here, so that a slow machine hardly ever turns
// one flight into two; when it may have, the delay is doubled. What a bare
// x/crypto program pays on the same relay is measured beside them and is the
// yardstick.
package roundtrips
