package roundtrips_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"testing"

	"golang.org/x/crypto/ssh"

	"hostkit/tests/lab"
)

// bareTurns is what a program pays that does nothing but run one script: 7 turns
// for the login, 2 for the channel, 1 for the script, since sshd opens the channel
// with a window of 0, and 1 for the end.
const bareTurns = 11

// The yardstick itself: a change of x/crypto or sshd shows here, not as a
// budget that is missed for no reason. Each further script that waits for the
// one before costs 1.
func TestABareProgramTakesElevenTurns(t *testing.T) {
	t.Parallel()
	d := newDistant(t)
	for scripts := range 3 {
		d.within(fmt.Sprintf("a bare program with %d scripts", scripts+1), bareTurns+scripts, func() int {
			r, _ := d.relay()
			client, err := ssh.Dial("tcp", r.Addr(), clientConfig(t, d.lab))
			if err != nil {
				t.Fatal(err)
			}
			runScripts(t, client, scripts+1)
			client.Close()
			turns := count(t, r)
			if turns < bareTurns+scripts {
				t.Errorf("a bare program with %d scripts took only %d turns: the yardstick has changed", scripts+1, turns)
			}
			return turns
		})
	}
}

func clientConfig(t *testing.T, host *lab.Host) *ssh.ClientConfig {
	t.Helper()
	key, err := os.ReadFile(host.Identity)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.ParsePrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return &ssh.ClientConfig{
		User: "root", Auth: []ssh.AuthMethod{ssh.PublicKeys(signer)},
		HostKeyCallback: func(_ string, _ net.Addr, key ssh.PublicKey) error {
			if got := ssh.FingerprintSHA256(key); got != host.Fingerprint() {
				t.Errorf("the host showed the key %s, want %s", got, host.Fingerprint())
			}
			return nil
		},
	}
}

// runScripts gives n scripts to a shell on its stdin, each when the one before
// has answered.
func runScripts(t *testing.T, client *ssh.Client, n int) {
	t.Helper()
	session, err := client.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	stdin, err := session.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := session.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := session.Start("/bin/sh"); err != nil {
		t.Fatal(err)
	}
	answers := bufio.NewReader(stdout)
	for i := range n {
		text := "echo done\n"
		if i == n-1 {
			text += "exit 0\n"
		}
		if _, err := io.WriteString(stdin, text); err != nil {
			t.Fatal(err)
		}
		if answer, err := answers.ReadString('\n'); err != nil || answer != "done\n" {
			t.Fatalf("script %d said %q, %v", i, answer, err)
		}
	}
	if err := session.Wait(); err != nil {
		t.Fatal(err)
	}
}
