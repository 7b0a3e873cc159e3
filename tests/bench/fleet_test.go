package main

import (
	"os"
	"testing"
)

// All of a run's hosts are reached over one connection to the bastion, by one
// process that stays small.
func TestManyHostsAreReachedThroughOneBastion(t *testing.T) {
	const hosts, most = 200, 256 << 10
	target := newTestTarget(t)
	f, err := newFleet(t.Context(), target, hosts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if log, err := os.ReadFile(f.bastion.LogPath()); err == nil && t.Failed() {
			t.Logf("the bastion's sshd:\n%s", log[max(0, len(log)-4000):])
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	documents, err := f.documents(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	reached, kib, err := f.facts(t.Context(), documents, 64)
	if err != nil {
		t.Fatal(err)
	}
	logins, err := f.logins()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d hosts of %d reached with %s, over %d connections to the bastion", reached, hosts, mib(kib), logins)
	if reached != hosts || kib > most || logins != 1 {
		t.Errorf("want all of them, at most %s, and one connection", mib(most))
	}
}
