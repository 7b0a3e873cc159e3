package tests

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hostkit/tests/binaries"
)

// completions are lines, as far as they are written, and what may come next. Of bash
// it is the whole line with everything inserted.
var completions = []struct {
	line string
	want []string
	bash string
}{
	// The config behind hk-eval, before the pipe, which bash does not see.
	{"hk-eval fleet.jsonnet | hk-facts --host ", []string{"db", "web-1", "web-2"}, "hk-facts <--host> <alpha> <db> <web-1> <web-2>"},
	{"hk-eval 'my config.json' | jq . | hk-facts --host ", []string{"alpha"}, "hk-facts <--host> <alpha> <db> <web-1> <web-2>"},
	{"hk-eval fleet.jsonnet | hk-facts --all | hk-plan --service ", []string{"base", "web"}, "hk-plan <--service> <base> <web>"},
	// Without one, those of the folder.
	{"hk-facts --host ", []string{"alpha", "db", "web-1", "web-2"}, "hk-facts <--host> <alpha> <db> <web-1> <web-2>"},
	{"hk-facts --host w", []string{"web-1", "web-2"}, "hk-facts <--host> <web-1> <web-2>"},
	{"hk-eval --host d", []string{"db"}, "hk-eval <--host> <db>"},
	{"hk-plan --only p", []string{"package:curl", "package:nginx"}, "hk-plan <--only> <package:curl> <package:nginx>"},
	// What stands before a colon is there already.
	{"hk-plan --only package:c", []string{"package:curl"}, "hk-plan <--only> <package:curl>"},
	{"hk-plan --ignore file:/", []string{"file:/etc/a b", "file:/etc/motd"}, "hk-plan <--ignore> <file:/etc/a b> </etc/motd>"},
	{"hk-plan --ignore file:/etc/a", []string{"file:/etc/a b"}, "hk-plan <--ignore> <file:/etc/a b>"},
	{"hk-facts --host=al", []string{"alpha"}, "hk-facts <--host=alpha>"},
	// Words, alone and with commas.
	{"hk-apply --on-error ", []string{"continue", "stop"}, "hk-apply <--on-error> <continue> <stop>"},
	{"hk-facts --groups cpu,m", []string{"memory"}, "hk-facts <--groups> <cpu,memory>"},
	{"hk-eval --list ", []string{"addresses", "hosts", "services"}, "hk-eval <--list> <addresses> <hosts> <services>"},
	{"hk-apply --timeout 30", []string{"30m", "30s"}, "hk-apply <--timeout> <30m> <30s>"},
	{"hk-apply --password-env HOSTKIT_", []string{"HOSTKIT_SSH_PASSWORD"}, "hk-apply <--password-env> <HOSTKIT_SSH_PASSWORD>"},
	// Files where files are, and nothing in their place elsewhere.
	{"hk-show pl", []string{"plan.json"}, "hk-show <plan.json>"},
	{"hk-apply --plan pl", []string{"plan.json"}, "hk-apply <--plan> <plan.json>"},
	{"hk-facts --parallel ", nil, "hk-facts <--parallel>"},
	{"hk-facts pl", nil, "hk-facts <pl>"},
	// Flags.
	{"hk-apply --su", []string{"--sudo", "--sudo-password-env"}, "hk-apply <--sudo> <--sudo-password-env>"},
	{"hk-apply --dry", []string{"--dry-run"}, "hk-apply <--dry-run>"},
	// A config that can't be read has no names, and says nothing of it.
	{"hk-eval broken.json | hk-facts --host ", nil, "hk-facts <--host> <alpha> <db> <web-1> <web-2>"},
}

// completing is a folder with configs, and the environment of a shell there.
func completing(t *testing.T) (folder string, env []string) {
	t.Helper()
	bin, err := binaries.Build()
	if err != nil {
		t.Fatal(err)
	}
	root, err := binaries.Module()
	if err != nil {
		t.Fatal(err)
	}
	folder = t.TempDir()
	for name, text := range map[string]string{
		"fleet.jsonnet": `{
  schema: 'hostkit.config/v1', project: 'x',
  hosts: { ['web-%d' % n]: { hostname: '192.0.2.%d' % n } for n in [1, 2] } + {
    db: { hostname: '192.0.2.9', ssh: { password: { '$secret': { command: ['touch', 'ran'] } } } },
  },
  services: {
    base: { packages: ['curl'], files: { '/etc/motd': { content: '' } } },
    web: { hosts: ['web-*'], packages: ['nginx'], files: { '/etc/a b': { content: '' } } },
  },
}`,
		"my config.json": `{"schema": "hostkit.config/v1", "project": "x", "hosts": {"alpha": {"hostname": "192.0.2.8"}}}`,
		"broken.json":    `{"schema": "hostkit.config/v1", "hosts": {"lost": `,
		"plan.json":      `{"schema": "hostkit.plan/v1"}`,
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		if _, err := os.Stat(filepath.Join(folder, "ran")); err == nil {
			t.Error("completion has run a command for a secret")
		}
	})
	return folder, binaries.Environ(bin, "HOME="+folder, "COMPLETIONS="+filepath.Join(root, "cmd"),
		"TERM=dumb", "HOSTKIT_SSH_PASSWORD=hunter2")
}

// limited is the test's context, which no shell outlives.
func limited(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// The real shells complete flags, files, and names from the config.
func TestCompletion(t *testing.T) {
	t.Run("bash", func(t *testing.T) {
		t.Parallel()
		var want []string
		var typed strings.Builder
		for _, c := range completions {
			typed.WriteString(c.line + "\x18\n")
			want = append(want, c.bash)
		}
		if diff := cmp.Diff(want, atBash(t, typed.String()+"exit\n")); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("zsh", func(t *testing.T) {
		t.Parallel()
		driver, err := filepath.Abs(filepath.Join("testdata", "completion", "driver.zsh"))
		if err != nil {
			t.Fatal(err)
		}
		out := strings.NewReplacer("\r", "", `\ `, " ").Replace(askShell(t, "zsh", "-f", driver))
		compareCompletions(t, out, func(answer string) string { return answer })
	})
	t.Run("fish", func(t *testing.T) {
		t.Parallel()
		out := askShell(t, "fish", "--no-config", "-c",
			"for f in $COMPLETIONS/*/hk-*.fish; source $f; end; for line in $argv; complete -C $line; echo .; end")
		compareCompletions(t, out, func(answer string) string {
			// Fish gives the whole word, and its text behind a tab.
			answer, text, described := strings.Cut(answer, "\t")
			if described && text == "" {
				t.Errorf("%s has no text", answer)
			}
			return answer[strings.LastIndexAny(answer, ",=")+1:]
		})
	})
}

// askShell runs a shell that is given the lines and must say nothing else.
func askShell(t *testing.T, name string, args ...string) string {
	t.Helper()
	folder, env := completing(t)
	for _, c := range completions {
		args = append(args, c.line)
	}
	cmd := exec.CommandContext(limited(t), name, args...)
	cmd.Dir, cmd.Env = folder, env
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil || stderr.Len() > 0 {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	return string(out)
}

// compareCompletions compares what a shell answers to the lines: words of which word
// gives the part that is completed, one a line, and a line with a dot behind the last.
func compareCompletions(t *testing.T, out string, word func(string) string) {
	t.Helper()
	answers := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	for _, c := range completions {
		end := slices.Index(answers, ".")
		if end < 0 {
			t.Fatalf("%s: no answer, but %q", c.line, answers)
		}
		var got []string
		for _, answer := range answers[:end] {
			if answer != "" {
				got = append(got, word(answer))
			}
		}
		answers = answers[end+1:]
		slices.Sort(got)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s\n%s", c.line, diff)
		}
	}
}

// atBash types into a bash at a terminal and returns what its commands were given.
func atBash(t *testing.T, typed string) []string {
	t.Helper()
	folder, env := completing(t)
	driver, err := filepath.Abs(filepath.Join("testdata", "completion", "driver.bash"))
	if err != nil {
		t.Fatal(err)
	}
	terminal, computer := openTerminal(t)
	cmd := exec.CommandContext(limited(t), "bash", "--noprofile", "--rcfile", driver, "-i")
	cmd.Dir, cmd.Env = folder, env
	cmd.Stdin, cmd.Stdout, cmd.Stderr = computer, computer, computer
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	computer.Close()
	var shown bytes.Buffer
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		_, _ = io.Copy(&shown, terminal) // it ends with EIO when bash has gone
	}()
	if _, err := io.WriteString(terminal, typed); err != nil {
		t.Fatal(err)
	}
	err = cmd.Wait()
	<-drained
	if err != nil {
		t.Fatalf("%v\n%s", err, shown.String())
	}
	raw, err := os.ReadFile(filepath.Join(folder, "out"))
	if err != nil {
		t.Fatalf("%v\n%s", err, shown.String())
	}
	if strings.Contains(shown.String(), "error:") {
		t.Errorf("something was said:\n%s", shown.String())
	}
	return strings.Split(strings.TrimSpace(string(raw)), "\n")
}
