package transport_test

import (
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"hostkit/pkg/transport"
	"hostkit/pkg/transport/sshtest"
)

// A bastion that refuses the login is asked once, whatever the number of hosts
// behind it: otherwise it locks the account.
func TestARefusedLoginAtABastionIsNotRepeated(t *testing.T) {
	t.Parallel()
	gate := startServer(t, sshtest.Options{Password: "another", Forward: sshtest.Loopback})
	n := startNetwork(t)
	target := behind(t, targetOf(t, passwordServer(t)), gate)
	for range 3 {
		err := refusedOn[*transport.JumpError](t, n, target, transport.Options{})
		var login *transport.LoginError
		if !errors.As(err, &login) || err.Code() != "login_refused" || err.Exit() != 4 || err.Hint() != "for the jump host: "+login.Hint() {
			t.Errorf("%v", err)
		}
		if !strings.HasPrefix(err.Error(), "jump host "+gate.Addr()+": ") {
			t.Errorf("%v", err)
		}
	}
	if got := gate.Attempts(); len(got) != 1 {
		t.Errorf("attempts %q", got)
	}
}

func TestAJumpHostThatDoesNotForward(t *testing.T) {
	t.Parallel()
	server := passwordServer(t)
	strict := passwordServer(t)
	err := refused[*transport.ForwardError](t, behind(t, targetOf(t, server), strict), transport.Options{})
	if err.Code() != "forwarding_refused" || !strings.Contains(err.Hint(), "AllowTcpForwarding") || err.Exit() != 4 {
		t.Errorf("%v, code %s, hint %s", err, err.Code(), err.Hint())
	}
	listener, listenErr := net.Listen("tcp", "127.0.0.1:0")
	if listenErr != nil {
		t.Fatal(listenErr)
	}
	listener.Close()
	gate := bastion(t)
	err = refused[*transport.ForwardError](t, behind(t, targetAt(t, listener.Addr().String()), gate), transport.Options{})
	if err.Code() != "unreachable" || !strings.Contains(err.Error(), gate.Addr()+" could not connect to "+listener.Addr().String()) {
		t.Errorf("%v, code %s", err, err.Code())
	}
}

// Each phase has its limit at a hop and behind it.
func TestPhasesThroughAJumpHost(t *testing.T) {
	t.Parallel()
	for _, tt := range stalls {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := stalling(t, tt.stage)
			within(t, 10*time.Second, func() {
				target := behind(t, targetOf(t, server), bastion(t))
				err := failure[*transport.PhaseError](t, reach(t.Context(), target, transport.Options{Timeouts: quick(tt.phase)}))
				if err.Phase != tt.phase || err.Code() != "timeout" || err.Exit() != 4 {
					t.Errorf("phase %q: %v", err.Phase, err)
				}
			})
			if tt.phase == transport.PhaseShell {
				return
			}
			within(t, 10*time.Second, func() {
				target := behind(t, targetOf(t, passwordServer(t)), stalling(t, tt.stage))
				err := failure[*transport.JumpError](t, reach(t.Context(), target, transport.Options{Timeouts: quick(tt.phase)}))
				var phase *transport.PhaseError
				if !errors.As(err, &phase) || phase.Phase != tt.phase || err.Code() != "timeout" {
					t.Errorf("%v", err)
				}
			})
		})
	}
}

// A bastion that never answers the request for a connection is a timeout of the
// connect phase, which names both.
func TestABastionThatNeverForwards(t *testing.T) {
	t.Parallel()
	target := behind(t, targetAt(t, "127.0.0.1:1"), stalling(t, sshtest.StageChannel))
	within(t, 10*time.Second, func() {
		err := refused[*transport.PhaseError](t, target, transport.Options{Timeouts: transport.Timeouts{Connect: 500 * time.Millisecond}})
		if err.Phase != transport.PhaseConnect || err.Code() != "timeout" || err.Through != target.Jumps[0].Address() {
			t.Errorf("%v", err)
		}
	})
}

func TestAJumpHostHasNoJumpHosts(t *testing.T) {
	t.Parallel()
	gate := bastion(t)
	nested := behind(t, targetOf(t, passwordServer(t)), gate)
	nested.Jumps[0].Jumps = []transport.Target{targetOf(t, gate)}
	refused[*transport.TargetError](t, nested, transport.Options{})
	nested.Jumps[0] = transport.Target{Name: "here", Local: true}
	refused[*transport.TargetError](t, nested, transport.Options{})
	if got := gate.Connections(); got != 0 {
		t.Errorf("%d connections", got)
	}
}

// The hop at which it failed is named, not those before and behind it.
func TestTheHopThatFailedIsNamed(t *testing.T) {
	t.Parallel()
	good, wrong := bastion(t), startServer(t, sshtest.Options{Password: "another", Forward: sshtest.Loopback})
	server := passwordServer(t)
	for _, chain := range [][]*sshtest.Server{{wrong, good}, {good, wrong}} {
		err := refused[*transport.JumpError](t, behind(t, targetOf(t, server), chain...), transport.Options{})
		var login *transport.LoginError
		if err.Address != wrong.Addr() || !errors.As(err, &login) || strings.Contains(err.Error(), good.Addr()) {
			t.Errorf("%v", err)
		}
		if got := strings.Count(err.Error(), "jump host"); got != 1 {
			t.Errorf("%d jump hosts are named: %v", got, err)
		}
	}
	unknown := behind(t, targetOf(t, server), good, good)
	unknown.Jumps[1].KnownHosts = targetAt(t, good.Addr()).KnownHosts
	err := refused[*transport.UnknownHostKeyError](t, unknown, transport.Options{})
	if err.Code() != "unknown_host_key" || len(server.Attempts()) != 0 {
		t.Errorf("%v", err)
	}
}
