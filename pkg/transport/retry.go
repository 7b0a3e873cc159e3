package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"syscall"
	"time"
)

// hungUpAttempts is how often a server is tried that hangs up before the key
// exchange. sshd does so by chance with more than ten logins at once (MaxStartups
// 10:30:100), so that six times in a row mean something else.
const hungUpAttempts = 6

// The delays of a Retry that gives none.
const (
	defaultBaseDelay = 250 * time.Millisecond
	defaultMaxDelay  = 2 * time.Second
)

// RetriedError is the failure of the last of several attempts. Code, Hint and
// Exit are those of that failure.
type RetriedError struct {
	// Attempts is how many were made in all.
	Attempts int
	Failure
}

func (e *RetriedError) Error() string {
	return fmt.Sprintf("%s (attempt %d, the last)", e.Failure.Error(), e.Attempts)
}

func (e *RetriedError) Unwrap() error { return e.Failure }

// hangUpError marks the failure of a server that hung up before the key exchange.
type hangUpError struct{ *PhaseError }

func (e *hangUpError) Unwrap() error { return e.PhaseError }

// hungUp says that the connection ended, in whatever way, before the server began
// the key exchange: it did not even look at who we are. The library writes while
// it reads, and may find its own end closed by the time it does.
func hungUp(failed *PhaseError, w *wire) bool {
	ended := func(err error) bool { return errors.Is(failed, err) }
	return failed.Phase == PhaseKeyExchange && !w.greeting.hasBegun() &&
		slices.ContainsFunc([]error{io.EOF, net.ErrClosed, syscall.ECONNRESET, syscall.EPIPE}, ended)
}

// attempts is how often to try in all what failed with err.
func (r Retry) attempts(err error) int {
	var hangUp *hangUpError
	var failed *PhaseError
	var forward *ForwardError
	var jump *JumpError
	switch {
	case errors.As(err, &hangUp):
		return max(hungUpAttempts, r.Attempts)
	case errors.As(err, &jump), errors.Is(err, context.Canceled):
		// A jump host has its own Retry.
		return 1
	case errors.As(err, &failed) && (failed.Phase == PhaseResolve || failed.Phase == PhaseConnect),
		errors.As(err, &forward) && !forward.forbidden():
		return r.Attempts
	}
	return 1
}

// delay is how long to wait after an attempt, counted from 1.
func (r Retry) delay(attempt int) time.Duration {
	delay, most := r.BaseDelay, r.MaxDelay
	if delay <= 0 {
		delay = defaultBaseDelay
	}
	if most <= 0 {
		most = max(defaultMaxDelay, delay)
	}
	for ; attempt > 1 && delay < most; attempt-- {
		delay *= 2
	}
	delay = min(delay, most)
	return delay - rand.N(delay/2+1)
}

// retry calls connect, which connects to address, until it succeeds, may not be
// repeated, or ctx ends.
func (r Retry) retry(ctx context.Context, address string, connect func() (*Conn, error)) (*Conn, error) {
	for attempt := 1; ; attempt++ {
		conn, err := connect()
		if err == nil {
			return conn, nil
		}
		last := attempt >= r.attempts(err)
		if !last {
			select {
			case <-time.After(r.delay(attempt)):
				continue
			case <-ctx.Done():
			}
		}
		var hangUp *hangUpError
		if errors.As(err, &hangUp) {
			err = hangUp.PhaseError
		}
		var failure Failure
		switch {
		case !last:
			return nil, &PhaseError{Phase: PhaseConnect, Address: address, Err: context.Cause(ctx)}
		case attempt > 1 && errors.As(err, &failure):
			return nil, &RetriedError{Attempts: attempt, Failure: failure}
		}
		return nil, err
	}
}
