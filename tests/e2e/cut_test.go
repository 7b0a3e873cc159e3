package e2e

import (
	"bufio"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"hostkit/pkg/doc"
	"hostkit/tests/lab"
)

// whileInstalling runs an apply that never ends by itself, and calls do when the
// package is being installed and everything before is done.
func whileInstalling(t *testing.T, s *site, do func(*os.Process)) (outcome, doc.Report) {
	t.Helper()
	p := s.plan(object{"packages": []any{"hk-endless"}, "directories": object{"/srv/d": object{}}})
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
		for lines.Scan() {
			if strings.Contains(lines.Text(), "change_started") && strings.Contains(lines.Text(), "package:hk-endless") {
				break
			}
		}
		do(process)
		for lines.Scan() { // an event that nobody reads would stop it
		}
		if err := reader.Close(); err != nil {
			t.Error(err)
		}
	}}
	o := run(t, i, "hk-apply", "--confirm", "--events", "events")
	if o.took > 30*time.Second {
		t.Errorf("it took %s", o.took)
	}
	return o, decode[doc.Report](t, o.stdout)
}

// The power goes off in the middle: hk-apply ends, and says what is done.
func TestAHostThatDiesInTheMiddleIsReported(t *testing.T) {
	t.Parallel()
	s := newArchiveSite(t, true, lab.Options{})
	o, report := whileInstalling(t, s, func(*os.Process) {
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

// Ctrl-C ends it at once, and the report tells how far it came.
func TestAnInterruptedApplyIsReported(t *testing.T) {
	t.Parallel()
	s := newArchiveSite(t, true, lab.Options{})
	o, report := whileInstalling(t, s, func(process *os.Process) {
		if err := process.Signal(os.Interrupt); err != nil {
			t.Error(err)
		}
	})
	if o.exit != 130 || report.Status != doc.StatusInterrupted || report.Verified {
		t.Errorf("%s", o)
	}
	if got := fatesOf(report); slices.Contains(got, "package:hk-endless done") || !slices.Contains(got, "directory:/srv/d done") {
		t.Errorf("the report says %q\n%s", got, o)
	}
}
