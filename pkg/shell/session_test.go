package shell

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A start file that sleeps for ever held hk-facts for ever: the shell was open,
// the connection answered its keepalives, and nothing bounded the wait for the
// receiver's first word.
func TestALoginShellThatNeverStartsIsGivenUp(t *testing.T) {
	late := errors.New("no session yet")
	s := sessionOf(t, startHost(t, anyTarget(t).sh, "sleep 1000"))
	s.StartWithin(200*time.Millisecond, late)
	began := time.Now()
	if _, err := runAll(limited(t), s, []Step{script(`echo 1`)}); err != late {
		t.Errorf("got %v", err)
	}
	if _, err := runAll(limited(t), s, []Step{script(`echo 1`)}); err != late || time.Since(began) > 10*time.Second {
		t.Errorf("after %v: %v", time.Since(began), err)
	}
}

func TestTheLimitOfTheStartIsNoneOfTheSteps(t *testing.T) {
	s, _ := open(t, anyTarget(t))
	// Long enough for a slow machine to begin, and the step is longer.
	s.StartWithin(2*time.Second, errors.New("taken for a start"))
	results(t, s, script(`sleep 2.5`))
	results(t, s, script(`:`))
}

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
	on := anyTarget(t)
	h := startHost(t, on.sh, execLine(on.sh, on.path, Become{}))
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
		s, _ := open(t, on)
		stop := filepath.Join(t.TempDir(), "it's a\nstop\n")
		s.StopAt(stop)
		steps := []Step{script(`echo 1`), script(`: >"$1"`, stop), script(`echo 3`), script(`echo 4`)}
		got, err := runAll(limited(t), s, steps)
		var stopped *StoppedError
		if !errors.As(err, &stopped) || stopped.Completed != 2 || stopped.Steps != 4 || len(got) != 2 {
			t.Fatalf("%d results, error %v", len(got), err)
		}
		// What was sent behind is no longer to come, and the session goes on.
		if _, err := runAll(limited(t), s, []Step{script(`echo 5`)}); !errors.As(err, &stopped) || stopped.Completed != 0 {
			t.Errorf("a run with the file still there: %v", err)
		}
		s.StopAt("")
		if got := results(t, s, script(`echo 6`)); string(got[0].Stdout) != "6\n" {
			t.Errorf("a run after that: %+v", got)
		}
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
	on := anyTarget(t)
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
			ctx, cancel := context.WithCancelCause(t.Context())
			var begin time.Time
			count := 0
			// The content fills the pipe, so that the writer is blocked as well.
			steps := []Step{script(`echo 1`), script(source), withContent(`wc -c`, strings.Repeat("x", 1<<20))}
			err := s.Run(ctx, steps, func(int, Result) error {
				count++
				time.AfterFunc(50*time.Millisecond, func() {
					begin = time.Now()
					cancel(cause)
				})
				return nil
			})
			if !errors.Is(err, cause) || count != 1 {
				t.Errorf("%s: %d results, error %v", source, count, err)
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
	s, _ := open(t, anyTarget(t))
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
		s, _ := open(t, anyTarget(t))
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
	s, _ := open(t, anyTarget(t))
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
