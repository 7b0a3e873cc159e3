package tests

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

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

// On a narrow terminal a line of a config and the caret below it are cut around the
// place; in a pipe they are as wide as ever.
func TestAnExcerptFitsTheTerminal(t *testing.T) {
	t.Parallel()
	bin, err := binaries.Build()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	const config = `{"schema": "hostkit.config/v1", "project": "x", "hosts": {"web": {"hostnam": "203.0.113.10", "user": "root"}}}`
	if err := os.WriteFile(filepath.Join(dir, "c.json"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	eval := func() *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), filepath.Join(bin, "hk-eval"), "c.json")
		cmd.Dir, cmd.Env = dir, binaries.Environ(bin, "TERM=dumb")
		return cmd
	}
	narrow := eval()
	at40 := shown(t, narrow, func(terminal *os.File) {
		narrow.Stderr = terminal
		size := &unix.Winsize{Col: 40, Row: 24}
		if err := unix.IoctlSetWinsize(int(terminal.Fd()), unix.TIOCSWINSZ, size); err != nil {
			t.Fatal(err)
		}
	})
	piped, _ := eval().CombinedOutput()
	for got, want := range map[string]string{
		at40: "    1 | …\", \"hosts\": {\"web\": {\"hostnam\"…\n" +
			"      |                       ^\n",
		string(piped): "    1 | …t.config/v1\", \"project\": \"x\", \"hosts\": {\"web\": {\"hostnam\": \"203.0.113.…\n" +
			"      |                                                  ^\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s\nwant\n%s", got, want)
		}
	}
}
