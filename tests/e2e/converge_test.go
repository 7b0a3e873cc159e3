package e2e

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"hostkit/pkg/doc"
	"hostkit/tests/lab"
)

// Whatever a host is and whatever is wanted of it: the plan is what changes,
// nothing else does, and then nothing is left to do.
func TestAPlanIsWhatChangesAndASecondPlanIsEmpty(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"first host", "second host"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, lab.Options{NoIndex: true})
			rapid.Check(t, func(rt *rapid.T) {
				s.with(func(s *site) { s.tb = rt }).converges(rt)
			})
		})
	}
}

// draws has the host begin as chance wills, and returns what is to become of which
// places, and the local files that this names.
func (s *site) draws(rt *rapid.T) (places []*place, wants object, local map[string]string) {
	places = drawPlaces(rt)
	script, args := drawBefore(rt, places)
	wants, local = drawWants(rt, places)
	for name, content := range local {
		s.writeLocal(name, []byte(content))
	}
	s.exec(script, args...)
	return places, wants, local
}

func (s *site) converges(rt *rapid.T) {
	places, wants, local := s.draws(rt)
	before := s.snapshot()
	p := s.plan(wants)
	report := s.applied(p)
	mustReportThePlan(s, p, report)
	s.mustBeExact(p, before)
	s.mustHold(places, wants, local)
	s.mustHaveNoChange(wants)
}

// mustReportThePlan fails unless the report tells of the plan's changes, in its
// order, that they are done.
func mustReportThePlan(t tb, p planned, report doc.Report) {
	t.Helper()
	if report.Plan != p.Digest || len(report.Changes) != len(p.Changes) {
		t.Fatalf("the report is of another plan: %+v\n--- plan\n%s", report, abridged(p.raw))
	}
	for i, c := range p.Changes {
		if got := report.Changes[i]; got.Address != c.Address || got.Action != c.Action || got.Status != doc.ChangeDone {
			t.Errorf("%s is planned to be %sd, and the report has %+v", c.Address, c.Action, got)
		}
	}
}

// mustHold looks with other means whether the host is what the config says.
func (s *site) mustHold(places []*place, wants object, local map[string]string) {
	s.Helper()
	now := s.snapshot()
	for _, p := range places {
		if _, there := now.Paths[p.path]; there != p.now {
			s.Errorf("%q is there: %t, wanted: %t", p.path, there, p.now)
		}
	}
	for section, members := range wants {
		for path, member := range members.(object) {
			m := member.(object)
			if m["state"] == "absent" {
				continue
			}
			if err := holds(now.Paths[path], section, m, local); err != nil {
				s.Errorf("%q: %v", path, err)
			}
		}
	}
}

// holds says what is not as wanted.
func holds(e lab.Entry, section string, want object, local map[string]string) error {
	if mode, ok := want["mode"]; ok && fmt.Sprintf("%04o", e.Mode) != mode {
		return fmt.Errorf("mode %04o, wanted %s", e.Mode, mode)
	}
	ids := map[any]uint32{"root": 0, "0": 0, "daemon": 1, "nobody": 65534, "4321": 4321, "adm": 4, "users": 100, "1234": 1234}
	if owner, ok := want["owner"]; ok && e.UID != ids[owner] {
		return fmt.Errorf("owner %d, wanted %s", e.UID, owner)
	}
	if group, ok := want["group"]; ok && e.GID != ids[group] {
		return fmt.Errorf("group %d, wanted %s", e.GID, group)
	}
	switch section {
	case "symlinks":
		if e.Link != want["to"] {
			return fmt.Errorf("leads to %q, wanted %q", e.Link, want["to"])
		}
	case "files":
		if content := contentOf(want, local); e.SHA256 != sum(content) {
			return fmt.Errorf("has %d bytes that are not the wanted %d: %q", e.Size, len(content), abridged([]byte(content)))
		}
	}
	return nil
}
