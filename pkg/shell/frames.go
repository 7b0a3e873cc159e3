package shell

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// maxMarkLine bounds what may follow the boundary in a mark's line.
const maxMarkLine = 80

// The receiver passes over what was sent behind this.
var (
	// errStopped is what frames.step returns for the receiver's S mark.
	errStopped = errors.New("stopped")
	// errRequired ends the reading behind a required step that failed.
	errRequired = errors.New("required")
)

// passedOver reports whether err says that the receiver reads the rest of the run
// away.
func passedOver(err error) bool { return err == errStopped || err == errRequired }

// frames reads one of the two streams of a session and splits it at the marks.
type frames struct {
	name string
	r    io.Reader
	// mark is what begins every mark: newline, boundary, space.
	mark []byte
	buf  []byte
	// from and to bound the bytes of buf that are not yet consumed.
	from, to int
	// synced says that the first mark was seen.
	synced bool
	// noise is what came before it.
	noise []byte
}

func newFrames(name string, r io.Reader, boundary string) *frames {
	return &frames{name: name, r: r, mark: []byte("\n" + boundary + " "), buf: make([]byte, 32<<10)}
}

// step reads the frame of the step with the given index. It calls begun when
// the step has begun, and keep with the bytes of its output, valid only during
// the call; no bytes mean that a newline, which may end what was written, is all
// that is there for now. It returns the step's exit status; io.EOF when the stream
// ended.
func (f *frames) step(index int, begun func(), keep func([]byte) error) (status int, err error) {
	if err := f.findMark(); err != nil {
		return 0, err
	}
	if err := f.markLine("B", index, nil); err != nil {
		return 0, err
	}
	begun()
	if err := f.untilMark(keep); err != nil {
		return 0, err
	}
	err = f.markLine("E", index, &status)
	return status, err
}

// findMark consumes the mark that must come now; before the first one there may
// be noise.
func (f *frames) findMark() error {
	if !f.synced {
		err := f.untilMark(func(p []byte) error {
			f.noise = append(f.noise, p...)
			if len(f.noise) > NoiseLimit {
				return &NoiseError{Stream: f.name, FirstLine: firstLine(f.noise)}
			}
			return nil
		})
		f.synced = err == nil
		return err
	}
	for f.to-f.from < len(f.mark) && bytes.HasPrefix(f.mark, f.pending()) {
		if err := f.fill(); err != nil {
			return err
		}
	}
	if !bytes.HasPrefix(f.pending(), f.mark) {
		return f.fail("bytes between two steps: %s", firstLine(f.pending()))
	}
	f.from += len(f.mark)
	return nil
}

// untilMark hands everything up to the next mark to keep and consumes the mark.
func (f *frames) untilMark(keep func([]byte) error) error {
	for {
		p := f.pending()
		if i := bytes.Index(p, f.mark); i >= 0 {
			f.from += i + len(f.mark)
			return keep(p[:i])
		}
		// The last bytes may be a mark that is cut over two reads.
		n := len(p) - overlap(p, f.mark)
		f.from += n
		if err := keep(p[:n]); err != nil {
			return err
		}
		// A mark begins with a newline, which may as well end what was written.
		if n > 0 && n < len(p) {
			if err := keep(nil); err != nil {
				return err
			}
		}
		if err := f.fill(); err != nil {
			// Only noise is of use then: it may say why the stream ended.
			if keepErr := keep(f.pending()); keepErr != nil {
				return keepErr
			}
			f.from = f.to
			return err
		}
	}
}

// markLine consumes the rest of a mark's line, which must be of the given kind
// and index, followed by an exit status if status is not nil.
func (f *frames) markLine(kind string, index int, status *int) error {
	line, err := f.line()
	if err != nil {
		return err
	}
	field := strings.Split(line, " ")
	switch {
	case line == "X inexact dd":
		return &MissingToolsError{Tools: []string{exactDD}}
	case field[0] == "X":
		return f.fail("the receiver refused: %s", escape(strings.TrimPrefix(line, "X ")))
	case kind == "B" && line == "S "+strconv.Itoa(index):
		return errStopped
	case field[0] != kind || len(field) < 2 || field[1] != strconv.Itoa(index):
		return f.fail("expected mark %s %d, got %q", kind, index, line)
	}
	if status == nil && len(field) == 2 {
		return nil
	}
	if status == nil || len(field) != 3 {
		return f.fail("malformed mark %q", line)
	}
	n, err := strconv.ParseUint(field[2], 10, 8)
	if err != nil || strconv.FormatUint(n, 10) != field[2] {
		return f.fail("malformed exit status in mark %q", line)
	}
	*status = int(n)
	return nil
}

// line consumes bytes up to and with the next newline.
func (f *frames) line() (string, error) {
	for {
		p := f.pending()
		i := bytes.IndexByte(p, '\n')
		if i > maxMarkLine || i < 0 && len(p) > maxMarkLine {
			return "", f.fail("endless mark %s", firstLine(p))
		}
		if i >= 0 {
			f.from += i + 1
			return string(p[:i]), nil
		}
		if err := f.fill(); err != nil {
			return "", err
		}
	}
}

func (f *frames) pending() []byte { return f.buf[f.from:f.to] }

// fill reads more bytes. It is called only while fewer than a mark's length of
// bytes are pending, so there is always room.
func (f *frames) fill() error {
	f.to = copy(f.buf, f.pending())
	f.from = 0
	for range 100 {
		n, err := f.r.Read(f.buf[f.to:])
		f.to += n
		if n > 0 {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}

func (f *frames) fail(format string, args ...any) error {
	return &ProtocolError{Stream: f.name, Reason: fmt.Sprintf(format, args...)}
}

// firstLine returns the first line of p that says something, escaped and cut.
func firstLine(p []byte) string {
	line, _, _ := bytes.Cut(bytes.TrimLeft(p, "\r\n\t "), []byte("\n"))
	return escape(string(line[:min(len(line), 200)]))
}

// lastLine returns the last line of p that says something, escaped and cut.
func lastLine(p []byte) string {
	var line []byte
	for candidate := range bytes.Lines(p) {
		candidate = bytes.TrimSpace(candidate)
		// bash warns of a locale that the host lacks; that ends nothing.
		if len(candidate) > 0 && !bytes.Contains(candidate, []byte("setlocale")) {
			line = candidate
		}
	}
	return escape(string(line[:min(len(line), 200)]))
}

// escape makes everything but printable ASCII visible.
func escape(s string) string {
	q := strconv.QuoteToASCII(s)
	return q[1 : len(q)-1]
}
