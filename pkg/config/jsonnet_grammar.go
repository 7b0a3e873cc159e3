package config

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"hostkit/pkg/jsonx"
)

var (
	// token is how go-jsonnet words one of the grammar.
	token = regexp.MustCompile(`\((?:IDENTIFIER|NUMBER|OPERATOR), "(.*?)"\)`)
	// textToken is one that may be long, or for few eyes.
	textToken = regexp.MustCompile(`(?s)\((?:STRING|VERBATIM)\w*, ".*"\)`)
)

// nulls are what other languages write for null.
var nulls = map[string]bool{"None": true, "nil": true, "undefined": true, "NULL": true, "Null": true}

// stumble is a place of a program where go-jsonnet could not go on, with what it says.
type stumble struct {
	*Problem
	text []byte
	// at is the place in the text, end that behind the code before it: white space and
	// comments are no code.
	at, end int
}

// adviseJsonnet rewords what is said of a place in a program, and says what to write
// there.
func adviseJsonnet(found *Problem, text []byte) {
	found.Message = textToken.ReplaceAllString(token.ReplaceAllString(found.Message, `"$1"`), "a text")
	at := offsetOf(text, found.Line, found.Column)
	if at < 0 {
		return
	}
	s := stumble{Problem: found, text: text, at: at, end: codeEnd(text[:at])}
	for _, known := range []func(stumble) bool{
		stumble.variable, stumble.quoting, stumble.local, stumble.cut, stumble.bracket, stumble.name, stumble.value,
	} {
		if known(s) {
			return
		}
	}
}

// codeEnd is where the last of a program ends that is neither white space nor a comment.
func codeEnd(text []byte) int {
	end := 0
	for i, piece := range pieces(text) {
		if len(bytes.TrimSpace(piece)) > 0 && piece[0] != '#' && (piece[0] != '/' || len(piece) == 1) {
			end = i + len(piece)
		}
	}
	return end
}

// rest is what stands at the place and behind it.
func (s stumble) rest() []byte { return s.text[s.at:] }

// next is the sign at the place, 0 at the end of the file.
func (s stumble) next() byte {
	if s.at < len(s.text) {
		return s.text[s.at]
	}
	return 0
}

// says reports whether go-jsonnet's words begin so.
func (s stumble) says(words ...string) bool {
	for _, begin := range words {
		if strings.HasPrefix(s.Message, begin) {
			return true
		}
	}
	return false
}

// tell is what is said instead; an empty message stays what it was.
func (s stumble) tell(message, advice string) bool {
	if s.Advice = advice; message != "" {
		s.Message = message
	}
	return true
}

// move is where the problem is shown instead.
func (s stumble) move(at int) {
	s.Line, s.Column = 1+bytes.Count(s.text[:at], []byte("\n")), at-bytes.LastIndexByte(s.text[:at], '\n')
}

// found is what go-jsonnet has found, as it names it.
func (s stumble) found() string {
	for _, before := range []string{"but got ", "got: ", "Unexpected: ", "Did not expect: "} {
		if _, what, ok := strings.Cut(s.Message, before); ok {
			what, _, _ = strings.Cut(what, " while parsing")
			return what
		}
	}
	return "something else"
}

// variable is for a name that nothing defines.
func (s stumble) variable() bool {
	word, isUnknown := strings.CutPrefix(s.Message, "Unknown variable: ")
	switch {
	case !isUnknown:
		return false
	case words[word] != "":
		return s.tell("", "write "+words[word])
	case nulls[word]:
		return s.tell("", "leave the member out, or write null")
	case word+".libsonnet" == libraryName:
		return s.tell("", fmt.Sprintf("begin the file with: local %s = import '%s';", word, libraryName))
	}
	return s.tell("", fmt.Sprintf("define it, local %s = …; or write it in quotes, if it is a text: '%s'", word, nameAt(s.text, s.at)))
}

// What is said of a local that does not end.
const localForm = "a local is written: local NAME = …;"

// local is for a local or an import that has no semicolon behind it.
func (s stumble) local() bool {
	switch open := openLocal(s.text[:s.at]); {
	case s.says("Expected operator =") && open >= 0:
		return s.tell(`expected "=" after the name of the local, found `+s.found(), localForm)
	case s.says("Expected , or ;") && open >= 0:
		name := bareWord.Find(bytes.TrimLeft(s.text[open+len("local"):], " \t\r\n"))
		if s.move(open); len(s.rest()) > 0 && bytes.ContainsRune(s.text[s.end:s.at], '\n') {
			s.move(s.end)
		}
		return s.tell(`the local has no ";" at its end`, fmt.Sprintf("put a semicolon behind its value: local %s = …;", name))
	case !s.says("Computed imports"):
		return false
	case s.next() != '"' && s.next() != '\'':
		return s.tell("", "an import takes the path of a file in quotes: import 'FILE'")
	default:
		text := aside.Find(s.rest())
		if open >= 0 && bytes.HasPrefix(bytes.TrimSpace(s.rest()[len(text):]), []byte("{")) {
			s.move(s.at + len(text))
			return s.tell(`the local has no ";" at its end`, "put a semicolon behind the import: import 'FILE';")
		}
		return s.tell("an import and what is done with it stand apart", "put the import into brackets: (import 'FILE')")
	}
}

// openLocal is where the local stands that is not ended before the end of a text, -1 where
// none is. In an object a comma ends one.
func openLocal(text []byte) int {
	type level struct {
		bracket byte
		local   int
	}
	open := []level{{0, -1}}
	for i, piece := range pieces(text) {
		last := &open[len(open)-1]
		switch piece[0] {
		case '{', '[', '(':
			open = append(open, level{piece[0], -1})
		case '}', ']', ')':
			open = open[:max(len(open)-1, 1)]
		case ';':
			last.local = -1
		case ',':
			if last.bracket == '{' {
				last.local = -1
			}
		case 'l':
			if last.local < 0 && string(bareWord.Find(text[i:])) == "local" && (i == 0 || !isWordByte(text[i-1])) {
				last.local = i
			}
		}
	}
	return open[len(open)-1].local
}

// cut is for a program that ends too early.
func (s stumble) cut() bool {
	if codeEnd(s.rest()) > 0 {
		return false
	}
	at := openBracket(s.text)
	s.move(s.end)
	if at < 0 {
		return s.tell("the file ends where a value belongs", "what a config is stands behind its locals: { schema: …, … }")
	}
	what := map[byte]string{'{': "an object", '[': "an array", '(': "brackets"}[s.text[at]]
	return s.tell("the file ends in the middle of "+what, bracketAdvice(s.syntax(), s.text))
}

// syntax is the place as the advice for JSON takes it.
func (s stumble) syntax() *jsonx.SyntaxError {
	return &jsonx.SyntaxError{Location: jsonx.Location{Offset: int64(s.at)}}
}

// bracket is for a closing bracket of another kind, or one too many.
func (s stumble) bracket() bool {
	open := openBracket(s.text[:s.at])
	closes := strings.IndexByte("}])", s.next()) >= 0
	switch {
	case open >= 0 && s.next() == ':' && s.text[open] == '[' && codeEnd(s.text[:s.end-len(nameAt(s.text[:s.end], s.end))]) == open+1:
		return s.tell("an array has no names", `what has names stands in { and }, in place of [ and ]`)
	case open >= 0 && closes && closing[s.text[open]] != string(s.next()),
		open >= 0 && s.next() == ':' && s.text[open] != '{':
		return s.tell("", bracketAdvice(s.syntax(), s.text))
	case !s.says("Did not expect"):
		return false
	case closes:
		return s.tell("", "is there a bracket too many?")
	}
	return s.tell("", "what the config is ends before it: is a bracket closed too early?")
}
