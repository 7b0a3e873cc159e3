package incus_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"hostkit/tests/binaries"
)

// session runs the script as one person with one client does.
type session struct {
	t *testing.T
	// command is exec.CommandContext, or one in another network.
	command func(ctx context.Context, argv ...string) *exec.Cmd
	script  string
	home    string
	env     []string
	// state is the folder of client.sh, where that is the client.
	state string
}

func newSession(t *testing.T, command func(ctx context.Context, argv ...string) *exec.Cmd, env ...string) *session {
	t.Helper()
	root, err := binaries.Module()
	if err != nil {
		t.Fatal(err)
	}
	return &session{
		t: t, command: command, script: filepath.Join(root, "scripts", "incus_integration_vm.sh"),
		home: t.TempDir(), env: env,
	}
}

// run is a command's output, both streams as at a terminal, with a last line for an
// exit status that is not 0.
func (s *session) run(argv ...string) string {
	s.t.Helper()
	cmd := s.command(s.t.Context(), argv...)
	if cmd.Env == nil {
		cmd.Env = os.Environ()
	}
	cmd.Env = append(append(cmd.Env, "HOME="+s.home), s.env...)
	cmd.Dir = s.home
	out, err := cmd.CombinedOutput()
	text := strings.TrimSpace(string(out))
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		text = strings.TrimSpace(text + "\n[exit status " + strconv.Itoa(exit.ExitCode()) + "]")
	case err != nil:
		s.t.Fatal(err)
	}
	return text
}

// vm runs the script with one of its commands.
func (s *session) vm(args ...string) string {
	s.t.Helper()
	return s.run(append([]string{s.script}, args...)...)
}

// wants fails unless got is want, in which … stands for anything.
func (s *session) wants(what, got, want string) {
	s.t.Helper()
	if !like(want, got) {
		s.t.Errorf("%s:\n%s\nwanted:\n%s", what, got, want)
	}
}

func like(want, got string) bool {
	parts := strings.Split(want, "…")
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	return regexp.MustCompile(`(?s)^` + strings.Join(parts, ".*") + `$`).MatchString(got)
}

// keep makes the person's key.
func (s *session) keep(key string) {
	s.t.Helper()
	file := filepath.Join(s.home, ".ssh", key)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		s.t.Fatal(err)
	}
	if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", file).CombinedOutput(); err != nil {
		s.t.Fatalf("ssh-keygen: %v: %s", err, out)
	}
}

// replay runs the calls of a recording, and compares what the client answers.
func (s *session) replay(client, name string) {
	s.t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, call := range strings.Split("\n"+string(raw), "\n$ ")[1:] {
		line, want, _ := strings.Cut(call, "\n")
		got := s.run("sh", "-c", client+" "+line+" </dev/null")
		s.wants(name+": "+client+" "+line, got, strings.TrimSpace(want))
	}
}
