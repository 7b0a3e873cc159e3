package reference

import (
	"regexp"
	"strings"
)

// spanKind is what a piece of a line is.
type spanKind int

const (
	plain spanKind = iota
	literal
	emphasis
	link
	// page is a reference to a manual page, hk-plan(1).
	pageRef
)

// span is a piece of a line.
type span struct {
	kind spanKind
	text string
	// target is that of a link, or the section of a page.
	target string
}

// inline finds spans; its groups are those of the kinds.
var inline = regexp.MustCompile("`([^`]+)`" + // literal
	`|\*\*?([^* ](?:[^*]*[^* ])?)\*\*?` + // emphasis
	`|\[([^\]]+)\]\(([^)]+)\)` + // link
	`|\b((?:hk|hostkit|ssh|mandoc|sudo|doas|git|jq)[a-z_-]*)\(([1578])\)`) // page

// parseSpans takes a line apart. Whatever is no span is plain text.
func parseSpans(line string) []span {
	var spans []span
	at := 0
	for _, m := range inline.FindAllStringSubmatchIndex(line, -1) {
		if m[0] > at {
			spans = append(spans, span{kind: plain, text: line[at:m[0]]})
		}
		at = m[1]
		group := func(n int) string {
			if m[2*n] < 0 {
				return ""
			}
			return line[m[2*n]:m[2*n+1]]
		}
		switch {
		case group(1) != "":
			spans = append(spans, span{kind: literal, text: group(1)})
		case group(2) != "":
			spans = append(spans, span{kind: emphasis, text: group(2)})
		case group(3) != "":
			spans = append(spans, span{kind: link, text: group(3), target: group(4)})
		default:
			spans = append(spans, span{kind: pageRef, text: group(5), target: group(6)})
		}
	}
	if at < len(line) {
		spans = append(spans, span{kind: plain, text: line[at:]})
	}
	return spans
}

var termItem = regexp.MustCompile("(?s)^((?:`[^`]+`(?:, | or )?)+): (.*)$")

// terms takes the items of a list apart that all begin with what they explain, as
// "`--out`: the file"; not ok where one does not.
func terms(items []string) (pairs [][2]string, ok bool) {
	for _, item := range items {
		m := termItem.FindStringSubmatch(item)
		if m == nil {
			return nil, false
		}
		pairs = append(pairs, [2]string{m[1], m[2]})
	}
	return pairs, true
}

// tagged reports whether a list is one of terms.
func (b block) tagged() bool {
	_, ok := terms(b.items)
	return ok
}

// sentence makes a sentence out of what -h says: a capital and a full stop.
func sentence(text string) string {
	text = strings.ToUpper(text[:1]) + text[1:]
	if strings.HasSuffix(text, ".") {
		return text
	}
	return text + "."
}
