package cut

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hostkit/pkg/doc"
	"hostkit/tests/binaries"
)

// limit ends a command that hangs; nothing here takes a third of it.
const limit = 2 * time.Minute

// outcome is what a command did.
type outcome struct {
	command        string
	stdout, stderr string
	exit           int
}

func (o outcome) String() string {
	return fmt.Sprintf("$ %s\nexit status %d\n--- stdout\n%.4000s\n--- stderr\n%.4000s", o.command, o.exit, o.stdout, o.stderr)
}

// report is the report on stdout.
func (o outcome) report(t testing.TB) doc.Report {
	t.Helper()
	var report doc.Report
	if err := json.Unmarshal([]byte(o.stdout), &report); err != nil {
		t.Errorf("no report: %v\n%s", err, o)
	}
	return report
}

// running is a command under way.
type running struct {
	cmd            *exec.Cmd
	stdout, stderr bytes.Buffer
	cancel         context.CancelFunc
	// ended is closed when it has.
	ended chan struct{}
	err   error
}

// start runs one of the commands in the ground's folder.
func (g *ground) start(t testing.TB, stdin []byte, name string, args ...string) *running {
	t.Helper()
	bin, err := binaries.Build()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	r := &running{cmd: exec.CommandContext(ctx, filepath.Join(bin, name), args...), cancel: cancel, ended: make(chan struct{})}
	r.cmd.Dir, r.cmd.Env, r.cmd.Stdin = g.base, binaries.Environ(bin), bytes.NewReader(stdin)
	r.cmd.Stdout, r.cmd.Stderr = &r.stdout, &r.stderr
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(r.ended)
		r.err = r.cmd.Wait()
		if ctx.Err() != nil {
			r.err = fmt.Errorf("it hangs: %w", ctx.Err())
		}
		cancel()
	}()
	return r
}

// wait returns what it did when it has ended.
func (r *running) wait(t testing.TB) outcome {
	t.Helper()
	<-r.ended
	o := outcome{
		command: strings.Join(r.cmd.Args, " "), stdout: r.stdout.String(), stderr: r.stderr.String(),
		exit: r.cmd.ProcessState.ExitCode(),
	}
	var exit *exec.ExitError
	if r.err != nil && !errors.As(r.err, &exit) {
		t.Errorf("%v\n%s", r.err, o)
	}
	if strings.Contains(o.stderr, "goroutine ") || strings.Contains(o.stderr, "panic:") {
		t.Errorf("a Go stack on stderr\n%s", o)
	}
	return o
}

// kill is kill -9.
func (r *running) kill(t testing.TB) {
	t.Helper()
	select {
	case <-r.ended:
	default:
		// It may end meanwhile.
		_ = r.cmd.Process.Kill()
		<-r.ended
	}
}

// must runs a command that has to succeed.
func (g *ground) must(t testing.TB, stdin []byte, name string, args ...string) []byte {
	t.Helper()
	o := g.start(t, stdin, name, args...).wait(t)
	if o.exit != 0 {
		t.Fatalf("%s", o)
	}
	return []byte(o.stdout)
}

// apply begins to apply the plan.
func (g *ground) apply(t testing.TB, w way, more ...string) *running {
	t.Helper()
	return g.start(t, nil, "hk-apply", w.flags(append(more, "--confirm", "--plan", planFile)...)...)
}
