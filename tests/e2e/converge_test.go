package e2e

import (
	"testing"

	"hostkit/pkg/doc"
	"hostkit/tests/lab"
)

func TestAPlanIsWhatChangesAndASecondPlanIsEmpty(t *testing.T) {
	t.Parallel()
	s := newSite(t, lab.Options{NoIndex: true, Files: []lab.File{
		{Path: "/srv/old", Content: "old\n", Mode: 0o640}, {Path: "/srv/gone", Content: "x"},
	}})
	wants := object{
		"directories": object{"/srv/app": object{"mode": "0750", "owner": "daemon"}},
		"files": object{
			"/srv/app/a": object{"content": "a\n"}, "/srv/old": object{"content": "new\n"},
			"/srv/gone": object{"state": "absent"},
		},
		"symlinks": object{"/srv/app/l": object{"to": "a"}},
	}
	before := s.snapshot()
	p := s.plan(wants)
	report := s.applied(p)
	if report.Status != doc.StatusApplied {
		t.Errorf("status %s", report.Status)
	}
	s.mustBeExact(p, before)
	s.mustHaveNoChange(wants)
}
