package jsonx

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

const nulByte = "nul byte: is this utf-16, or not a text file?"

// endsIn is how a reason begins that is a document's end.
const endsIn = "the document ends in the middle of "

// grammar is where in the grammar a decoder stood when a document was refused.
type grammar struct {
	kind  jsontext.Kind // of the innermost open value: '{', '[' or 0
	count int64         // names and values read in it
	end   int64         // offset behind the last good token
}

func stateOf(d *jsontext.Decoder) grammar {
	kind, count := d.StackIndex(d.StackDepth())
	return grammar{kind, count, d.InputOffset()}
}

// explain words a breach of the grammar at offset of raw. Only the wording
// depends on it: whether the document is refused is decided before.
func (g grammar) explain(cause *jsontext.SyntacticError, raw []byte, offset int) string {
	switch {
	case errors.Is(cause, jsontext.ErrDuplicateName):
		return "duplicate member " + strconv.Quote(cause.JSONPointer.LastToken())
	case errors.Is(cause, io.ErrUnexpectedEOF) || offset >= len(raw):
		return endsIn + g.open(raw) + "; was the file cut?"
	}
	rest := raw[offset:]
	if r, size := utf8.DecodeRune(rest); r == utf8.RuneError && size == 1 {
		return fmt.Sprintf("invalid utf-8: byte 0x%02x", rest[0])
	}
	if g.inString(raw, offset) {
		return stringReason(rest)
	}
	return g.tokenReason(raw, offset)
}

// open names what was not finished.
func (g grammar) open(raw []byte) string {
	switch {
	case g.inString(raw, len(raw)):
		return "a string"
	case g.kind == jsontext.KindBeginObject:
		return "an object"
	case g.kind == jsontext.KindBeginArray:
		return "an array"
	}
	return "a value"
}

// next skips the white space and the delimiter behind the last good token: the
// rest begins with the token that was refused.
func (g grammar) next(raw []byte) (rest []byte, delimiter byte) {
	rest = bytes.TrimLeft(raw[min(g.end, int64(len(raw))):], whitespace)
	if len(rest) > 0 && (rest[0] == ',' || rest[0] == ':') {
		return bytes.TrimLeft(rest[1:], whitespace), rest[0]
	}
	return rest, 0
}

func (g grammar) inString(raw []byte, offset int) bool {
	rest, _ := g.next(raw)
	return len(rest) > 0 && rest[0] == '"' && offset > len(raw)-len(rest)
}

func stringReason(rest []byte) string {
	switch {
	case rest[0] < ' ':
		escaped, _ := jsontext.AppendQuote(nil, rest[:1])
		return fmt.Sprintf("control character 0x%02x in a string: write %s", rest[0], bytes.Trim(escaped, `"`))
	case len(rest) >= 6 && rest[0] == '\\' && rest[1] == 'u' && isHex(rest[2:6]):
		return "lone surrogate " + string(rest[:6])
	case rest[0] == '\\':
		return "invalid escape " + strconv.Quote(string(rest[:min(2, len(rest))]))
	}
	return "invalid string, found " + found(rest)
}

func isHex(digits []byte) bool {
	_, err := strconv.ParseUint(string(digits), 16, 16)
	return err == nil
}

func (g grammar) tokenReason(raw []byte, offset int) string {
	rest := raw[offset:]
	token, delimiter := g.next(raw)
	switch c := rest[0]; {
	case c == 0:
		return nulByte
	case c == '\'' || bytes.HasPrefix(rest, []byte("“")) || bytes.HasPrefix(rest, []byte("‘")):
		return "a string stands in double quotes, found " + found(rest)
	case c == '/' || c == '#':
		return "json has no comments, found " + found(rest)
	case c == ',' && g.afterValue() && len(token) > 0 && (token[0] == '}' || token[0] == ']'):
		return "a comma stands before the closing " + strconv.Quote(string(token[:1]))
	case isDigit(c) && offset > 0 && raw[offset-1] == '0' && int64(offset) == g.end:
		return "a number does not begin with a zero that more digits follow"
	case len(token) > 0 && (isDigit(token[0]) || token[0] == '-') && offset > len(raw)-len(token):
		return "invalid number " + strconv.Quote(shorten(token[:offset-(len(raw)-len(token))]))
	}
	if !g.wantsValue(delimiter) {
		return g.wanted(delimiter) + ", found " + found(rest)
	}
	if word := g.word(token); word != "" {
		return g.wanted(delimiter) + ", found " + word
	}
	return g.wanted(delimiter) + ", found " + found(rest)
}

func (g grammar) afterValue() bool {
	return g.count > 0 && (g.kind == jsontext.KindBeginArray || g.count%2 == 0)
}

func (g grammar) wantsValue(delimiter byte) bool {
	switch g.kind {
	case jsontext.KindBeginObject:
		return g.count%2 == 1 && delimiter == ':'
	case jsontext.KindBeginArray:
		return g.count == 0 || delimiter == ','
	}
	return true
}

func (g grammar) wanted(delimiter byte) string {
	switch {
	case g.kind == jsontext.KindBeginObject && g.count == 0:
		return `expected a member's name in double quotes or "}"`
	case g.kind == jsontext.KindBeginObject && g.count%2 == 0 && delimiter == ',':
		return "expected a member's name in double quotes"
	case g.kind == jsontext.KindBeginObject && g.count%2 == 0:
		return `expected "," or "}" after the value`
	case g.kind == jsontext.KindBeginObject && delimiter != ':':
		return `expected ":" after the member's name`
	case g.kind == jsontext.KindBeginArray && g.count > 0 && delimiter != ',':
		return `expected "," or "]" after the value`
	case g.kind == jsontext.KindInvalid:
		return "expected a json document"
	}
	return "expected a value"
}

// word names the bare word that rest begins with, "" where there is none. One that
// no language has for a value is not shown within a document: it may be a secret
// without quotes.
func (g grammar) word(rest []byte) string {
	n := 0
	for n < len(rest) && n < 20 && (rest[n]|0x20 >= 'a' && rest[n]|0x20 <= 'z' || rest[n] == '_') {
		n++
	}
	switch strings.ToLower(string(rest[:n])) {
	case "":
		return ""
	case "true", "false", "null", "nil", "none", "nan", "inf", "infinity", "undefined", "yes", "no", "on", "off":
		return strconv.Quote(string(rest[:n]))
	}
	if g.kind == jsontext.KindInvalid {
		return strconv.Quote(string(rest[:n]))
	}
	return "a word without quotes"
}

// trailing words what stands where a document has ended already.
func trailing(rest []byte) string {
	switch rest[0] {
	case '/', '#':
		return "json has no comments, found " + found(rest)
	case 0:
		return nulByte
	}
	return "more bytes after the end of the document, found " + found(rest)
}

func found(rest []byte) string {
	if rest[0] == '"' {
		return "a string"
	}
	_, size := utf8.DecodeRune(rest)
	return strconv.Quote(string(rest[:size]))
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
