package jsonx

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

const (
	chunk = 64 << 10 // bytes asked of the source at once
	// large is the size from which a document keeps the buffer it was read
	// into, instead of a copy, and the reader starts with a new one.
	large = 1 << 20
)

var errTooLarge = errors.New(tooLarge)

// Reader reads a stream of JSON documents, concatenated or one a line, and
// checks each strictly. It holds one document at a time. It never reads beyond
// what the source gives in the call that completes a document, so a document
// on a pipe that stays open is returned as soon as it is whole; a bare number
// is whole only when another byte follows.
type Reader struct {
	src    io.Reader
	srcErr error // what the source ended with, after buf
	dec    *jsontext.Decoder
	buf    []byte
	start  int      // buf[start:] are the bytes not yet handed out
	served int      // buf[start:served] were given to dec
	at     Location // of buf[start]
	bare   bool     // the last document was neither an object nor an array
	count  int
	err    error
}

// NewReader reads documents from r; name ("stdin" or a path) stands in errors.
func NewReader(name string, r io.Reader) *Reader {
	return &Reader{src: r, at: Location{Name: name, Line: 1, Column: 1}}
}

// Count is how many documents Next has returned. Zero after io.EOF means that
// the stream held none, which is no error here.
func (r *Reader) Count() int { return r.count }

// Next returns the next document, whose bytes belong to the caller. At the
// stream's end it returns io.EOF. A document that is refused is a
// [*SyntaxError]; any other error is the source's own. After an error every
// call returns it again: what follows a bad byte has no known beginning.
func (r *Reader) Next() (Document, error) {
	if r.err != nil {
		return Document{}, r.err
	}
	doc, err := r.next()
	if err != nil {
		r.err = err
		r.buf, r.dec = nil, nil
		return Document{}, err
	}
	r.count++
	return doc, nil
}

func (r *Reader) next() (Document, error) {
	if err := r.skipSpace(); err != nil {
		return Document{}, err
	}
	if err := r.checkHead(); err != nil {
		return Document{}, err
	}
	if r.dec == nil {
		r.dec = jsontext.NewDecoder(feed{r})
	} else {
		r.dec.Reset(feed{r})
	}
	r.served = r.start
	if f := walk(r.dec, MaxDepth); f != nil {
		return Document{}, r.refuse(f)
	}
	size := int(r.dec.InputOffset())
	if size > MaxBytes {
		return Document{}, &SyntaxError{Location: r.at, Reason: tooLarge}
	}
	return r.take(size), nil
}

func (r *Reader) refuse(f *fault) error {
	switch {
	case errors.Is(f.read, errTooLarge):
		return &SyntaxError{Location: r.at, Reason: tooLarge}
	case f.read != nil:
		return r.sourceError()
	}
	// A character that has begun is read whole, so that it is not called
	// invalid; for more than that nobody waits.
	for rest := r.buf[r.start:]; int(f.offset) < len(rest) && !utf8.FullRune(rest[f.offset:]); rest = r.buf[r.start:] {
		if r.fill() != nil {
			break
		}
	}
	return f.locate(r.at, r.buf[r.start:])
}

// take hands out the first size bytes of the buffer.
func (r *Reader) take(size int) Document {
	whole := r.buf[r.start : r.start+size : r.start+size]
	doc := Document{Name: r.at.Name, Line: r.at.Line, Column: r.at.Column, Offset: r.at.Offset}
	r.at = r.at.after(whole)
	r.start += size
	r.bare = whole[0] != '{' && whole[0] != '['
	if size < large {
		doc.Raw = bytes.Clone(whole)
		return doc
	}
	doc.Raw = whole
	r.buf = append(make([]byte, 0, chunk), r.buf[r.start:]...)
	r.start = 0
	r.dec = nil // its buffer has grown with the document's longest token
	return doc
}

// skipSpace stands the buffer at the next document. White space is dropped as
// it comes, however much there is.
func (r *Reader) skipSpace() error {
	for {
		rest := bytes.TrimLeft(r.buf[r.start:], whitespace)
		space := len(r.buf) - r.start - len(rest)
		r.bare = r.bare && space == 0
		r.at = r.at.after(r.buf[r.start : r.start+space])
		r.start += space
		if len(rest) > 0 {
			return nil
		}
		if err := r.fill(); err != nil {
			return r.sourceError()
		}
	}
}

func (r *Reader) sourceError() error {
	if r.srcErr == io.EOF { // a wrapped io.EOF is a failure, as for every io.Reader
		return io.EOF
	}
	return fmt.Errorf("read %s: %w", r.at.Name, r.srcErr)
}

// checkHead looks at a document's first bytes.
func (r *Reader) checkHead() error {
	// A byte that only a byte order mark begins with: the document is refused
	// in any case, so waiting for the others costs nobody a document.
	for first := r.buf[r.start]; (first >= 0xef || first == 0) && len(r.buf)-r.start < 4; {
		if r.fill() != nil {
			break
		}
	}
	head := r.buf[r.start:]
	if reason := encodingReason(head); reason != "" {
		return &SyntaxError{Location: r.at, Reason: reason}
	}
	// 01 would otherwise be the documents 0 and 1.
	if r.bare && head[0] != '{' && head[0] != '[' {
		return &SyntaxError{Location: r.at, Reason: "expected white space after the document, found " + found(head)}
	}
	return nil
}

// fill reads once from the source into the buffer, so that the bytes not yet
// handed out never are more than MaxBytes+1. It returns io.EOF or an error of
// the source only when that gave nothing.
func (r *Reader) fill() error {
	const mostEmptyReads = 100 // as bufio does
	if r.start > 0 {
		n := copy(r.buf, r.buf[r.start:])
		r.buf, r.served, r.start = r.buf[:n], r.served-r.start, 0
	}
	if cap(r.buf)-len(r.buf) < chunk {
		grown := make([]byte, len(r.buf), 2*cap(r.buf)+chunk)
		copy(grown, r.buf)
		r.buf = grown
	}
	free := r.buf[len(r.buf):min(cap(r.buf), len(r.buf)+chunk, MaxBytes+1)]
	for range mostEmptyReads {
		if r.srcErr != nil {
			return r.srcErr
		}
		var n int
		n, r.srcErr = r.src.Read(free)
		if n > 0 {
			r.buf = r.buf[:len(r.buf)+n]
			return nil
		}
	}
	r.srcErr = io.ErrNoProgress
	return r.srcErr
}

// feed gives the decoder the bytes of one document and whatever the source
// delivered with them; the reader keeps them all, so that nothing is lost.
type feed struct{ r *Reader }

func (f feed) Read(p []byte) (int, error) {
	r := f.r
	if r.served == len(r.buf) {
		if r.served-r.start > MaxBytes {
			return 0, errTooLarge
		}
		if err := r.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, r.buf[r.served:])
	r.served += n
	return n, nil
}
