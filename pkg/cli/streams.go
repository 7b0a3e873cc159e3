package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"

	"golang.org/x/term"

	"hostkit/pkg/cli/excerpt"
	"hostkit/pkg/color"
	"hostkit/pkg/shell"
)

// Say tells the people at the terminal something that is neither a warning nor
// an error, in one line.
func (s Streams) Say(format string, args ...any) {
	s.line("", fmt.Sprintf(format, args...))
}

// Warn tells them something that does not stop the command; the hint may be
// empty.
func (s Streams) Warn(message, hint string) {
	s.line("warning:", message)
	if hint != "" {
		s.line("hint:", hint)
	}
}

// ForPrograms says to a person at whose terminal documents have just been written how
// they are read, and how they are kept: "> facts.json".
func (s Streams) ForPrograms(kept string) {
	if IsTerminal(s.Stdout) {
		s.line("hint:", "documents are for programs: | hk-show makes them readable, "+kept+" keeps them for the next command")
	}
}

// ReadItWith says how the plans in a file are read.
func (s Streams) ReadItWith(file string) {
	s.Say("read it with: hk-show %s", shell.Typed(file))
}

// Count is a number of things: "1 host", "2 hosts".
func Count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// report prints an error, or each of a list. One without a message has been
// told already.
func (s Streams) report(err error) {
	if list := listed(err); list != nil {
		for _, e := range list {
			s.report(e)
		}
		return
	}
	d := Describe(err)
	d.Hint = or(d.Hint, or(s.noDocument(err), cutOff(err)))
	if d.Message == "" {
		return
	}
	label := "error:"
	if e := own(err); e != nil && e.Aside {
		label = ""
	}
	s.line(label, d.Message)
	var placed interface {
		Excerpt() (excerpt.Excerpt, bool)
	}
	if errors.As(err, &placed) {
		if e, ok := placed.Excerpt(); ok {
			s.excerpt(e)
		}
	}
	if d.Hint != "" {
		s.line("hint:", d.Hint)
	}
}

// labels is what the words that messages begin with are drawn in.
var labels = map[string]color.Ink{"error:": color.Alarm, "warning:": color.Yellow, "hint:": color.Cyan}

func (s Streams) line(label, text string) {
	if label != "" {
		label = s.paint(labels[label], label) + " "
	}
	s.put(s.Name + ": " + label + Visible(s.scrubbed(text)) + "\n")
}

// excerpt shows the place that an error speaks of, with a caret below it.
func (s Streams) excerpt(e excerpt.Excerpt) {
	const edge = " | "
	number := fmt.Sprintf("%5d", e.Line)
	if IsTerminal(s.Stderr) {
		columns, _ := s.statusOf().Size()
		e = e.Within(columns - len(number+edge))
	}
	bar := s.paint(color.Dim, edge)
	s.put(s.paint(color.Dim, number) + bar + s.scrubbed(e.Text) + "\n" +
		strings.Repeat(" ", len(number)) + bar + strings.Repeat(" ", e.Caret) + s.paint(color.Alarm, "^") + "\n")
}

// paint draws a text of ours in the ink where people see colours on stderr.
func (s Streams) paint(ink color.Ink, text string) string {
	if s.Getenv == nil || !color.Use(color.Auto, s.Getenv, IsTerminal(s.Stderr)) {
		return text
	}
	return ink.Paint(text)
}

func (s Streams) put(text string) {
	// There is nowhere left to tell of an stderr that can't be written.
	_, _ = io.WriteString(s.Stderr, text)
}

func (s Streams) scrubbed(text string) string {
	if s.Scrub == nil {
		return text
	}
	return s.Scrub(text)
}

// wrapper is a stream around another one.
type wrapper interface{ wrapped() any }

// IsTerminal reports whether a stream of [Streams] is a terminal.
func IsTerminal(stream any) bool {
	file, ok := unwrapped(stream).(interface{ Fd() uintptr })
	return ok && term.IsTerminal(int(file.Fd()))
}

// IsFile reports whether a stream of [Streams] is this file or pipe, under whatever
// name. A device, as /dev/null, is nobody's own.
func IsFile(stream any, file *os.File) bool {
	a, ok := about(stream)
	b, err := file.Stat()
	return ok && err == nil && a.Mode()&os.ModeDevice == 0 && os.SameFile(a, b)
}

func unwrapped(stream any) any {
	for {
		w, ok := stream.(wrapper)
		if !ok {
			return stream
		}
		stream = w.wrapped()
	}
}

// watchedWriter is stdout. It remembers that a write failed, so that no command
// can end with status 0 when its documents did not arrive.
type watchedWriter struct {
	dst io.Writer
	err error
	// aside says that what did not arrive can be had again, at no cost: whoever has
	// ended before it was written tells what matters.
	aside bool
}

func (w *watchedWriter) wrapped() any { return w.dst }

func (w *watchedWriter) Write(p []byte) (int, error) {
	n, err := w.dst.Write(p)
	if err != nil {
		failed := unwritten(err)
		if errors.Is(err, syscall.EPIPE) {
			const why = "the command after this one has ended"
			if failed.Aside = w.aside; w.aside {
				failed.Message += ": " + why
			} else {
				failed.Hint = why
			}
		}
		w.err = failed
		return n, failed
	}
	return n, nil
}

// WriteFailed is the code of a stdout that takes no more, and of a file.
const WriteFailed = "write_failed"

func unwritten(err error) *Error {
	return &Error{Exit: ExitFailed, Code: WriteFailed, Message: "write stdout: " + reason(err), Cause: err}
}

// reason leaves out the name that the operating system's errors repeat
// ("write /dev/stdout: …").
func reason(err error) string {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errno.Error()
	}
	return err.Error()
}

// contextReader is stdin. A read from a terminal or a pipe can't be stopped, so
// it is left behind when the context ends.
type contextReader struct {
	ctx  context.Context
	src  io.Reader
	buf  []byte
	left bool // a read was left behind and still owns buf
}

// Under returns the reader with ctx in place of the context it had: its end ends a Read
// that waits.
func Under(ctx context.Context, src io.Reader) io.Reader {
	if r, ok := src.(*contextReader); ok && !r.left {
		src = r.src
	}
	return &contextReader{ctx: ctx, src: src}
}

func (r *contextReader) wrapped() any { return r.src }

func (r *contextReader) Read(p []byte) (int, error) {
	if r.left || r.ctx.Err() != nil {
		return 0, r.ctx.Err()
	}
	if r.ctx.Done() == nil {
		return r.src.Read(p)
	}
	if len(r.buf) < len(p) {
		r.buf = make([]byte, len(p))
	}
	type result struct {
		n   int
		err error
	}
	done := make(chan result, 1)
	buf := r.buf[:len(p)]
	go func() {
		n, err := r.src.Read(buf)
		done <- result{n, err}
	}()
	select {
	case <-r.ctx.Done():
		r.left = true
		return 0, r.ctx.Err()
	case got := <-done:
		return copy(p, buf[:got.n]), got.err
	}
}
