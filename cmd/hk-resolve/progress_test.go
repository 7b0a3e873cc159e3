package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hostkit/pkg/cli"
)

// watch is a progress with a clock that a test moves.
func watch() (p *progress, said *strings.Builder, move func(time.Duration)) {
	said = new(strings.Builder)
	clock := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	p = &progress{
		say: func(format string, args ...any) { fmt.Fprintf(said, format+"\n", args...) },
		now: func() time.Time { return clock },
	}
	return p, said, func(d time.Duration) { clock = clock.Add(d) }
}

// Two hundred names without a terminal: a line at once, then one in half a minute.
func TestProgressInAPipe(t *testing.T) {
	p, said, move := watch()
	p.at(0, 200)
	for i := range 200 {
		for range 10 {
			p.waiting("x")
			move(100 * time.Millisecond)
		}
		p.at(i+1, 200)
	}
	want := "asking Repology: 0 of 200, about 3 min 20 s left; it allows one request a second\n" +
		"asking Repology: 30 of 200, about 2 min 50 s left\n" +
		"asking Repology: 60 of 200, about 2 min 20 s left\n" +
		"asking Repology: 90 of 200, about 1 min 50 s left\n" +
		"asking Repology: 120 of 200, about 1 min 20 s left\n" +
		"asking Repology: 150 of 200, about 50 s left\n" +
		"asking Repology: 180 of 200, about 20 s left\n"
	if diff := cmp.Diff(want, said.String()); diff != "" {
		t.Error(diff)
	}
}

// What takes no more than a second is not worth a word, nor is what the cache
// knows.
func TestProgressOfAMoment(t *testing.T) {
	p, said, move := watch()
	for of := range 3 {
		p.at(0, of+1)
		for i := range of {
			p.at(i+1, of+1)
		}
		for range 9 {
			p.waiting("x")
			move(100 * time.Millisecond)
		}
		p.at(of+1, of+1)
	}
	if said.Len() != 0 {
		t.Error(said)
	}
	// A second host says no first line again.
	p.ever = true
	p.at(0, 3)
	p.waiting("x")
	if said.Len() != 0 {
		t.Error(said)
	}
}

// A server that answers slowly, or a queue of other processes, makes it later.
func TestProgressMeasures(t *testing.T) {
	p, _, move := watch()
	p.at(0, 100)
	for i := range 10 {
		move(5 * time.Second)
		p.at(i+1, 100)
	}
	if got, want := p.text(), "asking Repology: 10 of 100, about 7 min 30 s left"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestNoStatusWithoutATerminal(t *testing.T) {
	file, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	s := cli.Streams{Stderr: file, Getenv: func(string) string { return "" }}
	if _, status := s.WithStatus(); status != nil {
		t.Error("a file has a status line")
	}
	s.Stderr = new(bytes.Buffer)
	if _, status := s.WithStatus(); status != nil {
		t.Error("a buffer has a status line")
	}
}
