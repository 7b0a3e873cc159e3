package main

import (
	"context"
	"fmt"
	"slices"
)

// peaks is the peak memory of every command, in KiB, in the order of a pipe.
type peaks []peak

type peak struct {
	command string
	kib     int
}

func (p peaks) of(command string) int {
	i := slices.IndexFunc(p, func(one peak) bool { return one.command == command })
	return p[i].kib
}

// measurePeaks sends a config through every command, to the hosts that it
// names. Nothing is changed unless confirm is set.
func (t *target) measurePeaks(ctx context.Context, config string, confirm bool) (peaks, error) {
	var found peaks
	step := func(stdin []byte, name string, args ...string) ([]byte, error) {
		out, kib, err := t.peak(ctx, stdin, name, args...)
		found = append(found, peak{name, kib})
		return out, err
	}
	document, err := step(nil, "hk-eval", config)
	if err != nil {
		return nil, err
	}
	observed, err := step(document, "hk-facts", "--all")
	if err != nil {
		return nil, err
	}
	resolved, err := step(observed, "hk-resolve")
	if err != nil {
		return nil, err
	}
	plan, err := step(resolved, "hk-plan")
	if err != nil {
		return nil, err
	}
	if _, err := step(plan, "hk-show"); err != nil {
		return nil, err
	}
	flag := "--dry-run"
	if confirm {
		flag = "--confirm"
	}
	_, err = step(plan, "hk-apply", flag, "--wait", "1m")
	return found, err
}

// memory measures peaks with many resources, and with many hosts.
func memory(ctx context.Context, t *target, p *page, hosts int) error {
	if err := t.reset(ctx); err != nil {
		return err
	}
	config, err := t.config(object{"server": t.remote()}, withPackages(1000))
	if err != nil {
		return err
	}
	large, err := t.measurePeaks(ctx, config, true)
	if err != nil {
		return err
	}
	var few, many peaks
	for _, stream := range []struct {
		hosts int
		found *peaks
	}{{10, &few}, {hosts, &many}} {
		if config, err = t.config(local(stream.hosts), paths(20)); err != nil {
			return err
		}
		if *stream.found, err = t.measurePeaks(ctx, config, false); err != nil {
			return err
		}
	}
	var rows [][]string
	for _, one := range large {
		rows = append(rows, []string{
			"`" + one.command + "`", mib(one.kib), mib(few.of(one.command)), mib(many.of(one.command)),
		})
	}
	p.table("Peak memory",
		`The largest resident set of each process (ru_maxrss).
With 1000 resources it is one lab host, all of it to be made, and `+"`hk-apply --confirm`"+` makes it; the bar is 64 MiB.
A stream is documents of 20 resources for local connections, all of it to be made, and `+"`hk-apply --dry-run`"+`; the bar is that the two are alike.`,
		[]string{"command", "1000 resources", "10 hosts", fmt.Sprintf("%d hosts", hosts)}, rows)
	return nil
}

// local is n hosts that all are this machine.
func local(n int) object {
	hosts := object{}
	for i := range n {
		hosts[fmt.Sprintf("host-%04d", i)] = object{"connection": "local"}
	}
	return hosts
}

func mib(kib int) string { return fmt.Sprintf("%.1f MiB", float64(kib)/1024) }
