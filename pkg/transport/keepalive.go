package transport

import "time"

// keepAlive asks a silent host for a sign of life, as ssh does with
// ServerAliveInterval, and gives the connection up when too many questions stay
// unanswered. Anything the host sends is an answer.
func (r *remote) keepAlive() {
	interval, count := r.options.Keepalive.Interval, r.options.Keepalive.Count
	questions := make(chan struct{}, 1)
	r.spawn(func() {
		for range questions {
			// The request blocks until it is answered or the connection ends: it
			// must not be the one who counts.
			_, _, _ = r.client.SendRequest("keepalive@openssh.com", true, nil)
		}
	})
	r.spawn(func() {
		defer close(questions)
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		asked := time.Now()
		for unanswered := 0; ; {
			select {
			case <-r.closing:
				return
			case <-r.gone:
				return
			case <-ticker.C:
			}
			silent := r.wire.silent()
			if silent < time.Since(asked) {
				unanswered = 0
			}
			if silent < interval {
				continue
			}
			if unanswered >= count {
				r.lose(&LostError{Address: r.address, Silent: silent})
				_ = r.wire.Close()
				return
			}
			unanswered++
			asked = time.Now()
			select {
			case questions <- struct{}{}:
			default:
			}
		}
	})
}
