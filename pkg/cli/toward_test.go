package cli_test

import (
	"bytes"
	"context"
	"flag"
	"os"
	"strings"
	"testing"

	"hostkit/pkg/cli"
	"hostkit/pkg/doc"
)

// Who names a file where only stdin is read is told what to type about that file, with
// the flags that were given.
func TestAFileInPlaceOfStdin(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"c.json": `{"schema":"hostkit.config/v1"}`, "c.jsonnet": `{}`, "h.json": `{"schema":"hostkit.host/v1"}`,
		"o.json": `{"schema":"hostkit.host/v1","facts":{}}`, "l.json": `{"schema":"hostkit.package-lock/v1"}`,
		"p q.json": `{"schema":"hostkit.plan/v1"}`, "r.json": `{"schema":"hostkit.report/v1"}`,
		"e.json": `{"schema":"hostkit.event/v1"}`, "empty": "",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const thenApply = " | hk-plan --out plan.json makes a plan of it: read that with hk-show plan.json, then hk-apply --confirm < plan.json > report.json"
	for call, want := range map[string]string{
		"hk-facts h.json":           "hk-facts < h.json",
		"hk-facts --all h.json":     "hk-facts --all < h.json",
		"hk-facts c.json":           "it is a config: hk-eval c.json | hk-facts",
		"hk-facts l.json":           "it is a package lock: hk-facts --package-lock l.json",
		"hk-plan o.json":            "hk-plan < o.json",
		"hk-plan h.json":            "hk-facts < h.json" + thenApply,
		"hk-plan c.jsonnet":         "it is a config: hk-eval c.jsonnet | hk-facts | hk-plan --out plan.json",
		"hk-resolve c.json":         "it is a config: hk-eval c.json | hk-facts | hk-resolve",
		"hk-plan l.json":            "it is a package lock: hk-plan --package-lock l.json",
		"hk-apply --confirm p q":    "hk-apply --confirm < 'p q.json' > report.json",
		"hk-apply --confirm c.json": "it is a config: hk-eval c.json | hk-facts" + thenApply,
		"hk-apply --confirm o.json": "hk-plan --out plan.json < o.json" + strings.TrimPrefix(thenApply, " | hk-plan --out plan.json"),
		"hk-apply --confirm r.json": "it says what was done: hk-show r.json shows it, hk-down --out down.json r.json makes the plan that takes it back",
		"hk-apply --confirm e.json": "it is a log of hk-apply --events: hk-show e.json shows it",
		"hk-facts p q":              "it is a plan already: hk-show 'p q.json' shows it, hk-apply --confirm < 'p q.json' > report.json makes it so",
	} {
		args := strings.Fields(strings.Replace(call, "p q", "p_q.json", 1))
		for i := range args {
			args[i] = strings.Replace(args[i], "p_q", "p q", 1)
		}
		var stderr bytes.Buffer
		command := cli.Command{
			Name: args[0], Flags: allAndConfirm, Reads: map[string][]doc.Schema{
				"hk-facts": {doc.SchemaHost}, "hk-resolve": {doc.SchemaHost}, "hk-plan": {doc.SchemaHost}, "hk-apply": {doc.SchemaPlan},
			}[args[0]],
			Run: func(_ context.Context, s cli.Streams, operands []string) error { return s.NoOperand(operands[0]) },
		}
		s := cli.Streams{Stdin: strings.NewReader(""), Stdout: &bytes.Buffer{}, Stderr: &stderr}
		if exit := cli.Main(t.Context(), command, args[1:], s); exit != cli.ExitUsage {
			t.Errorf("%s: exit %d", call, exit)
		}
		_, hint, _ := strings.Cut(stderr.String(), "hint: ")
		if got := strings.TrimSuffix(hint, "\n"); got != want {
			t.Errorf("%s: hint\n%s, want\n%s", call, got, want)
		}
	}
}

func allAndConfirm(fs *flag.FlagSet) {
	fs.Bool("all", false, "all")
	fs.Bool("confirm", false, "confirm")
}
