package transport

import (
	"context"
	"sync"
	"time"
)

// watch gives each phase of a handshake its limit. x/crypto/ssh knows neither
// contexts nor limits after the TCP connect; what ends a read of it is that the
// connection is closed.
type watch struct {
	ctx     context.Context
	address string
	close   func() error
	release func() bool

	mu    sync.Mutex
	phase Phase
	began time.Time
	timer *time.Timer
	// expired says that the limit of phase ran out; over that nothing may run
	// out any more.
	expired, over bool
}

// newWatch begins a phase. close is called when a limit runs out or ctx ends.
func newWatch(ctx context.Context, address string, closeConn func() error, phase Phase, limit time.Duration) *watch {
	w := &watch{ctx: ctx, address: address, close: closeConn}
	w.enter(phase, limit)
	w.release = context.AfterFunc(ctx, func() { _ = closeConn() })
	return w
}

// enter begins the next phase. To enter one again, as each new exchange of keys
// does, gives no more time.
func (w *watch) enter(phase Phase, limit time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.expired || w.over || w.phase == phase {
		return
	}
	if w.timer != nil {
		w.timer.Stop()
	}
	w.phase, w.began = phase, time.Now()
	w.timer = time.AfterFunc(limit, func() { w.expire(phase) })
}

func (w *watch) expire(phase Phase) {
	w.mu.Lock()
	// A timer may fire while the next phase begins.
	if w.over || w.phase != phase {
		w.mu.Unlock()
		return
	}
	w.expired = true
	w.mu.Unlock()
	_ = w.close()
}

// end ends the watch. It returns nil if the connection is good: err is nil and
// nothing has closed the connection meanwhile. forced says that the limit or ctx
// did, whatever err is.
func (w *watch) end(err error) (failed *PhaseError, forced bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
	w.timer.Stop()
	released := w.release()
	switch {
	case w.expired:
		err, forced = ErrTimeout, true
	case w.ctx.Err() != nil && (err != nil || !released):
		err, forced = context.Cause(w.ctx), true
	case err == nil:
		return nil, false
	}
	return &PhaseError{Phase: w.phase, Address: w.address, Waited: time.Since(w.began), Err: err}, forced
}
