package transport_test

import (
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"hostkit/pkg/shell"
	"hostkit/pkg/transport"
	"hostkit/pkg/transport/relay"
	"hostkit/pkg/transport/sshtest"
)

// A cold login, a shell and one batch cost what a bare program pays, which
// package relay measures.
func TestAKeyLoginAndABatchTakeElevenTurns(t *testing.T) {
	t.Parallel()
	identity, public := writeKey(t, "")
	sshd, err := sshtest.StartOpenSSH(t.TempDir(), public)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sshd.Close)
	target := targetAt(t, sshd.Addr())
	target.Identities, target.User = []transport.Identity{{File: identity}}, sshd.User()
	checkTurns(t, target, sshd.HostKey(), 11)
}

// Whichever place the named key has in the agent.
func TestANamedKeyOfAnAgentTakesElevenTurns(t *testing.T) {
	t.Parallel()
	var files []string
	for range 3 {
		file, _ := writeKey(t, "")
		files = append(files, file)
	}
	identity, public := writeKey(t, "")
	sshd := startOpenSSH(t, public)
	target := targetOfOpenSSH(t, sshd)
	target.Agent, target.Identities = startSSHAgent(t, append(files, identity)...), []transport.Identity{{File: identity}}
	checkTurns(t, target, sshd.HostKey(), 11)
}

// A password takes one turn where a key takes two.
func TestAPasswordLoginAndABatchTakeTenTurns(t *testing.T) {
	t.Parallel()
	server := passwordServer(t)
	checkTurns(t, targetAt(t, server.Addr()), server.HostKey(), 10)
}

func checkTurns(t *testing.T, target transport.Target, hostKey ssh.PublicKey, most int) {
	t.Helper()
	server := target.Address()
	var seen []int
	// Load can only add turns.
	for range 3 {
		r, err := relay.Start(server, 50*time.Millisecond)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(r.Close)
		through, at := target, targetAt(t, r.Addr())
		through.Hostname, through.Port, through.KnownHosts = at.Hostname, at.Port, at.KnownHosts
		writeKnownHosts(t, through, knownhosts.Line([]string{r.Addr()}, hostKey)+"\n")
		conn := connect(t, through, transport.Options{})
		if got := batch(t, conn, shell.New("echo done")); got != "done\n" {
			t.Errorf("the batch said %q", got)
		}
		conn.Close()
		r.Wait()
		turns := r.Turns()
		if len(turns) != 1 {
			t.Fatalf("turns of %d connections: %v", len(turns), turns)
		}
		if seen = append(seen, turns[0]); turns[0] <= most {
			t.Logf("turns: %v", seen)
			return
		}
	}
	t.Errorf("turns: %v, want at most %d", seen, most)
}
