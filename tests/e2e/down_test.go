package e2e

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hostkit/pkg/doc"
	"hostkit/tests/lab"
)

// down makes the plan that takes a plan or a report back.
func (s *site) down(document []byte) planned {
	s.Helper()
	raw := s.must(document, "hk-down")
	return planned{raw, decode[doc.Plan](s.tb, raw)}
}

// reported is applied with the bytes of the report.
func (s *site) reported(p planned) (raw []byte, report doc.Report) {
	s.Helper()
	o, report := s.apply(p)
	if o.exit != 0 || !report.Verified {
		s.Fatalf("%s\n--- plan\n%s", o, abridged(p.raw))
	}
	return o.stdout, report
}

// mustBeAsBefore fails if the host differs in more than the times of what was made
// again, and what hk-apply leaves.
func (s *site) mustBeAsBefore(before *lab.Snapshot, after string) {
	s.Helper()
	for _, d := range before.Diff(s.snapshot()) {
		times := d.Change == "changed" && !slices.ContainsFunc(d.Fields, func(f lab.Field) bool { return f.Name != "mtime" })
		if !allowed(d.Path) && !times {
			s.Errorf("after %s: %s", after, d)
		}
	}
}

// Up and down is the identity, and down of that is up again: from the reports
// whatever was there, and from the plan as far as it holds what was there.
func TestDownTakesBackWhatWasDone(t *testing.T) {
	t.Parallel()
	s := newSite(t, lab.Options{NoIndex: true})
	rapid.Check(t, func(rt *rapid.T) {
		s.with(func(s *site) { s.tb = rt }).goesDownAndUp(rt)
	})
}

func (s *site) goesDownAndUp(rt *rapid.T) {
	_, wants, _ := s.draws(rt)
	before := s.snapshot()
	p := s.plan(wants)
	up, _ := s.reported(p)
	done := s.snapshot()

	back := s.down(up)
	if back.Irreversible != nil || len(back.Changes) != len(p.Changes) {
		s.Errorf("%d changes, taken back by %d, irreversible: %v", len(p.Changes), len(back.Changes), back.Irreversible)
	}
	down, _ := s.reported(back)
	s.mustBeAsBefore(before, "taking the report back")

	// Once more does no harm: there is nothing left to take back.
	if o, report := s.apply(back); o.exit != 0 || report.Status != doc.StatusNothingToDo {
		s.Errorf("a second time\n%s", o)
	}
	s.reported(s.down(down))
	s.mustBeAsBefore(done, "making it again")

	fromPlan := s.down(p.raw)
	if len(fromPlan.Changes)+len(fromPlan.Irreversible) != len(p.Changes) {
		s.Errorf("%d changes, %d of them taken back and %d named", len(p.Changes), len(fromPlan.Changes), len(fromPlan.Irreversible))
	}
	if fromPlan.Irreversible == nil {
		s.reported(fromPlan)
		s.mustBeAsBefore(before, "taking the plan back")
	}
}

// A package goes with all that its transaction has brought along, in one
// transaction, and what was there before stays.
// So with every manager there is, the version that was there before included.
// What somebody else needs by now is not taken away.
// A backup that is gone is found before anything is changed, and what can be taken
// back is with --ignore.
func TestDownWithoutTheBackup(t *testing.T) {
	t.Parallel()
	s := newSite(t, lab.Options{NoIndex: true})
	s.exec("mkdir /srv/d && echo old >/srv/d/secret && chmod 0600 /srv/d/secret && echo old >/srv/d/plain")
	up, report := s.reported(s.plan(object{
		"directories": object{"/srv/d": object{"mode": "0700"}},
		"files": object{
			"/srv/d/secret": object{"content": "new\n"}, "/srv/d/plain": object{"content": "new\n"},
			"/srv/d/quiet": object{"content": "new\n", "sensitive": true},
		},
	}))
	for _, c := range report.Changes {
		want := c.Action == doc.Update && c.Kind == "file"
		if (c.Backup != "") != want {
			t.Errorf("%s: backup %q", c.Address, c.Backup)
		}
	}
	s.exec("rm /var/lib/hostkit/backups/*")
	before := s.snapshot()
	const gone = "hk-apply: error: server: file:/srv/d/secret: the backup of its content is no longer on the host; nothing was changed"
	o, _ := s.apply(s.down(up))
	if o.exit != 1 || !strings.Contains(o.stderr, gone) || !strings.Contains(o.stderr, "hk-down --ignore file:/srv/d/secret") {
		t.Errorf("%s", o)
	}
	if o := s.run(s.down(up).raw, "hk-apply", "--dry-run"); o.exit != 1 || !strings.Contains(o.stderr, gone) {
		t.Errorf("%s", o)
	}
	s.mustBeUnchanged(before, "a backup is missing")
	raw := s.must(up, "hk-down", "--ignore", "file:/srv/d/secret", "--ignore", "directory:/srv/d")
	s.reported(planned{raw, decode[doc.Plan](t, raw)})
	if got := s.exec("cd /srv/d && stat -c %a . && ls && cat plain secret"); got != "700\nplain\nsecret\nold\nnew\n" {
		t.Errorf("left: %q", got)
	}
}

// What was called for by changes is called for by taking them back, once and behind
// them: the service sees the old file. What nothing of its causes is taken back for
// stays as it is.
func TestDownRunsTriggersAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t, lab.Options{NoIndex: true})
	s.exec("printf 'old\n' >/srv/conf && printf 'old\n' >/srv/quiet")
	seen := object{"on": []string{"file:/srv/conf", "file:/srv/new"}, "run": []string{"/bin/sh", "-c", "cat /srv/conf >>/srv/seen"}}
	p := s.plan(object{
		"files": object{
			"/srv/conf": object{"content": "new\n"}, "/srv/new": object{"content": "x"},
			"/srv/quiet": object{"content": "new\n", "sensitive": true},
		},
		"triggers": object{"seen": seen, "quiet": object{"on": []string{"file:/srv/quiet"}, "run": []string{"/bin/sh", "-c", "echo quiet >>/srv/seen"}}},
	})
	up, _ := s.reported(p)
	back := s.down(up)
	if last := back.Changes[len(back.Changes)-1]; len(back.Changes) != 3 || last.Address != "trigger:seen" || last.Action != doc.Run {
		t.Fatalf("%s", back.raw)
	}
	down, _ := s.reported(back)
	s.reported(s.down(down))
	if got := s.exec("sort /srv/seen"); got != "new\nnew\nold\nquiet\n" {
		t.Errorf("seen: %q", got)
	}
	raw := s.must(up, "hk-down", "--compact", "--ignore", "file:/srv/new")
	if got := decode[doc.Plan](t, raw); !strings.Contains(string(got.Changes[1].After), `"causes":["file:/srv/conf"]`) {
		t.Errorf("%s", raw)
	}
}

// A vendor's repository goes behind the packages that came from it. Its key is in no
// report, so it comes back with the plan of the way up alone.
// What a run that was cut off has made unseen is in the report of the next one, and
// is taken back with it: the host has kept what was there.
func TestDownTakesBackWhatWasCutOff(t *testing.T) {
	t.Parallel()
	s := newSite(t, lab.Options{NoIndex: true})
	s.exec("echo old >/srv/conf; chmod 0600 /srv/conf; echo his >/srv/his")
	p := s.plan(object{"files": object{
		"/srv/conf": object{"content": "new\n"}, "/srv/his": object{"content": "new\n"}, "/srv/new": object{"content": "new\n"},
	}})
	s.reported(p)
	// As if the first and the last had been begun and nothing had come back.
	s.exec(`cd /var/lib/hostkit; { sed q journal; echo 'ended 1'; echo 'begun 0 2'; } >j; mv j journal`)
	o, report := s.apply(p)
	if report.Status != doc.StatusNothingToDo || !report.Changes[0].BegunBefore || report.Changes[1].BegunBefore || !report.Changes[2].BegunBefore {
		t.Fatalf("%s", o)
	}
	s.reported(s.down(o.stdout))
	if got := s.exec("cd /srv; cat conf his; stat -c %a conf; ls"); got != "old\nnew\n600\nconf\nhis\n" {
		t.Errorf("left: %q", got)
	}
}

// What the config does not manage comes through both ways: owner, mode, ACL and
// extended attributes of a file that gets other content twice.
func TestDownKeepsWhatIsNotManaged(t *testing.T) {
	t.Parallel()
	s := newSite(t, lab.Options{NoIndex: true})
	s.exec(`echo old >/srv/conf; chown daemon:adm /srv/conf; chmod 2750 /srv/conf
		python3 -c 'import os; os.setxattr("/srv/conf", "user.note", b"x"); os.setxattr("/srv/conf", "trusted.note", b"y")'`)
	before := s.snapshot()
	if before.Paths["/srv/conf"].Xattrs == "" {
		t.Fatal("the file has no extended attributes")
	}
	up, _ := s.reported(s.plan(object{"files": object{"/srv/conf": object{"content": "new\n"}}}))
	s.reported(s.down(up))
	s.mustBeAsBefore(before, "taking the report back")
}

// What somebody has changed since is not taken from him: the plan of the way back is
// stale, and nothing is done. A folder that he has put something in stays.
func TestDownTakesNothingFromOthers(t *testing.T) {
	t.Parallel()
	s := newSite(t, lab.Options{NoIndex: true})
	s.exec("echo old >/srv/conf")
	up, _ := s.reported(s.plan(object{
		"directories": object{"/srv/d": object{}},
		"files":       object{"/srv/conf": object{"content": "new\n"}, "/srv/d/a": object{"content": "a"}},
	}))
	back := s.down(up)
	s.exec("echo his >/srv/conf")
	before := s.snapshot()
	if o, report := s.apply(back); o.exit != 5 || report.Status != doc.StatusStale || len(report.Stale) != 1 || report.Stale[0].What != "file:/srv/conf" ||
		!strings.Contains(o.stderr, "hint: if there are later reports, take them back first") {
		t.Errorf("%s", o)
	}
	s.mustBeUnchanged(before, "the way back is stale")

	s.exec("echo new >/srv/conf; echo his >/srv/d/his")
	o, report := s.apply(back)
	if o.exit != 1 || !strings.Contains(o.stderr, "directory:/srv/d: folder is not empty: has his; 2 of 3 changes are done") {
		t.Errorf("%s", o)
	}
	// What was done of it can be taken back, and what failed is named.
	o = s.run(o.stdout, "hk-down")
	if again := decode[doc.Plan](t, o.stdout); len(report.Changes) != 3 || len(again.Changes) != 2 ||
		!strings.Contains(o.stderr, "directory:/srv/d: it is not known what the host has of it (failed): run hk-facts and hk-plan") {
		t.Errorf("%s", o)
	}
	if got := s.exec("cat /srv/conf /srv/d/*"); got != "old\nhis\n" {
		t.Errorf("left: %q", got)
	}
}
