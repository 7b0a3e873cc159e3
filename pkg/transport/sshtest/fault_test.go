package sshtest_test

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"hostkit/pkg/transport/sshtest"
)

// Each stall is reached, and is not passed.
func TestStalls(t *testing.T) {
	t.Parallel()
	for stage := sshtest.StageAccept; stage <= sshtest.StageAnswer; stage++ {
		server := start(t, sshtest.Options{Password: "pw", Fault: func(int) sshtest.Fault { return sshtest.Fault{Stall: stage} }})
		client, err := dial(server, 500*time.Millisecond, ssh.Password("pw"))
		reached := sshtest.StageChannel
		if err != nil {
			if stage > sshtest.StageLogin {
				t.Errorf("stage %d: %v", stage, err)
			}
			continue
		}
		if session, err := client.NewSession(); err == nil {
			reached = runsInto(session)
		}
		if reached != stage {
			t.Errorf("stage %d: reached %d", stage, reached)
		}
		client.Close()
	}
}

// runsInto runs a line and returns the stage that stalls.
func runsInto(session *ssh.Session) sshtest.Stage {
	out, err := session.StdoutPipe()
	if err != nil || session.Start("echo one; echo two; echo three") != nil {
		return sshtest.StageExec
	}
	switch said, _ := io.ReadAll(out); string(said) {
	case "":
		return sshtest.StageOutput
	case "one\ntwo\n":
		return sshtest.StageAnswer
	}
	return sshtest.StageNone
}

// raw reads what a server with a fault sends to a client that says nothing but
// its version.
func raw(t *testing.T, fault sshtest.Fault) string {
	t.Helper()
	server := start(t, sshtest.Options{Password: "pw", Fault: func(int) sshtest.Fault { return fault }})
	conn, err := net.Dial("tcp", server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "SSH-2.0-test\r\n"); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(200 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	got, _ := io.ReadAll(conn)
	return string(got)
}

func TestFaultsCountBytes(t *testing.T) {
	t.Parallel()
	const version = "SSH-2.0-sshtest\r\n"
	if got := raw(t, sshtest.Fault{Stall: sshtest.StageAccept}); got != "" {
		t.Errorf("silent from the beginning: %q", got)
	}
	if got := raw(t, sshtest.Fault{Stall: sshtest.StageVersion}); got != version {
		t.Errorf("silent after the version: %q", got)
	}
	for _, n := range []int{1, 5, len(version), 40, 200} {
		for name, fault := range map[string]sshtest.Fault{
			"stall": {StallAfter: int64(n)}, "cut": {CutToClient: int64(n)},
		} {
			if got := raw(t, fault); len(got) != n || !strings.HasPrefix(got, version[:min(n, len(version))]) {
				t.Errorf("%s after %d bytes: %d bytes, %q", name, n, len(got), got)
			}
		}
	}
	if got := raw(t, sshtest.Fault{CutFromClient: 3}); strings.Contains(got, "curve25519") {
		t.Errorf("a server that takes 3 bytes has sent its algorithms: %q", got)
	}
	if got := raw(t, sshtest.Fault{FlipToClient: 5}); !strings.HasPrefix(got, "SSH-\x12.0-sshtest\r\n") {
		t.Errorf("the fifth byte flipped: %.20q", got)
	}
	if got := raw(t, sshtest.Fault{Stall: sshtest.StageAlgorithms}); len(got) < 200 || strings.Contains(got, "hmac") {
		t.Errorf("silent in its algorithms: %q", got)
	}
	if got := raw(t, sshtest.Fault{GarbleAfter: 4}); !strings.HasPrefix(got, "SSH-\xcd") {
		t.Errorf("garbled: %.20q", got)
	}
}
