package jsonx

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Location is a place in a stream of documents.
type Location struct {
	Name    string // of the stream: "stdin" or a path
	Line    int    // in the stream, from 1; lines end with "\n"
	Column  int    // in the line, from 1, counted in bytes
	Offset  int64  // in the stream, from 0, in bytes
	Pointer string // into the document (RFC 6901), "" for its root or when not known
}

// String gives "name:line:column".
func (l Location) String() string {
	return l.Name + ":" + strconv.Itoa(l.Line) + ":" + strconv.Itoa(l.Column)
}

// after is the location of the byte that follows passed when passed begins at l.
func (l Location) after(passed []byte) Location {
	l.Offset += int64(len(passed))
	if n := bytes.Count(passed, []byte{'\n'}); n > 0 {
		l.Line += n
		l.Column = len(passed) - bytes.LastIndexByte(passed, '\n')
	} else {
		l.Column += len(passed)
	}
	return l
}

// SyntaxError says where and why a document was refused before anybody looked
// at what it means.
type SyntaxError struct {
	Location
	Reason string // lower case, without a full stop
	// Cut says that the document ends in the middle, and Schema what it says that it is,
	// as far as that is still there.
	Cut    bool
	Schema string
}

func (e *SyntaxError) Error() string { return e.Location.String() + ": " + e.Reason }

// ValueError says that a member of a well-formed document is not what the
// document's type wants there.
type ValueError struct {
	Location        // of the value
	Reason   string // "wants a string, has a number", said of the pointer or the document
	Err      error  // what a type's own UnmarshalText or UnmarshalJSON said, or nil
}

func (e *ValueError) Error() string {
	if e.Pointer == "" {
		return e.Location.String() + ": the document " + e.Reason
	}
	return e.Location.String() + ": " + printable(e.Pointer) + ": " + e.Reason
}

func (e *ValueError) Unwrap() error { return e.Err }

// UnknownMemberError names a member that the document's type does not have.
type UnknownMemberError struct {
	Location          // of the member's name
	Member   string   // its name, unescaped
	Known    []string // the names that would be known there, in order of declaration
}

func (e *UnknownMemberError) Error() string {
	reason := "unknown member " + strconv.Quote(e.Member)
	if parent := jsontext.Pointer(e.Pointer).Parent(); parent != "" {
		reason += " in " + printable(string(parent))
	}
	return e.Location.String() + ": " + reason
}

// printable quotes s when it holds what could move a terminal's cursor or end
// a line: the names in a pointer come from a document.
func printable(s string) string {
	if quoted := strconv.Quote(s); strings.ContainsRune(quoted, '\\') {
		return quoted
	}
	return s
}
