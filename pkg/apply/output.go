package apply

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"hostkit/pkg/doc"
	"hostkit/pkg/resource"
)

const (
	// outputLine bounds a line that is told while a step runs; a longer one is told
	// in pieces.
	outputLine = 4 << 10
	// outputMost bounds what is told of one step. A host that never stops speaking
	// fills no log.
	outputMost = 16 << 20
)

// output tells, line by line, what a step prints while it runs. Lines without text
// are left out; a carriage return ends a line, as a progress bar has it.
type output struct {
	tell func(line string)
	// scrub passes on to the output what it is given, without the secrets.
	scrub io.WriteCloser
	line  []byte
	left  int
}

// outputOf is where the output of a step goes; nil where it is not told.
func (r *run) outputOf(w resource.Work) *output {
	if r.options.Emit == nil || !w.Alone {
		return nil
	}
	// What a step for several changes prints is told with the first.
	tell := func(line string) {
		r.emit(doc.Event{Type: doc.EventOutput, Address: w.Changes[0], Message: line})
	}
	o := &output{tell: tell, left: outputMost}
	o.scrub = plainWriter{lines{o}}
	if r.options.ScrubWriter != nil {
		o.scrub = r.options.ScrubWriter(lines{o})
	}
	return o
}

// take is a Live of a step.
func (o *output) take(piece []byte) {
	if len(piece) == 0 {
		o.flush()
		return
	}
	// The writer below does not fail.
	_, _ = o.scrub.Write(piece)
}

// end tells the rest. It may be called twice.
func (o *output) end() {
	if o == nil {
		return
	}
	_ = o.scrub.Close()
	o.flush()
}

func (o *output) flush() {
	text := strings.ToValidUTF8(string(bytes.TrimRight(o.line, " ")), "\uFFFD")
	o.line = o.line[:0]
	if text == "" || o.left <= 0 {
		return
	}
	if o.left -= len(text); o.left <= 0 {
		text = "the rest of what it prints is left out"
	}
	o.tell(text)
}

// lines cuts what it is given into the lines of an output.
type lines struct{ o *output }

func (l lines) Write(p []byte) (int, error) {
	for _, c := range p {
		if c == '\n' || c == '\r' {
			l.o.flush()
			continue
		}
		// A character stays in one piece.
		if len(l.o.line) >= outputLine && utf8.RuneStart(c) {
			l.o.flush()
		}
		l.o.line = append(l.o.line, c)
	}
	return len(p), nil
}

type plainWriter struct{ io.Writer }

func (plainWriter) Close() error { return nil }
