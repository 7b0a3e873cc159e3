package apply_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"hostkit/pkg/apply"
	"hostkit/pkg/doc"
)

// A step that takes longer than the changes of a host may is given up, and what
// comes behind it is not begun.
func TestTimeout(t *testing.T) {
	dir := t.TempDir()
	p, o := planFor(t, dir, "a - wait", "b - 2 a"), optionsFor(t)
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	// The step reads from here what nobody writes.
	end, err := os.OpenFile(fifo, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer end.Close()
	o.Timeout = 50 * time.Millisecond
	r := apply.Apply(t.Context(), p, o)
	if r.Status != doc.StatusFailed || exitOf(r) != 1 || r.Error.Code != "timeout" || r.Verified ||
		!strings.HasPrefix(r.Error.Message, "given up after 50ms, and what runs on the host is left to itself; 0 of 2 changes are done") {
		t.Errorf("%s, %+v", r.Status, r.Error)
	}
	if got := fates(r); slices.Contains(got, "a done") || !slices.Contains(got, "b not_reached") {
		t.Errorf("%q", got)
	}
	// Time enough changes nothing.
	o.Timeout = time.Hour
	if r := apply.Apply(t.Context(), planFor(t, t.TempDir(), "a - 1"), o); r.Status != doc.StatusApplied {
		t.Errorf("%s, %+v", r.Status, r.Error)
	}
}
