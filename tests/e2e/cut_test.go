package e2e

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"hostkit/pkg/doc"
	"hostkit/tests/lab"
)

// whileInstalling runs an apply that never ends by itself, and calls do when the
// package is being installed and everything before is done.
func whileInstalling(t *testing.T, s *site, do func(process *os.Process, await func(event, about string))) (outcome, doc.Report) {
	t.Helper()
	p := s.plan(object{"packages": []any{"hk-endless"}, "directories": object{"/srv/d": object{}}})
	o, report := whileApplying(t, s, p, func(process *os.Process, await func(event, about string)) {
		await("change_started", "package:hk-endless")
		do(process, await)
	})
	if o.took > 30*time.Second {
		t.Errorf("it took %s", o.took)
	}
	return o, report
}

// whileApplying calls do while an apply runs; await returns behind an event.
func whileApplying(
	t *testing.T, s *site, p planned, do func(process *os.Process, await func(event, about string)),
) (outcome, doc.Report) {
	t.Helper()
	events := filepath.Join(s.base, "events")
	if err := syscall.Mkfifo(events, 0o600); err != nil {
		t.Fatal(err)
	}
	i := invocation{stdin: p.raw, dir: s.base, env: s.env, during: func(process *os.Process) {
		reader, err := os.Open(events)
		if err != nil {
			t.Error(err)
			return
		}
		lines := bufio.NewScanner(reader)
		do(process, func(event, about string) {
			for lines.Scan() {
				if strings.Contains(lines.Text(), event) && strings.Contains(lines.Text(), about) {
					return
				}
			}
			t.Errorf("no event %s about %s", event, about)
		})
		for lines.Scan() { // an event that nobody reads would stop it
		}
		if err := reader.Close(); err != nil {
			t.Error(err)
		}
	}}
	o := run(t, i, "hk-apply", "--confirm", "--events", "events")
	return o, decode[doc.Report](t, o.stdout)
}

// The power goes off in the middle: hk-apply ends, and says what is done.
func TestAHostThatDiesInTheMiddleIsReported(t *testing.T) {
	t.Parallel()
	s := newArchiveSite(t, true, lab.Options{})
	o, report := whileInstalling(t, s, func(*os.Process, func(string, string)) {
		if err := s.host.Kill(); err != nil {
			t.Error(err)
		}
	})
	if o.exit != 1 || report.Status != doc.StatusFailed || report.Error.Code != "connection_lost" || report.Verified {
		t.Errorf("%s", o)
	}
	if got := fatesOf(report); slices.Contains(got, "package:hk-endless done") || !slices.Contains(got, "directory:/srv/d done") {
		t.Errorf("the report says %q\n%s", got, o)
	}
}

// The second Ctrl-C drops the connection, and the report tells how far it came.
func TestAnInterruptedApplyIsReported(t *testing.T) {
	t.Parallel()
	s := newArchiveSite(t, true, lab.Options{})
	o, report := whileInstalling(t, s, func(process *os.Process, await func(string, string)) {
		interruptTwice(t, process, await)
	})
	if o.exit != 130 || report.Status != doc.StatusInterrupted || report.Verified {
		t.Errorf("%s", o)
	}
	if got := fatesOf(report); slices.Contains(got, "package:hk-endless done") || !slices.Contains(got, "directory:/srv/d done") {
		t.Errorf("the report says %q\n%s", got, o)
	}
}

// The first Ctrl-C stops behind the step that runs, asked for beside it as the same
// user; what the report says is done is done, and the same plan goes on.
func TestAStoppedApplyGoesOn(t *testing.T) {
	t.Parallel()
	host := newSite(t, lab.Options{NoIndex: true, Users: []lab.User{{Name: "ben", Password: sudoPassword, Sudo: lab.SudoWithPassword}}})
	ben := host.with(func(s *site) {
		s.reach["user"] = "ben"
		s.reach["sudo"] = object{"password": object{"$secret": object{"env": "HOSTKIT_SUDO"}}}
		s.env = append(s.env, "HOSTKIT_SUDO="+sudoPassword)
	})
	const all = 600
	// Each link is a step of its own; folders that are alike are made in one.
	links := object{}
	for i := range all {
		links[fmt.Sprintf("/srv/d%04d", i)] = object{"to": "/srv"}
	}
	p := ben.plan(object{"symlinks": links})
	o, report := whileApplying(t, ben, p, func(process *os.Process, await func(string, string)) {
		await("change_finished", "symlink:/srv/d0000")
		if err := process.Signal(os.Interrupt); err != nil {
			t.Error(err)
		}
	})
	done := 0
	for _, c := range report.Changes {
		if c.Status == doc.ChangeDone {
			done++
		} else if c.Status != doc.ChangeNotReached {
			t.Errorf("%s is %s", c.Address, c.Status)
		}
	}
	if o.exit != 130 || report.Status != doc.StatusInterrupted || done == 0 || done == all {
		t.Errorf("%d done: %s", done, o)
	}
	if there := strings.TrimSpace(ben.exec(`ls /srv | grep -c '^d'`)); there != strconv.Itoa(done) {
		t.Errorf("%d are done by the report, and %s are there", done, there)
	}
	if left := ben.exec(`ls /run/hostkit`); strings.Contains(left, "stop.") {
		t.Errorf("left behind: %s", left)
	}
	if _, report := ben.apply(p); report.Status != doc.StatusApplied || !report.Verified {
		t.Errorf("%s, %+v", report.Status, report.Error)
	}
}

// interruptTwice presses Ctrl-C, and once more when it was heard.
func interruptTwice(t *testing.T, process *os.Process, await func(event, about string)) {
	t.Helper()
	if err := process.Signal(os.Interrupt); err != nil {
		t.Error(err)
	}
	await("note", "stopping behind the step that runs")
	if err := process.Signal(os.Interrupt); err != nil {
		t.Error(err)
	}
}
