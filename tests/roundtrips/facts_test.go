package roundtrips_test

import (
	"encoding/json"
	"fmt"
	"testing"
)

func TestFactsOfAHundredResourcesTakeWhatABareProgramTakes(t *testing.T) {
	t.Parallel()
	d := newDistant(t)
	observed, turns := d.run(d.document(d.byKey(), mixed(100)), "hk-facts")
	within(t, "facts of 100 resources", turns, bareTurns)
	var h struct {
		Facts struct {
			Observed map[string]struct{ State string }
			Packages struct{ Installed map[string]string }
		}
	}
	if err := json.Unmarshal(observed, &h); err != nil {
		t.Fatal(err)
	}
	// What is not observed is no answer that came in few turns.
	if got := len(h.Facts.Observed); got != 90 {
		t.Errorf("%d paths were observed, want 90", got)
	}
	if h.Facts.Packages.Installed["bash"] == "" {
		t.Errorf("the packages were not asked for: %v", h.Facts.Packages.Installed)
	}
}

// sshd offers "password" at once and keyboard-interactive beside it: the
// password goes out in the turn in which a key would be offered.
func TestFactsWithAPasswordTakeNoMore(t *testing.T) {
	t.Parallel()
	d := newDistant(t)
	_, turns := d.run(d.document(d.byPassword(), mixed(100)), "hk-facts")
	within(t, "facts with a password login", turns, bareTurns)
}

// The whole receiver runs under one sudo, which is part of the exec line.
func TestFactsThroughSudoTakeNoMore(t *testing.T) {
	t.Parallel()
	d := newDistant(t)
	host := d.byKey()
	host["user"], host["sudo"] = "deploy", true
	_, turns := d.run(d.document(host, mixed(100)), "hk-facts")
	within(t, "facts through sudo", turns, bareTurns)
}

// The groups are steps of the batch that is sent anyway.
func TestAllGroupsTakeNoMore(t *testing.T) {
	t.Parallel()
	d := newDistant(t)
	observed, turns := d.run(d.document(d.byKey(), mixed(100)), "hk-facts", "--groups", "all")
	within(t, "facts with all groups", turns, bareTurns)
	var h struct{ Facts map[string]json.RawMessage }
	if err := json.Unmarshal(observed, &h); err != nil {
		t.Fatal(err)
	}
	for _, group := range []string{"cpu", "memory", "disks", "users", "systemd", "ports"} {
		if len(h.Facts[group]) == 0 {
			t.Errorf("%s was not gathered", group)
		}
	}
}

// doas likewise.
func TestFactsThroughDoasTakeNoMore(t *testing.T) {
	t.Parallel()
	d := newDistant(t)
	host := d.byKey()
	host["user"], host["doas"] = "deploy", true
	_, turns := d.run(d.document(host, mixed(100)), "hk-facts")
	within(t, "facts through doas", turns, bareTurns)
}

// sudo's answer to the password is waited for before the receiver is sent, so
// that it costs a turn more; the other is kept for a sudo that is slow.
func TestFactsThroughSudoWithAPasswordTakeTwoMore(t *testing.T) {
	t.Parallel()
	d := newDistant(t)
	host := d.byKey()
	given := object{"password": object{"$secret": object{"env": "HOSTKIT_SSH_PASSWORD"}}}
	host["user"], host["sudo"] = "asked", given
	_, turns := d.run(d.document(host, mixed(100)), "hk-facts")
	within(t, "facts through sudo with a password", turns, bareTurns+2)

	host["user"] = "deploy"
	_, turns = d.run(d.document(host, mixed(100)), "hk-facts")
	within(t, "facts through sudo with a password that is not needed", turns, bareTurns+1)
}

// The budget is the same for all, not the count: whether a command still answers
// the end of its channel before it hangs up is chance, and a turn.
func TestTheNumberOfResourcesCostsNoTurn(t *testing.T) {
	t.Parallel()
	d := newDistant(t)
	for _, n := range []int{0, 10, 300, 1000} {
		_, turns := d.run(d.document(d.byKey(), mixed(n)), "hk-facts")
		within(t, fmt.Sprintf("facts of %d resources", n), turns, bareTurns)
	}
}
