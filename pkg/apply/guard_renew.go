package apply

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"time"

	"hostkit/pkg/shell"
)

// renew keeps the fuse long while this process lives and the connection does. The
// channel is opened now, while the way to it is there.
func (r *run) renew(ctx context.Context) {
	host, ok := r.host.(Stoppable)
	if !ok || !r.guard.armed {
		return
	}
	beside, err := host.Beside(ctx)
	if err != nil {
		r.lengthen(ctx, err)
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer beside.Close()
		again := time.NewTicker(r.options.RollbackAfter / 5)
		defer again.Stop()
		for {
			step := r.switchStep("renew the fuse", "burn", r.fuse())
			if beside.Run(ctx, []shell.Step{step}, func(int, shell.Result) error { return nil }) != nil {
				return
			}
			select {
			case <-ctx.Done():
				return
			case <-again.C:
			}
		}
	}()
	r.guard.renewal = func() { cancel(); <-ended }
}

// unrenewed is how long the fuse is that nobody can renew.
const unrenewed = 10 * time.Minute

// lengthen gives a fuse that can't be renewed, since the server grants no second
// channel, the time that the steps may take.
func (r *run) lengthen(ctx context.Context, why error) {
	long := cmp.Or(r.options.Timeout, unrenewed)
	r.note(fmt.Sprintf("the dead-man switch fires %s from now, whatever is under way then, since its fuse can't be renewed: %s", long, why))
	_ = r.onHost(ctx, r.switchStep("lengthen the fuse", "burn", strconv.Itoa(int(long/time.Second))))
}

// onHost runs a step whose failure is its last line of standard error.
func (r *run) onHost(ctx context.Context, step shell.Step) error {
	var b batch
	b.add(step, func(result shell.Result) error { return plainly(0, result) })
	return b.run(ctx, r.host, false)
}

// stopRenewing lets the fuse burn down.
func (r *run) stopRenewing() {
	if r.guard.renewal != nil {
		r.guard.renewal()
		r.guard.renewal = nil
	}
}
