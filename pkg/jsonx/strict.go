package jsonx

import (
	"bytes"
	"errors"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

const whitespace = " \t\r\n" // RFC 8259, section 2

// Check reads raw as exactly one document: white space may stand around it,
// nothing else. The document shares raw's memory.
func Check(name string, raw []byte) (Document, error) {
	return check(name, raw, MaxDepth)
}

func check(name string, raw []byte, maxDepth int) (Document, error) {
	at := Location{Name: name, Line: 1, Column: 1}
	body := bytes.TrimLeft(raw, whitespace)
	at = at.after(raw[:len(raw)-len(body)])
	body = bytes.TrimRight(body, whitespace)
	switch {
	case len(body) == 0:
		return Document{}, &SyntaxError{Location: at, Reason: "no json document"}
	case len(body) > MaxBytes:
		return Document{}, &SyntaxError{Location: at, Reason: tooLarge}
	}
	if reason := encodingReason(body); reason != "" {
		return Document{}, &SyntaxError{Location: at, Reason: reason}
	}
	d := jsontext.NewDecoder(bytes.NewBuffer(body))
	if f := walk(d, maxDepth); f != nil {
		return Document{}, f.locate(at, body)
	}
	if end := d.InputOffset(); end < int64(len(body)) {
		rest := bytes.TrimLeft(body[end:], whitespace)
		return Document{}, &SyntaxError{Location: at.after(body[:len(body)-len(rest)]), Reason: trailing(rest)}
	}
	return Document{Name: name, Line: at.Line, Column: at.Column, Offset: at.Offset, Raw: body}, nil
}

const tooLarge = "the document is larger than 16 MiB"

// fault is a refusal at an offset in the document. Its reason is worded later,
// when all bytes are at hand, unless it is known already.
type fault struct {
	offset  int64
	pointer string
	reason  string
	cause   *jsontext.SyntacticError // of a breach of the grammar
	state   grammar
	read    error // the source failed, not the document
}

// walk passes over the one document that d stands before.
func walk(d *jsontext.Decoder, maxDepth int) *fault {
	for {
		if d.PeekKind() == jsontext.KindNumber {
			literal, err := d.ReadValue()
			if err != nil {
				return breach(d, err)
			}
			if reason := numberReason(literal); reason != "" {
				return &fault{offset: d.InputOffset() - int64(len(literal)), pointer: string(d.StackPointer()), reason: reason}
			}
		} else if _, err := d.ReadToken(); err != nil {
			return breach(d, err)
		}
		switch depth := d.StackDepth(); {
		case depth == 0:
			return nil
		case depth > maxDepth:
			return &fault{offset: d.InputOffset() - 1, pointer: string(d.StackPointer()), reason: "nested deeper than 64 levels"}
		}
	}
}

func breach(d *jsontext.Decoder, err error) *fault {
	var cause *jsontext.SyntacticError
	if !errors.As(err, &cause) {
		return &fault{read: err}
	}
	return &fault{offset: cause.ByteOffset, pointer: string(cause.JSONPointer), cause: cause, state: stateOf(d)}
}

// locate makes the error of a fault in a document that begins at start with
// the bytes raw.
func (f *fault) locate(start Location, raw []byte) *SyntaxError {
	offset := min(f.offset, int64(len(raw)))
	reason := f.reason
	if reason == "" {
		reason = f.state.explain(f.cause, raw, int(offset))
	}
	at := start.after(raw[:offset])
	at.Pointer = f.pointer
	refused := &SyntaxError{Location: at, Reason: reason, Cut: strings.HasPrefix(reason, endsIn)}
	if refused.Cut {
		refused.Schema = Document{Raw: raw}.Schema()
	}
	return refused
}

// encodingReason says why no document can begin with these bytes whatever
// follows, or "". Byte order marks: RFC 8259, section 8.1.
func encodingReason(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		return "begins with a byte order mark: save it as utf-8 without one"
	case bytes.HasPrefix(head, []byte("\xff\xfe\x00\x00")), bytes.HasPrefix(head, []byte("\x00\x00\xfe\xff")):
		return "utf-32 is not utf-8: save it as utf-8"
	case head[0] == 0xff, head[0] == 0xfe:
		return "utf-16 is not utf-8: save it as utf-8"
	}
	return ""
}
