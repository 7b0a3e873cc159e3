package e2e

import (
	"testing"

	"hostkit/pkg/doc"
	"hostkit/tests/lab"
)

// Looking changes nothing: no file's content, time, inode or mode, no cache of
// apt's, whether apt has an index or not.
func TestFactsPlanAndDryRunChangeNothing(t *testing.T) {
	t.Parallel()
	wants := object{
		"packages":    []any{"bash", object{"name": "tool", "as": "hk-one"}, object{"name": "gone", "as": "hk-two", "state": "absent"}},
		"directories": object{"/srv/new": object{}, "/srv": object{"mode": "0700"}},
		"files": object{
			"/srv/old": object{"content": "new\n"}, "/srv/gone": object{"state": "absent"}, "/srv/same": object{"content": "same\n"},
		},
		"symlinks": object{"/srv/link": object{"to": "old"}},
	}
	for name, fetched := range map[string]bool{"with an index": true, "without an index": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newArchiveSite(t, fetched, lab.Options{Files: []lab.File{
				{Path: "/srv/old", Content: "old\n"}, {Path: "/srv/gone"}, {Path: "/srv/same", Content: "same\n"},
			}})
			s.looksOnly(wants)
		})
	}
}

// The index of a whole distribution is what apt would write caches of, 80 MB.
func TestLookingLeavesTheCachesOfALargeIndexAlone(t *testing.T) {
	t.Parallel()
	newSite(t, lab.Options{}).looksOnly(packages("tree", "jq", "ca_certificates"))
}

func (s *site) looksOnly(wants object) {
	s.Helper()
	before := s.snapshot()
	p := s.plan(wants)
	if len(p.Changes) == 0 {
		s.Fatalf("nothing to look at:\n%s", p.raw)
	}
	s.mustBeUntouched(before, "hk-facts and hk-plan")
	o := s.run(p.raw, "hk-apply", "--dry-run")
	report := decode[doc.Report](s.tb, o.stdout)
	if o.exit != 0 || report.Status != doc.StatusDryRun || len(report.Changes) != len(p.Changes) {
		s.Fatalf("%s", o)
	}
	for _, c := range report.Changes {
		if c.Status != doc.ChangeWouldChange {
			s.Errorf("%s is %s", c.Address, c.Status)
		}
	}
	s.mustBeUntouched(before, "a dry run")
}

// An apply with nothing to do leaves no trace but what hk-apply keeps of itself.
func TestApplyingAnEmptyPlanChangesNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t, lab.Options{NoIndex: true, Files: []lab.File{{Path: "/srv/same", Content: "same\n"}}})
	p := s.plan(object{"files": object{"/srv/same": object{"content": "same\n", "mode": "0644", "owner": "root"}}})
	before := s.snapshot()
	if report := s.applied(p); report.Status != doc.StatusNothingToDo {
		t.Errorf("status %s for\n%s", report.Status, p.raw)
	}
	s.mustBeExact(p, before)
}
