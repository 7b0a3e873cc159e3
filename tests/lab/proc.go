package lab

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Process is a process of a host, PID as seen inside.
type Process struct {
	PID     int
	Cmdline []string
	Environ []string
}

// Contains says whether s stands anywhere in the arguments or the environment.
func (p Process) Contains(s string) bool {
	in := func(t string) bool { return strings.Contains(t, s) }
	return slices.ContainsFunc(p.Cmdline, in) || slices.ContainsFunc(p.Environ, in)
}

// Processes lists the host's processes. One that ends meanwhile is left out.
func (h *Host) Processes() ([]Process, error) {
	// This folder is the host's own proc mount: it shows its namespace only.
	proc := h.Root() + "proc"
	d, err := os.Open(proc)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	names, err := d.Readdirnames(-1)
	if err != nil {
		return nil, err
	}
	var all []Process
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		cmdline, err := os.ReadFile(filepath.Join(proc, name, "cmdline"))
		if err != nil {
			continue
		}
		environ, err := os.ReadFile(filepath.Join(proc, name, "environ"))
		if err != nil {
			continue
		}
		all = append(all, Process{pid, splitNUL(cmdline), splitNUL(environ)})
	}
	slices.SortFunc(all, func(a, b Process) int { return a.PID - b.PID })
	return all, nil
}

func splitNUL(b []byte) []string {
	b = bytes.TrimRight(b, "\x00")
	if len(b) == 0 {
		return nil
	}
	return strings.Split(string(b), "\x00")
}

// ProcSample collects what the processes of a host show to anyone who looks.
type ProcSample struct {
	cancel context.CancelFunc
	done   sync.WaitGroup
	seen   map[string]Process
	polls  int
}

// SampleProc looks at all processes of the host again and again, as fast as
// leaves the machine usable, until Stop or the end of ctx. A process that lives
// for less than some milliseconds may be missed: [Host.TraceExec] misses none.
func (h *Host) SampleProc(ctx context.Context) *ProcSample {
	ctx, cancel := context.WithCancel(ctx)
	s := &ProcSample{cancel: cancel, seen: make(map[string]Process)}
	s.done.Go(func() {
		for ctx.Err() == nil {
			processes, err := h.Processes()
			if err == nil {
				s.add(processes)
			}
			time.Sleep(200 * time.Microsecond)
		}
	})
	return s
}

func (s *ProcSample) add(processes []Process) {
	s.polls++
	for _, p := range processes {
		key := fmt.Sprintf("%d %q %q", p.PID, p.Cmdline, p.Environ)
		s.seen[key] = p
	}
}

// Stop ends the sampling and returns every distinct process image that was seen,
// by PID. A second Stop returns the same.
func (s *ProcSample) Stop() []Process {
	s.cancel()
	s.done.Wait()
	var all []Process
	for _, p := range s.seen {
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b Process) int { return a.PID - b.PID })
	return all
}

// Polls is how often the processes were looked at; valid after Stop.
func (s *ProcSample) Polls() int { return s.polls }

// Pause stops every process of the host. The kernel goes on accepting TCP
// connections for it, and nothing is ever said on them: a hung host.
func (h *Host) Pause(ctx context.Context) error {
	// sshd first: no login may slip in between.
	if err := syscall.Kill(h.PID(), syscall.SIGSTOP); err != nil {
		return fmt.Errorf("pause host: %w", err)
	}
	// kill -1 spares its caller and PID 1, and fails when nothing else is there.
	if _, err := h.Exec(ctx, "/bin/sh", "-c", "kill -STOP -1 || :"); err != nil {
		return fmt.Errorf("pause host: %w", err)
	}
	return nil
}

// Resume lets a paused host go on.
func (h *Host) Resume(ctx context.Context) error {
	if _, err := h.Exec(ctx, "/bin/sh", "-c", "kill -CONT -1 || :"); err != nil {
		return fmt.Errorf("resume host: %w", err)
	}
	if err := syscall.Kill(h.PID(), syscall.SIGCONT); err != nil {
		return fmt.Errorf("resume host: %w", err)
	}
	return nil
}
