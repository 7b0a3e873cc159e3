package cli

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
)

// outcome is what a command left behind.
type outcome struct {
	Exit           int
	Stdout, Stderr string
}

func runMain(ctx context.Context, cmd Command, stdin string, env map[string]string, args ...string) outcome {
	var out, errs bytes.Buffer
	exit := Main(ctx, cmd, args, Streams{
		Stdin: strings.NewReader(stdin), Stdout: &out, Stderr: &errs,
		Getenv: func(name string) string { return env[name] },
	})
	return outcome{exit, out.String(), errs.String()}
}

// probe is a command that shows what it was given.
func probe() Command {
	var hosts List
	parallel := AtLeastOne(16)
	var all bool
	var confirm bool
	var timeout time.Duration
	return Command{
		Name:    "hk-probe",
		Usage:   "[--host GLOB]... [--parallel N] [--timeout DUR] [--confirm | --dry-run] [FILE|-]... and a long end",
		Summary: "Show what was given.",
		Example: "hk-probe --host web-1 config.json",
		Reads:   []doc.Schema{doc.SchemaHost, doc.SchemaPackageLock},
		Writes:  []doc.Schema{doc.SchemaPlan},
		Exits:   []int{ExitDone, ExitFailed, ExitUsage, ExitRefused, ExitInterrupted},
		Environ: map[string]string{"host": "HOSTKIT_HOST", "parallel": "HOSTKIT_PARALLEL"},
		Instead: map[string][]string{"host": {"all"}},
		Flags: func(fs *flag.FlagSet) {
			fs.Var(&hosts, "host", "keep the hosts that match `GLOB`")
			fs.Var(&parallel, "parallel", "work on `N` hosts at once")
			fs.BoolVar(&all, "all", false, "keep all")
			fs.BoolVar(&confirm, "confirm", false, "make the changes")
			fs.DurationVar(&timeout, "timeout", 0, "give up after `DUR`, which is said in so many words that the line must be broken in two")
		},
		Run: func(_ context.Context, s Streams, args []string) error {
			_, err := fmt.Fprintf(s.Stdout, "host=%s parallel=%d confirm=%t args=%q\n", &hosts, parallel, confirm, args)
			return err
		},
	}
}

func TestCommandLine(t *testing.T) {
	built, _ := debug.ReadBuildInfo()
	for name, c := range map[string]struct {
		args []string
		env  map[string]string
		want outcome
	}{
		"flags, then operands": {
			args: []string{"--host", "a", "--host=b", "--parallel", "2", "x", "-"},
			want: outcome{0, `host=a b parallel=2 confirm=false args=["x" "-"]` + "\n", ""},
		},
		"a flag behind an operand is not a file": {
			args: []string{"config.json", "--confirm"},
			want: outcome{2, "", "hk-probe: error: --confirm stands behind an operand\nhk-probe: hint: flags come before operands; a file of that name is ./--confirm\n"},
		},
		"unknown flag, nearly right": {
			args: []string{"--paralel", "3"},
			want: outcome{2, "", "hk-probe: error: unknown flag --paralel\nhk-probe: hint: did you mean --parallel\n"},
		},
		"unknown flag": {
			args: []string{"--quux"},
			want: outcome{2, "", "hk-probe: error: unknown flag --quux\nhk-probe: hint: hk-probe -h lists the flags\n"},
		},
		"a flag as it was typed": {
			args: []string{"-q"},
			want: outcome{2, "", "hk-probe: error: unknown flag -q\nhk-probe: hint: hk-probe -h lists the flags\n"},
		},
		"a flag as another program calls it": {
			args: []string{"-y"},
			want: outcome{2, "", "hk-probe: error: unknown flag -y\nhk-probe: hint: --confirm changes the hosts: read the plan with hk-show first\n"},
		},
		"such a flag of another command": {
			args: []string{"--check"},
			want: outcome{2, "", "hk-probe: error: unknown flag --check\nhk-probe: hint: hk-apply alone changes a host, and with --dry-run not even that\n"},
		},
		"missing value": {
			args: []string{"--host"},
			want: outcome{2, "", "hk-probe: error: --host wants a value\nhk-probe: hint: hk-probe -h lists the flags\n"},
		},
		// --package-lock "$LOCK" with no LOCK once planned without the lock.
		"empty value": {
			args: []string{"--host", ""},
			want: outcome{2, "", "hk-probe: error: --host: \"\" is empty\nhk-probe: hint: hk-probe -h lists the flags\n"},
		},
		"two values": {
			args: []string{"--parallel", "2", "--parallel=3"},
			want: outcome{2, "", "hk-probe: error: --parallel: \"3\" is a second value, and there can be one\nhk-probe: hint: hk-probe -h lists the flags\n"},
		},
		"twice": {
			args: []string{"--confirm", "--confirm"},
			want: outcome{2, "", "hk-probe: error: --confirm is given twice\nhk-probe: hint: give it once\n"},
		},
		"two dashes end the flags": {
			args: []string{"--host", "a", "--", "-x.json", "--"},
			want: outcome{0, `host=a parallel=16 confirm=false args=["-x.json" "--"]` + "\n", ""},
		},
		"two dashes behind an operand end nothing": {
			args: []string{"x", "--", "-x.json"},
			want: outcome{2, "", "hk-probe: error: -- stands behind an operand\nhk-probe: hint: flags come before operands; a file of that name is ./--\n"},
		},
		"a file that is called like a flag": {
			args: []string{"-my x.json"},
			want: outcome{2, "", "hk-probe: error: unknown flag -my x.json\nhk-probe: hint: a file of that name is './-my x.json'\n"},
		},
		"not a number": {
			args: []string{"--parallel", "many"},
			want: outcome{2, "", "hk-probe: error: --parallel: \"many\" is not a whole number\nhk-probe: hint: hk-probe -h lists the flags\n"},
		},
		"too large a number": {
			args: []string{"--parallel", "99999999999999999999"},
			want: outcome{2, "", "hk-probe: error: --parallel: \"99999999999999999999\" is too large\nhk-probe: hint: hk-probe -h lists the flags\n"},
		},
		"not a duration": {
			args: []string{"--timeout", "3"},
			want: outcome{2, "", "hk-probe: error: --timeout: \"3\" is not a duration like 30s or 10m\nhk-probe: hint: hk-probe -h lists the flags\n"},
		},
		"not a truth value": {
			args: []string{"--confirm=perhaps"},
			want: outcome{2, "", "hk-probe: error: --confirm: \"perhaps\" is neither true nor false\nhk-probe: hint: hk-probe -h lists the flags\n"},
		},
		"not a flag at all": {
			args: []string{"---host"},
			want: outcome{2, "", "hk-probe: error: ---host is not a flag\nhk-probe: hint: hk-probe -h lists the flags\n"},
		},
		"an escape sequence is shown, not obeyed": {
			args: []string{"--\x1b[2J\n"},
			want: outcome{2, "", "hk-probe: error: unknown flag --\\x1b[2J\\n\nhk-probe: hint: hk-probe -h lists the flags\n"},
		},
		"the environment fills in": {
			env:  map[string]string{"HOSTKIT_HOST": "db", "HOSTKIT_PARALLEL": "4"},
			want: outcome{0, "host=db parallel=4 confirm=false args=[]\n", ""},
		},
		"a flag wins over the environment": {
			args: []string{"--host", "web"},
			env:  map[string]string{"HOSTKIT_HOST": "db", "HOSTKIT_PARALLEL": ""},
			want: outcome{0, "host=web parallel=16 confirm=false args=[]\n", ""},
		},
		// It was called a contradiction of the two flags.
		"a flag wins over the variable of the one that it contradicts": {
			args: []string{"--all"},
			env:  map[string]string{"HOSTKIT_HOST": "db"},
			want: outcome{0, "host= parallel=16 confirm=false args=[]\n", ""},
		},
		// The flag was blamed, which nobody had given.
		"too small a value in the environment": {
			env:  map[string]string{"HOSTKIT_PARALLEL": "0"},
			want: outcome{2, "", "hk-probe: error: HOSTKIT_PARALLEL in the environment (--parallel): \"0\" is less than 1\n"},
		},
		"too small a value": {
			args: []string{"--parallel", "-1"},
			want: outcome{2, "", "hk-probe: error: --parallel: \"-1\" is less than 1\nhk-probe: hint: hk-probe -h lists the flags\n"},
		},
		"an invalid value in the environment": {
			env:  map[string]string{"HOSTKIT_PARALLEL": "many"},
			want: outcome{2, "", "hk-probe: error: HOSTKIT_PARALLEL in the environment (--parallel): \"many\" is not a whole number\n"},
		},
		// ff would have taken both.
		"the environment neither confirms nor asks for the version": {
			env:  map[string]string{"HOSTKIT_CONFIRM": "true", "HOSTKIT_VERSION": "1.2.3", "HOSTKIT_HELP": "x"},
			want: outcome{0, "host= parallel=16 confirm=false args=[]\n", ""},
		},
		"version": {
			args: []string{"--version"},
			want: outcome{0, "hk-probe " + Version + "\nbuilt:  " + Built(built) + "\nreads:  hostkit.host/v1 hostkit.package-lock/v1\nwrites: hostkit.plan/v1\n", ""},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, runMain(t.Context(), probe(), "", c.env, c.args...)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestHelpIsOneScreen(t *testing.T) {
	want := `usage: hk-probe [--host GLOB]... [--parallel N] [--timeout DUR]
                [--confirm | --dry-run] [FILE|-]... and a long end
Show what was given.

  --all              keep all
  --confirm          make the changes
  --host GLOB ...    keep the hosts that match GLOB [$HOSTKIT_HOST]
  --parallel N       work on N hosts at once (default 16) [$HOSTKIT_PARALLEL]
  --timeout DUR      give up after DUR, which is said in so many words that the
                     line must be broken in two
  --help, --version  show this; the version and the schemas it knows
exit status: 0 done, 1 failed, 2 usage, 3 input refused, 130 interrupted
example: hk-probe --host web-1 config.json
`
	for _, flag := range []string{"-h", "--help", "-help"} {
		if diff := cmp.Diff(outcome{0, want, ""}, runMain(t.Context(), probe(), "", nil, flag)); diff != "" {
			t.Error(diff)
		}
	}
}

// The flags of a login are many, and the same everywhere.
func TestHelpGathersTheFlagsOfALogin(t *testing.T) {
	cmd := probe()
	var l Login
	cmd.Environ, cmd.Instead, cmd.Flags = LoginEnviron, nil, func(fs *flag.FlagSet) {
		fs.Int("parallel", 1, "work on `N` hosts at once")
		l.Flags(fs)
	}
	got := runMain(t.Context(), cmd, "", nil, "-h").Stdout
	const want = `
  --parallel N       work on N hosts at once (default 1) [$HOSTKIT_PARALLEL]
  --help, --version  show this; the version and the schemas it knows
login: [--allow-env NAME]... [--allow-secret-commands] [--base DIR] [--doas]
`
	if !strings.Contains(got, want) || !strings.Contains(got, "[--port N [$HOSTKIT_PORT]]") {
		t.Error(got)
	}
}

func TestOnlyHarmlessFlagsMayComeFromTheEnvironment(t *testing.T) {
	cmd := probe()
	cmd.Environ = map[string]string{"confirm": "HOSTKIT_CONFIRM"}
	got := runMain(t.Context(), cmd, "", map[string]string{"HOSTKIT_CONFIRM": "true"})
	if got.Exit != ExitFailed || !strings.Contains(got.Stderr, "internal error: --confirm may not come from the environment") {
		t.Errorf("got %+v", got)
	}
}

// exiter is an error of another package, which knows cli only by its methods.
type exiter struct{ exit int }

func (e exiter) Error() string { return fmt.Sprintf("wants %d", e.exit) }
func (e exiter) Exit() int     { return e.exit }
func (e exiter) Code() string  { return "odd" }
func (e exiter) Hint() string  { return "be even" }

// stopped is what an interruption has ended.
type stopped struct{ exiter }

func (e stopped) Unwrap() error { return errInterrupted }

func TestErrorsBecomeMessagesAndExitStatuses(t *testing.T) {
	_, syntax := jsonx.Check("config.json", []byte("{"))
	for name, c := range map[string]struct {
		err    error
		exit   int
		stderr string
	}{
		"of no kind":                  {errors.New("disk on fire"), 1, "hk-x: error: disk on fire\n"},
		"ours":                        {Refusef("no", "no such thing").WithHint("look again"), 3, "hk-x: error: no such thing\nhk-x: hint: look again\n"},
		"ours, wrapped":               {fmt.Errorf("read lock: %w", Usagef("bad")), 2, "hk-x: error: read lock: bad\n"},
		"with methods":                {fmt.Errorf("db1: %w", exiter{5}), 5, "hk-x: error: db1: wants 5\nhk-x: hint: be even\n"},
		"of what was interrupted":     {stopped{exiter{4}}, 130, "hk-x: error: wants 4\n"},
		"of an earlier stage":         {&doc.HostError{Message: "refused", Hint: "knock", Exit: 4}, 4, "hk-x: error: refused\nhk-x: hint: knock\n"},
		"bad json":                    {syntax, 3, "hk-x: error: " + syntax.Error() + "\nhk-x: hint: run again what was to write it\n"},
		"a list of one kind":          {errors.Join(Usagef("a"), Usagef("b")), 2, "hk-x: error: a\nhk-x: error: b\n"},
		"a list of two kinds":         {errors.Join(Usagef("a"), Refusef("b", "b")), 1, "hk-x: error: a\nhk-x: error: b\n"},
		"a list below a message":      {fmt.Errorf("both: %w, %w", Usagef("a"), Usagef("b")), 2, "hk-x: error: both: a, b\n"},
		"told already":                {&Error{Exit: 4}, 4, ""},
		"a bare end of file":          {fmt.Errorf("read plan.json: %w", io.ErrUnexpectedEOF), 1, "hk-x: error: read plan.json: it ended in the middle\n"},
		"a bare end of file, alone":   {io.EOF, 1, "hk-x: error: it ended too early\n"},
		"with an escape and two ends": {errors.New("\x1b]0;owned\a\r\n\u202egnp"), 1, `hk-x: error: \x1b]0;owned\x07\r\n\u202egnp` + "\n"},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := Command{Name: "hk-x", Run: func(context.Context, Streams, []string) error { return c.err }}
			if diff := cmp.Diff(outcome{c.exit, "", c.stderr}, runMain(t.Context(), cmd, "", nil)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPanicIsAnInternalError(t *testing.T) {
	cmd := Command{Name: "hk-x", Run: func(context.Context, Streams, []string) error { panic("no\nway") }}
	got := runMain(t.Context(), cmd, "", nil)
	want := outcome{1, "", "hk-x: error: internal error: no\\nway\nhk-x: hint: this is a bug: please report it with what HOSTKIT_DEBUG=1 prints\n"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	got = runMain(t.Context(), cmd, "", map[string]string{"HOSTKIT_DEBUG": "1"})
	if !strings.Contains(got.Stderr, "cli_test.go") {
		t.Errorf("no stack in %s", got.Stderr)
	}
}

func TestInterruptionWinsOverTheErrorItCauses(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cmd := Command{Name: "hk-x", Run: func(ctx context.Context, s Streams, _ []string) error {
		time.AfterFunc(10*time.Millisecond, func() { cancel(errInterrupted) })
		_, err := io.ReadAll(s.Stdin)
		return fmt.Errorf("read stdin: %w", err)
	}}
	never, w := io.Pipe()
	defer w.Close()
	var errs bytes.Buffer
	exit := Main(ctx, cmd, nil, Streams{Stdin: never, Stdout: io.Discard, Stderr: &errs})
	if diff := cmp.Diff(outcome{130, "", "hk-x: error: interrupted\n"}, outcome{exit, "", errs.String()}); diff != "" {
		t.Error(diff)
	}
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }

// A command that does not look at what Write returns must not end with 0.
func TestStdoutThatCannotBeWrittenIsAFailure(t *testing.T) {
	cmd := Command{Name: "hk-x", Run: func(_ context.Context, s Streams, _ []string) error {
		fmt.Fprintln(s.Stdout, "document")
		return nil
	}}
	for errno, want := range map[syscall.Errno]string{
		// Whoever has ended has said why: that stays the last error to be read.
		syscall.EPIPE:  "hk-x: write stdout: broken pipe: the command after this one has ended\n",
		syscall.ENOSPC: "hk-x: error: write stdout: no space left on device\n",
	} {
		var errs bytes.Buffer
		broken := failingWriter{&os.PathError{Op: "write", Path: "/dev/stdout", Err: errno}}
		for _, args := range [][]string{nil, {"-h"}, {"--version"}} {
			errs.Reset()
			exit := Main(t.Context(), cmd, args, Streams{Stdin: strings.NewReader(""), Stdout: broken, Stderr: &errs})
			if diff := cmp.Diff(outcome{1, "", want}, outcome{exit, "", errs.String()}); diff != "" {
				t.Error(args, diff)
			}
		}
	}
}

// `hk-show plan.json | head` told of a broken pipe.
func TestAReaderOfTextThatHasSeenEnoughIsNoError(t *testing.T) {
	broken := failingWriter{&os.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.EPIPE}}
	cmd := Command{Name: "hk-x", ForPeople: true, Run: func(_ context.Context, s Streams, _ []string) error {
		_, err := fmt.Fprintln(s.Stdout, "text")
		return err
	}}
	var errs bytes.Buffer
	exit := Main(t.Context(), cmd, nil, Streams{Stdin: strings.NewReader(""), Stdout: broken, Stderr: &errs})
	if diff := cmp.Diff(outcome{141, "", ""}, outcome{exit, "", errs.String()}); diff != "" {
		t.Error(diff)
	}
}

func TestVisibleLeavesWhatIsWrittenOut(t *testing.T) {
	for in, want := range map[string]string{
		"plain, ümlaut, 日本, emoji 🙂":       "plain, ümlaut, 日本, emoji 🙂",
		"\x1b[31mred\x1b[0m":               `\x1b[31mred\x1b[0m`,
		`"quoted\n" already, \\host\share`: `"quoted\n" already, \\host\share`,
		"user\u202etxt.exe":                `user\u202etxt.exe`,
		"bad\xff\xc3":                      `bad\xff\xc3`,
	} {
		if got := Visible(in); got != want || Visible(got) != want {
			t.Errorf("Visible(%q) = %q, want %q", in, got, want)
		}
	}
}

// Before there is anything to stop behind, the first signal is the end.
func TestUntilStoppedEndsWithTheFirstSignal(t *testing.T) {
	stop := make(chan struct{})
	until, end := UntilStopped(withStop(t.Context(), stop))
	defer end()
	pipe, writer := io.Pipe()
	defer writer.Close()
	in := Under(until, pipe)
	close(stop)
	if _, err := in.Read(make([]byte, 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("the read that waits ended with %v", err)
	}
	if !errors.Is(context.Cause(until), errInterrupted) {
		t.Errorf("ended by %v", context.Cause(until))
	}
}
