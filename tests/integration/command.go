package integration

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"hostkit/pkg/doc"
)

// facts begins the pipe of a config, as a person types it, with a lock if there is one.
func (r *run) facts(config, lock string) string {
	if lock != "" {
		lock = " --package-lock " + lock
	}
	return "hk-eval " + quoted(r.target.Config) + " " + config + " | hk-facts --host " + r.target.Name + r.base() + lock
}

func (r *run) confirm(plan string) string { return "hk-apply --plan " + plan + r.base() + " --confirm" }

func (r *run) base() string {
	if r.target.Base == "" {
		return ""
	}
	return " --base " + quoted(r.target.Base)
}

// quoted quotes where a shell would need it.
func quoted(s string) string {
	if strings.ContainsAny(s, " \t\n'\"$\\`*?[]{}()<>|&;#~!") {
		return quote(s)
	}
	return s
}

// command runs what a person types, shows it with what it says, and fails where its
// exit status is another.
func (r *run) command(ctx context.Context, exit int, script string) (string, error) {
	r.say("$ %s", script)
	cmd := exec.CommandContext(ctx, "bash", "-o", "pipefail", "-c", script)
	own(cmd)
	cmd.Dir, cmd.Env = r.dir, environ(r.Bin)
	var both bytes.Buffer
	cmd.Stdout, cmd.Stderr = &both, &both
	_ = cmd.Run()
	if both.Len() > 0 {
		r.say("%s", strings.TrimRight(both.String(), "\n"))
	}
	got := cmd.ProcessState.ExitCode()
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if got != exit {
		return "", fmt.Errorf("exit status %d, not %d, of: %s", got, exit, script)
	}
	if exit != 0 {
		r.ok("exit status %d", exit)
	}
	return both.String(), nil
}

// standIns are variables that would stand in for flags: what is run is what is shown.
var standIns = []string{
	"HOSTKIT_HOST", "HOSTKIT_USER", "HOSTKIT_PORT", "HOSTKIT_IDENTITY_FILE", "HOSTKIT_PARALLEL", "HOSTKIT_PACKAGE_LOCK",
}

// environ has the commands first on PATH.
func environ(bin string) []string {
	env := slices.DeleteFunc(os.Environ(), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return slices.Contains(standIns, name) || name == "PATH"
	})
	return append(env, "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
}

// isAs fails unless the target is what it was, but for what HostKit keeps of its runs.
func (r *run) isAs(ctx context.Context, was list, what string) error {
	is, err := r.access.list(ctx)
	if err != nil {
		return err
	}
	if d := was.differences(is, "/var/lib/hostkit", "/run/hostkit"); len(d) > 0 {
		return fmt.Errorf("it is not so that %s:\n%s", what, strings.Join(d, "\n"))
	}
	r.ok("%s", what)
	return nil
}

// reports fails unless a report says that, and that it was verified.
func (r *run) reports(name string, status doc.HostStatus) error {
	raw, err := os.ReadFile(filepath.Join(r.dir, name))
	if err != nil {
		return err
	}
	var report doc.Report
	if err := json.Unmarshal(raw, &report); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if report.Status != status || !report.Verified {
		return fmt.Errorf("%s says %s, verified: %v", name, report.Status, report.Verified)
	}
	r.ok("the report says %s, verified", status)
	return nil
}

// hasNoSecret fails if a document has the value of a secret that the login takes.
func (r *run) hasNoSecret(name string) error {
	raw, err := os.ReadFile(filepath.Join(r.dir, name))
	if err != nil {
		return err
	}
	for _, use := range (doc.Host{HostConfig: r.target.Host}).Secrets() {
		if bytes.Contains(raw, []byte(os.Getenv(string(use.Secret.Env)))) {
			return fmt.Errorf("%s has the value of %s", name, use.Secret.Env)
		}
		r.ok("it has a reference to %s, and not its value", use.Secret.Env)
	}
	return nil
}
