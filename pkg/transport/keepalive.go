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
				r.lose(r.silentFor(silent))
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

// silentFor is the loss of r, or of the first jump host on the way that gives no
// answer either: what is behind it can't be heard.
func (r *remote) silentFor(silent time.Duration) *LostError {
	lost := &LostError{Address: r.address, Silent: silent}
	for via := r.via; via != nil && !via.answers(r.closing); via = via.via {
		lost.Silent = 0
		lost.Err = &JumpError{Address: via.address, Failure: &LostError{Address: via.address, Silent: via.wire.silent()}}
	}
	return lost
}

// answerPatience is how long a jump host has to show that it is not the one who
// is silent.
const answerPatience = 2 * time.Second

// answers asks for a sign of life; it waits no longer than until enough is closed.
func (r *remote) answers(enough <-chan struct{}) bool {
	answered := make(chan struct{})
	if !r.spawn(func() {
		if _, _, err := r.client.SendRequest("keepalive@openssh.com", true, nil); err == nil {
			close(answered)
		}
	}) {
		return false
	}
	select {
	case <-answered:
		return true
	case <-r.gone:
	case <-enough:
	case <-time.After(answerPatience):
	}
	return false
}
