package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"hostkit/tests/binaries"
	"hostkit/tests/lab"
)

// object is a JSON object.
type object = map[string]any

// target is a lab host, the programs, and the folder that they run in.
type target struct {
	host *lab.Host
	bin  string
	dir  string
}

func newTarget(ctx context.Context) (*target, error) {
	dir, err := os.MkdirTemp("", "hostkit-bench-")
	if err != nil {
		return nil, err
	}
	t := &target{dir: dir}
	if t.bin, err = binaries.Build(); err != nil {
		return nil, errors.Join(err, t.Close())
	}
	if err := t.buildTools(ctx); err != nil {
		return nil, errors.Join(err, t.Close())
	}
	if t.host, err = lab.Start(ctx, lab.Options{WholeIndex: true}); err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
}

// buildTools builds bare and measure as the commands are built.
func (t *target) buildTools(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", t.bin+string(filepath.Separator),
		"hostkit/tests/bench/bare", "hostkit/tests/bench/measure")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	return nil
}

// Close ends the host and removes what was made, but for the programs.
func (t *target) Close() error {
	err := os.RemoveAll(t.dir)
	if t.host != nil {
		err = errors.Join(err, t.host.Stop())
	}
	return err
}

// command is a program in the target's folder that takes stdin and gives what
// it writes.
func (t *target) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(t.bin, name), args...)
	cmd.Dir, cmd.Env = t.dir, binaries.Environ(t.bin)
	return cmd
}

// output runs a command that must succeed.
func (t *target) output(ctx context.Context, stdin []byte, name string, args ...string) ([]byte, error) {
	cmd := t.command(ctx, name, args...)
	var stderr bytes.Buffer
	cmd.Stdin, cmd.Stderr = bytes.NewReader(stdin), &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", name, err, stderr.Bytes())
	}
	return out, nil
}

// peak runs a command that must succeed; it returns its output and its peak
// memory in KiB.
func (t *target) peak(ctx context.Context, stdin []byte, name string, args ...string) ([]byte, int, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, 0, err
	}
	defer read.Close()
	cmd := t.command(ctx, "measure", append([]string{filepath.Join(t.bin, name)}, args...)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(stdin), &stdout, &stderr
	cmd.ExtraFiles = []*os.File{write}
	err = cmd.Run()
	write.Close()
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w\n%s", name, err, stderr.Bytes())
	}
	line := make([]byte, 32)
	n, err := read.Read(line)
	if err != nil {
		return nil, 0, err
	}
	kib, err := strconv.Atoi(strings.TrimSpace(string(line[:n])))
	return stdout.Bytes(), kib, err
}

// remote is the lab host in a config.
func (t *target) remote() object {
	return object{"hostname": t.host.IP, "user": "root", "ssh": object{
		"port": t.host.Port, "identity_file": t.host.Identity, "known_hosts": t.host.KnownHosts,
	}}
}

// config writes a config whose hosts all have one service, and returns its name.
func (t *target) config(hosts, service object) (string, error) {
	raw, err := json.Marshal(object{
		"schema": "hostkit.config/v1", "project": "bench", "hosts": hosts, "services": object{"all": service},
	})
	if err != nil {
		return "", err
	}
	return "config.json", os.WriteFile(filepath.Join(t.dir, "config.json"), raw, 0o600)
}

// reset makes the host forget what was applied.
func (t *target) reset(ctx context.Context) error {
	_, err := t.host.Exec(ctx, "rm", "-rf", folder)
	return err
}

// since is the time that f takes.
func since(f func() error) (time.Duration, error) {
	began := time.Now()
	err := f()
	return time.Since(began), err
}
