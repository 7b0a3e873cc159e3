package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"hostkit/tests/binaries"
)

// tb is what *testing.T and *rapid.T have in common.
type tb = rapid.TB

// commandLimit ends a command that hangs; nothing here takes a quarter of it.
const commandLimit = 2 * time.Minute

// outcome is what a command did.
type outcome struct {
	command string
	stdout  []byte
	stderr  string
	exit    int
	took    time.Duration
}

// String shows all of it, for the message of a failed test.
func (o outcome) String() string {
	return fmt.Sprintf("$ %s\nexit status %d after %s\n--- stdout\n%s\n--- stderr\n%s",
		o.command, o.exit, o.took.Round(time.Millisecond), abridged(o.stdout), o.stderr)
}

// abridged leaves out the middle of what nobody would read.
func abridged(text []byte) string {
	const most = 8 << 10
	if len(text) <= most {
		return string(text)
	}
	return fmt.Sprintf("%s\n… %d bytes …\n%s", text[:most/2], len(text)-most, text[len(text)-most/2:])
}

// invocation is how a command is run.
type invocation struct {
	stdin []byte
	dir   string
	env   []string
	// through is a program with arguments that runs the command, if any.
	through []string
	// during is called while the command runs; nil is allowed.
	during func(*os.Process)
}

// run runs one of the real commands.
func run(t tb, i invocation, name string, args ...string) outcome {
	t.Helper()
	bin, err := binaries.Build()
	if err != nil {
		t.Fatalf("%v", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), commandLimit)
	defer cancel()
	argv := append(append(slices.Clone(i.through), filepath.Join(bin, name)), args...)
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir, cmd.Env, cmd.Stdin = i.dir, binaries.Environ(bin, i.env...), bytes.NewReader(i.stdin)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	start := time.Now()
	if err = cmd.Start(); err == nil {
		if i.during != nil {
			i.during(cmd.Process)
		}
		err = cmd.Wait()
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s: %v", name, err)
	}
	o := outcome{
		command: name + " " + strings.Join(args, " "),
		stdout:  stdout.Bytes(), stderr: stderr.String(), took: time.Since(start),
		exit: cmd.ProcessState.ExitCode(),
	}
	if ctx.Err() != nil {
		t.Fatalf("it hangs\n%s", o)
	}
	for _, fault := range o.faults() {
		t.Errorf("%s\n%s", fault, o)
	}
	return o
}

// faults are what no command may do, however it ends.
func (o outcome) faults() []string {
	var faults []string
	if strings.Contains(o.stderr, "goroutine ") || strings.Contains(o.stderr, "panic:") {
		faults = append(faults, "a Go stack on stderr")
	}
	shows := strings.HasPrefix(o.command, "hk-show")
	if o.exit != 0 && o.exit != 10 && o.stderr == "" && !shows {
		faults = append(faults, "it fails without a word")
	}
	if err := validStream(o.stdout); err != nil && !shows {
		faults = append(faults, "stdout: "+err.Error())
	}
	return faults
}
