package cli

import (
	"fmt"
	"io"
	"strings"
	"sync"

	"golang.org/x/term"

	"hostkit/pkg/visible"
)

const (
	// clearLine takes the cursor to the beginning of its line and empties it
	// (ECMA-48, EL).
	clearLine = "\r\x1b[K"
	// clearBelow empties the line from the cursor on, and all lines below (ED).
	clearBelow = "\x1b[J"
	// heldMost bounds what is kept while a person is asked something.
	heldMost = 64 << 10
)

// Status is stderr. It keeps the lines of goroutines apart; and at a terminal it has
// lines at the foot that say how far the work is, and rewrite themselves. What is
// written otherwise goes above them, each time in one write to the terminal.
type Status struct {
	mu  sync.Mutex
	dst io.Writer
	// lines are what is to stand at the foot, and drawn is how many columns each
	// line has that stands there. The cursor is at the beginning of the last.
	lines []string
	drawn []int
	// text is what has drawn them.
	text string
	// holds counts who asks a person something, at the cursor: nothing is drawn, and
	// what is written is kept.
	holds int
	kept  []byte
}

// statusOf is the Status that s.Stderr is.
func (s Streams) statusOf() *Status {
	if status, ok := s.Stderr.(*Status); ok {
		return status
	}
	return &Status{dst: s.Stderr}
}

// canMove reports whether stderr is a terminal that can move its cursor.
func (s Streams) canMove() bool { return IsTerminal(s.Stderr) && s.Getenv("TERM") != "dumb" }

// WithStatus gives the streams lines at the foot of the terminal, or nil where
// stderr is none, or one that can't move its cursor. Whoever has them calls Clear in
// the end.
func (s Streams) WithStatus() (Streams, *Status) {
	if !s.canMove() {
		return s, nil
	}
	status := s.statusOf()
	s.Stderr = status
	if IsTerminal(s.Stdout) {
		s.Stdout = &aboveStatus{status, s.Stdout}
	}
	return s, status
}

// aboveStatus is a stdout that may be the terminal which has the lines.
type aboveStatus struct {
	status *Status
	dst    io.Writer
}

func (a *aboveStatus) wrapped() any { return a.dst }

func (a *aboveStatus) Write(p []byte) (int, error) {
	a.status.mu.Lock()
	defer a.status.mu.Unlock()
	a.status.put(a.status.erased())
	n, err := a.dst.Write(p)
	a.status.redraw()
	return n, err
}

func (w *Status) wrapped() any { return w.dst }

// Write puts text above the lines. While a person is asked something it is kept.
func (w *Status) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.holds > 0 && len(w.kept)+len(p) <= heldMost {
		w.kept = append(w.kept, p...)
		return len(p), nil
	}
	if len(w.drawn) == 0 {
		return w.dst.Write(p)
	}
	text := w.erased() + string(p)
	if strings.HasSuffix(text, "\n") {
		w.text, w.drawn = w.laidOut()
		text += w.text
	}
	_, err := io.WriteString(w.dst, text)
	return len(p), err
}

// Show puts lines at the foot of the terminal, in place of those that are there. As
// many are shown as it has rows, but one, each as far as its columns go. What a host
// or a document has said of them has passed [Visible].
func (w *Status) Show(lines ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lines = lines
	w.redraw()
}

// Clear removes the lines, if there are any.
func (w *Status) Clear() {
	if w != nil {
		w.Show()
	}
}

// Forget leaves what stands at the foot where it is: somebody else has written there.
func (w *Status) Forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.drawn = nil
}

// Hold removes the lines, where stderr has any, and keeps what is written until
// release is called: a person is asked something at the terminal.
func (s Streams) Hold() (release func()) {
	if !IsTerminal(s.Stderr) {
		return func() {}
	}
	status, ok := s.Stderr.(*Status)
	if !ok {
		return func() {}
	}
	status.mu.Lock()
	defer status.mu.Unlock()
	status.put(status.erased())
	status.holds++
	return status.release
}

func (w *Status) release() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.holds--; w.holds > 0 {
		return
	}
	w.put(string(w.kept))
	w.kept = nil
	w.redraw()
}

// interrupt says at once what a signal brings about, also while a person is asked
// something. What stands in the line, the ^C, is overwritten.
func (w *Status) interrupt(text string, dumb bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	start := w.erased() + clearLine
	if dumb {
		start = "\n"
	}
	w.put(start + text + "\n")
	w.redraw()
}

// leave removes the lines before the process ends at once. It waits for nobody: who
// has the lock may be held up by the terminal.
func (w *Status) leave() {
	if w.mu.TryLock() {
		w.put(w.erased())
	}
}

// Size is how many columns and rows the terminal has now.
func (w *Status) Size() (columns, rows int) {
	if file, ok := unwrapped(w.dst).(interface{ Fd() uintptr }); ok {
		columns, rows, _ = term.GetSize(int(file.Fd()))
	}
	// A terminal that does not know is one of old.
	if columns < 1 || rows < 1 {
		return 80, 24
	}
	return columns, rows
}

// moveUp takes the cursor up (ECMA-48, CUU), to the first row at most.
func moveUp(rows int) string {
	if rows == 0 {
		return ""
	}
	return fmt.Sprintf("\x1b[%dA", rows)
}

// put writes to the terminal. There is nowhere left to tell that it can't be.
func (w *Status) put(text string) {
	if text != "" {
		_, _ = io.WriteString(w.dst, text)
	}
}

// redraw draws the lines, unless the very same stand there.
func (w *Status) redraw() {
	text, drawn := w.laidOut()
	if w.holds > 0 || len(w.drawn) > 0 && text == w.text {
		return
	}
	w.put(w.erased() + text)
	w.text, w.drawn = text, drawn
}

// erased is what removes the lines that are drawn. A terminal that has become
// narrower has folded them, each into as many rows as it takes now.
func (w *Status) erased() string {
	if len(w.drawn) == 0 {
		return ""
	}
	columns, _ := w.Size()
	rows := 0
	for i, n := range w.drawn {
		// The cursor is in the first row of the last.
		if i < len(w.drawn)-1 {
			rows += max(1, (n+columns-1)/columns)
		}
	}
	w.drawn = nil
	return moveUp(rows) + "\r" + clearBelow
}

// laidOut is what draws the lines, each cut so that it takes one row, and how wide
// they are. The last column stays free: terminals differ in where the cursor is
// behind it.
func (w *Status) laidOut() (text string, drawn []int) {
	columns, rows := w.Size()
	for i, line := range w.lines[:min(len(w.lines), max(rows-1, 1))] {
		line = visible.Cut(line, columns-1)
		if i > 0 {
			text += "\n"
		}
		text += line
		drawn = append(drawn, visible.Columns(line))
	}
	if len(drawn) > 0 {
		// A ^C shows there and moves nothing.
		text += "\r"
	}
	return text, drawn
}
