package excerpt

import (
	"bytes"
	"regexp"
	"strings"

	"hostkit/pkg/cli/suggest"
	"hostkit/pkg/doc"
)

// span is a part of a text, in bytes.
type span struct{ start, end int }

var (
	// telling is a name that secrets have, and assigned one in a text, with what it is
	// given.
	telling  = regexp.MustCompile(`(?i)[\w.$-]*(?:pass|pwd|secret|token|credential|api_?key|private)[\w.$-]*`)
	assigned = regexp.MustCompile(telling.String() + `["']*[\s=:]+(.+)`)
	// short is a name for a password that is part of many other words.
	short = regexp.MustCompile(`(?i)(?:^|[_.-])pw(?:$|[_.-])`)
	// names are those that a config has for secrets. What is near them is a name that
	// was misspelled.
	names = []string{"password", "passphrase"}
	// sections are names behind which an object says how to log in. A single value in
	// its place may be the password itself.
	sections = regexp.MustCompile(`^(?:ssh|sudo|doas|become)$`)
	// logins are names behind which a name stands alone. What people add is a password.
	logins = regexp.MustCompile(`^(?:user|username|login|host|hostname|address|remote_user|ansible_user|ansible_host|ssh_user|jump|proxy_jump|jump_host|bastion)$`)
	// switches are values of a section that are no secret.
	switches = regexp.MustCompile(`^(?i:true|false|yes|no|on|off|null|none|nil|undefined)$`)
)

// hider finds what may be secrets. It knows as much of the grammar of JSON and
// Jsonnet as it takes to tell where the value behind a name ends, and errs on the
// side of hiding too much: the text may well be broken.
type hider struct {
	raw []byte
	// contents says that contents are secrets too.
	contents bool
	// depth is how many brackets are open, and since at which depth a value is hidden,
	// -1 where none is.
	depth, since int
	// behind is the name of the member whose value may come next, nil where none may.
	behind []byte
	found  []span
}

// secrets gives what may be a secret, in order.
func secrets(raw []byte) []span {
	h := hider{raw: raw, contents: bytes.Contains(raw, []byte("sensitive")), since: -1}
	for i := 0; i < len(raw); {
		i = h.token(i)
	}
	return h.found
}

// token passes over the token at i and returns where the next begins.
func (h *hider) token(i int) int {
	rest := h.raw[i:]
	if !bytes.ContainsAny(rest[:1], " \t\r\n:=['\"") && !isWord(rest[0]) {
		h.behind = nil
	}
	switch c := rest[0]; {
	case c == '{', c == '[', c == '(':
		h.depth++
	case c == '}', c == ']', c == ')':
		if h.depth <= h.since {
			h.since = -1
		}
		h.depth--
	case c == ',', c == ';':
		if h.depth == h.since {
			h.since = -1
		}
	case c == '#', bytes.HasPrefix(rest, []byte("//")):
		return h.comment(i, h.lineEnd(i))
	case bytes.HasPrefix(rest, []byte("/*")):
		return h.comment(i, ending(rest, 2, "*/")+i)
	case bytes.HasPrefix(rest, []byte("|||")):
		return h.string(i, i+3, ending(rest, 3, "|||")+i, 3)
	case c == '"', c == '\'':
		end, closed := h.quoted(i)
		return h.string(i, i+1, end, closed)
	case isWord(c):
		end := i
		for end < len(h.raw) && isWord(h.raw[end]) {
			end++
		}
		return h.word(i, end)
	}
	return i + 1
}

// ending is where the first mark behind from ends, or rest does.
func ending(rest []byte, from int, mark string) int {
	if n := bytes.Index(rest[from:], []byte(mark)); n >= 0 {
		return from + n + len(mark)
	}
	return len(rest)
}

func (h *hider) lineEnd(i int) int {
	if n := bytes.IndexByte(h.raw[i:], '\n'); n >= 0 {
		return i + n
	}
	return len(h.raw)
}

// quoted finds the end of the string that begins at i, and how many of its last bytes
// close it: none where it is open. A string that is not closed in its line is taken
// to end there, as JSON has it; Jsonnet's go on, and what is wrong in their later
// lines is hidden as theirs.
func (h *hider) quoted(i int) (end, closed int) {
	quote := h.raw[i]
	for end = i + 1; end < len(h.raw); end++ {
		switch h.raw[end] {
		case '\\':
			end++
		case quote:
			return end + 1, 1
		case '\n':
			return end, 0
		}
	}
	return min(end, len(h.raw)), 0
}

// string takes the string from start to end, whose text begins at text and which
// closed bytes close.
func (h *hider) string(start, text, end, closed int) int {
	inside := span{text, max(text, end-closed)}
	switch {
	case h.since < 0:
		h.look(inside)
	case closed == 0:
		// Where the secret ends is not known.
		h.hide(span{start, h.lineEnd(end)})
		return h.lineEnd(end)
	case h.depth == h.since || !h.isName(end):
		h.hide(inside)
	}
	return end
}

// word takes a name, a number or a keyword.
func (h *hider) word(start, end int) int {
	switch word := string(h.raw[start:end]); {
	case h.since < 0:
		h.look(span{start, end})
	case word == "true", word == "false", word == "null":
	case h.depth > h.since && h.isName(end), end < len(h.raw) && h.raw[end] == '(':
	default:
		h.hide(span{start, h.lineEnd(end)})
		return h.lineEnd(end)
	}
	return end
}

// comment hides in a comment all that stands behind a telling name.
func (h *hider) comment(start, end int) int {
	if m := telling.FindIndex(h.raw[start:end]); m != nil {
		h.hide(span{start + m[1], end})
	}
	return end
}

// look begins to hide where the text is a telling name, and hides in a text what such
// a name is given, and a password in an address.
func (h *hider) look(s span) {
	text := h.raw[s.start:s.end]
	value := h.behind
	h.behind = text
	if sections.Match(value) && !switches.Match(text) || logins.Match(value) && !doc.LooksLikeName(string(text)) {
		h.hide(s)
		return
	}
	if tells(text) || h.contents && string(text) == "content" {
		h.since = h.depth
	}
	for _, given := range []*regexp.Regexp{assigned, userinfo} {
		if m := given.FindSubmatchIndex(text); m != nil {
			h.hide(span{s.start + m[2], s.start + m[3]})
			return
		}
	}
}

func (h *hider) hide(s span) {
	if s.start < s.end {
		h.found = append(h.found, s)
	}
}

// isName reports whether what ends there is the name of a member.
func (h *hider) isName(end int) bool {
	rest := bytes.TrimLeft(h.raw[end:], " \t\r\n")
	return len(rest) > 0 && rest[0] == ':'
}

func tells(name []byte) bool {
	if telling.Match(name) || short.Match(name) {
		return true
	}
	_, near := suggest.Nearest(strings.ToLower(string(name[:min(len(name), 20)])), names)
	return near
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '$' || c == '.' || c >= 0x80
}
