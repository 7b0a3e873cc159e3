package shell

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestRunsShareOneShell(t *testing.T) {
	onEach(t, func(t *testing.T, on target) {
		s, h := open(t, on)
		if err := s.Run(limited(t), nil, nil); err != nil {
			t.Fatalf("empty run: %v", err)
		}
		pid := results(t, s, script(`echo $$`))[0].Stdout
		for range 3 {
			if again := results(t, s, script(`echo $$`))[0].Stdout; string(again) != string(pid) {
				t.Errorf("pid %q, then %q", pid, again)
			}
		}
		if err := s.RunLast(limited(t), nil, nil); err != nil {
			t.Fatal(err)
		}
		if err := h.cmd.Wait(); err != nil {
			t.Errorf("receiver after bye: %v", err)
		}
		if err := s.Run(limited(t), []Step{script(`:`)}, nil); err == nil {
			t.Error("a run after the last one succeeded")
		}
	})
}

func TestLastRunEndsTheHost(t *testing.T) {
	onEach(t, func(t *testing.T, on target) {
		s, h := open(t, on)
		var got []byte
		err := s.RunLast(limited(t), []Step{script(`echo last`)}, func(_ int, r Result) error {
			got = r.Stdout
			return nil
		})
		if err != nil || string(got) != "last\n" {
			t.Fatalf("got %q, %v", got, err)
		}
		if err := h.cmd.Wait(); err != nil {
			t.Errorf("receiver: %v", err)
		}
	})
}

// countingPipe counts the writes of the client before it passes them on.
type countingPipe struct {
	io.WriteCloser
	writes, bytes int
}

func (c *countingPipe) Write(p []byte) (int, error) {
	c.writes++
	c.bytes += len(p)
	return c.WriteCloser.Write(p)
}

func TestOneFlightOfFewWrites(t *testing.T) {
	on := newTarget(t, targetNames[0])
	h := startHost(t, on.sh, execLine(on.sh, on.path, BecomeNone))
	counted := &countingPipe{WriteCloser: h.stream.Stdin}
	h.stream.Stdin = counted
	s := sessionOf(t, h)
	if counted.writes != 0 {
		t.Errorf("NewSession wrote %d bytes", counted.bytes)
	}
	steps := make([]Step, 200)
	for i := range steps {
		steps[i] = script(`:`)
	}
	results(t, s, steps...)
	if most := counted.bytes/(32<<10) + 1; counted.writes > most {
		t.Errorf("%d bytes went out in %d writes, want at most %d", counted.bytes, counted.writes, most)
	}
}

func TestStopFile(t *testing.T) {
	onEach(t, func(t *testing.T, on target) {
		s, h := open(t, on)
		stop := filepath.Join(t.TempDir(), "it's a\nstop\n")
		s.StopAt(stop)
		steps := []Step{script(`echo 1`), script(`: >"$1"`, stop), script(`echo 3`), script(`echo 4`)}
		got, err := runAll(limited(t), s, steps)
		var stopped *StoppedError
		if !errors.As(err, &stopped) || stopped.Completed != 2 || stopped.Steps != 4 || len(got) != 2 {
			t.Fatalf("%d results, error %v", len(got), err)
		}
		if err := s.Run(limited(t), steps, nil); !errors.As(err, &stopped) {
			t.Errorf("a run after that: %v", err)
		}
		_ = h
	})
}

func TestLimits(t *testing.T) {
	onEach(t, func(t *testing.T, on target) {
		s, _ := open(t, on)
		flood := script(`yes | head -n 1000000; i=0; while [ $i -lt 10000 ]; do echo 0123456789 >&2; i=$((i + 1)); done`)
		flood.Limit = 5
		got := results(t, s, flood, script(`echo after`))
		if string(got[0].Stdout) != "y\ny\ny" || !got[0].Truncated {
			t.Errorf("kept %q, truncated %v", got[0].Stdout, got[0].Truncated)
		}
		if want := int64(2_000_000 - 5 + 110_000 - StderrLimit); got[0].Dropped < want || len(got[0].Stderr) != StderrLimit {
			t.Errorf("dropped %d, kept %d of stderr", got[0].Dropped, len(got[0].Stderr))
		}
		if string(got[1].Stdout) != "after\n" || got[1].Truncated {
			t.Errorf("the step after: %+v", got[1])
		}
	})
}

func TestTotalLimit(t *testing.T) {
	on := newTarget(t, targetNames[0])
	s, _ := open(t, on)
	flood := script(`dd if=/dev/zero bs=65536 count=16 2>/dev/null`)
	steps := make([]Step, TotalLimit/DefaultLimit+1)
	for i := range steps {
		steps[i] = flood
	}
	got, err := runAll(limited(t), s, steps)
	var limit *LimitError
	if !errors.As(err, &limit) || limit.Completed != len(got) || len(got) > TotalLimit/DefaultLimit {
		t.Errorf("%d results, error %v", len(got), err)
	}
}

func TestContextEndsRunAtOnce(t *testing.T) {
	onEach(t, func(t *testing.T, on target) {
		for _, source := range []text{`while :; do echo y; done`, `sleep 100`, `sleep 100 & wait`} {
			s, _ := open(t, on)
			cause := errors.New("enough")
			ctx, cancel := context.WithTimeoutCause(t.Context(), 100*time.Millisecond, cause)
			defer cancel()
			begin := time.Now()
			// The content fills the pipe, so that the writer is blocked as well.
			steps := []Step{script(`echo 1`), script(source), withContent(`wc -c`, strings.Repeat("x", 1<<20))}
			got, err := runAll(ctx, s, steps)
			if !errors.Is(err, cause) || len(got) != 1 {
				t.Errorf("%s: %d results, error %v", source, len(got), err)
			}
			if took := time.Since(begin); took > 2*time.Second {
				t.Errorf("%s: returned after %v", source, took)
			}
			if err := s.Run(t.Context(), steps, nil); !errors.Is(err, cause) {
				t.Errorf("a run after that: %v", err)
			}
		}
	})
}

func TestContextThatHadEndedSendsNothing(t *testing.T) {
	s, _ := open(t, newTarget(t, targetNames[0]))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Run(ctx, []Step{script(`echo 1`)}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, err := NewSession(ctx, Stream{}); !errors.Is(err, context.Canceled) {
		t.Errorf("NewSession: %v", err)
	}
	if got := results(t, s, script(`echo 1`)); string(got[0].Stdout) != "1\n" {
		t.Errorf("a run after that: %+v", got)
	}
}

func TestErrorOfEach(t *testing.T) {
	mine := errors.New("mine")
	for _, at := range []int{0, 1} {
		s, _ := open(t, newTarget(t, targetNames[0]))
		err := s.Run(limited(t), []Step{script(`:`), script(`:`)}, func(i int, _ Result) error {
			if i == at {
				return mine
			}
			return nil
		})
		if !errors.Is(err, mine) {
			t.Errorf("each failed at %d: %v", at, err)
		}
		err = s.Run(limited(t), []Step{script(`:`)}, func(int, Result) error { return nil })
		if last := at == 1; (err == nil) != last {
			t.Errorf("each failed at %d; a run after that: %v", at, err)
		}
	}
}

func TestStepsThatCannotBeSent(t *testing.T) {
	s, _ := open(t, newTarget(t, targetNames[0]))
	for _, step := range []Step{
		{Script: New("a\x00b")},
		{Script: New(":", strings.Repeat("x", ScriptLimit))},
		{Size: 1},
		{Content: strings.NewReader(""), Size: -1},
	} {
		if err := s.Run(limited(t), []Step{step}, nil); err == nil {
			t.Errorf("%.20q, size %d was sent", step.Script.text, step.Size)
		}
	}
	results(t, s, script(`:`))
}

func TestHostThatDies(t *testing.T) {
	onEach(t, func(t *testing.T, on target) {
		s, _ := open(t, on)
		steps := []Step{script(`echo 1`), {Name: "suicide", Script: New(`echo 2; kill -9 $$`)}, script(`echo 3`)}
		got, err := runAll(limited(t), s, steps)
		var closed *ClosedError
		if !errors.As(err, &closed) {
			t.Fatalf("got %v", err)
		}
		want := ClosedError{Steps: 3, Completed: 1, Running: "suicide"}
		if *closed != want || len(got) != 1 {
			t.Errorf("got %+v after %d results, want %+v", *closed, len(got), want)
		}
	})
}

func TestNoiseBeforeTheSession(t *testing.T) {
	onEach(t, func(t *testing.T, on target) {
		line := execLine(on.sh, on.path, BecomeNone)
		noise := `printf '\n\nWelcome!\033[2J\nno newline'; echo 'no tty' >&2; `
		s := sessionOf(t, startHost(t, on.sh, noise+line))
		if got := results(t, s, script(`echo 1`)); string(got[0].Stdout) != "1\n" || len(got[0].Stderr) > 0 {
			t.Errorf("got %+v", got[0])
		}

		s = sessionOf(t, startHost(t, on.sh, `printf '\n  Welcome\033!\n'; while :; do echo; done; `+line))
		var loud *NoiseError
		_, err := runAll(limited(t), s, []Step{script(`echo 1`)})
		if !errors.As(err, &loud) || loud.Stream != "stdout" || loud.FirstLine != `Welcome\x1b!` {
			t.Errorf("endless noise: %v", err)
		}

		s = sessionOf(t, startHost(t, on.sh, `echo 'This account is not available.' >&2; exit 1`))
		var closed *ClosedError
		_, err = runAll(limited(t), s, []Step{script(`echo 1`)})
		if !errors.As(err, &closed) || closed.Said != "This account is not available." || closed.Running != "" {
			t.Errorf("nologin: %v", err)
		}
	})
}

func TestHostWithoutExactDD(t *testing.T) {
	cases := map[string]string{
		"no dd":       "",
		"old dd":      "#!/bin/sh\necho 'dd: invalid input flag' >&2\nexit 1\n",
		"greedy dd":   "#!/bin/sh\nPATH=/usr/bin:/bin; n=${2#count=}; head -c \"$n\"; dd bs=2000 count=1 >/dev/null 2>&1\n",
		"loud dd":     "#!/bin/sh\nPATH=/usr/bin:/bin; n=${2#count=}; head -c \"$n\"; echo\necho\n",
		"generous dd": "#!/bin/sh\nPATH=/usr/bin:/bin; n=${2#count=}; head -c \"$n\"; echo x\n",
	}
	onEach(t, func(t *testing.T, on target) {
		for name, dd := range cases {
			on.path = t.TempDir()
			if err := os.Symlink(command(t, "cat"), filepath.Join(on.path, "cat")); err != nil {
				t.Fatal(err)
			}
			if dd != "" {
				if err := os.WriteFile(filepath.Join(on.path, "dd"), []byte(dd), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			s, _ := open(t, on)
			_, err := runAll(limited(t), s, []Step{script(`echo 1`)})
			var missing *MissingToolsError
			if !errors.As(err, &missing) || !strings.Contains(err.Error(), "no dd iflag=count_bytes,fullblock (package coreutils)") {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// What a background process writes between two steps belongs to none.
func TestBytesBetweenStepsAreRefused(t *testing.T) {
	onEach(t, func(t *testing.T, on target) {
		s, _ := open(t, on)
		results(t, s, script(`(sleep 0.1; echo stray) & :`))
		time.Sleep(300 * time.Millisecond)
		_, err := runAll(limited(t), s, []Step{script(`:`)})
		var protocol *ProtocolError
		if !errors.As(err, &protocol) || !strings.Contains(err.Error(), "stray") {
			t.Errorf("got %v", err)
		}
	})
}

func TestHeadersThatAreNoneEndTheSession(t *testing.T) {
	headers := []string{
		"", "hk", "hk 1 2 -", "hk 0 2", "hk 0 x -", "hk 0 -1 -", "hk 0 02 -", "hk 0 2 x", "hk 0 2 - more", "HK 0 2 -",
		"hk 0 99999999999999999999 -", "hk 0 2 $(id)", "echo pwned", "stop x", "bye bye bye bye bye",
	}
	onEach(t, func(t *testing.T, on target) {
		for _, header := range headers {
			h := startHost(t, on.sh, execLine(on.sh, on.path, BecomeNone))
			s := sessionOf(t, h)
			s.opening += header + "\n"
			_, err := runAll(limited(t), s, []Step{script(`echo 1`)})
			var protocol *ProtocolError
			if !errors.As(err, &protocol) || !strings.Contains(err.Error(), "refused") {
				t.Errorf("%q: %v", header, err)
			}
		}
	})
}
