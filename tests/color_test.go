package tests

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"hostkit/tests/binaries"
)

// Messages have colours at a terminal, unless somebody wants none, and in a pipe only
// where somebody wants them.
func TestMessagesHaveColours(t *testing.T) {
	t.Parallel()
	bin, err := binaries.Build()
	if err != nil {
		t.Fatal(err)
	}
	const red = "\x1b[1;31merror:\x1b[0m"
	for _, c := range []struct {
		env      string
		terminal bool
		want     bool
	}{
		{"TERM=xterm", true, true},
		{"TERM=dumb", true, false},
		{"NO_COLOR=1", true, false},
		{"CLICOLOR=0", true, false},
		{"TERM=xterm", false, false},
		{"CLICOLOR_FORCE=1", false, true},
	} {
		cmd := exec.CommandContext(t.Context(), filepath.Join(bin, "hk-eval"), "no-such-config.json")
		cmd.Dir, cmd.Env = t.TempDir(), binaries.Environ(bin, "TERM=xterm", c.env)
		var said string
		if c.terminal {
			said = shown(t, cmd, func(terminal *os.File) { cmd.Stderr = terminal })
		} else {
			var pipe bytes.Buffer
			cmd.Stderr = &pipe
			_ = cmd.Run()
			said = pipe.String()
		}
		if !strings.Contains(said, "no-such-config.json: no such file") {
			t.Errorf("%+v: %q", c, said)
		}
		if got := strings.Contains(said, red); got != c.want {
			t.Errorf("%+v: colours are %t: %q", c, got, said)
		}
	}
}
