package transport_test

import (
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

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
	held := filepath.Join(t.TempDir(), "held")
	if err := syscall.Mkfifo(held, 0o600); err != nil {
		t.Fatal(err)
	}
	send(t, stream, "sleep 1000 >"+held+" & wait")
	reader, err := os.Open(held) // when the process has it open
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if err := stream.Close(); err != nil {
		t.Error(err)
	}
	// It ends when nobody has it open any more.
	if _, err := io.ReadAll(reader); err != nil {
		t.Error(err)
	}
}
