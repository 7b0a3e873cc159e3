package transport_test

import (
	"strings"
	"testing"
	"time"

	"hostkit/pkg/transport"
	"hostkit/pkg/transport/sshtest"
)

// behindFaults is an honest host behind a bastion that meets a fault.
func behindFaults(t *testing.T, fault func(connection int) sshtest.Fault) transport.Target {
	t.Helper()
	gate := startServer(t, sshtest.Options{Password: thePassword, Config: fewAlgorithms, Forward: sshtest.Loopback, Fault: fault})
	return behind(t, direct(t, nil), gate)
}

// faultyBehind is a host that meets a fault, behind an honest bastion.
func faultyBehind(t *testing.T, fault func(connection int) sshtest.Fault) transport.Target {
	t.Helper()
	gate := startServer(t, sshtest.Options{Password: thePassword, Config: fewAlgorithms, Forward: sshtest.Loopback})
	return behind(t, direct(t, fault), gate)
}

// gateTraffic is how many bytes a bastion sends and takes for a login and a batch
// behind it.
func gateTraffic(t *testing.T) (toClient, fromClient int64) {
	t.Helper()
	gate := startServer(t, sshtest.Options{Password: thePassword, Config: fewAlgorithms, Forward: sshtest.Loopback})
	if phase, err := useUp(t.Context(), behind(t, direct(t, nil), gate), transport.Options{}); err != nil {
		t.Fatalf("%s: %v", phase, err)
	}
	return gate.Traffic()
}

// A bastion that goes away takes everything behind it along, at once and with an
// error for people.
func TestCutsAtABastion(t *testing.T) {
	t.Parallel()
	toClient, fromClient := gateTraffic(t)
	mustCover(t, atEach(t, behindFaults, bytesUpTo(toClient, 23), transport.Options{}, func(n int64) sshtest.Fault {
		return sshtest.Fault{CutToClient: n}
	}))
	mustCover(t, atEach(t, behindFaults, bytesUpTo(fromClient, 23), transport.Options{}, func(n int64) sshtest.Fault {
		return sshtest.Fault{CutFromClient: n}
	}))
}

func TestCutsBehindABastion(t *testing.T) {
	t.Parallel()
	toClient, fromClient := traffic(t)
	mustCover(t, atEach(t, faultyBehind, bytesUpTo(toClient, 23), transport.Options{}, func(n int64) sshtest.Fault {
		return sshtest.Fault{CutToClient: n}
	}))
	mustCover(t, atEach(t, faultyBehind, bytesUpTo(fromClient, 23), transport.Options{}, func(n int64) sshtest.Fault {
		return sshtest.Fault{CutFromClient: n}
	}))
}

// Wherever a bastion falls silent or garbles, there is a limit.
func TestFaultsInTheMiddleOfABastion(t *testing.T) {
	t.Parallel()
	toClient, _ := gateTraffic(t)
	o := impatient
	o.Timeouts.Connect = 500 * time.Millisecond
	mustCover(t, atEach(t, behindFaults, bytesUpTo(toClient, 31), o, func(n int64) sshtest.Fault {
		return sshtest.Fault{StallAfter: n}
	}))
	mustCover(t, atEach(t, behindFaults, bytesUpTo(toClient, 31), o, func(n int64) sshtest.Fault {
		return sshtest.Fault{FlipToClient: n}
	}))
}

// A host behind a bastion that speaks no SSH, or floods, is told from the bastion.
func TestNoServersBehindABastion(t *testing.T) {
	t.Parallel()
	for _, group := range [][]hostile{beforeTheKeys, duringTheLogin, onTheConnection} {
		for _, tt := range group {
			if !strings.Contains(tt.name, "for ever") && tt.name != "a farewell" && tt.name != "another protocol" {
				continue
			}
			t.Run(string(tt.phase)+"/"+tt.name, func(t *testing.T) {
				t.Parallel()
				server := startServer(t, sshtest.Options{Script: tt.script})
				target := behind(t, targetOf(t, server), bastion(t))
				n := transport.NewNetwork()
				t.Cleanup(n.Close)
				// The bastion is logged in to before the limits get short.
				well := targetOf(t, passwordServer(t))
				well.Jumps = target.Jumps
				through(t, n, well)
				phase, err := useUpOn(t.Context(), n, target, transport.Options{Timeouts: quick(tt.phase)})
				if err == nil || phase != tt.phase {
					t.Fatalf("phase %q: %v", phase, err)
				}
				mustBeTyped(t, err)
				if strings.Contains(err.Error(), "jump host") {
					t.Errorf("it blames the bastion: %v", err)
				}
			})
		}
	}
}
