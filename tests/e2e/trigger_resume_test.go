package e2e

import (
	"bytes"
	"context"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hostkit/pkg/doc"
	"hostkit/tests/binaries"
	"hostkit/tests/lab"
)

// between is a config whose second file can't be written, and stands between a
// change and what it calls for.
func between() object {
	return object{
		"files": object{
			"/srv/conf":  object{"content": "new\n"},
			"/srv/ro/in": object{"content": "new\n", "depends_on": []string{"file:/srv/conf"}},
		},
		"triggers": object{"count": counting("file:/srv/conf")},
	}
}

// theOnlyChange fails unless the plan has nothing but a trigger that an earlier run
// has left.
func (s *site) theOnlyChange(p planned, why string) {
	s.Helper()
	if got, want := changesOf(p), []string{"run trigger:count pending since an earlier run"}; !slices.Equal(got, want) {
		s.Errorf("%s: the plan has %q, want %q", why, got, want)
	}
}

// What fails between a change and what it calls for loses nothing: the report says
// so, and the same plan, or a new one, runs it once.
func TestAFailureInBetweenDoesNotLoseATrigger(t *testing.T) {
	t.Parallel()
	for name, again := range map[string]func(*site, planned) planned{
		"the same plan": func(_ *site, p planned) planned { return p },
		"a new plan":    func(s *site, _ planned) planned { return s.plan(between()) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, lab.Options{NoIndex: true, ReadOnly: []string{"/srv/ro"}, Files: []lab.File{{Path: "/srv/ro/old"}}})
			p := s.plan(between())
			report := s.mustFail(p, []string{"file:/srv/conf done", "file:/srv/ro/in failed", "trigger:count not_reached"},
				"read-only file system; 1 of 3 changes are done; trigger:count stays called for")
			if got := report.Changes[2].Message; got != "it stays called for" {
				t.Errorf("the report says of the trigger %q", got)
			}
			s.mustHaveRun(0, "after the failure")
			facts := s.facts(object{"triggers": object{"count": counting("file:/srv/*")}, "files": object{"/srv/conf": object{"content": "new\n"}}})
			if shown := string(s.must(facts, "hk-show")); !strings.Contains(shown, "trigger:count  of all\n      is pending\n") {
				t.Errorf("hk-show of the facts:\n%s", shown)
			}
			s.theOnlyChange(planned{Plan: decode[doc.Plan](t, s.must(facts, "hk-plan"))}, "without what fails")
			s.exec("mount -o remount,rw /srv/ro")
			s.applied(again(s, p))
			s.mustHaveRun(1, "after the repair")
			s.mustHaveNoChange(between())
		})
	}
}

// With --on-error continue, it is skipped where a change that calls for it has
// failed, and stays called for by the others.
func TestATriggerIsSkippedBehindAFailedCause(t *testing.T) {
	t.Parallel()
	s := newSite(t, lab.Options{NoIndex: true, ReadOnly: []string{"/srv/ro"}, Files: []lab.File{{Path: "/srv/ro/old"}}})
	wants := object{
		"files": object{"/srv/conf": object{"content": "new\n"}, "/srv/ro/in": object{"content": "new\n"}, "/srv/other": object{"content": "new\n"}},
		"triggers": object{
			"count": counting("file:/srv/conf", "file:/srv/ro/in"),
			"other": object{"on": []string{"file:/srv/other"}, "run": []string{"/bin/touch", "/srv/done"}},
		},
	}
	p := s.plan(wants)
	o, report := s.apply(p, "--on-error", "continue")
	want := []string{"file:/srv/conf done", "file:/srv/other done", "file:/srv/ro/in failed", "trigger:count skipped", "trigger:other done"}
	if got := fatesOf(report); o.exit != 1 || !slices.Equal(got, want) {
		t.Errorf("the report says %q\n%s", got, o)
	}
	if got := report.Changes[3].Message; got != "file:/srv/ro/in failed, on which it depends; it stays called for" {
		t.Errorf("the report says of the trigger %q", got)
	}
	s.mustHaveRun(0, "behind a failed cause")
	s.exec("mount -o remount,rw /srv/ro")
	s.applied(p)
	s.mustHaveRun(1, "after the repair")
	s.mustHaveNoChange(wants)
}

// A command that fails says why, stays called for, and is run when it can be.
func TestATriggerThatFailsStaysCalledFor(t *testing.T) {
	t.Parallel()
	s := newSite(t, lab.Options{NoIndex: true})
	wants := object{
		"files": object{"/srv/conf": object{"content": "new\n"}},
		"triggers": object{"count": object{"on": []string{"file:/srv/conf"}, "run": []string{
			"/bin/sh", "-c", "echo looking; [ -e /srv/ok ] || { echo 'there is no /srv/ok' >&2; exit 3; }; echo run >>/srv/runs",
		}}},
	}
	p := s.plan(wants)
	report := s.mustFail(p, []string{"file:/srv/conf done", "trigger:count failed"},
		"trigger:count: exit status 3: there is no /srv/ok; 1 of 2 changes are done; trigger:count stays called for",
		"it stays called for: mend the cause, then apply the same plan again, or a new one")
	if got := report.Changes[1].Output; got != "looking\nthere is no /srv/ok" {
		t.Errorf("the report has the output %q", got)
	}
	again := s.plan(wants)
	s.theOnlyChange(again, "after it failed")
	s.mustFail(again, []string{"trigger:count failed"}, "there is no /srv/ok")
	s.exec(": >/srv/ok")
	s.applied(again)
	s.mustHaveRun(1, "after the repair")
	s.mustHaveNoChange(wants)
	if report := s.applied(p); report.Status != doc.StatusNothingToDo {
		t.Errorf("the first plan again: %s", report.Status)
	}
	s.mustHaveRun(1, "after the first plan again")
}

// kill -9 of hk-apply between a change and what it calls for.
func TestAKilledApplyDoesNotLoseATrigger(t *testing.T) {
	t.Parallel()
	behind := counting("file:/srv/conf")
	behind["depends_on"] = []string{"trigger:a gate"}
	wants := object{
		"files": object{"/srv/conf": object{"content": "new\n"}},
		"triggers": object{
			// It waits until the test lets it go.
			"a gate": object{"on": []string{"file:/srv/conf"}, "run": []string{"/bin/sh", "-c", "echo here >/srv/here; read line </srv/gate"}},
			"count":  behind,
		},
	}
	for name, again := range map[string]func(*site, planned) planned{
		"the same plan": func(_ *site, p planned) planned { return p },
		"a new plan":    func(s *site, _ planned) planned { return s.plan(wants) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, lab.Options{NoIndex: true})
			s.exec("mkfifo /srv/here /srv/gate")
			p := s.plan(wants)
			s.killedAtTheGate(p)
			// The step that was under way comes to its end, and its session with it.
			s.exec("echo go >/srv/gate")
			s.mustHaveRun(0, "after the kill")
			p = again(s, p)
			if name == "a new plan" {
				s.theOnlyChange(p, "after the kill")
			}
			o := s.run(p.raw, "hk-apply", "--confirm", "--wait", "1m")
			if o.exit != 0 {
				t.Errorf("%s", o)
			}
			s.mustHaveRun(1, "after the second run")
			s.mustHaveNoChange(wants)
		})
	}
}

// killedAtTheGate kills hk-apply when the host waits at the gate.
func (s *site) killedAtTheGate(p planned) {
	s.Helper()
	bin, err := binaries.Build()
	if err != nil {
		s.Fatalf("%v", err)
	}
	cmd := exec.Command(filepath.Join(bin, "hk-apply"), "--confirm")
	cmd.Dir, cmd.Env, cmd.Stdin = s.base, binaries.Environ(bin, s.env...), bytes.NewReader(p.raw)
	if err := cmd.Start(); err != nil {
		s.Fatalf("%v", err)
	}
	defer func() { _ = cmd.Wait() }() // it was killed
	defer func() { _ = cmd.Process.Kill() }()
	ctx, cancel := context.WithTimeout(context.Background(), commandLimit)
	defer cancel()
	if out, err := s.host.Exec(ctx, "/bin/sh", "-c", "read line </srv/here"); err != nil {
		s.Fatalf("the host never waited: %v\n%s", err, out)
	}
}
