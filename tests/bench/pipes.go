package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"time"
)

// pipes measures eval|facts|plan against a bare program, run by run in turn, so
// that a machine that gets slower does so for both.
func pipes(ctx context.Context, t *target, p *page, runs int) error {
	rows := [][]string{}
	for _, c := range []struct {
		what    string
		service object
	}{
		{"20 resources, no package", paths(20)},
		{"20 resources, 5 of them packages", withPackages(20)},
		{"1000 resources, no package", paths(1000)},
		{"1000 resources, 10 of them packages", withPackages(1000)},
	} {
		if err := t.settle(ctx, c.service); err != nil {
			return err
		}
		row, err := t.sideBySide(ctx, c.what, runs)
		if err != nil {
			return err
		}
		rows = append(rows, row)
	}
	p.table("Reading a host: `hk-eval | hk-facts | hk-plan`",
		`The host already is as the config says, so that every file is there to be looked at, and the plan is empty.
`+"`bare`"+` logs in to the same host with the same key and runs `+"`true`"+`. The two take turns, after one run of each that does not count.
The bar is 2× with 20 resources.`,
		[]string{"resources", "bare", "the pipe", "ratio", "hk-facts alone"}, rows)
	return nil
}

// settle makes the host what a service says.
func (t *target) settle(ctx context.Context, service object) error {
	config, err := t.config(object{"server": t.remote()}, service)
	if err != nil {
		return err
	}
	plan, err := t.planned(ctx, config)
	if err != nil {
		return err
	}
	_, err = t.output(ctx, plan, "hk-apply", "--confirm")
	return err
}

// planned is the plan of a config.
func (t *target) planned(ctx context.Context, config string) ([]byte, error) {
	document, err := t.output(ctx, nil, "hk-eval", config)
	if err != nil {
		return nil, err
	}
	observed, err := t.output(ctx, document, "hk-facts")
	if err != nil {
		return nil, err
	}
	return t.output(ctx, observed, "hk-plan")
}

func (t *target) sideBySide(ctx context.Context, what string, runs int) ([]string, error) {
	document, err := t.output(ctx, nil, "hk-eval", "config.json")
	if err != nil {
		return nil, err
	}
	var bare, pipe, facts []time.Duration
	for i := range runs + 1 {
		b, err := since(func() error { return t.bare(ctx) })
		if err != nil {
			return nil, err
		}
		q, err := since(func() error { return t.pipe(ctx) })
		if err != nil {
			return nil, err
		}
		f, err := since(func() error { _, err := t.output(ctx, document, "hk-facts"); return err })
		if err != nil {
			return nil, err
		}
		if i > 0 {
			bare, pipe, facts = append(bare, b), append(pipe, q), append(facts, f)
		}
	}
	ratio := float64(median(pipe)) / float64(median(bare))
	return []string{what, spread(bare), spread(pipe), fmt.Sprintf("%.2f×", ratio), spread(facts)}, nil
}

func (t *target) bare(ctx context.Context) error {
	_, err := t.output(ctx, nil, "bare", t.host.Addr(), "root", t.host.Identity, t.host.KnownHosts, "true")
	return err
}

// pipe runs the three commands as a shell does.
func (t *target) pipe(ctx context.Context) error {
	commands := []*exec.Cmd{
		t.command(ctx, "hk-eval", "config.json"), t.command(ctx, "hk-facts"), t.command(ctx, "hk-plan"),
	}
	var ends []*os.File
	defer func() {
		for _, end := range ends {
			end.Close()
		}
	}()
	var stderr bytes.Buffer
	for i, cmd := range commands {
		cmd.Stderr = &stderr
		if i+1 < len(commands) {
			read, write, err := os.Pipe()
			if err != nil {
				return err
			}
			cmd.Stdout, commands[i+1].Stdin = write, read
			ends = append(ends, read, write)
		}
	}
	for _, cmd := range commands {
		if err := cmd.Start(); err != nil {
			return err
		}
	}
	// Held open here, they would keep a reader waiting for the end.
	for _, end := range ends {
		end.Close()
	}
	for _, cmd := range commands {
		if err := cmd.Wait(); err != nil {
			return fmt.Errorf("%s: %w\n%s", cmd.Path, err, stderr.Bytes())
		}
	}
	return nil
}

func median(times []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(times))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// spread is the median and the quartiles around it.
func spread(times []time.Duration) string {
	sorted := slices.Sorted(slices.Values(times))
	n := len(sorted)
	return fmt.Sprintf("%.1f ms (%.1f to %.1f)", ms(median(times)), ms(sorted[n/4]), ms(sorted[n-1-n/4]))
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
