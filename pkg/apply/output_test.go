package apply_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hostkit/pkg/apply"
	"hostkit/pkg/doc"
	"hostkit/pkg/resource"
	"hostkit/pkg/shell"
)

// talker is a note whose step says something, waits until somebody has heard it,
// and goes on.
type talker struct{ note }

const talk = `
printf 'getting ready\n\n  10%%\r  90%%\rthe word is hush' >&2
printf 'hush, \033[2J or so\nhalf a li' >&2
read -r line <"$1.fifo"
printf 'ne\n%s\n' "$(printf '%5000s' x | tr ' ' y)" >&2
[ "$2" != boom ] || { echo 'no space left on device' >&2; exit 1; }
printf '%s\n' "$2" >"$1"
`

func (talker) Steps(cs []doc.Change, _ resource.Site) ([]resource.Work, error) {
	return []resource.Work{{
		Name: "talk", Changes: []doc.Address{cs[0].Address}, Alone: true,
		Script: shell.New(talk, cs[0].Address.Name(), line(cs[0].After)),
	}}, nil
}

// masking hides a word that comes in two pieces.
type masking struct {
	bytes.Buffer
	to io.Writer
}

func (m *masking) Write(p []byte) (int, error) {
	m.Buffer.Write(p)
	text := strings.ReplaceAll(m.String(), "hushhush", "[secret]")
	keep := 0
	if strings.HasSuffix(text, "hush") {
		keep = len("hush")
	}
	m.Reset()
	m.WriteString(text[len(text)-keep:])
	_, err := io.WriteString(m.to, text[:len(text)-keep])
	return len(p), err
}

func (m *masking) Close() error { _, err := m.WriteTo(m.to); return err }

// What a step prints is told while it runs, line by line, without the secrets, and
// before what became of the change.
func TestOutputIsToldWhileAStepRuns(t *testing.T) {
	for after, want := range map[string][]string{
		"1": {
			"started", "getting ready", "  10%", "  90%", "the word is [secret], \x1b[2J or so", "half a line",
			strings.Repeat("y", 4096), strings.Repeat("y", 903) + "x", "done",
		},
		"boom": {
			"started", "getting ready", "  10%", "  90%", "the word is [secret], \x1b[2J or so", "half a line",
			strings.Repeat("y", 4096), strings.Repeat("y", 903) + "x", "no space left on device", "failed no space left on device",
		},
	} {
		t.Run(after, func(t *testing.T) {
			dir := t.TempDir()
			fifo := filepath.Join(dir, "a.fifo")
			if err := syscall.Mkfifo(fifo, 0o600); err != nil {
				t.Fatal(err)
			}
			o := optionsFor(t)
			o.Kinds = []resource.Kind{talker{}}
			o.ScrubWriter = func(w io.Writer) io.WriteCloser { return &masking{to: w} }
			var mu sync.Mutex
			var told []string
			o.Emit = func(e doc.Event) {
				mu.Lock()
				defer mu.Unlock()
				switch e.Type {
				case doc.EventChangeStarted:
					told = append(told, "started")
				case doc.EventOutput:
					told = append(told, e.Message)
					// The step goes on when its line was heard.
					if strings.HasPrefix(e.Message, "the word") {
						go func() { _ = os.WriteFile(fifo, []byte("go\n"), 0) }()
					}
				case doc.EventChangeFinished:
					told = append(told, strings.TrimSpace(e.Status+" "+e.Message))
					if e.Status == "failed" && !strings.HasSuffix(e.Output, "no space left on device") {
						t.Errorf("output %q", e.Output)
					}
				}
			}
			apply.Apply(t.Context(), planFor(t, dir, "a - "+after), o)
			mu.Lock()
			defer mu.Unlock()
			if diff := cmp.Diff(want, told); diff != "" {
				t.Error(diff)
			}
		})
	}
}
