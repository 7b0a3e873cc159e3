package e2e

import (
	"os"
	"strings"
	"testing"

	"hostkit/pkg/doc"
	"hostkit/tests/lab"
)

// Nothing interleaves with an apply that runs, nor with its last step when whoever
// applied was interrupted.
func TestOneApplyAtATime(t *testing.T) {
	t.Parallel()
	s := newArchiveSite(t, true, lab.Options{})
	other := s.plan(object{"directories": object{"/srv/other": object{}}})
	refused := func(raw []byte, flags ...string) {
		t.Helper()
		o := run(t, invocation{stdin: raw, dir: s.base, env: s.env}, "hk-apply", flags...)
		report := decode[doc.Report](t, o.stdout)
		if o.exit != 6 || report.Status != doc.StatusBusy || report.Error.Code != "busy" ||
			!strings.Contains(o.stderr, " plan to the host, for ") || !strings.Contains(o.stderr, "--wait") {
			t.Errorf("%s", o)
		}
	}
	whileInstalling(t, s, func(first *os.Process, await func(string, string)) {
		refused(other.raw, "--confirm")
		refused(other.raw, "--dry-run")
		refused(other.raw, "--confirm", "--wait", "1s")
		interruptTwice(t, first, await)
		refused(other.raw, "--confirm")
	})
	if out, err := s.host.Exec(t.Context(), "test", "-e", "/srv/other"); err == nil {
		t.Errorf("/srv/other is there: %s", out)
	}
}
