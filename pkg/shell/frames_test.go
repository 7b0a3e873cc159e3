package shell

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"pgregory.net/rapid"
)

// encode writes results as a host does, on stdout (from 0) or stderr (1).
func encode(results []Result, from int) string {
	var b strings.Builder
	for i, r := range results {
		output := r.Stdout
		if from == 1 {
			output = r.Stderr
		}
		fmt.Fprintf(&b, "\n%s B %d\n%s\n%s E %d %d\n", testBoundary, i, output, testBoundary, i, r.Status)
	}
	return b.String()
}

// pieces reads r in pieces of the given sizes, one after the other, again and
// again.
type pieces struct {
	r     io.Reader
	sizes []int
	next  int
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.sizes) == 0 {
		return p.r.Read(b)
	}
	size := p.sizes[p.next%len(p.sizes)]
	p.next++
	return p.r.Read(b[:min(size, len(b))])
}

func TestMarksCutOverReads(t *testing.T) {
	alphabet := []byte("\n0123456789abcdef BE")
	rapid.Check(t, func(rt *rapid.T) {
		var want []Result
		for range rapid.IntRange(1, 5).Draw(rt, "steps") {
			r := Result{
				Status: rapid.IntRange(0, 255).Draw(rt, "status"),
				Stdout: rapid.SliceOf(rapid.SampledFrom(alphabet)).Draw(rt, "stdout"),
				Stderr: []byte(strings.Repeat("\n"+testBoundary[:20], rapid.IntRange(0, 3000).Draw(rt, "stderr"))),
			}
			r.Stderr = r.Stderr[:min(len(r.Stderr), StderrLimit)]
			want = append(want, r)
		}
		sizes := rapid.SliceOfN(rapid.IntRange(1, 100), 0, 10).Draw(rt, "sizes")
		noise := "motd\n" + testBoundary[:31]
		s := newSession(replay(
			&pieces{r: strings.NewReader(noise + encode(want, 0)), sizes: sizes},
			&pieces{r: strings.NewReader(encode(want, 1)), sizes: sizes},
		), testBoundary)
		got, err := runAll(limited(t), s, make([]Step, len(want)))
		if err != nil {
			rt.Fatal(err)
		}
		for i := range want {
			if asText(got[i]) != asText(want[i]) {
				rt.Fatalf("result %d: got %s, want %s", i, asText(got[i]), asText(want[i]))
			}
		}
	})
}

func TestFramesThatAreNone(t *testing.T) {
	b := "\n" + testBoundary + " "
	cases := map[string]struct{ stdout, stderr, message string }{
		"wrong index":      {b + "B 1\n", b + "B 0\n", `expected mark B 0, got "B 1"`},
		"end first":        {b + "E 0 0\n", b + "B 0\n", `expected mark B 0`},
		"begin twice":      {b + "B 0\n" + b + "B 0\n", b + "B 0\n", `expected mark E 0`},
		"no status":        {b + "B 0\n" + b + "E 0\n", b + "B 0\n", `malformed mark`},
		"status too large": {b + "B 0\n" + b + "E 0 256\n", b + "B 0\n", `malformed exit status`},
		"status negative":  {b + "B 0\n" + b + "E 0 -1\n", b + "B 0\n", `malformed exit status`},
		"status padded":    {b + "B 0\n" + b + "E 0 00\n", b + "B 0\n", `malformed exit status`},
		"begin with more":  {b + "B 0 0\n", b + "B 0\n", `malformed mark`},
		"endless mark":     {b + strings.Repeat("B", 1000), b + "B 0\n", `endless mark`},
		"long mark":        {b + strings.Repeat("B", 100) + "\n", b + "B 0\n", `endless mark`},
		"empty mark":       {b + "\n", b + "B 0\n", `expected mark B 0, got ""`},
		"escape":           {b + "\x1b[2J\n", b + "B 0\n", `got "\x1b[2J"`},
		"refusal":          {b + "X bad\x1b header\n", b + "X bad header\n", `the receiver refused: bad`},
		"between":          {b + "B 0\n" + b + "E 0 0\nstray\x1b" + b + "B 1\n", b + "B 0\n" + b + "E 0 0\n" + b + "B 1\n", `bytes between two steps: stray\x1b`},
		"statuses differ":  {b + "B 0\n" + b + "E 0 0\n", b + "B 0\n" + b + "E 0 1\n", `exit status of step 0 is 0 on stdout and 1 on stderr`},
		"twice":            {b + "B 0\n" + b + "E 0 0\n" + b + "B 0\n" + b + "E 0 0\n", b + "B 0\n" + b + "E 0 0\n", `expected mark B 1, got "B 0"`},
		"out of order":     {b + "B 1\n" + b + "E 1 0\n" + b + "B 0\n" + b + "E 0 0\n", b + "B 0\n", `expected mark B 0, got "B 1"`},
		"another's end":    {b + "B 0\n" + b + "E 1 0\n", b + "B 0\n", `expected mark E 0, got "E 1 0"`},
		"huge index":       {b + "B 99999999999999999999999999\n", b + "B 0\n", `expected mark B 0, got "B 99999999999999999999999999"`},
		"padded index":     {b + "B 00\n", b + "B 0\n", `expected mark B 0, got "B 00"`},
		"negative index":   {b + "B -0\n", b + "B 0\n", `expected mark B 0, got "B -0"`},
		"huge status":      {b + "B 0\n" + b + "E 0 18446744073709551616\n", b + "B 0\n", `malformed exit status`},
		"another session":  {"\n" + testBoundary[1:] + "0 B 0\n" + b + "E 0 0\n", b + "B 0\n", `expected mark B 0, got "E 0 0"`},
		"stop for another": {b + "S 1\n", b + "S 1\n", `expected mark B 0, got "S 1"`},
		"stop within":      {b + "B 0\n" + b + "S 0\n", b + "B 0\n" + b + "S 0\n", `expected mark E 0, got "S 0"`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := newSession(replay(strings.NewReader(c.stdout), strings.NewReader(c.stderr)), testBoundary)
			_, err := runAll(limited(t), s, make([]Step, 2))
			var protocol *ProtocolError
			if !errors.As(err, &protocol) || !strings.Contains(err.Error(), c.message) {
				t.Errorf("got %v, want …%s…", err, c.message)
			}
		})
	}
}

// forever is a stream that says the same for ever.
type forever struct{ text string }

func (f forever) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		n += copy(p[n:], f.text)
	}
	return n, nil
}

// A host that never ends a step, or never begins one, takes no more memory than
// the limits say: with the limit of one step the rest is dropped, with that of a
// batch the session ends.
func TestAHostThatNeverStopsSpeaking(t *testing.T) {
	begin := "\n" + testBoundary + " B 0\n"
	cases := map[string]struct {
		stdout string
		limit  int
		want   string
	}{
		"before the first mark": {"", 0, "before the session began"},
		"in a mark":             {"\n" + testBoundary + " ", 0, "endless mark"},
		"in a step":             {begin, 2 * TotalLimit, "in one batch"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			stdout := io.MultiReader(strings.NewReader(c.stdout), forever{"no newline here "})
			quiet, end := io.Pipe()
			stream := replay(stdout, io.MultiReader(strings.NewReader(begin), quiet))
			stream.Close = end.Close
			_, err := runAll(limited(t), newSession(stream, testBoundary), []Step{{Limit: c.limit}})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want …%s…", err, c.want)
			}
		})
	}
}

// One stream ends and the other stays open: a host can do that, a run must not
// wait for ever. The stream's Close is what ends it.
func TestOneStreamEndsAndTheOtherHangs(t *testing.T) {
	for from := range 2 {
		reader, writer := io.Pipe()
		readers := []io.Reader{strings.NewReader(""), reader}
		stream := replay(readers[from], readers[1-from])
		stream.Close = func() error { return writer.Close() }
		s := newSession(stream, testBoundary)
		begin := time.Now()
		_, err := runAll(limited(t), s, make([]Step, 1))
		var closed *ClosedError
		if !errors.As(err, &closed) || time.Since(begin) > 5*closeGrace {
			t.Errorf("got %v after %v", err, time.Since(begin))
		}
	}
}

func TestHostThatTakesNothing(t *testing.T) {
	refused := errors.New("broken pipe")
	stuck, unstick := io.Pipe()
	stream := replay(stuck, strings.NewReader(""))
	stream.Stdin = discard{failingWriter{refused}}
	stream.Close = func() error { return unstick.Close() }
	_, err := runAll(limited(t), newSession(stream, testBoundary), make([]Step, 1))
	var closed *ClosedError
	if !errors.As(err, &closed) {
		t.Errorf("got %v", err)
	}
}

type failingWriter struct{ err error }

func (f failingWriter) Write([]byte) (int, error) { return 0, f.err }

func TestReaderThatMakesNoProgress(t *testing.T) {
	s := newSession(replay(stalled{}, stalled{}), testBoundary)
	if _, err := runAll(limited(t), s, make([]Step, 1)); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("got %v", err)
	}
}

type stalled struct{}

func (stalled) Read([]byte) (int, error) { return 0, nil }

// FuzzFrames: a host may send anything. Run returns, and what it reports as
// results is what the bytes say.
func FuzzFrames(f *testing.F) {
	valid := []Result{{Stdout: []byte("a\n"), Status: 1}, {Stderr: []byte("\n" + testBoundary)}}
	f.Add([]byte(encode(valid, 0)), []byte(encode(valid, 1)), false)
	f.Add([]byte("motd\n"+encode(valid, 0)+"tail"), []byte(encode(valid, 1)), true)
	f.Add([]byte("\n"+testBoundary+" X bad header\n"), []byte("\n"+testBoundary+" S 0\n"), false)
	f.Fuzz(func(t *testing.T, stdout, stderr []byte, byteWise bool) {
		var out, errs io.Reader = bytes.NewReader(stdout), bytes.NewReader(stderr)
		if byteWise {
			out, errs = iotest.OneByteReader(out), iotest.DataErrReader(errs)
		}
		s := newSession(replay(out, errs), testBoundary)
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		got, err := runAll(ctx, s, make([]Step, 2))
		if ctx.Err() != nil {
			t.Fatal("hung")
		}
		if (err == nil) != (len(got) == 2) {
			t.Fatalf("%d results, error %v", len(got), err)
		}
		for from, data := range []string{string(stdout), string(stderr)} {
			if _, after, _ := strings.Cut("\x00"+data, "\n"+testBoundary+" "); len(got) > 0 &&
				!strings.HasPrefix("\n"+testBoundary+" "+after, encode(got, from)) {
				t.Fatalf("stream %d holds %q, results say %q", from, data, encode(got, from))
			}
		}
	})
}
