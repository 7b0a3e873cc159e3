package completion_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"hostkit/pkg/cli"
	"hostkit/tests/completion"
)

// odd has in its texts what means something to a shell.
var odd = cli.Description{
	Name: "hk-odd", Usage: "[flags] [FILE|-]...",
	Flags: []cli.FlagDescription{
		{Name: "plain", Letter: "p", Usage: `it's [in] "quotes": $HOME, $(touch ran), \n, ` + "`touch ran`; {a,b} * ? ~ # !"},
		{Name: "valued", Value: "A:B", Usage: "colons: a:b", Choices: []string{"one", "two"}},
		{Name: "host", Value: "GLOB", Usage: "hosts", Repeated: true},
	},
}

// Every shell reads what is made for it, and takes no text for its own.
func TestWhateverAFlagSaysIsText(t *testing.T) {
	for _, c := range []struct {
		name, text string
		run        []string
		wants      string
	}{
		{"hk-odd.bash", completion.Bash(odd), []string{"bash", "--norc", "-c", `. ./hk-odd.bash; complete -p hk-odd`}, "complete -F _hk_odd hk-odd\n"},
		{"_hk-odd", completion.Zsh(odd), []string{
			"zsh", "-fc", `compadd() :; _arguments() { print -rl -- "$@" }; . ./_hk-odd`,
		}, `(-p --plain)-p[it's \[in\] "quotes": $HOME, $(touch ran), \\n, ` + "`touch ran`; {a,b} * ? ~ # !]\n"},
		{"hk-odd.fish", completion.Fish(odd), []string{
			"fish", "--no-config", "-c", `source hk-odd.fish; complete -C 'hk-odd --pl'`,
		}, "--plain\t" + odd.Flags[0].Usage + "\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			folder := t.TempDir()
			if err := os.WriteFile(filepath.Join(folder, c.name), []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), c.run[0], c.run[1:]...)
			cmd.Dir, cmd.Env = folder, append(os.Environ(), "HOME="+folder)
			out, err := cmd.CombinedOutput()
			if err != nil || !strings.Contains(string(out), c.wants) {
				t.Errorf("%v: want %q in\n%s", err, c.wants, out)
			}
			if _, err := os.Stat(filepath.Join(folder, "ran")); err == nil {
				t.Error("a text was run")
			}
		})
	}
}
