package jsonx

import (
	"bytes"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/tidwall/gjson"
)

// Document is one checked document and where it began. [Reader.Next] and
// [Check] make it; its being there is the proof that gjson may look at Raw.
type Document struct {
	Name   string // of the stream it came from: "stdin" or a path
	Line   int    // where it begins in the stream, from 1
	Column int    // where it begins in that line, from 1, in bytes
	Offset int64  // where it begins in the stream, from 0, in bytes
	Raw    []byte // its bytes as they were, without white space around them
}

// Schema is the top-level member "schema" when that is a string, otherwise "".
func (d Document) Schema() string {
	if member := gjson.GetBytes(d.Raw, "schema"); member.Type == gjson.String {
		return member.Str
	}
	return ""
}

// Position gives the line and column, in the stream the document came from, of
// the value that a JSON pointer (RFC 6901) names. It scans the document, so it
// is for errors only.
func (d Document) Position(pointer string) (line, column int, ok bool) {
	at, ok := d.locate(pointer, false)
	return at.Line, at.Column, ok
}

// NamePosition is [Document.Position] of the member's name instead of its
// value; of an element, or of the root, it is the same.
func (d Document) NamePosition(pointer string) (line, column int, ok bool) {
	at, ok := d.locate(pointer, true)
	return at.Line, at.Column, ok
}

// At is the document's location, with the given pointer's line and column when
// it names a value of the document and the document's beginning otherwise.
func (d Document) At(pointer string) Location {
	at, _ := d.locate(pointer, false)
	at.Pointer = pointer
	return at
}

func (d Document) locate(pointer string, name bool) (Location, bool) {
	start := Location{Name: d.Name, Line: d.Line, Column: d.Column, Offset: d.Offset}
	offset, ok := seek(d.Raw, jsontext.Pointer(pointer), name)
	if !ok {
		return start, false
	}
	at := start.after(d.Raw[:offset])
	at.Pointer = pointer
	return at, true
}

// seek finds the offset in raw of what pointer names, or of its name.
func seek(raw []byte, pointer jsontext.Pointer, name bool) (offset int, ok bool) {
	if pointer != "" && !pointer.IsValid() {
		return 0, false
	}
	d := jsontext.NewDecoder(bytes.NewBuffer(raw))
	nameAt := 0
	for token := range pointer.Tokens() {
		switch d.PeekKind() {
		case jsontext.KindBeginObject:
			nameAt, ok = enterMember(d, token)
		case jsontext.KindBeginArray:
			nameAt, ok = enterElement(d, raw, token)
		default:
			ok = false
		}
		if !ok {
			return 0, false
		}
	}
	if name && pointer != "" {
		return nameAt, true
	}
	return ahead(d, raw), true
}

// enterMember stands d before the value of the member called name.
func enterMember(d *jsontext.Decoder, name string) (nameAt int, ok bool) {
	if _, err := d.ReadToken(); err != nil {
		return 0, false
	}
	for d.PeekKind() == jsontext.KindString {
		quoted, err := d.ReadValue()
		if err != nil {
			return 0, false
		}
		if unquoted, err := jsontext.AppendUnquote(nil, quoted); err == nil && string(unquoted) == name {
			return int(d.InputOffset()) - len(quoted), true
		}
		if d.SkipValue() != nil {
			return 0, false
		}
	}
	return 0, false
}

// enterElement stands d before the element with that index (RFC 6901, section
// 4: digits without a leading zero).
func enterElement(d *jsontext.Decoder, raw []byte, index string) (at int, ok bool) {
	n, err := strconv.ParseUint(index, 10, 31)
	if err != nil || strconv.FormatUint(n, 10) != index {
		return 0, false
	}
	if _, err := d.ReadToken(); err != nil {
		return 0, false
	}
	for ; n > 0; n-- {
		if d.PeekKind() == jsontext.KindEndArray || d.SkipValue() != nil {
			return 0, false
		}
	}
	if kind := d.PeekKind(); kind == jsontext.KindEndArray || kind == jsontext.KindInvalid {
		return 0, false
	}
	return ahead(d, raw), true
}

// ahead is the offset of the next value that d will read.
func ahead(d *jsontext.Decoder, raw []byte) int {
	rest := bytes.TrimLeft(raw[d.InputOffset():], whitespace+",:")
	return len(raw) - len(rest)
}
