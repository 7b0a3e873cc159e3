package shell

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"golang.org/x/sys/unix"
)

// told gathers what a Live is given, and marks the moments.
type told struct{ strings.Builder }

func (l *told) live(piece []byte) {
	if len(piece) == 0 {
		l.WriteByte('|')
	}
	l.Write(piece)
}

func TestWhatAStepSaysIsToldAndKeptWhereverItIsCut(t *testing.T) {
	for name, c := range map[string]struct{ stderr, told, kept string }{
		"plain":             {"a\nb", "a\nb", "a\nb"},
		"copied":            {liveBegins + "a\n" + liveEnds + "b\n", "a\n", "b\n"},
		"copied in between": {"a\n" + liveBegins + "b\n" + liveEnds + "c\n", "a\nb\n", "a\nc\n"},
		"copied twice":      {liveBegins + "a" + liveEnds + "b" + liveBegins + "c" + liveEnds + "d", "ac", "bd"},
		"copied and cut":    {liveBegins + "a\n", "a\n", ""},
		"half a mark":       {"a" + liveBegins[:7] + "b" + liveEnds[:9], "a" + liveBegins[:7] + "b" + liveEnds[:9], "a" + liveBegins[:7] + "b" + liveEnds[:9]},
		"half of both":      {"\n" + testBoundary[:9] + "\x1e", "\n" + testBoundary[:9] + "\x1e", "\n" + testBoundary[:9] + "\x1e"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, byteWise := range []bool{false, true} {
				result := Result{Stderr: []byte(c.stderr)}
				var out, errs io.Reader = strings.NewReader(encode([]Result{result}, 0)), strings.NewReader(encode([]Result{result}, 1))
				if byteWise {
					errs = iotest.OneByteReader(errs)
				}
				var l told
				got, err := runAll(t.Context(), newSession(replay(out, errs), testBoundary), []Step{{Live: l.live}})
				if err != nil {
					t.Fatal(err)
				}
				if kept := string(got[0].Stderr); kept != c.kept || strings.ReplaceAll(l.String(), "|", "") != c.told {
					t.Errorf("byte by byte %t: told %q, kept %q", byteWise, l.String(), kept)
				}
			}
		})
	}
}

// A line is told when it is there, though its newline may begin a mark.
func TestALineIsToldBeforeTheNextOneBegins(t *testing.T) {
	reader, writer := io.Pipe()
	defer reader.Close()
	lines := make(chan string, 10)
	f := newFrames("stderr", reader, testBoundary)
	ended := make(chan error, 1)
	go func() {
		var line bytes.Buffer
		live := newLiveOutput(func(piece []byte) {
			line.Write(piece)
			if len(piece) == 0 {
				lines <- line.String()
				line.Reset()
			}
		}, func([]byte) error { return nil })
		_, err := f.step(0, func() {}, live.take)
		ended <- err
	}()
	for _, text := range []string{"\n" + testBoundary + " B 0\nUnpacking …\n", "Setting up …\n"} {
		if _, err := io.WriteString(writer, text); err != nil {
			t.Fatal(err)
		}
		if got := <-lines; !strings.HasSuffix(got, "…") {
			t.Errorf("told %q", got)
		}
	}
	writer.Close()
	if err := <-ended; err != io.EOF {
		t.Error(err)
	}
}

// A file that a program writes to is told of while the program runs; the step's
// result is what it prints itself. Where nobody wants to be told nothing is copied.
func TestAFileIsWatchedWhileAProgramWritesToIt(t *testing.T) {
	onEach(t, func(t *testing.T, on target) {
		said, goOn := filepath.Join(t.TempDir(), "said"), filepath.Join(t.TempDir(), "go")
		if err := unix.Mkfifo(goOn, 0o600); err != nil {
			t.Fatal(err)
		}
		script := New(`
: >"$1"
${hk_watch-:} "$1"
echo one >>"$1"
read -r word <"$2"
echo two >>"$1"
${hk_watch-:}
echo "three $word" >&2
`, said, goOn)
		answer := func() {
			if err := os.WriteFile(goOn, []byte("go\n"), 0); err != nil {
				t.Error(err)
			}
		}
		var l told
		var once sync.Once
		live := func(piece []byte) {
			l.live(piece)
			// It writes two only when one was told.
			if strings.Contains(l.String(), "one") {
				once.Do(func() { go answer() })
			}
		}
		s, _ := open(t, on)
		got := results(t, s, Step{Script: script, Live: live})
		if text := strings.ReplaceAll(l.String(), "|", ""); text != "one\ntwo\n" || string(got[0].Stderr) != "three go\n" {
			t.Errorf("told %q, kept %q", text, got[0].Stderr)
		}
		go answer()
		if got = results(t, s, Step{Script: script}); string(got[0].Stderr) != "three go\n" {
			t.Errorf("kept %q", got[0].Stderr)
		}
	})
}

// The copier of a step that was killed ends too, and writes nothing behind the
// step's mark.
func TestWhatWatchesEndsWithItsStep(t *testing.T) {
	onEach(t, func(t *testing.T, on target) {
		s, _ := open(t, on)
		script := New(`
exec 3>"$1"
${hk_watch-:} /proc/self/fd/3
printf '%s' "$hk_copier"
kill -9 "$hk_step_pid"
`, filepath.Join(t.TempDir(), "said"))
		got := results(t, s, Step{Script: script, Live: func([]byte) {}})
		copier := string(got[0].Stdout)
		gone := New(`while [ -d "/proc/$1" ]; do sleep 1; done; echo gone`, copier)
		if after := results(t, s, Step{Script: gone}); got[0].Status != 137 || copier == "" || string(after[0].Stdout) != "gone\n" {
			t.Errorf("status %d, copier %q: %q", got[0].Status, copier, after[0].Stdout)
		}
	})
}
