package transport_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"hostkit/pkg/transport"
	"hostkit/pkg/transport/relay"
	"hostkit/pkg/transport/sshtest"
)

// A bastion that is gone without a word is found by those behind it, and named.
func TestASilentBastionIsFound(t *testing.T) {
	t.Parallel()
	gate, server := bastion(t), passwordServer(t)
	r, err := relay.Start(gate.Addr(), 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	for _, alive := range []struct{ bastion, host time.Duration }{{50 * time.Millisecond, -1}, {-1, 50 * time.Millisecond}} {
		target := targetOf(t, server)
		jump := targetAt(t, r.Addr())
		writeKnownHosts(t, jump, lineFor(r.Addr(), gate.HostKey()))
		jump.ServerAliveInterval, target.ServerAliveInterval = alive.bastion, alive.host
		target.Jumps = []transport.Target{jump}
		conn := connect(t, target, transport.Options{})
		stream, err := conn.Shell(t.Context(), transport.Privilege{})
		if err != nil {
			t.Fatal(err)
		}
		r.Stall()
		within(t, 10*time.Second, func() {
			_, err := stream.Stdout.Read(make([]byte, 1))
			lost := failure[*transport.LostError](t, err)
			if !strings.Contains(lost.Error(), "jump host "+r.Addr()) || !strings.Contains(lost.Error(), "no sign of life") {
				t.Errorf("%v", lost)
			}
		})
		r.Resume()
	}
}

// A host behind a bastion that is well is found silent by its own keepalives.
func TestASilentHostBehindABastionIsFound(t *testing.T) {
	t.Parallel()
	server := passwordServer(t)
	r, err := relay.Start(server.Addr(), 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	target := behind(t, targetAt(t, r.Addr()), bastion(t))
	writeKnownHosts(t, target, lineFor(r.Addr(), server.HostKey()))
	target.ServerAliveInterval = 100 * time.Millisecond
	conn := connect(t, target, transport.Options{Keepalive: transport.Keepalive{Interval: time.Hour}})
	stream, err := conn.Shell(t.Context(), transport.Privilege{})
	if err != nil {
		t.Fatal(err)
	}
	r.Stall()
	t.Cleanup(r.Resume)
	within(t, 10*time.Second, func() {
		_, err := stream.Stdout.Read(make([]byte, 1))
		lost := failure[*transport.LostError](t, err)
		if lost.Address != r.Addr() || lost.Silent == 0 || strings.Contains(lost.Error(), "jump host") {
			t.Errorf("%v", lost)
		}
	})
}

// ConnectTimeout is that of its own hop.
func TestConnectTimeoutOfATarget(t *testing.T) {
	t.Parallel()
	const short = 200 * time.Millisecond
	full := targetAt(t, fullListener(t))
	full.ConnectTimeout = short
	silent := behind(t, targetAt(t, "127.0.0.1:1"), stalling(t, sshtest.StageChannel))
	silent.ConnectTimeout = short
	through := behind(t, targetAt(t, "127.0.0.1:1"))
	through.Jumps = []transport.Target{full}
	for _, target := range []transport.Target{full, silent, through} {
		within(t, 10*time.Second, func() {
			err := refused[*transport.PhaseError](t, target, transport.Options{Timeouts: transport.Timeouts{Connect: time.Hour}})
			if err.Phase != transport.PhaseConnect || !errors.Is(err, transport.ErrTimeout) || err.Waited < short {
				t.Errorf("%v", err)
			}
		})
	}
}
