package tests

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"hostkit/tests/binaries"
)

// A command without a pipe on either side says what it is for, instead of waiting, or
// of leaving a person alone with JSON.
func TestACommandWithoutAPipeSaysWhatItIsFor(t *testing.T) {
	t.Parallel()
	bin, err := binaries.Build()
	if err != nil {
		t.Fatal(err)
	}
	const (
		config   = `{"schema": "hostkit.config/v1", "project": "p", "hosts": {"db": {}}, "services": {}}`
		host     = `{"schema": "hostkit.host/v1", "project": "p", "host": {"name": "db", "hostname": "db"}, "resources": []`
		observed = host + `, "facts": {"identity": {"arch": "x86_64"}, "os": {"id": "debian", "id_like": [], "kernel": "6.1"}, "observed": {}, "now": {}}}`
		failed   = host + `, "error": {"stage": "gate", "code": "denied", "message": "not today", "hint": "ask Monday", "exit": 3}}`
		waits    = "nothing is piped in: "
	)
	for _, c := range []struct {
		typed string
		stdin string // empty is the terminal
		exit  int
		end   string // of what stands at the terminal
	}{
		{"hk-facts --all", "", 2, waits + "hk-facts reads documents from stdin\nhk-facts: hint: for example: hk-eval config.json | hk-facts --host server > facts.json\n"},
		{"hk-resolve", "", 2, waits + "hk-resolve reads documents from stdin\nhk-resolve: hint: for example: hk-resolve --write-package-lock host_kit.package.lock < facts.json\n"},
		{"hk-plan", "", 2, waits + "hk-plan reads documents from stdin\nhk-plan: hint: for example: hk-eval config.json | hk-facts | hk-plan --out plan.json\n"},
		{"hk-apply --confirm", "", 2, waits + "hk-apply reads documents from stdin\nhk-apply: hint: for example: hk-apply --confirm < plan.json > report.json\n"},
		{"hk-show", "", 2, waits + "hk-show reads documents from stdin\nhk-show: hint: for example: hk-show plan.json | less -R\n"},
		{"hk-down", "", 2, waits + "hk-down reads documents from stdin\nhk-down: hint: for example: hk-down --out down.json report.json && hk-show down.json\n"},
		{"hk-eval", config, 0, "}\nhk-eval: hint: documents are for programs: | hk-show makes them readable, > hosts.json keeps them for the next command\n"},
		{"hk-plan", observed, 0, " unchanged\nhk-plan: hint: documents are for programs: | hk-show makes them readable, --out plan.json keeps them for the next command\n"},
		{"hk-plan", failed, 3, "hk-plan: error: db: nothing done, it failed in gate: not today\nhk-plan: hint: ask Monday\n"},
	} {
		name, flags, _ := strings.Cut(c.typed, " ")
		cmd := exec.CommandContext(t.Context(), filepath.Join(bin, name), strings.Fields(flags)...)
		cmd.Dir, cmd.Env = t.TempDir(), binaries.Environ(bin, "NO_COLOR=1")
		said := shown(t, cmd, func(terminal *os.File) {
			cmd.Stdin, cmd.Stdout, cmd.Stderr = terminal, terminal, terminal
			if c.stdin != "" {
				cmd.Stdin = strings.NewReader(c.stdin)
			}
		})
		documents := strings.Contains(said, "{") // what has failed is told, and not shown to a person
		if got := cmd.ProcessState.ExitCode(); got != c.exit || !strings.HasSuffix(said, c.end) || documents != (c.exit == 0) {
			t.Errorf("%s: exit %d, and there stands\n%s", c.typed, got, said)
		}
	}
}
