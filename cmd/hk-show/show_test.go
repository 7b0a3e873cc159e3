package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hostkit/pkg/cli"
)

// outcome is what the command left behind.
type outcome struct {
	Exit   int
	Stdout string
	Stderr string
}

func run(t *testing.T, stdin string, args ...string) outcome {
	t.Helper()
	var out, errs bytes.Buffer
	exit := cli.Main(t.Context(), command(), args, cli.Streams{Stdin: strings.NewReader(stdin), Stdout: &out, Stderr: &errs})
	return outcome{exit, out.String(), errs.String()}
}

const (
	event  = `{"schema":"hostkit.event/v1","type":"host_started","at":"2026-11-22T20:40:35.001Z","host":{"name":"a"}}`
	lock   = `{"schema":"hostkit.package-lock/v1","repositories":{}}`
	report = `{"schema":"hostkit.report/v1","host":{"name":"a"},"status":"nothing_to_do"}`
	edited = `{"schema":"hostkit.plan/v1","host":{"name":"a"},"digest":"sha256:` +
		`0000000000000000000000000000000000000000000000000000000000000000"}`
	unreachable = `{"schema":"hostkit.host/v1","host":{"name":"b"},"error":{"stage":"hk-facts","code":"unreachable","message":"no route","exit":4}}`
	stale       = `{"schema":"hostkit.report/v1","host":{"name":"c"},"status":"stale","error":{"stage":"hk-apply","code":"stale","message":"moved","exit":5}}`

	lockText        = "package lock  0 repositories\n"
	reportText      = "a  nothing to do\n"
	unreachableText = `b  host  no hostname
  error      hk-facts: no route
  code       unreachable, exit 4
  facts      none yet: hk-facts adds them
`
	staleText = `c  STALE
  error      hk-apply: moved
  code       stale, exit 5
`
)

func TestShow(t *testing.T) {
	total := func(n, failed, first string) string {
		return "\ntotal: " + n + " documents\n" + failed + first
	}
	for name, c := range map[string]struct {
		stdin string
		args  []string
		want  outcome
	}{
		"one document": {report, nil, outcome{0, reportText, ""}},
		"events stand close together": {
			event + event, nil,
			outcome{0, strings.Repeat("2026-11-22T20:40:35.001Z  a  host_started\n", 2), ""},
		},
		"several documents have a total": {
			report + lock,
			[]string{"-"},
			outcome{0, reportText + "\n" + lockText + total("2", "  1 report: 1 nothing to do\n", ""), ""},
		},
		"a failed host is shown and counts": {unreachable, nil, outcome{4, unreachableText, ""}},
		"hosts that failed for different reasons": {
			unreachable + stale, nil,
			outcome{1, unreachableText + "\n" + staleText + total("2", "  1 report: 1 STALE\n", "  2 FAILED, the first is b: no route\n"), ""},
		},
		"an edited plan stops no other document": {
			edited + report, nil,
			outcome{3, reportText, "hk-show: error: a: stdin:1:58: the plan was edited after hk-plan wrote it\n" +
				"hk-show: hint: make it again: hk-plan --only and --ignore select changes\n"},
		},
		// It was refused as a plan that was edited, which hk-apply passes on.
		"a plan with an error is a failed host": {
			`{"schema":"hostkit.plan/v1","host":{"name":"b"},"changes":[],"error":{"stage":"gate","code":"denied","message":"no","hint":"ask","exit":3}}`, nil,
			outcome{3, "b  plan  no hostname\n  error      gate: no\n  hint       ask\n  code       denied, exit 3\n" +
				"  changes    none is made: hk-apply leaves a host alone that has failed\n", ""},
		},
		"what stands before a bad byte is shown": {
			report + "\n!", nil,
			outcome{3, reportText, "hk-show: error: stdin:2:1: expected a json document, found \"!\"\n"},
		},
		"nothing on stdin": {
			"", nil,
			outcome{3, "", "hk-show: error: no document on stdin\nhk-show: hint: for example: hk-show plan.json | less -R\n"},
		},
		"another version": {
			`{"schema":"hostkit.plan/v2"}`, nil,
			outcome{3, "", "hk-show: error: stdin:1:1: hostkit.plan/v2 is not a version this hk-show knows\n" +
				"hk-show: hint: it knows hostkit.plan/v1: was the document written by another release?\n"},
		},
		"no such file": {
			"",
			[]string{"nowhere.json"},
			outcome{3, "", "hk-show: error: nowhere.json: no such file or directory\nhk-show: hint: no file in . ends in .json: is it another folder?\n"},
		},
		// A folder was read as a failure of the work: "read .: read .: is a directory", 1.
		"a folder": {"", []string{"."}, outcome{3, "", "hk-show: error: .: is a directory\nhk-show: hint: no file in . ends in .json: is it another folder?\n"}},
		"no name":  {"", []string{""}, outcome{2, "", "hk-show: error: \"\" is not the name of a file\n"}},
		"no such colour": {
			"",
			[]string{"--color", "often"},
			outcome{2, "", "hk-show: error: --color: \"often\" is none of auto, always, never\nhk-show: hint: hk-show -h lists the flags\n"},
		},
		"colour on request": {report, []string{"--color=always"}, outcome{0, "\x1b[1ma\x1b[0m  \x1b[32mnothing to do\x1b[0m\n", ""}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, run(t, c.stdin, c.args...)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFilesAndStdinTogether(t *testing.T) {
	name := filepath.Join(t.TempDir(), "report.json")
	empty := filepath.Join(t.TempDir(), "empty.json")
	for path, content := range map[string]string{name: report, empty: "\n"} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got := run(t, lock, name, "-", empty)
	want := outcome{
		3, reportText + "\n" + lockText + "\ntotal: 2 documents\n  1 report: 1 nothing to do\n",
		"hk-show: error: " + empty + ": no document in it\nhk-show: hint: what was to write it was cut off: run that again, an hk-apply with the same plan\n",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
