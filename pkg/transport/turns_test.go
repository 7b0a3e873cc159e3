package transport_test

import (
	"slices"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

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
	r, err := relay.Start(sshd.Addr(), 50*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	target := targetAt(t, r.Addr())
	target.IdentityFile = identity
	writeKnownHosts(t, target, "[127.0.0.1]:"+itoa(target.Port)+" "+string(ssh.MarshalAuthorizedKey(sshd.HostKey())))
	checkTurns(t, r, target, 11)
}

// A password takes one turn where a key takes two.
func TestAPasswordLoginAndABatchTakeTenTurns(t *testing.T) {
	t.Parallel()
	server := passwordServer(t)
	r, err := relay.Start(server.Addr(), 50*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	target := targetAt(t, r.Addr())
	writeKnownHosts(t, target, "[127.0.0.1]:"+itoa(target.Port)+" "+string(ssh.MarshalAuthorizedKey(server.HostKey())))
	checkTurns(t, r, target, 10)
}

func checkTurns(t *testing.T, r *relay.Relay, target transport.Target, most int) {
	t.Helper()
	conn := connect(t, target, transport.Options{})
	if got := batch(t, conn, shell.New("echo done")); got != "done\n" {
		t.Errorf("the batch said %q", got)
	}
	conn.Close()
	time.Sleep(300 * time.Millisecond)
	got := r.Turns()
	t.Logf("turns: %v", got)
	if len(got) != 1 || slices.Max(got) > most {
		t.Errorf("turns: %v, want one connection of at most %d", got, most)
	}
}
