package shell

import (
	"bytes"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
	"time"
)

const testBoundary = "0123456789abcdef0123456789abcdef"

// wire is all that one session sent in each direction.
type wire struct{ stdin, stdout, stderr []byte }

// tap keeps a copy of what passes.
type tap struct {
	io.WriteCloser
	copied bytes.Buffer
}

func (c *tap) Write(p []byte) (int, error) {
	c.copied.Write(p)
	return c.WriteCloser.Write(p)
}

// record runs the steps, the last of the session, under testBoundary and
// returns what was on the wire.
func record(t testing.TB, on target, steps []Step) wire {
	t.Helper()
	h := startHost(t, on.sh, execLine(on.sh, on.path, Become{}))
	in := &tap{WriteCloser: h.stream.Stdin}
	var out, errs bytes.Buffer
	s := newSession(Stream{
		Stdin:  in,
		Stdout: io.TeeReader(h.stream.Stdout, &out),
		Stderr: io.TeeReader(h.stream.Stderr, &errs),
		Close:  h.stream.Close,
	}, testBoundary)
	if err := s.RunLast(limited(t), steps, func(int, Result) error { return nil }); err != nil {
		t.Fatal(err)
	}
	return wire{in.copied.Bytes(), out.Bytes(), errs.Bytes()}
}

// smallBatch has scripts, content, and output on both streams.
func smallBatch() []Step {
	return []Step{
		script(`echo "ran$1"`, "0"),
		withContent(`cat; cat >&2; exit 3`, "echo never\nhk 2 3 -\n"),
		script(`printf ran2; echo err >&2`),
	}
}

var smallBatchResults = []Result{
	{Stdout: []byte("ran0\n")},
	{Stdout: []byte("echo never\nhk 2 3 -\n"), Status: 3},
	{Stdout: []byte("ran2"), Stderr: []byte("err\n")},
}

// replay is the stream of a host that sends fixed bytes, whatever it is sent.
func replay(stdout, stderr io.Reader) Stream {
	return Stream{Stdin: discard{io.Discard}, Stdout: stdout, Stderr: stderr, Close: func() error { return nil }}
}

func TestWhatTheHostSendsIsCutAnywhere(t *testing.T) {
	w := record(t, anyTarget(t), smallBatch())
	for name, broken := range map[string]error{"end of file": nil, "reset": errors.New("connection reset")} {
		t.Run(name, func(t *testing.T) {
			for cut := range len(w.stdout) + len(w.stderr) {
				out, errs := w.stdout[:min(cut, len(w.stdout))], w.stderr
				if cut >= len(w.stdout) {
					errs = w.stderr[:cut-len(w.stdout)]
				}
				var stdout, stderr io.Reader = bytes.NewReader(out), bytes.NewReader(errs)
				if broken != nil {
					stdout, stderr = io.MultiReader(stdout, failing{broken}), io.MultiReader(stderr, failing{broken})
				}
				s := newSession(replay(stdout, stderr), testBoundary)
				got, err := runAll(limited(t), s, smallBatch())
				var closed *ClosedError
				if !errors.As(err, &closed) {
					t.Fatalf("cut at %d: error %v", cut, err)
				}
				if closed.Completed != len(got) || len(got) == 3 || !errors.Is(err, broken) && broken != nil {
					t.Fatalf("cut at %d: %d results, error %v", cut, len(got), err)
				}
				for i, r := range got {
					if asText(r) != asText(smallBatchResults[i]) {
						t.Fatalf("cut at %d: result %d is %s", cut, i, asText(r))
					}
				}
			}
		})
	}
}

// Half of what the client sends: nothing that is not whole may run, and the
// host must end by itself.
func TestWhatTheClientSendsIsCutAnywhere(t *testing.T) {
	onEach(t, func(t *testing.T, on target) {
		w := record(t, on, smallBatch())
		begin := bytes.Index(w.stdin, []byte("hk 0 "))
		content := bytes.Index(w.stdin, []byte("echo never\n"))
		third := bytes.LastIndex(w.stdin, []byte("hk 2 ")) + len("hk 2 34 -\n")
		var cuts []int
		for cut := 0; cut < begin; cut += 1 + begin/20 {
			cuts = append(cuts, cut)
		}
		for cut := begin; cut < len(w.stdin); cut++ {
			cuts = append(cuts, cut)
		}
		for _, cut := range cuts {
			cmd := exec.CommandContext(limited(t), on.sh, "-c", strings.TrimPrefix(execLine(on.sh, on.path, Become{}), "exec "))
			cmd.WaitDelay = time.Second
			cmd.Stdin = bytes.NewReader(w.stdin[:cut])
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			err := cmd.Run()
			var exit *exec.ExitError
			if err != nil && !errors.As(err, &exit) {
				t.Fatalf("cut at %d: %v", cut, err)
			}
			out := stdout.String()
			switch {
			case strings.Contains(out, "ran0\n") && cut < begin+len("hk 0 0 -\n"),
				strings.Contains(out, " B 1\n") && cut < content,
				strings.Contains(out, "ran2") && cut < third+len("printf ran2; echo err >&2"),
				strings.Contains(out, "\nnever"),
				strings.Contains(stderr.String(), "not found"):
				t.Fatalf("cut at %d: stdout %q, stderr %q", cut, out, stderr.String())
			}
		}
	})
}

// The content that is cut must end early for the step, not be made up.
func TestContentThatIsCutEndsEarly(t *testing.T) {
	onEach(t, func(t *testing.T, on target) {
		w := record(t, on, []Step{withContent(`wc -c`, strings.Repeat("x", 1000))})
		cmd := exec.Command(on.sh, "-c", strings.TrimPrefix(execLine(on.sh, on.path, Become{}), "exec "))
		cmd.Stdin = bytes.NewReader(w.stdin[:len(w.stdin)-len("bye\n")-400])
		out, err := cmd.Output()
		if err != nil || !bytes.Contains(out, []byte("600\n")) {
			t.Errorf("got %q, %v", out, err)
		}
	})
}
