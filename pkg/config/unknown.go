package config

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"hostkit/pkg/cli/suggest"
)

// unknown is the advice for a member that the shape does not have: the one that was
// probably meant, or else all that may stand there, and where such a member does.
func (f *finder) unknown(at place, s *shape, name string) string {
	if f.trying || f.full() {
		return ""
	}
	if advice := instruction(at, name); advice != "" {
		return advice
	}
	if near, ok := s.near(name); ok {
		return "did you mean " + strconv.Quote(near)
	}
	within := f.finds(s, at.pointer, called(name))
	if direct(within) {
		return fmt.Sprintf("it stands in %s", strings.Join(texts(within), " or "))
	}
	known := didYouMean(name, s.names)
	// What stands deeper has a name that many things have.
	elsewhere := slices.DeleteFunc(f.finds(f.shape, "", called(name)), func(one found) bool { return one.depth > 2 })
	switch {
	case known == "":
		return ""
	case len(within) > 0:
		return fmt.Sprintf("%s; %q stands further in, as %s", known, name, within[0].text)
	case len(elsewhere) == 1:
		return fmt.Sprintf("%s; %q stands in %s", known, name, elsewhere[0].text)
	}
	return known
}

// near is the member that was probably meant: it is spelled alike, or other programs
// call it so.
func (s *shape) near(name string) (string, bool) {
	if own, ok := s.called[name]; ok {
		return own, true
	}
	return suggest.Nearest(name, s.names)
}

// found is a member somewhere in a shape.
type found struct {
	// text is the member with what is around it: "ssh": {"port": …}.
	text string
	// depth is how many objects and arrays are around it.
	depth int
}

// direct reports whether each stands in a member that is one object.
func direct(all []found) bool {
	for _, one := range all {
		if one.depth != 1 {
			return false
		}
	}
	return len(all) > 0
}

func texts(all []found) []string {
	list := make([]string, len(all))
	for i, one := range all {
		list[i] = one.text
	}
	return list
}

// called picks the member of a shape that has the name, or is called so elsewhere.
func called(name string) func(*shape) []string {
	return func(s *shape) []string {
		if s.members[name] != nil {
			return []string{name}
		}
		if own, ok := s.called[name]; ok {
			return []string{own}
		}
		return nil
	}
}

// secretsOf picks the members of a shape that take a reference to a secret.
func secretsOf(s *shape) []string {
	var names []string
	for _, name := range s.names {
		isSecret := func(s *shape) bool { return s.typ == secretType }
		if member := s.members[name]; isSecret(member) || slices.ContainsFunc(member.forms, isSecret) {
			names = append(names, name)
		}
	}
	return names
}

// finds gives the members that pick names of the shapes within a shape, each shape
// once, in the order in which they are declared.
func (f *finder) finds(s *shape, pointer string, pick func(*shape) []string) []found {
	seen := map[*shape]bool{s: true}
	var all []found
	var walk func(s *shape, pointer, before, after string, depth int)
	within := func(s *shape, pointer, before, after string, depth int) {
		if seen[s] {
			return
		}
		seen[s] = true
		for _, name := range pick(s) {
			all = append(all, found{fmt.Sprintf("%s{%q: …}%s", before, name, after), depth})
		}
		walk(s, pointer, before, after, depth)
	}
	walk = func(s *shape, pointer, before, after string, depth int) {
		for _, form := range s.forms {
			within(form, pointer, before, after, depth)
		}
		for _, name := range s.names {
			opened := fmt.Sprintf("{%q: ", name)
			closed := "}" + after
			if depth == 0 {
				opened, closed = fmt.Sprintf("%q: ", name), ""
			}
			within(s.members[name], pointer+"/"+escape(name), before+opened, closed, depth+1)
		}
		switch {
		case s.elem == nil:
		case s.typ.Kind() == reflect.Map:
			key := f.firstName(pointer)
			within(s.elem, pointer+"/"+escape(key), fmt.Sprintf("%s{%q: ", before, key), "}"+after, depth+1)
		default:
			within(s.elem, pointer+"/0", before+"[", "]"+after, depth+1)
		}
	}
	walk(s, pointer, "", "", 0)
	return all
}

// firstName is what the first member of an example is called.
func (f *finder) firstName(pointer string) string {
	name := "NAME"
	if example := f.example(pointer); len(example) > 0 && example[0] == '{' {
		gjson.ParseBytes(example).ForEach(func(key, _ gjson.Result) bool { name = key.Str; return false })
	}
	return name
}

// refuseReserved complains of an object that stands for something where that may not
// stand.
func (f *finder) refuseReserved(at place, token string, s *shape) {
	message, advice := token+" is not taken here", ""
	switch {
	case token == "$file" && s.typ == bytesType:
		advice = `the content of a file of the config is taken with "from": "FILE", in place of content`
	case token == "$file":
		advice = `that is what documents have: in a config a file is named with "files": {"/etc/motd": {"from": "FILE"}}`
	case token != "$secret":
	default:
		takes := f.finds(f.shape, "", secretsOf)
		// The one that is meant stands in the same part of the config.
		part, _, _ := strings.Cut(strings.TrimPrefix(at.pointer, "/"), "/")
		slices.SortStableFunc(takes, func(a, b found) int {
			return btoi(strings.HasPrefix(b.text, strconv.Quote(part))) - btoi(strings.HasPrefix(a.text, strconv.Quote(part)))
		})
		if len(takes) > 0 {
			advice = "only what is secret takes a reference, as " + takes[0].text
		}
	}
	f.taint(at, message, advice)
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// didYouMean is the advice for an unknown name.
func didYouMean(name string, known []string) string {
	if near, ok := suggest.Nearest(name, known); ok {
		return "did you mean " + strconv.Quote(near)
	}
	if len(known) == 0 || len(known) > 20 {
		return ""
	}
	return "known here: " + strings.Join(known, ", ")
}
