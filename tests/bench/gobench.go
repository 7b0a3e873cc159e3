package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
)

// benchmarked are the packages whose Go benchmarks stand in the README.
var benchmarked = []string{"hostkit/pkg/jsonx", "hostkit/pkg/plan", "hostkit/pkg/shell"}

// benchmarkLine is a line that go test -bench prints: name, rounds, figures.
var benchmarkLine = regexp.MustCompile(`^Benchmark(\S+?)(?:-\d+)?\s+\d+\s+(.*)$`)

func benchmarks(ctx context.Context, p *page) error {
	args := append([]string{"test", "-run=^$", "-bench=.", "-benchmem", "-benchtime=200ms"}, benchmarked...)
	out, err := exec.CommandContext(ctx, "go", args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("go test -bench: %w\n%s", err, out)
	}
	var rows [][]string
	of := ""
	for scanner := bufio.NewScanner(bytes.NewReader(out)); scanner.Scan(); {
		line := scanner.Text()
		if name, ok := strings.CutPrefix(line, "pkg: hostkit/"); ok {
			of = name
		}
		if m := benchmarkLine.FindStringSubmatch(line); m != nil {
			figures := strings.Join(strings.Fields(strings.ReplaceAll(m[2], "\t", " , ")), " ")
			rows = append(rows, []string{of, m[1], strings.ReplaceAll(figures, " ,", ",")})
		}
	}
	p.table("Go benchmarks", "`go test -bench . -benchmem` in the packages that a large document spends its time in.",
		[]string{"package", "benchmark", "figures"}, rows)
	return nil
}
