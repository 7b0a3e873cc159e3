package incus_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// tools are what the script needs of the machine; a session with the script that
// answers as a client has these in PATH, and no client but what it asks for.
var tools = []string{
	"awk", "basename", "bash", "cat", "dirname", "env", "grep", "id", "mkdir", "mv", "realpath", "rm", "sh", "sleep", "timeout", "touch", "tr",
}

// answering is a session with client.sh under each of these names.
func answering(t *testing.T, names ...string) *session {
	t.Helper()
	bin, state := t.TempDir(), t.TempDir()
	client, err := filepath.Abs("client.sh")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		link(t, client, filepath.Join(bin, name))
	}
	for _, name := range tools {
		found, err := exec.LookPath(name)
		if err != nil {
			t.Fatal(err)
		}
		link(t, found, filepath.Join(bin, name))
	}
	s := newSession(t, func(ctx context.Context, argv ...string) *exec.Cmd {
		cmd := exec.CommandContext(ctx, filepath.Join(bin, "env"), argv...)
		cmd.Env = []string{"PATH=" + bin, "CLIENT=" + state}
		return cmd
	}, "HOSTKIT_INCUS_WAIT=1")
	s.state = state
	s.keep("id_ed25519")
	s.put("4", "127.0.0.9 (eth0)\n")
	s.put("6", "\n")
	return s
}

func link(t *testing.T, to, name string) {
	t.Helper()
	if err := os.Symlink(to, name); err != nil {
		t.Fatal(err)
	}
}

// put writes a file that client.sh reads.
func (s *session) put(name, content string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.state, name), []byte(content), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// calls are those of the client since the last time.
func (s *session) calls() string {
	s.t.Helper()
	file := filepath.Join(s.state, "calls")
	raw, err := os.ReadFile(file)
	if err != nil && !os.IsNotExist(err) {
		s.t.Fatal(err)
	}
	if err := os.RemoveAll(file); err != nil {
		s.t.Fatal(err)
	}
	return strings.TrimSpace(string(raw))
}

// with is the session with more in its environment.
func (s *session) with(env ...string) *session {
	other := *s
	other.env = append(append([]string{}, s.env...), env...)
	return &other
}

// What the tests below believe is what a real client has said: see TestLXD.
func TestClientAnswersAsRecorded(t *testing.T) {
	t.Parallel()
	s := answering(t, "lxc")
	s.put("pools", "")
	s.put("4", "10.21.90.31 (eth0)\n")
	s.replay("lxc", "made.txt")
	s.replay("lxc", "deleted.txt")
}
