package render

import (
	"slices"

	"github.com/tidwall/gjson"

	"hostkit/pkg/doc"
)

// act writes a change that is no state to be reached but something to be done:
// what it is, in the same line where that fits, and what calls for it.
func (p *page) act(c doc.Change) {
	l := lookOf(c.Action)
	row := []segment{l.ink.of(l.sign + " "), pad(l.ink.of(l.word), wordColumns), l.ink.last(string(c.Address))}
	why := ""
	if c.Reason != "" {
		why = "(" + c.Reason + ")"
	}
	reason := dim.of("  " + why)
	words := p.deed(c.After)
	inline := append(slices.Clone(row), noInk.of(" "))
	for _, word := range words {
		inline = append(inline, noInk.of(" "), word)
	}
	fits := func(row []segment) bool { return 2+widthOf(row) <= columns }
	switch inline = append(inline, reason); {
	case fits(inline):
		p.line(2, inline...)
	case fits(append(slices.Clone(row), reason)):
		p.line(2, append(row, reason)...)
		p.list(changeIndent, noInk.of(""), " ", words...)
	default:
		p.line(2, row...)
		p.list(changeIndent, noInk.of(""), " ", words...)
		p.prose(changeIndent, noInk.of(""), dim, why)
	}
	causes := gjson.GetBytes(c.After, "causes").Array()
	c.DependsOn = slices.DeleteFunc(slices.Clone(c.DependsOn), func(d doc.Dependency) bool {
		return slices.ContainsFunc(causes, func(cause gjson.Result) bool { return cause.Str == string(d.Address) })
	})
	p.order(c)
}

// deed words what is done: "reload nginx", "run /usr/bin/newaliases".
func (p *page) deed(after doc.Attributes) []segment {
	all, order := members(after)
	var words []segment
	for _, name := range order {
		if name == "state" || name == "pending" || name == "causes" {
			continue
		}
		words = append(words, noInk.of(name))
		for _, word := range all[name].Array() {
			words = append(words, noInk.last(p.value(name, word)))
		}
	}
	return words
}
