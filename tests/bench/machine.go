package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// machine says on what is measured: what matters to the figures, and nothing
// that tells whose machine it is.
func machine(ctx context.Context, t *target, p *page) error {
	sshd, err := t.host.Exec(ctx, "dpkg-query", "-W", "-f", "${Version}", "openssh-server")
	if err != nil {
		return err
	}
	kernel, err := exec.CommandContext(ctx, "uname", "-sm").Output()
	if err != nil {
		return err
	}
	fmt.Fprintf(p, "\nMeasured on %s: %d × %s, %s; %s, OpenSSH %s; load %s at the start.\n",
		time.Now().UTC().Format(time.DateOnly), runtime.NumCPU(), line("/proc/cpuinfo", "model name"),
		strings.TrimSpace(string(kernel)), runtime.Version(), sshd, load())
	return nil
}

// load is how many processes ran or wanted to in the last minute.
func load() string {
	load, _, _ := strings.Cut(line("/proc/loadavg", ""), " ")
	return load
}

// line is the value of the first line of a file that begins with key.
func line(file, key string) string {
	raw, err := os.ReadFile(file)
	if err != nil {
		return "unknown"
	}
	for text := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(text, key); ok {
			return strings.TrimLeft(strings.TrimSpace(rest), ": \t")
		}
	}
	return "unknown"
}
