package transport_test

import (
	"errors"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"hostkit/pkg/shell"
	"hostkit/pkg/transport"
)

func itoa(n int) string { return strconv.Itoa(n) }

// HostKit's own environment holds secrets.
func TestALocalShellInheritsNoEnvironment(t *testing.T) {
	t.Setenv("HOSTKIT_SSH_PASSWORD", thePassword)
	conn := connect(t, transport.Target{Name: "here", Local: true}, transport.Options{})
	if conn.HostKey() != nil {
		t.Errorf("host key %v", conn.HostKey())
	}
	got := batch(t, conn, shell.New("env"))
	if strings.Contains(got, thePassword) || strings.Contains(got, "HOSTKIT") {
		t.Errorf("environment: %s", got)
	}
	if !strings.Contains(got, "HOME=/") {
		t.Errorf("environment without HOME: %s", got)
	}
}

func TestALocalConnectionIsTheCurrentUser(t *testing.T) {
	t.Parallel()
	err := refused[*transport.TargetError](t, transport.Target{Name: "here", Local: true, User: "somebody-else"}, transport.Options{})
	if !strings.Contains(err.Error(), "somebody-else") {
		t.Errorf("error %v", err)
	}
}

// What a script started in the background of its own shell goes with it.
func TestClosingALocalShellEndsItsGroup(t *testing.T) {
	t.Parallel()
	conn := connect(t, transport.Target{Name: "here", Local: true}, transport.Options{})
	stream := open(t, conn)
	send(t, stream, "sleep 1000 & echo $!; wait")
	line := make([]byte, 20)
	n, err := stream.Stdout.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(line[:n])))
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Close(); err != nil {
		t.Error(err)
	}
	deadline := time.Now().Add(5 * time.Second)
	for !gone(pid) {
		if time.Now().After(deadline) {
			t.Fatalf("process %d is still there", pid)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// gone says that a process has ended; one that nobody has waited for counts.
func gone(pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return true
	}
	return processState(pid) == "Z"
}
