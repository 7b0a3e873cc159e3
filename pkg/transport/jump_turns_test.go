package transport_test

import (
	"fmt"
	"testing"
	"time"

	"hostkit/pkg/shell"
	"hostkit/pkg/transport"
	"hostkit/pkg/transport/relay"
	"hostkit/pkg/transport/sshtest"
)

// directTurns is what a key login with a shell and a batch takes without a jump
// host, TCP's handshake included.
const directTurns = 11

// The login to a bastion is 8 turns more for the first host, and the way on from it
// takes the place of TCP's handshake; those who come later pay nothing for it.
func TestTurnsThroughOneBastion(t *testing.T) {
	t.Parallel()
	const first, further = directTurns + 8, directTurns + 1
	identity, public := writeKey(t, "")
	servers := make([]*sshtest.OpenSSH, 2)
	for i := range servers {
		var err error
		if servers[i], err = sshtest.StartOpenSSH(t.TempDir(), public); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(servers[i].Close)
	}
	targetAtSSHD := func(address string, sshd *sshtest.OpenSSH) transport.Target {
		target := targetAt(t, address)
		target.Identities, target.User = []transport.Identity{{File: identity}}, sshd.User()
		writeKnownHosts(t, target, lineFor(address, sshd.HostKey()))
		return target
	}
	var seen []string
	// Load can only add turns.
	for range 3 {
		r, err := relay.Start(servers[0].Addr(), 50*time.Millisecond)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(r.Close)
		n := transport.NewNetwork()
		target := targetAtSSHD(servers[1].Addr(), servers[1])
		target.Jumps = []transport.Target{targetAtSSHD(r.Addr(), servers[0])}
		var turns []int
		for range 3 {
			before := r.Total()
			conn := through(t, n, target)
			if got := batch(t, conn, shell.New("echo done")); got != "done\n" {
				t.Errorf("the batch said %q", got)
			}
			turns = append(turns, r.Total()-before)
			conn.Close()
		}
		n.Close()
		seen = append(seen, fmt.Sprint(turns))
		if turns[0] <= first && turns[1] <= further && turns[2] <= further {
			t.Logf("turns: %v", seen)
			return
		}
	}
	t.Errorf("turns: %v, want at most %d for the first host and %d for each further one", seen, first, further)
}
