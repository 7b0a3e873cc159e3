package shell

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// allBytes holds every byte that an argument may hold.
func allBytes() string {
	var b strings.Builder
	for c := 1; c < 256; c++ {
		b.WriteByte(byte(c))
	}
	return b.String()
}

func TestArgumentsArriveExactly(t *testing.T) {
	values := []string{
		"", "'", "''", `'\''`, "a b", "\n", "a\n\n", "$(touch /tmp/x)", "`id`", "$HOME", `\`, `\n`, "-n", "-", "--",
		"!", "*", "~", "#", ";", "&", "\xff\xfe", "\u202e", allBytes(), strings.Repeat("'", 1000),
	}
	onEach(t, func(t *testing.T, on target) {
		s, _ := open(t, on)
		for i, r := range results(t, s, script(`printf '%s\0' "$@"`, values...), script(`printf %s $#`)) {
			want := strings.Join(values, "\x00") + "\x00"
			if i == 1 {
				want = "0"
			}
			if diff := cmp.Diff(Result{Stdout: []byte(want)}, r, cmpEmpty); diff != "" {
				t.Errorf("step %d (-want +got):\n%s", i, diff)
			}
		}
	})
}

// cmpEmpty takes nil and empty output for the same.
var cmpEmpty = cmp.Transformer("string", func(b []byte) string { return string(b) })

func TestLongScript(t *testing.T) {
	onEach(t, func(t *testing.T, on target) {
		s, _ := open(t, on)
		long := strings.Repeat("0123456789abcde\n", 1<<16)
		got := results(t, s, script(`printf %s "$1"; printf %s "$1" >&2`, long))
		if string(got[0].Stdout) != long {
			t.Errorf("1 MiB argument came back as %d bytes", len(got[0].Stdout))
		}
		if len(got[0].Stderr) != StderrLimit || got[0].Dropped != int64(len(long)-StderrLimit) {
			t.Errorf("kept %d bytes of stderr, dropped %d", len(got[0].Stderr), got[0].Dropped)
		}
	})
}

func TestContentArrivesExactly(t *testing.T) {
	onEach(t, func(t *testing.T, on target) {
		s, _ := open(t, on)
		var steps []Step
		var want []string
		for _, size := range []int{0, 1, 65535, 65536, 65537, 10 << 20} {
			content := make([]byte, size)
			rand.NewChaCha8([32]byte{}).Read(content)
			step := withContent(`sha256sum`, string(content))
			// Sizes that a pipe gives in odd pieces must not matter.
			step.Content = io.MultiReader(bytes.NewReader(content[:size/3]), bytes.NewReader(content[size/3:]))
			steps = append(steps, step, script(`cat; echo next`))
			want = append(want, fmt.Sprintf("%x  -\n", sha256.Sum256(content)), "next\n")
		}
		for i, r := range results(t, s, steps...) {
			if string(r.Stdout) != want[i] || r.Status != 0 || len(r.Stderr) > 0 {
				t.Errorf("step %d: got %+v, want stdout %q", i, r, want[i])
			}
		}
	})
}

func TestContentOfAnotherLengthThanAnnounced(t *testing.T) {
	onEach(t, func(t *testing.T, on target) {
		s, _ := open(t, on)
		short := Step{Script: New(`od -An -c`), Content: strings.NewReader("ab"), Size: 4}
		long := Step{Script: New(`cat`), Content: strings.NewReader("hk 2 1 -\n"), Size: 2}
		got := results(t, s, short, long, script(`echo in step`))
		if strings.Join(strings.Fields(string(got[0].Stdout)), " ") != `a b \0 \0` {
			t.Errorf("short content is not padded with zeros: %q", got[0].Stdout)
		}
		if string(got[1].Stdout) != "hk" || string(got[2].Stdout) != "in step\n" {
			t.Errorf("long content is not cut: %q, then %q", got[1].Stdout, got[2].Stdout)
		}
	})
}

func TestContentThatCannotBeRead(t *testing.T) {
	broken := errors.New("disk gone")
	onEach(t, func(t *testing.T, on target) {
		s, _ := open(t, on)
		step := Step{Name: "copy", Script: New(`wc -c`), Size: 100}
		step.Content = io.MultiReader(strings.NewReader("abc"), failing{broken})
		got, err := runAll(limited(t), s, []Step{step, script(`echo after`)})
		var content *ContentError
		if !errors.As(err, &content) || content.Step != "copy" || !errors.Is(err, broken) {
			t.Fatalf("got error %v", err)
		}
		if strings.TrimSpace(string(got[0].Stdout)) != "100" || string(got[1].Stdout) != "after\n" {
			t.Errorf("got %+v", got)
		}
		results(t, s, script(`:`))
	})
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// A step that does not read its content must not leave it to be taken for
// headers: a full disk would then run file content.
func TestContentThatIsNotRead(t *testing.T) {
	content := strings.Repeat("hk 1 2 -\n#\n", 100_000)
	onEach(t, func(t *testing.T, on target) {
		s, _ := open(t, on)
		got := results(
			t, s,
			withContent(`exit 7`, content),
			withContent(`dd bs=1000 count=1 2>/dev/null | wc -c; exit 8`, content),
			withContent(`read -r line; echo "$line"`, content),
			withContent(`exec <&-; exit 9`, content),
			withContent(`exec >&- 2>&-; exit 10`, content),
			withContent(`sh -c 'kill -9 $PPID'`, content),
			script(`echo end`),
		)
		for i, want := range []int{7, 8, 0, 9, 10, 137, 0} {
			if got[i].Status != want {
				t.Errorf("step %d: status %d, want %d", i, got[i].Status, want)
			}
		}
		if string(got[6].Stdout) != "end\n" || string(got[2].Stdout) != "hk 1 2 -\n" {
			t.Errorf("got %q and %q", got[2].Stdout, got[6].Stdout)
		}
	})
}

func TestExitStatus(t *testing.T) {
	cases := []struct {
		source text
		status int
		stdout string
	}{
		{"", 0, ""},
		{"true", 0, ""},
		{"false", 1, ""},
		{"false\n\n", 1, ""},
		{"exit 3", 3, ""},
		{"return 4", 4, ""},
		{"exit 255", 255, ""},
		{"echo a; exit 0; echo b", 0, "a\n"},
		{"set -e; false; echo not reached", 1, ""},
		{"set -eu; echo $undefined; echo not reached", -1, ""},
		{"sh -c 'kill -9 $PPID'", 137, ""},
		{"sh -c 'kill -TERM $PPID'", 143, ""},
		{"/nonexistent", 127, ""},
		{"if", -1, ""},
		{"cd /nonexistent || exit 5", 5, ""},
		{"trap 'echo trapped' EXIT; exit 6", 6, "trapped\n"},
		{"exec sh -c 'exit 8'", 8, ""},
		{"a=1; readonly a; cd /tmp; umask 0; set -f; IFS=x; hkr_next=9; hkr_main() { :; }; exit 0", 0, ""},
		{"echo \"${a-}\"; pwd; umask; printf '%s|' ${b-1 2}", 0, "\n/\n0077\n1|2|"},
	}
	steps := make([]Step, len(cases))
	for i, c := range cases {
		steps[i] = script(c.source)
	}
	onEach(t, func(t *testing.T, on target) {
		s, _ := open(t, on)
		for i, r := range results(t, s, steps...) {
			c := cases[i]
			if c.status == -1 && r.Status != 0 && len(r.Stderr) > 0 {
				c.status = r.Status
			}
			if r.Status != c.status || string(r.Stdout) != c.stdout {
				t.Errorf("%s: status %d, stdout %q, stderr %q; want %d, %q", c.source, r.Status, r.Stdout, r.Stderr, c.status, c.stdout)
			}
		}
	})
}

func TestStepsCannotEatTheNextFrame(t *testing.T) {
	onEach(t, func(t *testing.T, on target) {
		s, _ := open(t, on)
		greedy := []Step{
			script(`cat`), script(`read -r line; echo "$?"`), script(`dd 2>/dev/null`), script(`sh`),
			script(`exec cat`), withContent(`cat; cat; read -r line`, "mine"), script(`(sleep 0 | cat) </dev/stdin`),
		}
		for i, r := range results(t, s, append(greedy, script(`echo here`))...) {
			want := []string{"", "1\n", "", "", "", "mine", "", "here\n"}[i]
			if string(r.Stdout) != want {
				t.Errorf("step %d wrote %q, want %q", i, r.Stdout, want)
			}
		}
	})
}

// Whatever a batch of steps writes on the two streams comes back exactly, in
// order, with its status.
func TestAnyOutputComesBackExactly(t *testing.T) {
	output := rapid.OneOf(
		rapid.SliceOf(rapid.Byte()),
		rapid.SliceOf(rapid.SampledFrom([]byte("\n0123456789abcdef BEX"))),
	)
	onEach(t, func(t *testing.T, on target) {
		s, _ := open(t, on)
		rapid.Check(t, func(rt *rapid.T) {
			var steps []Step
			var want []Result
			for range rapid.IntRange(1, 4).Draw(rt, "steps") {
				r := Result{
					Status: rapid.IntRange(0, 255).Draw(rt, "status"),
					Stdout: output.Draw(rt, "stdout"),
					Stderr: output.Draw(rt, "stderr"),
				}
				step := withContent(`{ dd bs=65536 count="$1" iflag=count_bytes,fullblock; } 2>/dev/null; cat >&2; exit "$2"`, string(r.Stdout)+string(r.Stderr))
				step.Script = New(step.Script.text, fmt.Sprint(len(r.Stdout)), fmt.Sprint(r.Status))
				steps = append(steps, step)
				want = append(want, r)
			}
			got, err := runAll(limited(t), s, steps)
			if err != nil {
				rt.Fatal(err)
			}
			if diff := cmp.Diff(want, got, cmpEmpty); diff != "" {
				rt.Fatalf("(-want +got):\n%s", diff)
			}
		})
	})
}

func TestManyLines(t *testing.T) {
	onEach(t, func(t *testing.T, on target) {
		s, _ := open(t, on)
		var want strings.Builder
		for i := 1; i <= 100_000; i++ {
			fmt.Fprintln(&want, i)
		}
		got := results(t, s, script(`i=0; while [ $i -lt 100000 ]; do i=$((i + 1)); echo $i; done`))
		if string(got[0].Stdout) != want.String() {
			t.Errorf("100,000 lines came back as %d bytes", len(got[0].Stdout))
		}
	})
}

func TestManySteps(t *testing.T) {
	onEach(t, func(t *testing.T, on target) {
		s, _ := open(t, on)
		steps := make([]Step, 1000)
		for i := range steps {
			steps[i] = script(`echo "$1"`, fmt.Sprint(i))
		}
		for i, r := range results(t, s, steps...) {
			if string(r.Stdout) != fmt.Sprintln(i) {
				t.Fatalf("step %d wrote %q", i, r.Stdout)
			}
		}
	})
}
