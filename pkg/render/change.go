package render

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
	"hostkit/pkg/visible"
)

// look is how an action is shown: by a sign and a word, and by colour only on
// top.
type look struct {
	sign, word string
	ink        ink
}

var looks = map[doc.Action]look{
	doc.Create:  {"+", "create", green},
	doc.Update:  {"~", "update", yellow},
	doc.Delete:  {"-", "DELETE", alarm},
	doc.Unknown: {"?", "unknown", magenta},
	doc.Run:     {">", "run", cyan},
}

func lookOf(a doc.Action) look {
	if l, ok := looks[a]; ok {
		return l
	}
	return look{"!", string(a), alarm}
}

const (
	changeIndent = 6 // of what stands below a change's own line
	wordColumns  = 9 // of an action's word
)

// change writes one change: on one line where its attributes fit there, else
// with a line or a diff for each.
func (p *page) change(c doc.Change) {
	if c.Action == doc.Run {
		p.act(c)
		return
	}
	l := lookOf(c.Action)
	row := []segment{l.ink.of(l.sign + " "), pad(l.ink.of(l.word), wordColumns), l.ink.last(string(c.Address))}
	reason := segment{}
	if why := whyOf(c); why != "" {
		reason = dim.of("  (" + why + ")")
	}
	sides := p.sides(c.Before, c.After, planArrow, c.Action)
	sides.list = slices.DeleteFunc(sides.list, func(s side) bool { return sides.whole && s.repeats(c.Kind) })
	if inline, ok := sides.inline(); ok {
		if len(inline) > 0 {
			inline = slices.Insert(inline, 0, noInk.of("  "))
		}
		whole := slices.Concat(row, inline, []segment{reason})
		if 2+widthOf(whole) <= columns {
			p.line(2, whole...)
			p.order(c)
			return
		}
	}
	p.line(2, append(row, reason)...)
	p.order(c)
	p.block(changeIndent, sides)
}

// whyOf words a change's reason, with the one that it goes together with.
func whyOf(c doc.Change) string {
	why := c.Reason
	for _, d := range c.DependsOn {
		if d.With != "" {
			why = strings.TrimPrefix(why+", with "+string(d.With), ", ")
		}
	}
	return why
}

// order explains why a change of another kind comes before. Within a kind the
// order needs no words, and of many with one reason the first are enough.
func (p *page) order(c doc.Change) {
	const most, named = 5, 3
	var reasons []string
	needed := make(map[string][]segment)
	for _, d := range c.DependsOn {
		if d.With != "" || d.Address.Kind() == c.Address.Kind() {
			continue
		}
		if needed[d.Reason] == nil {
			reasons = append(reasons, d.Reason)
		}
		needed[d.Reason] = append(needed[d.Reason], dim.last(string(d.Address)))
	}
	var after []segment
	for _, reason := range reasons {
		all, because := needed[reason], segment{}
		if reason != "" {
			because = dim.of(" (" + reason + ")")
		}
		if more := len(all) - named; len(all) > most && !p.options.Full {
			after = append(after, all[:named]...)
			after = append(after, segment{dim.of(fmt.Sprintf("and %d more", more)).text + because.text, dim})
			continue
		}
		for _, one := range all {
			after = append(after, segment{one.text + because.text, dim})
		}
	}
	if len(after) > 0 {
		p.list(changeIndent, dim.of("after "), ", ", after...)
	}
	if len(c.Lacks) > 0 {
		p.prose(changeIndent, dim.of("lacks "), magenta, strings.Join(c.Lacks, ", ")+": what it depends on may bring it")
	}
}

// arrow is what stands around two sides, and around one that is alone.
type arrow struct{ before, between, onlyBefore, onlyAfter string }

var (
	planArrow  = arrow{"", " → ", " before", "→ "}
	staleArrow = arrow{"planned ", ", found ", " planned, not found", "not planned, found "}
)

// side is one attribute as it was and as it will be; a side that has none is
// the zero Result.
type side struct {
	name          string
	before, after gjson.Result
	// later is set where after is not what will be, but a time that will be passed.
	later bool
}

// attributes is what differs between two sides.
type attributes struct {
	p     *page
	arrow arrow
	// whole is set where one side is nothing: then the other is shown alone.
	whole bool
	// sensitive hides content.
	sensitive bool
	list      []side
}

// sides pairs the members of two objects, in the order of the first, and leaves
// out what is the same on both.
func (p *page) sides(before, after doc.Attributes, between arrow, action doc.Action) attributes {
	a := attributes{p: p, arrow: between, whole: action == doc.Create || action == doc.Delete}
	old, order := members(before)
	now, more := members(after)
	a.sensitive = old["sensitive"].Bool() || now["sensitive"].Bool()
	for _, name := range more {
		if !old[name].Exists() {
			order = append(order, name)
		}
	}
	for _, name := range order {
		s := side{name: name, before: old[name], after: now[name]}
		if a.whole && name == "state" || s.same() {
			continue
		}
		a.list = append(a.list, s)
	}
	a.dropSaid()
	if between == planArrow {
		a.dropCompared()
		a.joinFetched()
	}
	return a
}

// members gives an object's members and their order.
func members(object doc.Attributes) (map[string]gjson.Result, []string) {
	all := map[string]gjson.Result{}
	var order []string
	if len(object) == 0 || object.Kind() != '{' {
		return all, nil
	}
	gjson.ParseBytes(object).ForEach(func(name, value gjson.Result) bool {
		all[name.Str] = value
		order = append(order, name.Str)
		return true
	})
	return all, order
}

// same compares by meaning, not by spelling.
func (s side) same() bool {
	if !s.before.Exists() || !s.after.Exists() {
		return false
	}
	old, errOld := jsonx.Canonical([]byte(s.before.Raw))
	now, errNow := jsonx.Canonical([]byte(s.after.Raw))
	return errOld == nil && errNow == nil && string(old) == string(now)
}

// repeats reports whether a type says no more than the kind of the resource, as
// that of a file does which is a file.
func (s side) repeats(kind string) bool {
	return s.name == "type" && s.before.Str+s.after.Str == kind
}

// dropCompared leaves out what hk-apply compares of a file that holds a secret, and
// where its content comes from unless that is written: the members that tell stand
// for all of it.
func (a *attributes) dropCompared() {
	written := slices.ContainsFunc(a.list, func(s side) bool { return s.name == "matches" })
	a.list = slices.DeleteFunc(a.list, func(s side) bool {
		return s.name == "matches" || s.name == "stamp" ||
			s.name == "content" && !written && s.after.Exists() && doc.IsSecretRef([]byte(s.after.Raw))
	})
}

// dropSaid leaves out size and digest of a content that is shown itself.
func (a *attributes) dropSaid() {
	shown := slices.ContainsFunc(a.list, func(s side) bool {
		return s.name == "content" && !a.sensitive && (a.whole || s.before.Exists() && s.after.Exists()) &&
			isText(s.before) && isText(s.after)
	})
	if shown {
		a.list = slices.DeleteFunc(a.list, func(s side) bool { return s.name == "digest" || s.name == "size" })
	}
}

// inline gives all attributes on one line, where none of them is content.
func (a attributes) inline() ([]segment, bool) {
	var row []segment
	for _, s := range a.list {
		if a.isContent(s) {
			return nil, false
		}
		if len(row) > 0 {
			row = append(row, noInk.of(", "))
		}
		row = append(row, dim.of(s.name+" "))
		row = append(row, a.values(s)...)
	}
	return row, true
}

// block writes one attribute below the other.
func (p *page) block(indent int, a attributes) {
	widest := 0
	for _, s := range a.list {
		if !a.isLong(s) {
			widest = max(widest, visible.Columns(dim.of(s.name).text))
		}
	}
	label := min(widest, 20) + 2
	for _, s := range a.list {
		if a.isContent(s) {
			p.content(indent, label, s, a)
			continue
		}
		p.list(indent, pad(dim.of(s.name), label), "", a.values(s)...)
	}
}

// values shows both sides of an attribute, or the only one.
func (a attributes) values(s side) []segment {
	if s.later {
		return a.between(s, a.p.value(s.name, s.before), a.p.after(s.before, s.after))
	}
	return a.between(s, a.p.value(s.name, s.before), a.p.value(s.name, s.after))
}

// between shows the words for both sides, or for the only one.
func (a attributes) between(s side, old, now string) []segment {
	switch {
	case !s.after.Exists() && a.whole:
		return []segment{red.of(old)}
	case !s.before.Exists() && a.whole:
		return []segment{green.of(now)}
	case !s.before.Exists():
		return []segment{dim.of(a.arrow.onlyAfter), green.of(now)}
	case !s.after.Exists():
		return []segment{red.of(old), dim.of(a.arrow.onlyBefore)}
	}
	return []segment{dim.of(a.arrow.before), red.of(old), dim.of(a.arrow.between), green.of(now)}
}

// isContent reports whether a side is shown as lines.
func (a attributes) isContent(s side) bool {
	return s.name == "content" || isLines(s.before) || isLines(s.after)
}

// isLong reports whether a side is shown as a diff, under its name.
func (a attributes) isLong(s side) bool {
	return a.isContent(s) && !a.sensitive && isText(s.before) && isText(s.after)
}

func isLines(v gjson.Result) bool { return v.Type == gjson.String && strings.Contains(v.Str, "\n") }

// isText reports whether content can be shown: text, or nothing.
func isText(v gjson.Result) bool { return !v.Exists() || v.Type == gjson.String }
