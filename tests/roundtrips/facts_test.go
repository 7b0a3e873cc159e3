package roundtrips_test

import (
	"encoding/json"
	"testing"
)

func TestFactsOfAHundredResourcesTakeWhatABareProgramTakes(t *testing.T) {
	t.Parallel()
	d := newDistant(t)
	observed, turns := d.run(document(t, d.byKey(), mixed(100)), "hk-facts")
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
	_, turns := d.run(document(t, d.byPassword(), mixed(100)), "hk-facts")
	within(t, "facts with a password login", turns, bareTurns)
}

// The whole receiver runs under one sudo, which is part of the exec line.
func TestFactsThroughSudoTakeNoMore(t *testing.T) {
	t.Parallel()
	d := newDistant(t)
	host := d.byKey()
	host["user"], host["sudo"] = "deploy", true
	_, turns := d.run(document(t, host, mixed(100)), "hk-facts")
	within(t, "facts through sudo", turns, bareTurns)
}

func TestTheNumberOfResourcesCostsNoTurn(t *testing.T) {
	t.Parallel()
	d := newDistant(t)
	_, few := d.run(document(t, d.byKey(), mixed(10)), "hk-facts")
	_, many := d.run(document(t, d.byKey(), mixed(300)), "hk-facts")
	if few != many {
		t.Errorf("facts of 10 resources took %d turns, of 300 %d", few, many)
	}
}
