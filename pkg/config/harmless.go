package config

import (
	"reflect"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-jsonnet/ast"
	"github.com/tidwall/gjson"

	"hostkit/pkg/cli/excerpt"
	"hostkit/pkg/doc"
)

// refuse adds a problem of a value that can't stand where it does. How a host is reached
// is where people write passwords, and messages land in logs: of a refused value there
// only what is plainly harmless is shown.
func (f *finder) refuse(at place, message, advice string) {
	if !f.trying && !f.full() {
		f.cover(at)
	}
	f.add(at, message, advice)
}

// span is a part of a text, in bytes.
type span struct{ start, end int }

// cover keeps a refused value out of the lines that problems show.
func (f *finder) cover(at place) {
	if !f.isLogin(at.pointer) || at.standing() != at.pointer {
		return
	}
	start, raw := at.value()
	if f.harmless(raw, f.nearest(at.pointer)) {
		return
	}
	if at.src.evaluated {
		f.coverWritten(at)
		return
	}
	f.coverPart(at.src.name, start, start+len(raw))
}

// coverWritten covers the parts of a program that a value is made of.
func (f *finder) coverWritten(at place) {
	written, ok := at.src.origin.find(at.pointer)
	if !ok {
		return
	}
	parts := []ast.LocationRange{written.value}
	literals, _ := at.src.origin.literals(written.sum)
	for _, literal := range literals {
		parts = append(parts, *literal.node.Loc())
	}
	for _, part := range parts {
		text := f.texts[part.FileName]
		start, end := offsetOf(text, part.Begin.Line, part.Begin.Column), offsetOf(text, part.End.Line, part.End.Column)
		if start >= 0 && end > start {
			f.coverPart(part.FileName, start, end)
		}
	}
}

// coverPart covers a part of a file; the quotes of a text stay.
func (f *finder) coverPart(file string, start, end int) {
	text := f.texts[file]
	if quote := text[start]; (quote == '"' || quote == '\'') && end-start > 1 && text[end-1] == quote {
		start, end = start+1, end-1
	}
	f.covered[file] = append(f.covered[file], span{start, end})
}

// isLogin reports whether what stands at the place says, or may have been meant to say,
// how hosts are reached.
func (f *finder) isLogin(pointer string) bool {
	first, _, _ := strings.Cut(strings.TrimPrefix(pointer, "/"), "/")
	if pointer == "" {
		return false
	}
	if f.shape.members[first] == nil {
		near, ok := f.shape.near(first)
		return !ok || near == "hosts"
	}
	return first == "hosts"
}

// nearest is the shape at a place, where members that are unknown have that of the one
// which was probably meant; nil where nobody can know.
func (f *finder) nearest(pointer string) *shape {
	s := f.shape
	for token := range jsontext.Pointer(pointer).Tokens() {
		member := s.member(token)
		if near, ok := s.near(token); member == nil && ok {
			member = s.member(near)
		}
		if s = member; s == nil {
			return nil
		}
	}
	return s
}

// harmless reports whether a refused value of the shape can hardly be a secret: it is a
// word or a number, or looks like a name, where such a thing belongs.
func (f *finder) harmless(raw []byte, s *shape) bool {
	text := string(raw)
	switch raw[0] {
	case 't', 'f', 'n':
		return true
	case '{', '[':
		all := true
		gjson.ParseBytes(raw).ForEach(func(_, part gjson.Result) bool {
			all = f.harmless([]byte(part.Raw), s)
			return all
		})
		return all
	case '"':
		text = gjson.ParseBytes(raw).Str
	}
	return words[text] != "" || text == "true" || text == "false" ||
		s.within(isNumeric) && doc.LooksLikeNumber(text) || s.within(isText) && doc.LooksLikeName(text)
}

// within reports whether what is said of a shape is true of it, or of what a single
// value in its place would be meant as.
func (s *shape) within(is func(*shape) bool) bool {
	switch {
	case s == nil:
		return false
	case is(s), s.elem.within(is), s.members["hostname"].within(is):
		return true
	}
	for _, form := range s.forms {
		if form.within(is) {
			return true
		}
	}
	return len(s.required) > 0 && s.members[s.required[0]].within(is)
}

func isText(s *shape) bool { return s.typ == reflect.TypeFor[string]() || s.typ.Name() == "jumpText" }

func isNumeric(s *shape) bool { return s.typ.Kind() == reflect.Int || s.typ.Kind() == reflect.Int64 }

// wordless drops the words of a program from what its interpreter says of a place that
// may be a secret: an unknown variable is one without quotes.
func (f *finder) wordless(p *Problem) {
	text, ok := f.texts[p.File]
	if !ok || p.Line == 0 || !excerpt.New(text).Hides(p.Line, p.Column) {
		return
	}
	told, _, _ := strings.Cut(p.Message, ":")
	if p.Message = "this is not jsonnet"; told == "unknown variable" {
		p.Message = told
	}
	p.Advice = "a text stands in quotes; a secret is never written here: " + secretAdvice
}
