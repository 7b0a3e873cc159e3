package transport_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"
	"testing"
	"time"

	"hostkit/pkg/shell"
	"hostkit/pkg/transport"
	"hostkit/pkg/transport/sshtest"
)

// stalls says in which phase a server that falls silent at a stage is found out.
var stalls = []struct {
	name  string
	stage sshtest.Stage
	phase transport.Phase
}{
	{"accept", sshtest.StageAccept, transport.PhaseKeyExchange},
	{"version", sshtest.StageVersion, transport.PhaseKeyExchange},
	{"key exchange", sshtest.StageKeyExchange, transport.PhaseLogin},
	{"login", sshtest.StageLogin, transport.PhaseLogin},
	{"channel", sshtest.StageChannel, transport.PhaseShell},
	{"exec", sshtest.StageExec, transport.PhaseShell},
}

func stalling(t *testing.T, stage sshtest.Stage) *sshtest.Server {
	t.Helper()
	return startServer(t, sshtest.Options{
		Password: thePassword,
		Fault:    func(int) sshtest.Fault { return sshtest.Fault{Stall: stage} },
	})
}

// reach connects and opens a shell, and returns the first error.
func reach(ctx context.Context, target transport.Target, o transport.Options) error {
	conn, err := transport.Connect(ctx, target, o)
	if err != nil {
		return err
	}
	defer conn.Close()
	stream, err := conn.Shell(ctx, transport.Privilege{})
	if err != nil {
		return err
	}
	return stream.Close()
}

func TestEveryPhaseHasItsLimit(t *testing.T) {
	t.Parallel()
	for _, tt := range stalls {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := stalling(t, tt.stage)
			within(t, 10*time.Second, func() {
				err := failure[*transport.PhaseError](t, reach(t.Context(), targetOf(t, server), transport.Options{Timeouts: quick(tt.phase)}))
				if err.Phase != tt.phase || !errors.Is(err, transport.ErrTimeout) || err.Waited < 150*time.Millisecond {
					t.Errorf("phase %q after %v: %v", err.Phase, err.Waited, err)
				}
				if err.Code() != "timeout" || err.Exit() != 4 {
					t.Errorf("code %s, exit %d", err.Code(), err.Exit())
				}
			})
		})
	}
}

func TestTheEndOfAContextEndsEveryPhase(t *testing.T) {
	t.Parallel()
	for _, tt := range stalls {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := stalling(t, tt.stage)
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(200*time.Millisecond, cancel)
			within(t, 10*time.Second, func() {
				err := failure[*transport.PhaseError](t, reach(ctx, targetOf(t, server), transport.Options{}))
				if !errors.Is(err, context.Canceled) || err.Exit() != 130 || err.Code() != "interrupted" {
					t.Errorf("%v, code %s, exit %d", err, err.Code(), err.Exit())
				}
			})
		})
	}
}

func TestAContextThatHasEndedConnectsToNothing(t *testing.T) {
	t.Parallel()
	server := passwordServer(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	failure[*transport.PhaseError](t, reach(ctx, targetOf(t, server), transport.Options{}))
	if got := server.Connections(); got != 0 {
		t.Errorf("%d connections", got)
	}
}

func TestResolveAndConnect(t *testing.T) {
	t.Parallel()
	unknown := targetAt(t, "127.0.0.1:22")
	unknown.Hostname = "does-not-exist.invalid"
	if err := refused[*transport.PhaseError](t, unknown, transport.Options{}); err.Phase != transport.PhaseResolve {
		t.Errorf("phase %q: %v", err.Phase, err)
	}

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	closed := refused[*transport.PhaseError](t, targetAt(t, listener.Addr().String()), transport.Options{})
	if closed.Phase != transport.PhaseConnect || !errors.Is(closed, syscall.ECONNREFUSED) || closed.Code() != "unreachable" {
		t.Errorf("phase %q: %v", closed.Phase, closed)
	}

	// A listener whose queue is full answers no SYN.
	full := fullListener(t)
	within(t, 10*time.Second, func() {
		silent := refused[*transport.PhaseError](t, targetAt(t, full), transport.Options{Timeouts: transport.Timeouts{Connect: 200 * time.Millisecond}})
		if silent.Phase != transport.PhaseConnect || silent.Code() != "timeout" {
			t.Errorf("phase %q: %v", silent.Phase, silent)
		}
	})
}

// The context of the phase was cancelled before its error was looked at, and the
// cancellation taken for the reason: every name that DNS does not have ended as
// "context canceled" with status 130.
func TestANameThatIsNotThereIsNotAnInterruption(t *testing.T) {
	t.Parallel()
	// The resolver refuses an empty label by itself, also where there is no DNS.
	unknown := targetAt(t, "127.0.0.1:22")
	unknown.Hostname = "no..such"
	err := refused[*transport.PhaseError](t, unknown, transport.Options{})
	if err.Error() != "resolve no..such: no such host" || err.Code() != "unreachable" || err.Exit() != 4 || err.Hint() == "" {
		t.Errorf("code %s, exit %d: %v (hint %q)", err.Code(), err.Exit(), err, err.Hint())
	}
}

// fullListener returns an address that accepts no further connection.
func fullListener(t *testing.T) string {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	address := fmt.Sprintf("127.0.0.1:%d", name.(*syscall.SockaddrInet4).Port)
	for range 4 {
		if conn, err := net.DialTimeout("tcp", address, 100*time.Millisecond); err == nil {
			t.Cleanup(func() { conn.Close() })
		}
	}
	return address
}

// A peer that is not an SSH server, or not any more, is told from one that is
// slow, and nothing of it reaches the terminal.
func TestMalformedAnswers(t *testing.T) {
	t.Parallel()
	for _, after := range []int64{1, 10, 25, 60, 500, 900} {
		t.Run(fmt.Sprint(after), func(t *testing.T) {
			t.Parallel()
			server := startServer(t, sshtest.Options{
				Password: thePassword,
				Fault:    func(int) sshtest.Fault { return sshtest.Fault{GarbleAfter: after} },
			})
			within(t, 15*time.Second, func() {
				limits := quick("")
				limits.KeyExchange, limits.Login = 2*time.Second, 2*time.Second
				failure[transport.Failure](t, reach(t.Context(), targetOf(t, server), transport.Options{Timeouts: limits}))
			})
		})
	}
}

// cutsOverALogin are byte counts over the whole login, which takes about 2,000
// bytes in each direction, into the batch, and one beyond everything.
func cutsOverALogin() []int64 {
	var cuts []int64
	for n := int64(1); n < 3000; n += 61 {
		cuts = append(cuts, n)
	}
	return append(cuts, 1<<20)
}

// Wherever the network is cut, the call ends at once, with an error for people,
// and nothing is left.
func TestCutAnywhere(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]func(n int64) sshtest.Fault{
		"to the client":   func(n int64) sshtest.Fault { return sshtest.Fault{CutToClient: n} },
		"from the client": func(n int64) sshtest.Fault { return sshtest.Fault{CutFromClient: n} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cuts := cutsOverALogin()
			server := startServer(t, sshtest.Options{
				Password: thePassword,
				Fault:    func(connection int) sshtest.Fault { return fault(cuts[connection]) },
			})
			target := targetOf(t, server)
			failures := 0
			for _, n := range cuts {
				within(t, 10*time.Second, func() {
					err := useOnce(t.Context(), target)
					if err == nil {
						return
					}
					failures++
					failure[transport.Failure](t, err)
					if t.Failed() {
						t.Fatalf("after %d bytes: %v", n, err)
					}
				})
			}
			if failures < len(cuts)/2 || failures == len(cuts) {
				t.Errorf("%d of %d connections failed: the cuts don't cover the login", failures, len(cuts))
			}
		})
	}
}

// useOnce connects and runs a batch.
func useOnce(ctx context.Context, target transport.Target) error {
	conn, err := transport.Connect(ctx, target, transport.Options{})
	if err != nil {
		return err
	}
	defer conn.Close()
	_, err = tryBatch(ctx, conn, shell.New("echo done"))
	return err
}

func TestStallAnywhere(t *testing.T) {
	t.Parallel()
	cuts := cutsOverALogin()
	server := startServer(t, sshtest.Options{
		Password: thePassword,
		Fault:    func(connection int) sshtest.Fault { return sshtest.Fault{StallAfter: cuts[connection]} },
	})
	target := targetOf(t, server)
	limit := 100 * time.Millisecond
	o := transport.Options{
		Timeouts:  transport.Timeouts{KeyExchange: limit, Login: limit, Shell: limit},
		Keepalive: transport.Keepalive{Interval: limit / 2, Count: 2},
	}
	for range cuts {
		within(t, 10*time.Second, func() {
			err := reach(t.Context(), target, o)
			if err != nil {
				failure[transport.Failure](t, err)
			}
		})
	}
}
