package e2e

import (
	"slices"
	"strings"
	"testing"

	"hostkit/pkg/doc"
	"hostkit/tests/lab"
)

// counting is a trigger that adds a line to a file of the host, so that its runs
// can be counted.
func counting(on ...string) object {
	return object{"on": on, "run": []string{"/bin/sh", "-c", "echo run >>/srv/runs"}}
}

// runs counts what counting has done on the host.
func (s *site) runs() int {
	s.Helper()
	return strings.Count(s.exec(`cat /srv/runs 2>/dev/null || :`), "run\n")
}

// mustHaveRun fails unless the trigger was run so often in all.
func (s *site) mustHaveRun(times int, when string) {
	s.Helper()
	if got := s.runs(); got != times {
		s.Errorf("%s: it was run %d times, want %d", when, got, times)
	}
}

// However many changes call for it, it is run once, behind all of them, and then
// neither the same plan nor a new one has anything to do.
func TestATriggerIsRunOnceBehindAllItsCauses(t *testing.T) {
	t.Parallel()
	s := newSite(t, lab.Options{NoIndex: true})
	wants := object{
		"directories": object{"/srv/conf.d": object{}},
		"files": object{
			"/srv/app.conf": object{"content": "1\n"}, "/srv/conf.d/a": object{"content": "1\n"},
			"/srv/conf.d/b": object{"content": "1\n"}, "/srv/zz": object{"content": "1\n"},
		},
		"triggers": object{
			"count": counting("file:/srv/app.conf", "file:/srv/conf.d/*"),
			"never": object{"on": []string{"file:/srv/nothing"}, "reload": "nothing"},
		},
	}
	wants["files"].(object)["/srv/nothing"] = object{"state": "absent"}
	p := s.plan(wants)
	last := p.Changes[len(p.Changes)-1]
	if last.Address != "trigger:count" || last.Action != doc.Run || last.Reason != "called for by file:/srv/app.conf, 2 more" ||
		p.Summary.Run != 1 || !slices.Contains(p.Unchanged, "trigger:never") {
		t.Fatalf("%s", p.raw)
	}
	shown := string(s.must(p.raw, "hk-show"))
	if !strings.Contains(shown, "> run") || !strings.Contains(shown, "1 to run") {
		t.Errorf("%s", shown)
	}
	t.Log(shown)
	if report := s.applied(p); report.Changes[len(p.Changes)-1].Status != doc.ChangeDone {
		t.Errorf("%+v", report.Changes)
	}
	s.mustHaveRun(1, "after the plan")
	s.mustHaveNoChange(wants)
	if report := s.applied(p); report.Status != doc.StatusNothingToDo {
		t.Errorf("the same plan again: %s", report.Status)
	}
	s.mustHaveRun(1, "after the same plan again")
}

// A dry run says that it would be run, and leaves neither a mark nor anything else;
// the way back runs it behind what takes its causes back.
func TestATriggerThereAndBack(t *testing.T) {
	t.Parallel()
	s := newSite(t, lab.Options{NoIndex: true, Files: []lab.File{{Path: "/srv/conf", Content: "old\n"}}})
	wants := object{"files": object{"/srv/conf": object{"content": "new\n"}}, "triggers": object{"count": counting("file:/srv/conf")}}
	p := s.plan(wants)
	before := s.snapshot()
	dry := s.run(p.raw, "hk-apply", "--dry-run")
	s.mustBeUntouched(before, "a dry run")
	if got := fatesOf(decode[doc.Report](t, dry.stdout)); dry.exit != 0 || !slices.Equal(got, []string{"file:/srv/conf would_change", "trigger:count would_change"}) {
		t.Errorf("a dry run says %q\n%s", got, dry)
	}
	o, _ := s.apply(p)
	s.mustHaveRun(1, "there")
	raw := s.must(o.stdout, "hk-down")
	down := planned{raw, decode[doc.Plan](t, raw)}
	if got, want := changesOf(down), []string{"update file:/srv/conf taken back", "run trigger:count called for by file:/srv/conf"}; !slices.Equal(got, want) {
		t.Errorf("the way back has %q, want %q", got, want)
	}
	s.applied(down)
	s.mustHaveRun(2, "and back")
	if now := s.exec("cat /srv/conf"); now != "old\n" {
		t.Errorf("the file has %q", now)
	}
}
