package e2e

import (
	"slices"
	"strings"
	"testing"

	"hostkit/pkg/doc"
	"hostkit/tests/lab"
)

// dryRun is the report of a dry run, which must go through.
func (s *site) dryRun(p planned) (outcome, doc.Report) {
	s.Helper()
	o := s.run(p.raw, "hk-apply", "--dry-run")
	report := decode[doc.Report](s.tb, o.stdout)
	if o.exit != 0 || report.Status != doc.StatusDryRun {
		s.Fatalf("%s", o)
	}
	return o, report
}

// A dry run says of each change what it could not know, and hk-show shows it.
func TestADryRunSaysWhatItCouldNotKnow(t *testing.T) {
	t.Parallel()
	s := newArchiveSite(t, false, lab.Options{Files: []lab.File{{Path: "/srv/old", Content: "old\n"}, {Path: "/srv/same", Content: "same\n"}}})
	p := s.plan(object{
		"packages":    []any{object{"name": "one", "as": "hk-one"}},
		"directories": object{"/srv/new": object{}},
		"files": object{
			"/srv/new/f": object{"content": "text\n"}, "/srv/old": object{"content": "new\n"}, "/srv/same": object{"content": "same\n", "mode": "0600"},
			"/etc/sudoers.d/app": object{"content": "app ALL=(ALL) NOPASSWD: /bin/true\n", "depends_on": []any{"directory:/srv/new"}},
			"/srv/one/f":         object{"content": "", "depends_on": []any{"package:one"}},
		},
		"triggers": object{"told": object{"run": []any{"/bin/touch", "/srv/told"}, "on": []any{"file:/srv/old"}}},
	})
	o, report := s.dryRun(p)
	said := make(map[doc.Address]string)
	for _, c := range report.Changes {
		if c.Status != doc.ChangeWouldChange {
			t.Errorf("%s is %s", c.Address, c.Status)
		}
		said[c.Address] = c.Message
	}
	const room = "whether the disk has room for the 43 bytes of all files is not known"
	for a, want := range map[doc.Address]string{
		"package_index:apt":       "what it offers is known when it is fetched",
		"package:one":             "not previewed, since it waits for package_index:apt; whether the packages can be downloaded and unpacked is not known",
		"directory:/srv/new":      "",
		"file:/etc/sudoers.d/app": "not previewed, since it waits for directory:/srv/new; " + room + "; visudo judges it among its other files when it is in place",
		"file:/srv/new/f":         "",
		"file:/srv/one/f":         "whether package:one brings path:/srv/one is not known",
		"file:/srv/old":           "",
		"file:/srv/same":          "",
		"trigger:told":            "whether it succeeds is known when it is done",
	} {
		if got, ok := said[a]; !ok || got != want {
			t.Errorf("of %s it says %q, want %q", a, got, want)
		}
	}
	shown := strings.Join(strings.Fields(string(s.must(o.stdout, "hk-show"))), " ")
	for a, message := range said {
		if !strings.Contains(shown, message) {
			t.Errorf("hk-show does not show %q of %s\n%s", message, a, shown)
		}
	}
}

// It goes as far on a host on which nothing can be written, and says the same.
func TestADryRunWritesNothingEvenWhereNothingCanBeWritten(t *testing.T) {
	t.Parallel()
	s := newArchiveSite(t, true, lab.Options{Files: []lab.File{{Path: "/srv/old", Content: "old\n"}, {Path: "/srv/gone"}}})
	p := s.plan(object{
		"packages":    []any{object{"name": "one", "as": "hk-needs"}, object{"name": "gone", "as": "hk-two", "state": "absent"}},
		"directories": object{"/srv/new": object{}},
		"files": object{
			"/srv/new/f": object{"content": "text\n"}, "/srv/old": object{"content": "new\n"}, "/srv/gone": object{"state": "absent"},
			"/etc/sudoers.d/app": object{"content": "app ALL=(ALL) NOPASSWD: /bin/true\n"},
		},
		"symlinks": object{"/srv/l": object{"to": "new"}},
	})
	before := s.snapshot()
	_, writable := s.dryRun(p)
	s.mustBeUntouched(before, "a dry run")
	// What comes along is known before it comes.
	if got, want := transactionOf(writable), []string{"hk-dep 1.0", "hk-needs 2:3.0-1"}; !slices.Equal(got, want) {
		t.Errorf("of the packages it says %q, want %q", got, want)
	}
	s.exec("mount -o remount,ro / && ! touch /srv/x 2>/dev/null")
	defer s.exec("mount -o remount,rw /")
	before = s.snapshot() // mount has left a note of its own in /run
	_, readOnly := s.dryRun(p)
	same := slices.EqualFunc(writable.Changes, readOnly.Changes, func(a, b doc.ChangeReport) bool {
		return a.Address == b.Address && a.Status == b.Status && a.Message == b.Message
	})
	if !same {
		t.Errorf("where nothing can be written it says\n%+v\nand else\n%+v", readOnly.Changes, writable.Changes)
	}
	s.mustBeUntouched(before, "a dry run on a read-only host")
}
