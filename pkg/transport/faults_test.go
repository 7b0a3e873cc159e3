package transport_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"hostkit/pkg/transport"
	"hostkit/pkg/transport/sshtest"
)

// fewAlgorithms make a login short, so that a fault can hit each of its bytes.
var fewAlgorithms = ssh.Config{
	KeyExchanges: []string{ssh.KeyExchangeCurve25519},
	Ciphers:      []string{ssh.CipherAES128GCM},
	MACs:         []string{ssh.HMACSHA256ETM},
}

// traffic is how many bytes a login with one batch takes in each direction.
func traffic(t *testing.T) (toClient, fromClient int64) {
	t.Helper()
	server := startServer(t, sshtest.Options{Password: thePassword, Config: fewAlgorithms})
	if phase, err := useUp(t.Context(), targetOf(t, server), transport.Options{}); err != nil {
		t.Fatalf("%s: %v", phase, err)
	}
	return server.Traffic()
}

// bytesUpTo are the numbers of a direction's bytes up to the last, every one of
// the first 1,600, in which there is the login, or every so many. What the client
// sends then is mostly the receiver's text, of which package shell cuts every
// byte.
func bytesUpTo(last int64, step int64) []int64 {
	var all []int64
	for n := int64(1); n <= last; {
		all = append(all, n)
		if n < 1600 {
			n += step
		} else {
			n += 97
		}
	}
	return all
}

// faultyHost starts a host that meets a fault, and returns the target.
type faultyHost func(t *testing.T, fault func(connection int) sshtest.Fault) transport.Target

// direct is a host that is reached directly.
func direct(t *testing.T, fault func(connection int) sshtest.Fault) transport.Target {
	t.Helper()
	return targetOf(t, startServer(t, sshtest.Options{Password: thePassword, Config: fewAlgorithms, Fault: fault}))
}

// atEach logs in to host and runs a batch once for each place, with its fault.
// Errors must be typed. It returns how often each phase failed, "" standing for
// success.
func atEach(t *testing.T, host faultyHost, places []int64, o transport.Options, fault func(n int64) sshtest.Fault) map[transport.Phase]int {
	t.Helper()
	var mu sync.Mutex
	times := map[transport.Phase]int{}
	todo := make(chan int64, len(places))
	for _, n := range places {
		todo <- n
	}
	close(todo)
	var workers sync.WaitGroup
	for range 8 {
		// Each has a server to itself, and so knows which fault it meets.
		var n atomic.Int64
		target := host(t, func(int) sshtest.Fault { return fault(n.Load()) })
		target.Retry = soon(0)
		for i := range target.Jumps {
			target.Jumps[i].Retry = soon(0)
		}
		workers.Go(func() {
			for place := range todo {
				n.Store(place)
				phase, err := useUp(t.Context(), target, o)
				if err == nil {
					phase = ""
				} else if mustBeTyped(t, err); t.Failed() {
					t.Errorf("at byte %d", place)
					return
				}
				mu.Lock()
				times[phase]++
				mu.Unlock()
			}
		})
	}
	workers.Wait()
	return times
}

// mustCover fails unless every phase was hit but those in and after the batch,
// which few bytes are for where only some are tried.
func mustCover(t *testing.T, times map[transport.Phase]int) {
	t.Helper()
	for _, phase := range []transport.Phase{transport.PhaseKeyExchange, transport.PhaseLogin, transport.PhaseShell} {
		if times[phase] == 0 {
			t.Errorf("no fault hit the phase %q: %v", phase, times)
		}
	}
	t.Logf("%v", times)
}

// Wherever the network is cut, the call ends at once, with an error for people,
// and nothing is left.
func TestCutAfterEveryByteToTheClient(t *testing.T) {
	t.Parallel()
	last, _ := traffic(t)
	// On a busy machine an answer is cut into more packets, which are more bytes: twice
	// as many are enough for all of it.
	times := atEach(t, direct, append(bytesUpTo(last, 1), 2*last), transport.Options{}, func(n int64) sshtest.Fault { return sshtest.Fault{CutToClient: n} })
	mustCover(t, times)
	if times[""] == 0 || times[batchPhase] == 0 {
		t.Errorf("not everywhere: %v", times)
	}
}

func TestCutAfterEveryByteFromTheClient(t *testing.T) {
	t.Parallel()
	_, last := traffic(t)
	mustCover(t, atEach(t, direct, bytesUpTo(last, 1), transport.Options{}, func(n int64) sshtest.Fault { return sshtest.Fault{CutFromClient: n} }))
}

// impatient gives up what says nothing; the server may be slow for that, and
// then an honest answer fails too.
var impatient = transport.Options{
	Timeouts:  transport.Timeouts{KeyExchange: 500 * time.Millisecond, Login: 500 * time.Millisecond, Shell: 500 * time.Millisecond},
	Keepalive: transport.Keepalive{Interval: 200 * time.Millisecond, Count: 1},
}

// A flipped bit is an error, or of no consequence.
func TestEveryByteGarbled(t *testing.T) {
	t.Parallel()
	toClient, fromClient := traffic(t)
	t.Run("to the client", func(t *testing.T) {
		t.Parallel()
		mustCover(t, atEach(t, direct, bytesUpTo(toClient, 1), impatient, func(n int64) sshtest.Fault { return sshtest.Fault{FlipToClient: n} }))
	})
	t.Run("from the client", func(t *testing.T) {
		t.Parallel()
		mustCover(t, atEach(t, direct, bytesUpTo(fromClient, 3), impatient, func(n int64) sshtest.Fault { return sshtest.Fault{FlipFromClient: n} }))
	})
	t.Run("everything from a byte on", func(t *testing.T) {
		t.Parallel()
		mustCover(t, atEach(t, direct, bytesUpTo(toClient, 31), impatient, func(n int64) sshtest.Fault { return sshtest.Fault{GarbleAfter: n} }))
	})
}

// A server that stops in the middle of anything is given up.
func TestStallAfterEveryByte(t *testing.T) {
	t.Parallel()
	last, _ := traffic(t)
	mustCover(t, atEach(t, direct, bytesUpTo(last, 13), impatient, func(n int64) sshtest.Fault { return sshtest.Fault{StallAfter: n} }))
}

// A host that stops in the middle of its answer while the connection is well is
// for the caller to give up, who knows how long a step may take.
func TestAStallInTheAnswerEndsWithItsContext(t *testing.T) {
	t.Parallel()
	enough := errors.New("enough")
	ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, enough)
	defer cancel()
	server := stalling(t, sshtest.StageAnswer)
	if phase, err := useUp(ctx, targetOf(t, server), transport.Options{}); !errors.Is(err, enough) {
		t.Errorf("%s: %v", phase, err)
	}
}
