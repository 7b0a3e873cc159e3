package config

import (
	"bytes"
	"fmt"
	"iter"
	"regexp"
	"slices"
	"strings"

	"hostkit/pkg/jsonx"
)

// closing are the brackets that close what others open.
var closing = map[byte]string{'{': "}", '[': "]", '(': ")"}

// aside is a text or a comment, in which brackets mean nothing, of JSON or Jsonnet.
var aside = regexp.MustCompile(`(?s)\A(?:@"(?:""|[^"])*"?|@'(?:''|[^'])*'?|"(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?|\|\|\|.*?\|\|\||(?://|#)[^\n]*|/\*.*?\*/)`)

// pieces gives the texts and comments of JSON or Jsonnet as a whole and all other bytes
// one by one, each with where it begins.
func pieces(text []byte) iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
		for i, n := 0, 0; i < len(text); i += n {
			if n = 1; strings.IndexByte("\"'@|/#", text[i]) >= 0 {
				n = max(len(aside.Find(text[i:])), 1)
			}
			if !yield(i, text[i:i+n]) {
				return
			}
		}
	}
}

// openBracket is where a bracket stands that is not closed before the end of a text, -1
// where none is. It is the innermost, unless a line begins with a closing bracket as far
// in as the line of one further out: what is within that one should have been closed.
func openBracket(text []byte) int {
	var open []int
	early := -1
	for i, piece := range pieces(text) {
		switch piece[0] {
		case '{', '[', '(':
			open = append(open, i)
		case '}', ']', ')':
			if early < 0 && closesAnother(text, open, i) {
				early = open[len(open)-1]
			}
			open = open[:max(len(open)-1, 0)]
		}
	}
	switch {
	case len(open) == 0:
		return -1
	case early >= 0:
		return early
	}
	return open[len(open)-1]
}

// closesAnother reports whether the closing bracket at a place begins a line that is as
// far in as that of an open bracket which is not the innermost, and less than that of the
// innermost.
func closesAnother(text []byte, open []int, at int) bool {
	inset, begins := indent(text, at)
	if !begins || len(open) < 2 {
		return false
	}
	innermost, _ := indent(text, open[len(open)-1])
	return inset < innermost && slices.ContainsFunc(open[:len(open)-1], func(other int) bool {
		further, _ := indent(text, other)
		return further == inset
	})
}

// indent is how much white space the line of a place begins with, and whether nothing
// else stands before the place.
func indent(text []byte, at int) (inset int, begins bool) {
	line := text[bytes.LastIndexByte(text[:at], '\n')+1:]
	inset = len(line) - len(bytes.TrimLeft(line, " \t"))
	return inset, len(text)-len(line)+inset == at
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
