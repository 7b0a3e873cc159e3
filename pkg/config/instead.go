package config

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/tidwall/gjson"

	"hostkit/pkg/cli/suggest"
	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
)

// instead says what to write in place of a value that can't stand there: what was
// probably meant, or else an example.
func (f *finder) instead(at place, raw []byte, s *shape) string {
	if known, ok := reflect.Zero(s.typ).Interface().(instructor); ok && raw[0] == '"' {
		return known.Instead(gjson.ParseBytes(raw).Str)
	}
	if meant := f.meant(at, raw, s); meant != "" {
		return "write " + meant
	}
	if s.typ == variableType {
		return doc.VariableAdvice
	}
	advice := ""
	if example := f.example(at.pointer); example != nil {
		advice = "write it like " + brief(example)
	} else if form := s.form(); form != "" {
		advice = "write " + form
		if s.typ.Kind() == reflect.Bool {
			advice += ", without quotes"
		}
	}
	if raw[0] == 'n' && advice != "" {
		return "leave it out, or " + advice
	}
	return advice
}

// meant is the value as it was probably meant, "" where nobody can know.
func (f *finder) meant(at place, raw []byte, s *shape) string {
	for _, form := range s.forms {
		if meant := f.meant(at, raw, form); meant != "" {
			return meant
		}
	}
	if s.forms != nil || raw[0] == 'n' || f.trying || f.full() || strings.Contains(at.pointer, "/$secret") {
		return "" // what stands in a reference may be the secret
	}
	if f.isLogin(at.pointer) && !f.harmless(raw, f.nearest(at.pointer)) {
		return ""
	}
	if known, ok := reflect.Zero(s.typ).Interface().(numeral); ok {
		if meant := known.MeantNumber(string(raw)); meant != "" {
			return meant
		}
	}
	for _, r := range f.rewritings(at, raw, s) {
		if len(r.shown) <= mostShown && f.fits(at, r.json, s) {
			return r.shown
		}
	}
	return ""
}

// fits reports whether nothing would be said of the value at that place.
func (f *finder) fits(at place, raw []byte, s *shape) bool {
	scratch := newFinder(f.shape, f.sample)
	scratch.trying = true
	return jsontext.Value(raw).IsValid() && scratch.check(at, raw, s) != nil && len(scratch.problems) == 0
}

// rewriting is a value that somebody may have meant who wrote another one.
type rewriting struct {
	json []byte
	// shown is how it stands in a message.
	shown string
}

func plainly(json string) rewriting { return rewriting{[]byte(json), json} }

// rewritings are the value with or without quotes, as its type reads what others
// write, as the elements of an array or the only one of it, and as a member of an
// object.
func (f *finder) rewritings(at place, raw []byte, s *shape) []rewriting {
	var all []rewriting
	text := string(raw)
	switch {
	case raw[0] == '"':
		text = gjson.ParseBytes(raw).Str
		for _, bare := range []string{text, words[text]} {
			if kind := jsontext.Value(bare).Kind(); kind == '0' || kind == 't' || kind == 'f' {
				all = append(all, rewriting{[]byte(bare), bare + ", without quotes"})
			}
		}
	case raw[0] == '[' && len(gjson.ParseBytes(raw).Array()) == 1 && string(first(raw)) != "{}":
		all = append(all, plainly(string(first(raw))))
	case raw[0] == 't', raw[0] == 'f':
		// Nothing is called true: a text in its place is anybody's guess.
	case raw[0] != '{' && raw[0] != '[':
		all = append(all, rewriting{[]byte(strconv.Quote(text)), strconv.Quote(text) + ", in quotes"})
	}
	if known, ok := reflect.Zero(s.typ).Interface().(meaner); ok {
		if quoted, err := jsontext.AppendQuote(nil, known.Meant(text)); err == nil {
			all = append(all, plainly(string(quoted)))
		}
	}
	switch {
	case s.elem != nil && s.typ.Kind() != reflect.Map && raw[0] == '"':
		list, _ := jsonx.Marshal(strings.Fields(text))
		all = append(all, plainly(brief(list)))
	case s.elem != nil && s.typ.Kind() != reflect.Map && raw[0] != '[':
		all = append(all, plainly("["+string(raw)+"]"))
	case s.members != nil && raw[0] != '{':
		all = append(all, f.wrapped(at, raw, s)...)
	case s.typ == secretType:
		// Without $secret, or with a name like it.
		all = append(all, plainly(`{"$secret": `+string(raw)+"}"))
		for name, value := range members(raw) {
			if near, ok := suggest.Nearest(name, s.names); ok {
				all = append(all, plainly(fmt.Sprintf("{%q: %s}", near, value)))
			}
		}
	}
	return all
}

// meaner is a type that knows what other programs write in its place: "rwxr-x---" is
// the mode "0750". What it does not know it returns.
type meaner interface{ Meant(text string) string }

// numeral is a type of texts that says what a number in its place may mean: 420 is the
// mode "0644" in decimal. What says nothing is "".
type numeral interface{ MeantNumber(number string) string }

// instructor is a type that is no text, and says what to do instead of writing one.
type instructor interface{ Instead(text string) string }

// wrapped is the value as the first member of the example of an object, or else as the
// only one that is required, with the others that are. Content may be long, or for few
// eyes, and is not repeated.
func (f *finder) wrapped(at place, raw []byte, s *shape) []rewriting {
	names := s.required
	if example := f.example(at.pointer); example != nil {
		for name := range members(example) {
			names = append([]string{name}, names...)
			break
		}
	}
	if len(names) == 0 || s.members[names[0]] == nil {
		return nil
	}
	r := rewriting{json: appendMember([]byte{'{'}, names[0], raw)}
	r.shown = fmt.Sprintf("{%q: %s", names[0], raw)
	if s.members[names[0]].isBytes() {
		r.shown = fmt.Sprintf("{%q: \"…\"", names[0])
	}
	for _, name := range names[1:] {
		value := f.example(at.member(name).pointer)
		if name == names[0] {
			continue
		}
		if value == nil {
			return nil
		}
		r.json = appendMember(r.json, name, value)
		r.shown += fmt.Sprintf(", %q: %s", name, value)
	}
	r.json, r.shown = append(r.json, '}'), r.shown+"}"
	return []rewriting{r}
}

// form is how a value of the shape is written, "" where it goes without saying.
func (s *shape) form() string {
	switch {
	case s.forms != nil:
		return strings.Join(s.eachForm(), " or ")
	case len(s.required) > 0:
		return fmt.Sprintf("{%q: …}", s.required[0])
	case s.members != nil:
		return "an object with any of " + strings.Join(s.names, ", ")
	case s.elem != nil && s.typ.Kind() == reflect.Map:
		return "{NAME: …}"
	case s.elem != nil:
		return "[" + strings.Join(s.elem.eachForm(), ", ") + "]"
	}
	switch s.typ.Kind() {
	case reflect.String:
		return `"…"`
	case reflect.Bool:
		return "true or false"
	}
	return ""
}

// eachForm is the form of each shape of a union, or of the only one.
func (s *shape) eachForm() []string {
	if s.forms == nil {
		return []string{s.form()}
	}
	var all []string
	for _, form := range s.forms {
		all = append(all, form.form())
	}
	return all
}

// has names the kind of a value, and never shows it.
func has(raw []byte) string {
	switch raw[0] {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "a string"
	case 't', 'f', 'n':
		return string(raw)
	}
	return "a number"
}

// wants names the kinds of value that the shape takes.
func (s *shape) wants() string {
	var words []string
	for _, form := range s.forms {
		words = append(words, form.wants())
	}
	switch {
	case words != nil:
		return strings.Join(words, " or ")
	case s.typ == bytesType:
		return "text"
	case s.typ == secretType:
		return "a reference to a secret"
	case s.members != nil, s.typ.Kind() == reflect.Map:
		return "an object"
	case s.elem != nil:
		return "an array"
	}
	switch s.typ.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int64, reflect.Float64:
		return "a number"
	}
	return "a value"
}
