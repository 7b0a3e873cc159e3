package apply_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"hostkit/pkg/apply"
	"hostkit/pkg/doc"
)

// blocked applies a plan and returns when its step runs, which waits until resume
// is called; done then gives the report.
func blocked(t *testing.T, p doc.Plan, dir string, o apply.Options) (resume func(), done <-chan doc.Report) {
	t.Helper()
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	reports := make(chan doc.Report, 1)
	go func() { reports <- apply.Apply(t.Context(), p, o) }()
	// A FIFO opens when the other end is there.
	w, err := os.OpenFile(fifo, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return func() { w.Close() }, reports
}

func wantBusy(t *testing.T, r doc.Report, message string) {
	t.Helper()
	if r.Status != doc.StatusBusy || r.Error == nil || r.Error.Exit != 6 || !strings.Contains(r.Error.Message, message) {
		t.Fatalf("%s, %+v; want busy, %s", r.Status, r.Error, message)
	}
}

func TestOneApplierAtATime(t *testing.T) {
	dir := t.TempDir()
	o := optionsFor(t)
	o.Holder = "anna@laptop *"
	first := planFor(t, dir, "a - wait", "b - 2 a")
	resume, done := blocked(t, first, dir, o)

	o.Holder = "bert@ci"
	other := planFor(t, dir, "c - 3")
	other.Digest = "sha256:1"
	wantBusy(t, apply.Apply(t.Context(), other, o), "anna@laptop * applies another plan to the host, for ")
	wantBusy(t, apply.Apply(t.Context(), first, o), "anna@laptop * applies the same plan to the host")
	o.DryRun = true
	wantBusy(t, apply.Apply(t.Context(), other, o), "anna@laptop")
	o.DryRun = false
	if _, err := os.Stat(filepath.Join(dir, "c")); err == nil {
		t.Fatal("c was written")
	}

	// Who waits is told for whom, and comes next.
	o.Wait = time.Minute
	var notes []string
	waits := make(chan struct{})
	o.Emit = func(e doc.Event) {
		if e.Type == doc.EventNote {
			notes = append(notes, e.Message)
			close(waits)
		}
	}
	next := make(chan doc.Report, 1)
	go func() { next <- apply.Apply(t.Context(), other, o) }()
	<-waits
	looks := o
	looks.DryRun = true
	looking, looked := make(chan struct{}), make(chan doc.Report, 1)
	looks.Emit = func(e doc.Event) {
		if e.Type == doc.EventNote {
			close(looking)
		}
	}
	go func() { looked <- apply.Apply(t.Context(), other, looks) }()
	<-looking
	resume()
	if r := <-done; r.Status != doc.StatusApplied || !r.Verified {
		t.Errorf("the first: %s, %+v", r.Status, r.Error)
	}
	if r := <-next; r.Status != doc.StatusApplied || !r.Verified {
		t.Errorf("the next: %s, %+v", r.Status, r.Error)
	}
	if r := <-looked; r.Status != doc.StatusDryRun && r.Status != doc.StatusNothingToDo {
		t.Errorf("who only looks: %s, %+v", r.Status, r.Error)
	}
	if len(notes) != 1 || !strings.Contains(notes[0], "anna@laptop") {
		t.Errorf("notes %q", notes)
	}
	left, err := os.ReadDir(o.RunFolder)
	if err != nil || len(left) != 1 {
		t.Errorf("left in the folder: %v, %v", left, err)
	}
}

func TestWaitingEnds(t *testing.T) {
	dir := t.TempDir()
	o := optionsFor(t)
	resume, done := blocked(t, planFor(t, dir, "a - wait"), dir, o)
	other := planFor(t, dir, "c - 3")
	other.Digest = "sha256:1"
	o.Wait = time.Millisecond
	wantBusy(t, apply.Apply(t.Context(), other, o), "somebody applies another plan")
	ctx, cancel := context.WithCancel(t.Context())
	o.Wait = time.Hour
	o.Emit = func(e doc.Event) {
		if e.Type == doc.EventNote {
			cancel()
		}
	}
	if r := apply.Apply(ctx, other, o); r.Status != doc.StatusInterrupted {
		t.Errorf("%s, %+v", r.Status, r.Error)
	}
	resume()
	<-done
}

// A holder that was killed holds nothing, whatever plan it had.
func TestALockOfTheDeadIsTakenOver(t *testing.T) {
	dir := t.TempDir()
	o := optionsFor(t)
	o.Holder = "anna@laptop"
	if r := apply.Apply(t.Context(), planFor(t, dir, "a - cut"), o); r.Error == nil || r.Error.Code != "connection_lost" {
		t.Fatalf("%+v", r.Error)
	}
	var notes []string
	o.Emit = func(e doc.Event) {
		if e.Type == doc.EventNote {
			notes = append(notes, e.Message)
		}
	}
	other := planFor(t, dir, "b - 1")
	other.Digest = "sha256:1"
	if r := apply.Apply(t.Context(), other, o); r.Status != doc.StatusApplied {
		t.Fatalf("%s, %+v", r.Status, r.Error)
	}
	if len(notes) != 2 || !strings.Contains(notes[0], "took the host's lock over from anna@laptop, process ") || !strings.HasSuffix(notes[0], ", which is gone") ||
		!strings.HasPrefix(notes[1], "the apply that anna@laptop began at ") || !strings.Contains(notes[1], ", 1 of its 1 changes begun, 0 ended) was cut off; with the file of that plan, ") {
		t.Errorf("notes %q", notes)
	}
}

// A step that has lost its session may be in the middle of a package: whoever comes
// next waits for it.
func TestAStepThatIsAloneHoldsTheHost(t *testing.T) {
	dir := t.TempDir()
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	o := optionsFor(t)
	p := planFor(t, dir, "a - alone")
	if r := apply.Apply(t.Context(), p, o); r.Error == nil || r.Error.Code != "connection_lost" {
		t.Fatalf("%+v", r.Error)
	}
	other := planFor(t, dir, "b - 1")
	other.Digest = "sha256:1"
	alone := "a step of an apply that is gone still runs on the host, as its process "
	wantBusy(t, apply.Apply(t.Context(), other, o), alone)
	o.DryRun = true
	wantBusy(t, apply.Apply(t.Context(), other, o), alone)
	o.DryRun, o.Wait = false, time.Minute
	o.Emit = func(e doc.Event) {
		if e.Type == doc.EventNote && strings.HasPrefix(e.Message, alone) {
			if err := os.WriteFile(fifo, []byte("go on\n"), 0); err != nil {
				t.Error(err)
			}
		}
	}
	if r := apply.Apply(t.Context(), p, o); r.Status != doc.StatusNothingToDo {
		t.Errorf("%s, %+v", r.Status, r.Error)
	}
}

// The same plan, and nobody at the other end: the session would be there for
// hours.
func TestAStalledSessionOfTheSamePlanIsEnded(t *testing.T) {
	defer apply.StallAfter(1)()
	dir := t.TempDir()
	o := optionsFor(t)
	stall, goOn := make(chan struct{}), make(chan struct{})
	o.Emit = func(e doc.Event) {
		if e.Type == doc.EventChangeFinished {
			close(stall)
			<-goOn
		}
	}
	p := planFor(t, dir, "a - 1", "b - 2 a")
	first := make(chan doc.Report, 1)
	go func() { first <- apply.Apply(t.Context(), p, o) }()
	<-stall

	var notes []string
	o.Emit = func(e doc.Event) {
		if e.Type == doc.EventNote {
			notes = append(notes, e.Message)
		}
	}
	other := p
	other.Digest = "sha256:1"
	wantBusy(t, apply.Apply(t.Context(), other, o), "somebody applies another plan")
	if r := apply.Apply(t.Context(), p, o); r.Status != doc.StatusApplied || r.Changes[0].Status != doc.ChangeAlready {
		t.Errorf("%s, %+v", r.Status, r.Error)
	}
	if len(notes) != 1 || !strings.Contains(notes[0], "did nothing any more and was ended") {
		t.Errorf("notes %q", notes)
	}
	close(goOn)
	if r := <-first; r.Error == nil || r.Error.Code != "connection_lost" {
		t.Errorf("the stalled one: %+v", r.Error)
	}
}

func TestAFolderOfAnotherUserIsNotTrusted(t *testing.T) {
	dir := t.TempDir()
	o := optionsFor(t)
	if err := os.Symlink(dir, o.RunFolder); err != nil {
		t.Fatal(err)
	}
	r := apply.Apply(t.Context(), planFor(t, dir, "a - 1"), o)
	if r.Status != doc.StatusFailed || !strings.Contains(r.Error.Message, "is not a folder of this user") {
		t.Errorf("%s, %+v", r.Status, r.Error)
	}
}
