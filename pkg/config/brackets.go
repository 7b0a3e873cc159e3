package config

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"hostkit/pkg/jsonx"
)

// closing are the brackets that close what others open.
var closing = map[byte]string{'{': "}", '[': "]", '(': ")"}

// aside is a text or a comment, in which brackets mean nothing, of JSON or Jsonnet.
var aside = regexp.MustCompile(`(?s)\A(?:"(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?|\|\|\|.*?\|\|\||(?://|#)[^\n]*|/\*.*?\*/)`)

// openBracket is where the innermost bracket stands that is not closed before the end
// of a text, -1 where none is.
func openBracket(text []byte) int {
	var open []int
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"', '\'', '|', '/', '#':
			i += max(len(aside.Find(text[i:]))-1, 0)
		case '{', '[', '(':
			open = append(open, i)
		case '}', ']', ')':
			open = open[:max(len(open)-1, 0)]
		}
	}
	if len(open) == 0 {
		return -1
	}
	return open[len(open)-1]
}

// bracketAdvice says which bracket is open at the place of an error, and how it is
// closed; it is empty where none is.
func bracketAdvice(e *jsonx.SyntaxError, text []byte) string {
	before := text[:min(e.Offset, int64(len(text)))]
	at := openBracket(before)
	if at < 0 {
		return ""
	}
	line, column := 1+bytes.Count(before[:at], []byte("\n")), at-bytes.LastIndexByte(before[:at], '\n')
	return fmt.Sprintf("the %q of line %d, column %d is open: close it with %q", before[at:at+1], line, column, closing[before[at]])
}

// delimiterAdvice is for what stands where a comma, a colon or a closing bracket
// belongs.
func delimiterAdvice(e *jsonx.SyntaxError, text, rest []byte) string {
	colon := strings.HasPrefix(e.Reason, `expected ":"`)
	switch sign := rest[0]; {
	case (sign == '}' || sign == ']') && colon:
		return `give it a value: "name": …`
	case sign == '}' || sign == ']':
		return bracketAdvice(e, text)
	case colon:
		return `a name and its value have a colon between them: "name": …`
	case sign == ';':
		return "write a comma in its place"
	}
	return "is there a comma missing before it?"
}
