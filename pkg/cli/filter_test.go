package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"
	"go.uber.org/goleak"

	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func hostDoc(name string) string {
	return `{"schema":"hostkit.host/v1","host":{"name":"` + name + `"}}`
}

// stage marks each document, and fails on the hosts that errs names.
func stage(errs map[string]error) Each {
	return func(_ context.Context, d jsonx.Document) ([]byte, error) {
		if err := errs[HostName(d)]; err != nil {
			return nil, err
		}
		return jsonx.Splice(d.Raw, "facts", []byte(`{}`))
	}
}

func filterWith(p Parallel, each Each) Command {
	return Command{Name: "hk-facts", Example: "hk-eval config.json | hk-facts", Run: func(ctx context.Context, s Streams, _ []string) error {
		return FilterParallel(ctx, s, "hk-facts", []doc.Schema{doc.SchemaHost}, p, each)
	}}
}

func TestFilter(t *testing.T) {
	done := func(name string) string {
		return `{"schema":"hostkit.host/v1","host":{"name":"` + name + `"},"facts":{}}` + "\n"
	}
	unreachable := &Error{Exit: ExitUnreachable, Message: "connect to a:22: connection refused", Hint: "is it up?"}
	failed := `{"schema":"hostkit.host/v1","host":{"name":"a"},"error":{"stage":"hk-facts","code":"unreachable","message":"connect to a:22: connection refused","hint":"is it up?","exit":4}}` + "\n"
	earlier := `{"schema":"hostkit.host/v1","host":{"name":"a"}, "error":{"stage":"hk-eval","code":"x","message":"no","hint":"say yes","exit":3}}`
	for name, c := range map[string]struct {
		stdin string
		errs  map[string]error
		want  outcome
	}{
		"a line each": {
			stdin: hostDoc("a") + "\n" + hostDoc("b") + hostDoc("c"),
			want:  outcome{0, done("a") + done("b") + done("c"), ""},
		},
		"one bad host stops no other": {
			stdin: hostDoc("a") + hostDoc("b"),
			errs:  map[string]error{"a": unreachable},
			want: outcome{
				4, failed + done("b"),
				"hk-facts: error: a: connect to a:22: connection refused\nhk-facts: hint: is it up?\nhk-facts: error: 1 of 2 hosts failed\n",
			},
		},
		"a host alone is told once": {
			stdin: hostDoc("a"),
			errs:  map[string]error{"a": unreachable},
			want:  outcome{4, failed, "hk-facts: error: a: connect to a:22: connection refused\nhk-facts: hint: is it up?\n"},
		},
		"hosts that failed for different reasons": {
			stdin: hostDoc("a") + hostDoc("b"),
			errs:  map[string]error{"a": unreachable, "b": Refusef("no_name", "no name")},
			want: outcome{
				1, failed + `{"schema":"hostkit.host/v1","host":{"name":"b"},"error":{"stage":"hk-facts","code":"no_name","message":"no name","exit":3}}` + "\n",
				"hk-facts: error: a: connect to a:22: connection refused\nhk-facts: hint: is it up?\nhk-facts: error: b: no name\nhk-facts: error: 2 of 2 hosts failed\n",
			},
		},
		"a host that failed earlier is passed on untouched": {
			stdin: earlier + "\n" + hostDoc("b"),
			want:  outcome{3, earlier + "\n" + done("b"), "hk-facts: error: a: nothing done, it failed in hk-eval: no\nhk-facts: hint: say yes\nhk-facts: error: 1 of 2 hosts failed\n"},
		},
		"even as a document that this stage does not read": {
			stdin: strings.Replace(earlier, "host/v1", "plan/v1", 1),
			want:  outcome{3, strings.Replace(earlier, "host/v1", "plan/v1", 1) + "\n", "hk-facts: error: a: nothing done, it failed in hk-eval: no\nhk-facts: hint: say yes\n"},
		},
		"an error member that makes no sense is a failure": {
			stdin: `{"schema":"hostkit.host/v1","error":null}`,
			want:  outcome{1, `{"schema":"hostkit.host/v1","error":null}` + "\n", "hk-facts: error: stdin:1:1: nothing done, it failed in an earlier stage: no reason given\n"},
		},
		"what was finished before a bad byte is written": {
			stdin: hostDoc("a") + "\n" + `{"schema": oops}`,
			want:  outcome{3, done("a"), "hk-facts: error: stdin:2:12: expected a value, found a word without quotes\n"},
		},
		"of a host that can't be read the name goes on": {
			stdin: `{"schema":"hostkit.host/v1","host":{"name":"a","ssh":{"password":"geheim"}}}{"schema":"hostkit.host/v1","host":{"name":"b","user":"root:geheim"}}`,
			errs:  map[string]error{"a": errors.New("no"), "b": errors.New("no")},
			want: outcome{
				1, `{"schema":"hostkit.host/v1","host":{"name":"a"},"error":{"stage":"hk-facts","code":"failed","message":"no","exit":1}}` + "\n" +
					`{"schema":"hostkit.host/v1","host":{"name":"b"},"error":{"stage":"hk-facts","code":"failed","message":"no","exit":1}}` + "\n",
				"hk-facts: error: a: no\nhk-facts: error: b: no\nhk-facts: error: 2 of 2 hosts failed\n",
			},
		},
		"of a host that can't be read the name goes on where it has failed before, too": {
			stdin: strings.Replace(earlier, `"name":"a"`, `"name":"a","user":"root:geheim"`, 1),
			want:  outcome{3, earlier + "\n", "hk-facts: error: a: nothing done, it failed in hk-eval: no\nhk-facts: hint: say yes\n"},
		},
		"nothing at all": {
			stdin: " \n",
			want:  outcome{3, "", "hk-facts: error: no document on stdin\nhk-facts: hint: for example: hk-eval config.json | hk-facts\n"},
		},
		"another version": {
			stdin: `{"schema":"hostkit.host/v2"}`,
			want: outcome{
				3, "",
				"hk-facts: error: stdin:1:1: hostkit.host/v2 is not a version this hk-facts knows\nhk-facts: hint: it knows hostkit.host/v1: was the document written by another release?\n",
			},
		},
		"a document for another command": {
			stdin: `{"schema":"hostkit.plan/v1"}`,
			want:  outcome{3, "", "hk-facts: error: stdin:1:1: hk-facts does not read hostkit.plan/v1\nhk-facts: hint: it is a plan already: hk-show FILE shows it, hk-apply --confirm < FILE > report.json makes it so\n"},
		},
		"a document of somebody else": {
			stdin: `{"schema":"x\u001b[2J"}`,
			want:  outcome{3, "", "hk-facts: error: stdin:1:1: \"x\\x1b[2J\" is not a document of hostkit\nhk-facts: hint: hk-facts reads hostkit.host/v1\n"},
		},
		"documents in an array": {
			stdin: `[{"schema":"hostkit.host/v1"}]`,
			want:  outcome{3, "", "hk-facts: error: stdin:1:1: this is an array, and documents stand one after the other\nhk-facts: hint: jq -c '.[]' makes documents of its elements\n"},
		},
		"no document of ours": {
			stdin: `{}`,
			want:  outcome{3, "", "hk-facts: error: stdin:1:1: the document has no schema\nhk-facts: hint: hk-facts reads hostkit.host/v1\n"},
		},
	} {
		for _, p := range []Parallel{{Hosts: 1}, {Hosts: 4}} {
			t.Run(fmt.Sprintf("%s/%d", name, p.Hosts), func(t *testing.T) {
				if diff := cmp.Diff(c.want, runMain(t.Context(), filterWith(p, stage(c.errs)), c.stdin, nil)); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

func TestFilterOutputOfAFailedHost(t *testing.T) {
	report := func(_ context.Context, d jsonx.Document) ([]byte, error) {
		switch HostName(d) {
		case "dropped":
			return nil, nil
		case "panics":
			panic("oops")
		}
		return []byte(`{"status":"stale"}`), &Error{Exit: ExitStale, Message: "it moved"}
	}
	got := runMain(t.Context(), filterWith(Parallel{Hosts: 1}, report), hostDoc("a")+hostDoc("dropped")+hostDoc("panics"), nil)
	want := outcome{
		1, `{"status":"stale"}` + "\n" +
			`{"schema":"hostkit.host/v1","host":{"name":"panics"},"error":{"stage":"hk-facts","code":"internal","message":"internal error: oops","hint":"this is a bug: please report it with what HOSTKIT_DEBUG=1 prints","exit":1}}` + "\n",
		"hk-facts: error: a: it moved\n" +
			"hk-facts: error: panics: internal error: oops\nhk-facts: hint: this is a bug: please report it with what HOSTKIT_DEBUG=1 prints\n" +
			"hk-facts: error: 2 of 2 hosts failed\n",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// countingWriter counts the calls of Write.
type countingWriter struct {
	bytes.Buffer
	writes int
}

func (w *countingWriter) Write(p []byte) (int, error) {
	w.writes++
	return w.Buffer.Write(p)
}

func TestFilterWritesADocumentInOneWrite(t *testing.T) {
	var out countingWriter
	in := strings.NewReader(hostDoc("a") + hostDoc("b"))
	err := Filter(t.Context(), Streams{Stdin: in, Stdout: &out, Stderr: io.Discard}, "hk-facts", []doc.Schema{doc.SchemaHost}, stage(nil))
	if err != nil || out.writes != 2 {
		t.Errorf("%d writes, error %v", out.writes, err)
	}
}

// endless is a stream of hosts h0, h1, … that counts how many were read.
type endless struct {
	n    atomic.Int64
	most int64
}

func (e *endless) Read(p []byte) (int, error) {
	n := e.n.Add(1) - 1
	if n >= e.most {
		return 0, io.EOF
	}
	return copy(p, hostDoc(fmt.Sprintf("h%d", n))+"\n"), nil
}

// The first host of a long stream is slow: the others may not pile up behind it.
func TestParallelWindowIsBounded(t *testing.T) {
	const hosts = 8
	src := &endless{most: 1000}
	var running, most atomic.Int64
	each := func(_ context.Context, d jsonx.Document) ([]byte, error) {
		now := running.Add(1)
		defer running.Add(-1)
		for seen := most.Load(); now > seen && !most.CompareAndSwap(seen, now); seen = most.Load() {
		}
		if HostName(d) == "h0" {
			time.Sleep(200 * time.Millisecond)
			if read := src.n.Load(); read > 2*hosts+2 {
				return nil, fmt.Errorf("%d documents were read ahead", read)
			}
		}
		return d.Raw, nil
	}
	var out bytes.Buffer
	err := FilterParallel(t.Context(), Streams{Stdin: src, Stdout: &out, Stderr: io.Discard}, "hk-facts",
		[]doc.Schema{doc.SchemaHost}, Parallel{Hosts: hosts}, each)
	if err != nil {
		t.Fatal(err, out.String()[:300])
	}
	if most.Load() > hosts {
		t.Errorf("%d hosts at once", most.Load())
	}
	n := 0
	for line := range strings.Lines(out.String()) {
		if want := fmt.Sprintf("h%d", n); gjson.Get(line, "host.name").Str != want {
			t.Fatalf("line %d is %s", n, line)
		}
		n++
	}
	if n != 1000 {
		t.Errorf("%d documents", n)
	}
}

func TestUnorderedWritesTheQuickFirst(t *testing.T) {
	slow := make(chan struct{})
	each := func(_ context.Context, d jsonx.Document) ([]byte, error) {
		switch HostName(d) {
		case "a":
			<-slow
		case "c":
			defer close(slow)
		}
		return d.Raw, nil
	}
	got := runMain(t.Context(), filterWith(Parallel{Hosts: 2, Unordered: true}, each), hostDoc("a")+hostDoc("b")+hostDoc("c"), nil)
	if got.Exit != 0 || !strings.HasPrefix(got.Stdout, hostDoc("b")) || strings.Count(got.Stdout, "\n") != 3 {
		t.Errorf("%+v", got)
	}
}

func TestFilterEndsWithItsReader(t *testing.T) {
	src := &endless{most: 1 << 40}
	var errs bytes.Buffer
	exit := Main(t.Context(), filterWith(Parallel{Hosts: 4}, stage(nil)), nil,
		Streams{Stdin: src, Stdout: failingWriter{io.ErrClosedPipe}, Stderr: &errs})
	if exit != 1 || !strings.Contains(errs.String(), "write stdout") {
		t.Errorf("exit %d: %s", exit, errs.String())
	}
}

func TestInterruptedFilterKeepsWhatWasFinished(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	each := func(ctx context.Context, d jsonx.Document) ([]byte, error) {
		if HostName(d) != "h2" {
			return d.Raw, nil
		}
		cancel(errInterrupted)
		return nil, fmt.Errorf("read facts: %w", ctx.Err())
	}
	var out, errs bytes.Buffer
	exit := Main(ctx, filterWith(Parallel{Hosts: 1}, each), nil, Streams{Stdin: &endless{most: 1 << 40}, Stdout: &out, Stderr: &errs})
	want := hostDoc("h0") + "\n" + hostDoc("h1") + "\n" +
		`{"schema":"hostkit.host/v1","host":{"name":"h2"},"error":{"stage":"hk-facts","code":"interrupted","message":"interrupted","exit":130}}` + "\n"
	if exit != 130 || !strings.HasPrefix(out.String(), want) || errors.Is(ctx.Err(), nil) {
		t.Errorf("exit %d: %s%s", exit, out.String(), errs.String())
	}
}
