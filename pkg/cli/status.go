package cli

import (
	"io"
	"sync"
)

// clearLine takes the cursor to the beginning of its line and empties it
// (ECMA-48, EL).
const clearLine = "\r\x1b[K"

// Status is a line at the foot of a terminal that says how far the work is, and
// rewrites itself. What is written to stderr otherwise takes its place; it comes
// back with the next [Status.Show].
type Status struct {
	mu    sync.Mutex
	dst   io.Writer
	shown bool
}

// WithStatus gives the streams a status line, or nil where stderr is no terminal,
// or one that can't move its cursor.
func (s Streams) WithStatus() (Streams, *Status) {
	if !IsTerminal(s.Stderr) || s.Getenv("TERM") == "dumb" {
		return s, nil
	}
	status := &Status{dst: s.Stderr}
	s.Stderr = status
	return s, status
}

// Write puts text in place of the status line.
func (w *Status) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clear()
	return w.dst.Write(p)
}

// Show rewrites the line; text is short and has no control characters.
func (w *Status) Show(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, _ = io.WriteString(w.dst, clearLine+Visible(text))
	w.shown = true
}

// Clear removes the line, if there is one.
func (w *Status) Clear() {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clear()
}

func (w *Status) clear() {
	if w.shown {
		_, _ = io.WriteString(w.dst, clearLine)
	}
	w.shown = false
}

func (w *Status) wrapped() any { return w.dst }
