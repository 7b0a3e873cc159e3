// Command bench measures whole processes, side by side in one run, and writes
// what it found into README.md beside it. `make bench` runs it.
//
// Times are no tests, since they depend on the machine. What must hold on every
// machine, the peak memory, is one (memory_test.go).
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"hostkit/tests/binaries"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench: error:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	runs := flag.Int("runs", 20, "measure each time `N` times")
	hosts := flag.Int("hosts", 1000, "make the long streams of `N` documents")
	only := flag.String("only", "", "measure `PART` alone (machine, pipes, memory, names, copies, bastion, ansible or benchmarks) and leave the other results as they are")
	readme := flag.String("readme", "tests/bench/README.md", "write the results between the markers of `FILE`")
	flag.Parse()
	defer binaries.Remove()
	t, err := newTarget(ctx)
	if err != nil {
		return err
	}
	defer t.Close()
	var page page
	for _, part := range []struct {
		name    string
		measure func() error
	}{
		{"machine", func() error { return machine(ctx, t, &page) }},
		{"pipes", func() error { return pipes(ctx, t, &page, *runs) }},
		{"memory", func() error { return memory(ctx, t, &page, *hosts) }},
		{"names", func() error { return packageNames(ctx, t, &page, *runs) }},
		{"copies", func() error { return copies(ctx, t, &page, *runs/4+1) }},
		{"bastion", func() error { return bastion(ctx, t, &page, *runs/10+1) }},
		{"ansible", func() error { return againstAnsible(ctx, t, &page, *runs/5+1) }},
		{"benchmarks", func() error { return benchmarks(ctx, &page) }},
	} {
		if *only != "" && part.name != *only {
			continue
		}
		if err := part.measure(); err != nil {
			return err
		}
	}
	fmt.Print(page.String())
	return page.write(*readme, *only != "")
}
