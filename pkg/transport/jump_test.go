package transport_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"hostkit/pkg/shell"
	"hostkit/pkg/transport"
	"hostkit/pkg/transport/sshtest"
)

// startNetwork returns a network that ends with the test.
func startNetwork(t *testing.T) *transport.Network {
	t.Helper()
	n := transport.NewNetwork()
	t.Cleanup(n.Close)
	return n
}

// bastion is a server that leads to everything on loopback.
func bastion(t *testing.T) *sshtest.Server {
	t.Helper()
	return startServer(t, sshtest.Options{Password: thePassword, Forward: sshtest.Loopback})
}

// behind is target behind servers.
func behind(t *testing.T, target transport.Target, servers ...*sshtest.Server) transport.Target {
	t.Helper()
	for _, server := range servers {
		target.Jumps = append(target.Jumps, targetOf(t, server))
	}
	return target
}

func through(t *testing.T, n *transport.Network, target transport.Target) *transport.Conn {
	t.Helper()
	conn, err := n.Connect(t.Context(), target, transport.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// refusedOn is refused on a network.
func refusedOn[E transport.Failure](t *testing.T, n *transport.Network, target transport.Target, o transport.Options) E {
	t.Helper()
	conn, err := n.Connect(t.Context(), target, o)
	if err == nil {
		conn.Close()
		t.Fatal("connected")
	}
	return failure[E](t, err)
}

func TestChainsOfJumpHosts(t *testing.T) {
	t.Parallel()
	first, second, last := bastion(t), bastion(t), passwordServer(t)
	for _, chain := range [][]*sshtest.Server{{}, {first}, {first, second}} {
		conn := connect(t, behind(t, targetOf(t, last), chain...), transport.Options{})
		if got := batch(t, conn, shell.New("echo there")); got != "there\n" {
			t.Errorf("through %d jump hosts: %q", len(chain), got)
		}
		if got := conn.HostKey(); *got != identityOf(last.HostKey()) {
			t.Errorf("host key %v", got)
		}
	}
	if got := first.Forwarded(); len(got) != 2 || got[0] != last.Addr() || got[1] != second.Addr() {
		t.Errorf("the first jump host was asked for %q", got)
	}
	if len(first.Lines())+len(second.Lines()) != 0 {
		t.Error("something ran on a jump host")
	}
}

// Many hosts that need the same bastion at once make one connection to it.
func TestABastionIsSharedByAllWhoAskAtOnce(t *testing.T) {
	t.Parallel()
	gate, server := bastion(t), passwordServer(t)
	n := startNetwork(t)
	target := behind(t, targetOf(t, server), gate)
	var all sync.WaitGroup
	for i := range 30 {
		target := target
		target.Jumps = append([]transport.Target(nil), target.Jumps...)
		target.Jumps[0].Name = fmt.Sprintf("jump of %d", i)
		all.Go(func() {
			conn, err := n.Connect(t.Context(), target, transport.Options{})
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			if out, err := tryBatch(t.Context(), conn, shell.New("echo there")); out != "there\n" {
				t.Errorf("%q, %v", out, err)
			}
		})
	}
	all.Wait()
	// The last one who left did not close it.
	through(t, n, target)
	if got := gate.Connections(); got != 1 {
		t.Errorf("%d connections to the bastion", got)
	}
	if got := server.Connections(); got != 31 {
		t.Errorf("%d connections to the host", got)
	}
}

// Another user or another known_hosts file is another connection.
func TestBastionsAreSharedOnlyByThoseWhoTrustAndAreTheSame(t *testing.T) {
	t.Parallel()
	gate, server := bastion(t), passwordServer(t)
	n := startNetwork(t)
	target := behind(t, targetOf(t, server), gate)
	through(t, n, target)
	other := target
	other.Jumps = []transport.Target{target.Jumps[0]}
	other.Jumps[0].User = "other"
	through(t, n, other)
	// Who does not know the bastion's key must not go through it because others do.
	strict := target
	strict.Jumps = []transport.Target{targetAt(t, gate.Addr())}
	err := refusedOn[*transport.UnknownHostKeyError](t, n, strict, transport.Options{})
	if !strings.Contains(err.Error(), gate.Addr()[strings.LastIndex(gate.Addr(), ":"):]) {
		t.Error(err)
	}
}

// The end of one waiter's context ends its wait, and neither the login to the
// bastion nor the wait of others.
func TestTheEndOfAContextEndsOneWait(t *testing.T) {
	t.Parallel()
	held := make(chan struct{})
	gate := startServer(t, sshtest.Options{
		Password: thePassword, Forward: sshtest.Loopback,
		Fault: func(int) sshtest.Fault { <-held; return sshtest.Fault{} },
	})
	server := passwordServer(t)
	n := startNetwork(t)
	target := behind(t, targetOf(t, server), gate)
	patient := make(chan error)
	go func() {
		conn, err := n.Connect(t.Context(), target, transport.Options{})
		if err == nil {
			err = conn.Close()
		}
		patient <- err
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := n.Connect(ctx, target, transport.Options{})
	jump := failure[*transport.JumpError](t, err)
	if !errors.Is(err, context.DeadlineExceeded) || jump.Exit() != 4 {
		t.Errorf("%v", err)
	}
	close(held)
	if err := <-patient; err != nil {
		t.Error(err)
	}
	if got := gate.Connections(); got != 1 {
		t.Errorf("%d connections to the bastion", got)
	}
}

func TestALostBastionIsNamedAndDialledAnew(t *testing.T) {
	t.Parallel()
	gate, server := bastion(t), passwordServer(t)
	n := startNetwork(t)
	target := behind(t, targetOf(t, server), gate)
	conn := through(t, n, target)
	stream, err := conn.Shell(t.Context(), transport.Privilege{})
	if err != nil {
		t.Fatal(err)
	}
	gate.Drop()
	_, err = stream.Stdout.Read(make([]byte, 1))
	lost := failure[*transport.LostError](t, err)
	if !strings.Contains(lost.Error(), "jump host "+gate.Addr()) || lost.Address != server.Addr() {
		t.Errorf("%v", lost)
	}
	if _, err := conn.Shell(t.Context(), transport.Privilege{}); err == nil || !strings.Contains(err.Error(), "jump host "+gate.Addr()) {
		t.Errorf("%v", err)
	}
	if got := batch(t, through(t, n, target), shell.New("echo again")); got != "again\n" {
		t.Errorf("%q", got)
	}
	if got := gate.Connections(); got != 2 {
		t.Errorf("%d connections to the bastion", got)
	}
}

// The name of a host behind a bastion may mean nothing, or something else, here.
func TestTheBastionLooksTheNameUp(t *testing.T) {
	t.Parallel()
	server := passwordServer(t)
	gate := startServer(t, sshtest.Options{
		Password: thePassword,
		Forward: func(address string) string {
			if address == "db1.invalid:"+strconv.Itoa(server.Port()) {
				return server.Addr()
			}
			return ""
		},
	})
	target := targetAt(t, "db1.invalid:"+strconv.Itoa(server.Port()))
	target.AcceptNew = true
	connect(t, behind(t, target, gate), transport.Options{})
}

// The plan's key is that of the host, not of those before it.
func TestThePinIsForTheHostAlone(t *testing.T) {
	t.Parallel()
	server, gate := passwordServer(t), bastion(t)
	target := behind(t, targetOf(t, server), gate)
	pin := &transport.Pin{RequireKey: identityOf(server.HostKey())}
	connect(t, target, transport.Options{Pin: pin})
	pin.RequireKey = identityOf(gate.HostKey())
	refused[*transport.PinnedHostKeyError](t, target, transport.Options{Pin: pin})
}

func TestAClosedNetworkConnectsToNothing(t *testing.T) {
	t.Parallel()
	gate, server := bastion(t), passwordServer(t)
	n := transport.NewNetwork()
	target := behind(t, targetOf(t, server), gate)
	conn := through(t, n, target)
	stream, err := conn.Shell(t.Context(), transport.Privilege{})
	if err != nil {
		t.Fatal(err)
	}
	n.Close()
	n.Close()
	if _, err := stream.Stdout.Read(make([]byte, 1)); err == nil {
		t.Error("a connection outlives the bastion it goes through")
	}
	refusedOn[transport.Failure](t, n, target, transport.Options{})
	refusedOn[transport.Failure](t, n, targetOf(t, server), transport.Options{})
}
