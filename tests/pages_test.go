package tests

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"hostkit/tests/binaries"
)

// The page's gate is run as it stands there, with this machine for a server.
func TestThePagesGateWorks(t *testing.T) {
	if _, err := exec.LookPath("jq"); err != nil {
		t.Fatal("this test needs jq: apt-get install jq")
	}
	page, err := os.ReadFile("../examples/pipes-and-exit-status.md")
	if err != nil {
		t.Fatal(err)
	}
	var gate string
	for _, block := range strings.Split(string(page), "```sh\n")[1:] {
		if text, _, _ := strings.Cut(block, "\n```\n"); strings.Contains(text, "--groups") {
			gate = text
		}
	}
	if gate == "" {
		t.Fatal("the page shows no gate")
	}
	bin, err := binaries.Build()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	config := `{"schema": "hostkit.config/v1", "project": "p", "hosts": {"server": {"connection": "local"}}, "services": {}}`
	if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	for script, want := range map[string]int{
		gate: 0,
		strings.Replace(gate, ">= 1e9", ">= 1e18", 1): 1,
	} {
		cmd := exec.CommandContext(t.Context(), "bash", "-c", "set -o pipefail\n"+script)
		cmd.Dir = dir
		cmd.Env = binaries.Environ(bin)
		out, _ := cmd.CombinedOutput()
		if got := cmd.ProcessState.ExitCode(); got != want {
			t.Errorf("exit status %d, want %d:\n%s\n%s", got, want, script, out)
		}
	}
}
