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

// Whoever has typed hk-apply without plans ends it with one Ctrl-C, as every other
// command: there is no step yet to stop behind.
func TestOneInterruptEndsAnApplyThatWaitsForPlans(t *testing.T) {
	t.Parallel()
	bin, err := binaries.Build()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), filepath.Join(bin, "hk-apply"), "--confirm")
	cmd.Env = binaries.Environ(bin)
	var said bytes.Buffer
	cmd.Stderr = &said
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// More than a pipe holds: it is written when hk-apply reads.
	if _, err := stdin.Write(bytes.Repeat([]byte{' '}, 1<<20)); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if got := cmd.ProcessState.ExitCode(); got != 130 || !strings.HasSuffix(said.String(), "hk-apply: error: interrupted\n") {
		t.Errorf("exit status %d: %s", got, &said)
	}
}
