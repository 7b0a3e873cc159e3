package apply_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hostkit/pkg/apply"
	"hostkit/pkg/doc"
	"hostkit/pkg/facts"
)

// The flights of one layer went on after a change had failed in the first.
func TestNothingFurtherIsSentAfterAFailure(t *testing.T) {
	lines := []string{"a - boom"}
	for i := range 299 {
		lines = append(lines, fmt.Sprintf("n%d - 1", i))
	}
	r := apply.Apply(t.Context(), planFor(t, t.TempDir(), lines...), optionsFor(t))
	if got := r.Changes[299].Status; got != doc.ChangeNotReached {
		t.Errorf("the last change, of the second flight, is %s", got)
	}
}

// A flight that was never sent was reported as sent and not answered.
func TestWhatWasNotSentIsNotUnknown(t *testing.T) {
	p, o := planFor(t, t.TempDir(), "a - 1", "b - 2"), optionsFor(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	o.Emit = func(e doc.Event) {
		if e.Type == doc.EventChangeStarted {
			cancel(errors.New("a person pressed ctrl-c"))
		}
	}
	for _, c := range apply.Apply(ctx, p, o).Changes {
		if c.Status != doc.ChangeNotReached {
			t.Errorf("%s is %s", c.Address, c.Status)
		}
	}
}

// What runs comes to its end, what was sent behind it does not begin, and nothing is
// left on the host.
func TestAStopBetweenTwoSteps(t *testing.T) {
	dir := t.TempDir()
	o := optionsFor(t)
	stop, heard := make(chan struct{}), make(chan string, 10)
	o.Stop = stop
	o.Emit = func(e doc.Event) {
		if e.Type == doc.EventNote {
			heard <- e.Message
		}
	}
	p := planFor(t, dir, "a - 1", "b - wait", "c - 3", "d - 4 c")
	resume, done := blocked(t, p, dir, o)
	close(stop)
	if note := <-heard; note != "stopping behind the step that runs" {
		t.Error(note)
	}
	resume()
	r := <-done
	want := []string{"a done", "b done", "c not_reached", "d not_reached"}
	if diff := cmp.Diff(want, fates(r)); diff != "" {
		t.Error(diff)
	}
	if r.Status != doc.StatusInterrupted || r.Verified || r.Error.Exit != 130 || r.Error.Message != "interrupted: 2 of 4 changes are done" {
		t.Errorf("%s, %+v", r.Status, r.Error)
	}
	if left, err := filepath.Glob(filepath.Join(o.RunFolder, "stop.*")); err != nil || left != nil {
		t.Errorf("%v, %v", left, err)
	}

	// The host was told how the run has ended, and the lock was given back.
	want = []string{"begun 0-2", "ended 0-1", "over interrupted at TIME", ""}
	if diff := cmp.Diff(want, strings.Split(journalOf(t), "\n")[1:]); diff != "" {
		t.Error(diff)
	}

	// The same plan goes on where it was stopped.
	o.Stop = nil
	said := notes(&o)
	if r := apply.Apply(t.Context(), p, o); r.Status != doc.StatusApplied || !r.Verified || len(*said) > 0 {
		t.Errorf("%s, %+v, %q", r.Status, r.Error, *said)
	}
}

// A step that is alone in its flight needs nothing beside it, and so is what waits
// for another one's lock.
func TestAStopBeforeAndBetweenFlights(t *testing.T) {
	dir := t.TempDir()
	o := optionsFor(t)
	stop := make(chan struct{})
	o.Stop = stop
	resume, done := blocked(t, planFor(t, dir, "a - wait", "b - 2 a"), dir, o)

	waiting := optionsFor(t)
	waiting.RunFolder, waiting.Stop, waiting.Wait = o.RunFolder, stop, time.Hour
	waits := make(chan struct{})
	waiting.Emit = func(e doc.Event) {
		if e.Type == doc.EventNote {
			close(waits)
		}
	}
	other := planFor(t, dir, "c - 3")
	other.Digest = "sha256:1"
	second := make(chan doc.Report, 1)
	go func() { second <- apply.Apply(t.Context(), other, waiting) }()
	<-waits
	close(stop)
	if r := <-second; r.Status != doc.StatusInterrupted || r.Changes[0].Status != doc.ChangeNotReached {
		t.Errorf("%s, %+v", r.Status, r.Error)
	}
	resume()
	r := <-done
	if diff := cmp.Diff([]string{"a done", "b not_reached"}, fates(r)); diff != "" || r.Status != doc.StatusInterrupted {
		t.Errorf("%s, %+v\n%s", r.Status, r.Error, diff)
	}
	// Nobody connects any more.
	o.Connect = nil
	if r := apply.Apply(t.Context(), other, o); r.Status != doc.StatusInterrupted {
		t.Errorf("%s, %+v", r.Status, r.Error)
	}
}

// A step that is silent for long is not mistaken for one that hangs.
func TestAStepThatTakesLongIsToldToBeUnderWay(t *testing.T) {
	defer apply.SlowAfter(10 * time.Millisecond)()
	dir := t.TempDir()
	o := optionsFor(t)
	heard := make(chan string, 1000)
	o.Emit = func(e doc.Event) {
		if e.Type == doc.EventNote {
			heard <- e.Message
		}
	}
	resume, done := blocked(t, planFor(t, dir, "a - wait"), dir, o)
	for _, after := range []string{"10ms", "20ms", "30ms"} {
		if note, want := <-heard, "still under way after "+after+": write "+filepath.Join(dir, "a"); note != want {
			t.Errorf("%q, want %q", note, want)
		}
	}
	resume()
	if r := <-done; r.Status != doc.StatusApplied {
		t.Errorf("%s, %+v", r.Status, r.Error)
	}
}

// Who asks for an end before anything was begun leaves the journal of another run as
// it was: that one is not over.
func TestAStopBeforeTheFirstStepTellsNothingOfAnotherRun(t *testing.T) {
	dir := t.TempDir()
	earlier := planFor(t, dir, "a - torn")
	earlier.Digest = "sha256:1"
	o := optionsFor(t)
	apply.Apply(t.Context(), earlier, o)
	before := journalOf(t)

	var file string
	o.Stop = make(chan struct{})
	o.Connect = func(ctx context.Context, _ doc.Plan) (facts.Host, error) {
		host, err := openLocal(ctx)
		return stopWatcher{host.(local), &file}, err
	}
	// The change is told to be begun right before its flight, and with it the file
	// that stops the session is there.
	o.Emit = func(e doc.Event) {
		if e.Type == doc.EventChangeStarted {
			if err := os.WriteFile(file, nil, 0o600); err != nil {
				t.Error(err)
			}
		}
	}
	r := apply.Apply(t.Context(), planFor(t, dir, "b - 1"), o)
	if r.Status != doc.StatusInterrupted || r.Changes[0].Status != doc.ChangeNotReached {
		t.Errorf("%s, %+v", r.Status, r.Error)
	}
	if diff := cmp.Diff(before, journalOf(t)); diff != "" {
		t.Error(diff)
	}
}

// stopWatcher tells which file stops a session.
type stopWatcher struct {
	local
	file *string
}

func (w stopWatcher) StopAt(path string) {
	if path != "" {
		*w.file = path
	}
	w.local.StopAt(path)
}
