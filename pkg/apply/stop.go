package apply

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"hostkit/pkg/doc"
	"hostkit/pkg/shell"
)

// errStopped says that somebody asked for an end, and that nothing runs on the host
// any more.
var errStopped = errors.New("stopped on request")

// Stoppable is a host whose session can be stopped between two steps.
type Stoppable interface {
	// StopAt is that of [shell.Session].
	StopAt(path string)
	// Beside opens a session beside the one of the host, as the same user.
	Beside(ctx context.Context) (*shell.Session, error)
}

// stopping reports whether somebody has asked for an end.
func (r *run) stopping() bool {
	select {
	case <-r.options.Stop:
		return true
	default:
		return false
	}
}

// untilStopped is a context for what can be dropped at any time, since it changes
// nothing: it ends when somebody asks for an end. cancel must be called.
func (r *run) untilStopped(ctx context.Context) (early context.Context, cancel func()) {
	early, end := context.WithCancelCause(ctx)
	go func() {
		select {
		case <-r.options.Stop:
			end(errStopped)
		case <-early.Done():
		}
	}()
	return early, func() { end(nil) }
}

// chooseStopFile tells the session which file stops it. It lies where the lock is,
// in a folder that only this user can write to.
func (r *run) chooseStopFile() {
	host, ok := r.host.(Stoppable)
	if !ok || r.options.Stop == nil {
		return
	}
	var random [8]byte
	_, _ = rand.Read(random[:]) // it never fails
	r.stopFile = r.lock.folder + "/stop." + hex.EncodeToString(random[:])
	host.StopAt(r.stopFile)
}

// goOn has the session make what follows, whoever asks for an end: it ends the run.
func (r *run) goOn() {
	if host, ok := r.host.(Stoppable); ok && r.stopFile != "" {
		host.StopAt("")
		r.stopFile = ""
	}
}

// slowAfter is when a flight is told to be under way still, and again each time
// that long: a package manager may wait for another, and a build may be silent for
// half an hour. Tests shorten it.
var slowAfter = 30 * time.Second

// runStoppable runs a flight of steps that stops behind the step that runs, when
// somebody asks for it.
func (r *run) runStoppable(ctx context.Context, b *batch) error {
	over, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		r.watch(ctx, b.steps[b.own:], over)
	}()
	err := b.run(ctx, r.host, false)
	close(over)
	<-ended
	var stopped *shell.StoppedError
	if errors.As(err, &stopped) {
		return errStopped
	}
	return err
}

// watch tells of a flight that takes long, until it is over, and stops it when
// somebody asks for an end.
func (r *run) watch(ctx context.Context, steps []shell.Step, over <-chan struct{}) {
	slow := time.NewTicker(slowAfter)
	defer slow.Stop()
	what := fmt.Sprintf("%d steps", len(steps))
	if len(steps) == 1 {
		what = steps[0].Name
	}
	for waited := slowAfter; ; waited += slowAfter {
		select {
		case <-over:
			return
		case <-r.options.Stop:
			r.stopBeside(ctx, len(steps), over)
			return
		case <-slow.C:
			r.emit(doc.Event{
				Type: doc.EventNote, Status: doc.NoteUnderWay,
				Message: r.scrub(fmt.Sprintf("still under way after %s: %s", waited, what)),
			})
		}
	}
}

// stopBeside makes the stop file, where there is more than one step in the flight,
// and removes it when the flight is over.
func (r *run) stopBeside(ctx context.Context, steps int, over <-chan struct{}) {
	const done = "stopping behind the step that runs"
	host, ok := r.host.(Stoppable)
	if !ok || r.stopFile == "" || steps < 2 {
		r.note(done)
		return
	}
	beside, err := host.Beside(ctx)
	if err == nil {
		defer beside.Close()
		mark := shell.Step{Name: "ask for an end", Script: shell.New(`: >"$1"`, r.stopFile)}
		err = beside.Run(ctx, []shell.Step{mark}, plainly)
	}
	if err != nil {
		r.note("the steps that were sent can't be stopped, and come to their end: " + err.Error())
		return
	}
	r.note(done)
	<-over
	// Where it fails, the next apply removes the file.
	remove := shell.Step{Name: "remove the request", Script: shell.New(`rm -f "$1"`, r.stopFile)}
	_ = beside.RunLast(ctx, []shell.Step{remove}, plainly)
}

func plainly(_ int, result shell.Result) error {
	_, err := plainOutcome(result)
	return err
}
