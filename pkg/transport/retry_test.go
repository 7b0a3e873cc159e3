package transport_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"hostkit/pkg/transport"
	"hostkit/pkg/transport/sshtest"
)

// soon are delays for tests.
func soon(attempts int) transport.Retry {
	return transport.Retry{Attempts: attempts, BaseDelay: time.Millisecond, MaxDelay: 2 * time.Millisecond}
}

// turningAway is a server that hangs up on its first n connections, after some
// bytes.
func turningAway(t *testing.T, n int, after int64) *sshtest.Server {
	t.Helper()
	return startServer(t, sshtest.Options{
		Password: thePassword,
		Fault: func(connection int) sshtest.Fault {
			if connection < n {
				return sshtest.Fault{CutToClient: after}
			}
			return sshtest.Fault{}
		},
	})
}

// sshd with too many logins at once hangs up by chance: nobody should have to ask
// for another attempt.
func TestAServerThatHangsUpIsTriedAgainUnasked(t *testing.T) {
	t.Parallel()
	for _, after := range []int64{1, 10, int64(len("SSH-2.0-sshtest\r\n"))} {
		server := turningAway(t, 5, after)
		target := targetOf(t, server)
		target.Retry = soon(0)
		connect(t, target, transport.Options{})
		if got := server.Connections(); got != 6 {
			t.Errorf("cut after %d bytes: %d connections", after, got)
		}
	}
	server := turningAway(t, 100, 1)
	target := targetOf(t, server)
	target.Retry = soon(0)
	err := refused[*transport.RetriedError](t, target, transport.Options{})
	var phase *transport.PhaseError
	if !errors.As(err, &phase) || err.Attempts != 6 || !strings.Contains(err.Error(), "attempt 6") || err.Hint() != phase.Hint() {
		t.Errorf("%v, hint %s", err, err.Hint())
	}
	if got := server.Connections(); got != 6 {
		t.Errorf("%d connections", got)
	}
}

// What came after the key exchange began is never repeated, however often the
// user wants to try.
func TestWhatIsNeverRepeated(t *testing.T) {
	t.Parallel()
	once := func(server *sshtest.Server, target transport.Target, timeouts transport.Timeouts) {
		t.Helper()
		target.Retry = soon(5)
		conn, err := transport.Connect(t.Context(), target, transport.Options{Timeouts: timeouts})
		if err == nil {
			conn.Close()
			t.Error("connected")
		}
		if got := server.Connections(); got != 1 {
			t.Errorf("%d connections for %v", got, err)
		}
	}
	server := startServer(t, sshtest.Options{Password: "another"})
	once(server, targetOf(t, server), transport.Timeouts{})
	server = passwordServer(t)
	once(server, targetAt(t, server.Addr()), transport.Timeouts{})
	for _, cut := range []int64{1500, 1900} {
		server = turningAway(t, 100, cut)
		once(server, targetOf(t, server), transport.Timeouts{})
	}
	for _, stage := range []sshtest.Stage{sshtest.StageAccept, sshtest.StageVersion, sshtest.StageKeyExchange, sshtest.StageLogin} {
		server = stalling(t, stage)
		once(server, targetOf(t, server), transport.Timeouts{KeyExchange: 200 * time.Millisecond, Login: 200 * time.Millisecond})
	}
}

// A port of another protocol is no SSH server with too many logins, nor is a
// server that has banned us.
func TestAServerThatSaysWhyItHangsUp(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		said        string
		connections int
		part        string
	}{
		{"HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n", 1, `it hung up and said "HTTP/1.1 400 Bad Request"`},
		{"Not allowed at this time\r\n", 1, `said "Not allowed at this time"`},
		{"\x1b[31mred\r\n", 1, `\x1b[31mred`},
		{"Exceeded MaxStartups\r\n", 6, "attempt 6"},
	} {
		server := startServer(t, sshtest.Options{Script: func(p *sshtest.Peer) {
			p.Write([]byte(tt.said))
		}})
		target := targetOf(t, server)
		target.Retry = soon(0)
		err := refused[transport.Failure](t, target, transport.Options{})
		if !strings.Contains(err.Error(), tt.part) || server.Connections() != tt.connections || err.Exit() != 4 {
			t.Errorf("%d connections: %v (hint: %s)", server.Connections(), err, err.Hint())
		}
	}
}

// A port on which nothing listens yet is tried again only where the user says so.
func TestAnExplicitRetryCoversTheConnectPhase(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	target := targetAt(t, listener.Addr().String())
	listener.Close()
	if err := refused[*transport.PhaseError](t, target, transport.Options{}); !errors.Is(err, syscall.ECONNREFUSED) || strings.Contains(err.Error(), "attempt") {
		t.Errorf("%v", err)
	}
	target.Retry = soon(3)
	retried := refused[*transport.RetriedError](t, target, transport.Options{})
	if retried.Attempts != 3 || !errors.Is(retried, syscall.ECONNREFUSED) || retried.Exit() != 4 || retried.Code() != "unreachable" {
		t.Errorf("%v", retried)
	}
	target.Hostname = "no..such"
	if retried := refused[*transport.RetriedError](t, target, transport.Options{}); retried.Attempts != 3 {
		t.Errorf("%v", retried)
	}
	// The same behind a jump host.
	target = behind(t, target, bastion(t))
	target.Hostname = "127.0.0.1"
	if retried := refused[*transport.RetriedError](t, target, transport.Options{}); retried.Attempts != 3 {
		t.Errorf("%v", retried)
	}
}

func TestTheEndOfAContextEndsTheWaitForTheNextAttempt(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	server := startServer(t, sshtest.Options{
		Password: thePassword,
		Fault: func(int) sshtest.Fault {
			cancel()
			return sshtest.Fault{CutToClient: 1}
		},
	})
	target := targetOf(t, server)
	target.Retry = transport.Retry{Attempts: 2, BaseDelay: time.Hour, MaxDelay: time.Hour}
	within(t, 10*time.Second, func() {
		_, err := transport.Connect(ctx, target, transport.Options{})
		if failure := failure[*transport.PhaseError](t, err); failure.Exit() != 130 {
			t.Errorf("%v", err)
		}
	})
}

// At most eight logins to one server are under way at once, and those that wait
// lose none of their time.
func TestLoginsAtOnceAreBounded(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	reached := make(chan struct{}, 100)
	server := startServer(t, sshtest.Options{
		Password: thePassword,
		Fault: func(int) sshtest.Fault {
			reached <- struct{}{}
			return sshtest.Fault{Hold: release}
		},
	})
	n := startNetwork(t)
	target := targetOf(t, server)
	var all sync.WaitGroup
	for range 30 {
		all.Go(func() {
			conn, err := n.Connect(t.Context(), target, transport.Options{})
			if err != nil {
				t.Error(err)
				return
			}
			conn.Close()
		})
	}
	for range 8 {
		<-reached
	}
	if got := server.Connections(); got != 8 {
		t.Errorf("%d logins at once", got)
	}
	close(release)
	all.Wait()
	if got := server.Connections(); got != 30 {
		t.Errorf("%d connections", got)
	}
}

// The real sshd with its own MaxStartups loses none of a hundred connections.
func TestAHundredLoginsAtOnceAtOneSSHD(t *testing.T) {
	t.Parallel()
	identity, public := writeKey(t, "")
	sshd, err := sshtest.StartOpenSSHDaemon(t.TempDir(), public)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sshd.Close)
	n := startNetwork(t)
	target := targetAt(t, sshd.Addr())
	target.Identities, target.User = []transport.Identity{{File: identity}}, sshd.User()
	writeKnownHosts(t, target, lineFor(sshd.Addr(), sshd.HostKey()))
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			conn, err := n.Connect(t.Context(), target, transport.Options{Timeouts: transport.Timeouts{KeyExchange: time.Minute, Login: time.Minute}})
			if err != nil {
				t.Error(err)
				return
			}
			conn.Close()
		})
	}
	all.Wait()
}
