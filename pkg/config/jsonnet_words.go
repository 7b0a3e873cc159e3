package config

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
)

// What is said of texts in a program. None is repeated: it may be for few eyes.
const (
	apostrophe = `an apostrophe ends a text that begins with one: write the text in double quotes, or \' in it`
	unended    = `is the quote missing that ends the text? a line break in one is written \n`
	inQuotes   = "is it a text? write it in quotes: '…'"
)

// quoting is for texts and their quotes.
func (s stumble) quoting() bool {
	_, escape, isEscape := strings.Cut(s.Message, "Unknown escape sequence in string literal: ")
	joined := s.at > 0 && s.end == s.at
	switch {
	case octal(s.text, s.at), joined && s.text[s.at-1] == '0' && octalWord.Match(s.rest()):
		mode := "0644"
		if written := modeDigits.FindSubmatch(s.text[s.at-1:]); written != nil {
			mode = "0" + string(written[1])
		}
		return s.tell("a number does not begin with a zero that more digits follow", fmt.Sprintf("write it in quotes, as a mode is: '%s'", mode))
	case s.says("Unterminated String"):
		at, advice := endless(s.text, s.at)
		s.move(at)
		return s.tell("a text does not end", advice)
	case s.says("Expected a comma", "Expected , or ;") && joined && s.text[s.at-1] == '\'' && isWordByte(s.next()):
		return s.tell("a text ends too early", apostrophe)
	case joined && isWordByte(s.text[s.at-1]) && isWordByte(s.next()) && s.says("Expected a comma", "Expected , or ;", "Expected token IDENTIFIER"),
		s.says("Couldn't lex number", "Not a unary operator"):
		return s.tell("this is no number and no name", inQuotes)
	case isEscape:
		return s.tell("a text has an unknown escape: "+escape, `a backslash is written twice: \\`)
	case s.says("Could not lex the character") && bytes.ContainsAny(s.rest()[:min(4, len(s.rest()))], "“”‘’„‚«»´`"):
		return s.tell("a text stands in quotes", `write them as they are on a keyboard: ' or "`)
	case s.says("Text block not terminated"):
		return s.tell("", "the ||| that ends it stands in a line of its own, less far in than the text")
	}
	return false
}

// modeDigits are those of a mode, as a number in base 8.
var modeDigits = regexp.MustCompile(`\A0o?([0-7]{3})\b`)

// octalWord is what follows the zero of a number in base 8 as other languages write it.
var octalWord = regexp.MustCompile(`\Ao[0-7]+\b`)

// endless is where the text begins that probably lacks its end, and what to do: the last
// quote of a program has no other one whichever is missing.
func endless(text []byte, at int) (int, string) {
	for i, piece := range pieces(text[:at]) {
		behind := i + len(piece)
		switch isQuote := piece[0] == '\'' || piece[0] == '"'; {
		case isQuote && piece[0] == '\'' && behind < len(text) && isWordByte(text[behind]) && !bytes.ContainsRune(piece, '\n'):
			return behind - 1, apostrophe
		case isQuote && bytes.ContainsRune(piece, '\n'):
			return i, unended
		}
	}
	return at, unended
}

// bareName is what stands where a name does, up to what ends one.
var bareName = regexp.MustCompile(`\A[^\s:'"{}\[\](),;=]+`)

// nameAt is a name without quotes that goes through a place.
func nameAt(text []byte, at int) string {
	begin := at
	for begin > 0 && bareName.Match(text[begin-1:begin]) {
		begin--
	}
	return string(bareName.Find(text[begin:]))
}

// name is for the name of a member, and the colon behind it.
func (s stumble) name() bool {
	const colon = "a name and its value have a colon between them: NAME: …"
	name := nameAt(s.text, s.at)
	quoted := fmt.Sprintf("write '%s'", name)
	switch {
	case s.says("Expected token OPERATOR", "Expected one of :") && s.next() == '=':
		return s.tell(`expected ":" after the member's name, found "="`, colon)
	case s.says("Expected token OPERATOR", "Expected one of :") && s.end == s.at && isWordByte(s.text[s.at-1]) && bareName.Match(s.rest()):
		return s.tell("a name that has more than letters, digits and _ stands in quotes", quoted)
	case s.says("Expected token OPERATOR") && s.end < s.at && name != "" && bytes.HasPrefix(bytes.TrimLeft(s.rest()[len(name):], " "), []byte(":")):
		return s.tell("a name of several words stands in quotes", fmt.Sprintf("write '%s %s'", nameAt(s.text[:s.end], s.end), name))
	case s.says("Expected token OPERATOR", "Expected one of :"):
		return s.tell(`expected ":" after the member's name, found `+s.found(), colon)
	case s.says("Expected token IDENTIFIER") && s.next() == ':' && bytes.HasSuffix(s.text[:s.end], []byte("local")):
		s.move(s.end - len("local"))
		return s.tell("local is a word of jsonnet, which stands in quotes as a name", "write 'local'")
	case !strings.HasSuffix(s.Message, "while parsing field definition"):
		return false
	case s.next() == ',':
		return s.tell("a comma too many", "take it out")
	case name == "if" || name == "for":
		return s.tell("", "a member that is not always there has its name computed: [if … then 'NAME']: …")
	case name != "":
		return s.tell("a name that is a word of jsonnet, or begins with another sign than a letter, stands in quotes", quoted)
	}
	return s.tell(`expected a member, found `+s.found(), colon)
}

// value is for a value that is not there, and the comma behind one.
func (s stumble) value() bool {
	isSign := strings.IndexByte("]});=:", s.next()) >= 0
	switch {
	case s.says("Expected a comma before next") && isSign:
		return s.tell("", delimiterAdvice(s.syntax(), s.text, s.rest()))
	case s.says("Expected a comma before next"):
		return s.tell("", "is there a comma missing before it?")
	case !strings.HasSuffix(s.Message, "while parsing terminal"):
		return false
	case s.next() == ',' && s.end > 0 && s.text[s.end-1] == ',':
		return s.tell("a comma too many", "take it out")
	}
	return s.tell("expected a value, found "+s.found(), "give what stands before it a value: NAME: …")
}

// octal reports whether the digits at the place follow a zero that begins a number.
func octal(text []byte, at int) bool {
	isDigit := func(i int) bool { return i >= 0 && i < len(text) && text[i] >= '0' && text[i] <= '9' }
	return isDigit(at) && at > 0 && text[at-1] == '0' && (at < 2 || !isWordByte(text[at-2]))
}

func isWordByte(c byte) bool {
	return c == '_' || c == '.' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}
