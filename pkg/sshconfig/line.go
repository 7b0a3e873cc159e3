package sshconfig

import (
	"errors"
	"strings"
)

const whitespace = " \t\r\n"

// line is one directive as it stands in a file. The grammar is that of OpenSSH's
// readconf.c: it is not a shell's, and Match has another one than the rest.
type line struct {
	at Position
	// keyword is in lower case, written is as it stands there.
	keyword, written string
	// rest is what follows the keyword and its "=", untouched.
	rest string
	// args are the words of rest; argsErr says why there are none.
	args    []string
	argsErr error
}

// parseLine returns false for an empty line and a comment.
func parseLine(text string, at Position) (line, bool) {
	text = strings.TrimRight(text, whitespace+"\f")
	keyword, rest, ok := delimited(text)
	if ok && keyword == "" {
		keyword, rest, ok = delimited(rest)
	}
	if !ok && text != "" {
		return line{at: at, argsErr: errQuote}, true
	}
	if keyword == "" || keyword[0] == '#' {
		return line{}, false
	}
	l := line{at: at, keyword: strings.ToLower(keyword), written: keyword, rest: strings.TrimLeft(rest, whitespace)}
	if l.rest == "" {
		l.argsErr = errors.New("nothing follows " + keyword)
		return l, true
	}
	l.args, l.argsErr = words(l.rest)
	return l, true
}

var errQuote = errors.New("a quote is not closed")

// delimited cuts the first word off, which a "=" may end too. It is false where a
// quote is not closed.
func delimited(s string) (word, rest string, ok bool) {
	i := strings.IndexAny(s, whitespace+`"=`)
	if i < 0 {
		return s, "", true
	}
	if s[i] == '"' {
		inner, after, closed := strings.Cut(s[i+1:], `"`)
		return s[:i] + inner, strings.TrimLeft(after, whitespace), closed
	}
	rest = strings.TrimLeft(s[i+1:], whitespace)
	if s[i] != '=' && strings.HasPrefix(rest, "=") {
		rest = strings.TrimLeft(rest[1:], whitespace)
	}
	return s[:i], rest, true
}

// words splits as OpenSSH does since 8.7: both quotes, a backslash before a
// quote, a backslash or a space, and a comment where a word would begin.
func words(s string) ([]string, error) {
	var all []string
	for i := 0; i < len(s); i++ {
		if s[i] == ' ' || s[i] == '\t' {
			continue
		}
		if s[i] == '#' {
			break
		}
		var word strings.Builder
		quote := byte(0)
	word:
		for ; i < len(s); i++ {
			c := s[i]
			switch {
			case c == '\\' && i+1 < len(s) && (strings.IndexByte(`'"\`, s[i+1]) >= 0 || quote == 0 && s[i+1] == ' '):
				i++
				word.WriteByte(s[i])
			case quote == 0 && (c == ' ' || c == '\t'):
				break word
			case quote == 0 && (c == '"' || c == '\''):
				quote = c
			case quote != 0 && c == quote:
				quote = 0
			default:
				word.WriteByte(c)
			}
		}
		if quote != 0 {
			return nil, errQuote
		}
		all = append(all, word.String())
	}
	return all, nil
}
