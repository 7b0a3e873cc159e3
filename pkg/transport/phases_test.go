package transport_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

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
	{"algorithms", sshtest.StageAlgorithms, transport.PhaseKeyExchange},
	{"key exchange", sshtest.StageKeyExchange, transport.PhaseLogin},
	{"service", sshtest.StageService, transport.PhaseLogin},
	{"login", sshtest.StageLogin, transport.PhaseLogin},
	{"channel", sshtest.StageChannel, transport.PhaseShell},
	{"exec", sshtest.StageExec, transport.PhaseShell},
	{"output", sshtest.StageOutput, transport.PhaseShell},
}

func stalling(t *testing.T, stage sshtest.Stage) *sshtest.Server {
	t.Helper()
	return startServer(t, sshtest.Options{
		Password: thePassword,
		Fault:    func(int) sshtest.Fault { return sshtest.Fault{Stall: stage} },
	})
}

// reach is useUp's error.
func reach(ctx context.Context, target transport.Target, o transport.Options) error {
	_, err := useUp(ctx, target, o)
	return err
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
		if tt.stage == sshtest.StageOutput {
			// The end of a session's context is returned as it is.
			continue
		}
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
	// The hint named ssh's config also where it was switched off, and never the
	// host of it that was mistyped.
	for begin, entry := range map[string]transport.ConfigEntry{
		"set hostname in the config; ":                                  {},
		"set hostname in the config, or a Host entry in ~/.ssh/config;": {Name: "no..such", File: "~/.ssh/config"},
		"did you mean no.such? no Host block of f matches no..such; otherwise set hostname": {
			Name: "no..such", File: "f", Unlisted: true, Known: []string{"db", "no.such"},
		},
		"no Host block of f matches no..such: is the name right? then set hostname": {Name: "no..such", File: "f", Unlisted: true, Known: []string{"db"}},
	} {
		unknown.Entry = entry
		if got := refused[*transport.PhaseError](t, unknown, transport.Options{}).Hint(); !strings.HasPrefix(got, begin) {
			t.Errorf("%+v: %q", entry, got)
		}
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
