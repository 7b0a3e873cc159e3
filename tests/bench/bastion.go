package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// fleetSize is how many hosts stand behind the bastion.
const fleetSize = 200

// bastion measures what it takes to reach many hosts through one bastion, against
// ssh itself.
func bastion(ctx context.Context, t *target, p *page, runs int) (err error) {
	f, err := newFleet(ctx, t, fleetSize)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	documents, err := f.documents(ctx)
	if err != nil {
		return err
	}
	atStart := load()
	var rows [][]string
	for _, way := range []struct {
		what string
		run  func() (reached int, peak string, err error)
	}{
		{"`hk-facts --all`", func() (int, string, error) { return f.observed(ctx, documents, 16) }},
		{"`hk-facts --all --parallel 64`", func() (int, string, error) { return f.observed(ctx, documents, 64) }},
		{"`xargs -P 16 ssh -J`", func() (int, string, error) { return f.xargs(ctx, 16, "") }},
		{"`xargs -P 64 ssh -J`", func() (int, string, error) { return f.xargs(ctx, 64, "") }},
		{"the same, ControlMaster to the bastion", func() (int, string, error) { return f.multiplexed(ctx, 64) }},
		{"the same, and curve25519-sha256", func() (int, string, error) { return f.multiplexed(ctx, 64, "KexAlgorithms curve25519-sha256") }},
	} {
		var times []time.Duration
		var peak string
		fewest, logins := fleetSize, 0
		for range runs {
			before, err := f.logins()
			if err != nil {
				return err
			}
			reached := 0
			took, err := since(func() (err error) { reached, peak, err = way.run(); return err })
			if err != nil {
				return err
			}
			after, err := f.logins()
			if err != nil {
				return err
			}
			times, fewest, logins = append(times, took), min(fewest, reached), after-before
		}
		rows = append(rows, []string{
			way.what, fmt.Sprintf("%d of %d", fewest, fleetSize), fmt.Sprintf("%.1f s", median(times).Seconds()),
			fmt.Sprint(logins), peak,
		})
	}
	p.table(fmt.Sprintf("%d hosts through one bastion", fleetSize),
		`Hosts and bastion are lab hosts on the machine that measures; the bastion has sshd's default `+"`MaxStartups 10:30:100`"+`.
`+"`hk-facts`"+` gathers the facts that 20 resources need, ssh runs `+"`true`"+`. ControlMaster shares one connection to the bastion, too. ssh prefers a key exchange of sntrup761 and curve25519, which takes longer than the curve25519 alone that `+"`hk-facts`"+` takes: the last row is ssh with that.
Reached is the fewest of all runs (here `+fmt.Sprint(runs)+`), the time their median; the peak memory is that of one process. The load was `+atStart+` at the start.
The bar is all hosts, over one connection, in 256 MiB.`,
		[]string{"what", "reached", "time", "logins on the bastion", "peak memory"}, rows)
	return nil
}

func (f *fleet) observed(ctx context.Context, documents []byte, parallel int) (int, string, error) {
	reached, kib, err := f.facts(ctx, documents, parallel)
	return reached, mib(kib), err
}

// xargs runs ssh for each host, some at once, and returns how many were reached.
func (f *fleet) xargs(ctx context.Context, parallel int, control string, more ...string) (int, string, error) {
	config, err := f.sshConfig(control, more)
	if err != nil {
		return 0, "", err
	}
	var names strings.Builder
	for _, h := range f.hosts {
		fmt.Fprintln(&names, h.Name)
	}
	// A host that is not reached is no failure of the measurement.
	cmd := exec.CommandContext(ctx, "xargs", "-P", fmt.Sprint(parallel), "-I", "NAME",
		"sh", "-c", `ssh -F "$1" "$2" true </dev/null && echo reached; :`, "sh", config, "NAME")
	cmd.Stdin = strings.NewReader(names.String())
	out, err := cmd.Output()
	if err != nil {
		return 0, "", fmt.Errorf("xargs: %w", err)
	}
	return bytes.Count(out, []byte("reached\n")), "not measured", nil
}

// multiplexed is xargs with a master connection to the bastion.
func (f *fleet) multiplexed(ctx context.Context, parallel int, more ...string) (reached int, peak string, err error) {
	// The path of a socket is short.
	dir, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return 0, "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	control := filepath.Join(dir, "control")
	config, err := f.sshConfig(control, more)
	if err != nil {
		return 0, "", err
	}
	// Its log is a file: it lives on, and would keep a pipe open.
	log := filepath.Join(dir, "log")
	if err := exec.CommandContext(ctx, "ssh", "-F", config, "-E", log, "-M", "-N", "-f", "bastion").Run(); err != nil {
		said, _ := os.ReadFile(log)
		return 0, "", fmt.Errorf("ssh -M: %w\n%s", err, said)
	}
	defer func() {
		out, stop := exec.CommandContext(ctx, "ssh", "-F", config, "-O", "exit", "bastion").CombinedOutput()
		if stop != nil {
			err = errors.Join(err, fmt.Errorf("ssh -O exit: %w\n%s", stop, out))
		}
	}()
	return f.xargs(ctx, parallel, control, more...)
}
