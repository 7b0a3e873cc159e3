package apply

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"

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

// runStoppable runs a flight of steps that stops behind the step that runs, when
// somebody asks for it.
func (r *run) runStoppable(ctx context.Context, b *batch) error {
	if r.options.Stop == nil {
		return b.run(ctx, r.host, false)
	}
	over, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		select {
		case <-over:
		case <-r.options.Stop:
			r.stopBeside(ctx, len(b.steps), over)
		}
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
