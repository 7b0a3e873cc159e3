package roundtrips_test

import (
	"encoding/json"
	"fmt"
	"testing"
)

// facts gathers the facts of a host within so many turns.
func (d *distant) facts(what string, most int, host, service object, args ...string) []byte {
	d.t.Helper()
	document := d.document(host, service)
	var observed []byte
	d.within(what, most, func() (turns int) {
		observed, turns = d.run(document, "hk-facts", args...)
		return turns
	})
	return observed
}

func TestFactsOfAHundredResourcesTakeWhatABareProgramTakes(t *testing.T) {
	t.Parallel()
	d := newDistant(t)
	observed := d.facts("facts of 100 resources", bareTurns, d.byKey(), mixed(100))
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
	d.facts("facts with a password login", bareTurns, d.byPassword(), mixed(100))
}

// The whole receiver runs under one sudo, which is part of the exec line.
func TestFactsThroughSudoTakeNoMore(t *testing.T) {
	t.Parallel()
	d := newDistant(t)
	host := d.byKey()
	host["user"], host["sudo"] = "deploy", true
	d.facts("facts through sudo", bareTurns, host, mixed(100))
}

// The groups are steps of the batch that is sent anyway.
func TestAllGroupsTakeNoMore(t *testing.T) {
	t.Parallel()
	d := newDistant(t)
	observed := d.facts("facts with all groups", bareTurns, d.byKey(), mixed(100), "--groups", "all")
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
	d.facts("facts through doas", bareTurns, host, mixed(100))
}

// sudo's answer to the password is waited for before the receiver is sent, so
// that it costs a turn more; the other is kept for a sudo that is slow.
func TestFactsThroughSudoWithAPasswordTakeTwoMore(t *testing.T) {
	t.Parallel()
	d := newDistant(t)
	host := d.byKey()
	given := object{"password": object{"$secret": object{"env": "HOSTKIT_SSH_PASSWORD"}}}
	host["user"], host["sudo"] = "asked", given
	d.facts("facts through sudo with a password", bareTurns+2, host, mixed(100))

	host["user"] = "deploy"
	d.facts("facts through sudo with a password that is not needed", bareTurns+1, host, mixed(100))
}

// The budget is the same for all, not the count: whether a command still answers
// the end of its channel before it hangs up is chance, and a turn.
func TestTheNumberOfResourcesCostsNoTurn(t *testing.T) {
	t.Parallel()
	d := newDistant(t)
	for _, n := range []int{0, 10, 300, 1000} {
		d.facts(fmt.Sprintf("facts of %d resources", n), bareTurns, d.byKey(), mixed(n))
	}
}
