package config

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"hostkit/pkg/jsonx"
)

// What is said of a secret in clear; never the secret.
const (
	secretInClear = "a secret is never written into a config"
	secretAdvice  = `say where it comes from: {"$secret": {"env": "HOSTKIT_SSH_PASSWORD"}}`
)

// check finds what of the value does not have the shape, and returns the value
// without it; nil when nothing is left. Positions of what follows a dropped
// element are kept, see [finder.index].
func (f *finder) check(at place, raw []byte, s *shape) []byte {
	if s.typ == secretType && !isSecret(raw) {
		f.taint(at, secretInClear, secretAdvice)
		return nil
	}
	if token := reserved(raw); token != "" && s.forms == nil && s.members[token] == nil && s.typ != rawType && (s.members != nil || s.elem != nil || token == "$secret" || token == "$file") {
		f.refuseReserved(at, token, s)
		return nil
	}
	if s.typ == bytesType && at.src.evaluated && joined(raw) {
		f.taint(at, "a reference to a secret was joined to a text", "a secret is all that a file holds, or nothing of it: let the secret be the whole text")
		return nil
	}
	for _, form := range s.forms {
		if form.takes(raw) {
			return f.check(at, raw, form)
		}
	}
	switch {
	case raw[0] == 'n' && s.forms == nil && decodesItself(s.typ) && s.typ != rawType && f.decode(at, raw, s) == nil:
		return nil // its own words are better
	case raw[0] == 'n' && s.typ != rawType || s.forms != nil:
		f.taint(at, "wants "+s.wants()+", has "+has(raw), f.instead(at, raw, s))
		return nil
	case !s.takes(raw):
	case s.elem != nil && s.typ.Kind() != reflect.Map:
		return f.array(at, raw, s)
	case s.elem != nil, s.members != nil:
		raw = f.object(at, raw, s)
	}
	return f.decode(at, raw, s)
}

// decode lets the value's own type judge it.
func (f *finder) decode(at place, raw []byte, s *shape) []byte {
	switch {
	case f.tainted(at) && decodesItself(s.typ):
		return nil // it would complain of what was dropped
	case f.tainted(at):
		return raw
	}
	err := jsonx.Unmarshal(jsonx.Document{Name: at.src.name, Line: 1, Column: 1, Raw: raw}, reflect.New(s.typ).Interface())
	var value *jsonx.ValueError
	switch {
	case err == nil:
		return raw
	case errors.As(err, &value):
		advice := ""
		if value.Pointer == "" {
			advice = f.decodeAdvice(at, raw, s, value)
		}
		f.taint(at.below(value.Pointer), value.Reason, advice)
	default:
		f.taint(at, err.Error(), "")
	}
	return nil
}

// decodeAdvice is for a value that its type has refused. What was meant is said in any
// case; a type that has words of its own for what it wants needs no example beside them.
func (f *finder) decodeAdvice(at place, raw []byte, s *shape, refused *jsonx.ValueError) string {
	if refused.Err == nil {
		return f.instead(at, raw, s)
	}
	if hinted, ok := refused.Err.(interface{ Hint() string }); ok {
		return hinted.Hint()
	}
	if meant := f.meant(at, raw, s); meant != "" {
		return "write " + meant
	}
	return ""
}

// object checks the members of an object.
func (f *finder) object(at place, raw []byte, s *shape) []byte {
	clean := []byte{'{'}
	lacks := slices.Clone(s.required)
	for name, value := range members(raw) {
		lacks = slices.DeleteFunc(lacks, func(required string) bool { return required == name })
		var left []byte
		if member := s.member(name); member != nil {
			left = f.check(at.member(name), value, member)
		} else {
			f.taint(at.member(name).named(), "unknown member", f.unknown(at, s, name))
		}
		if left != nil {
			clean = appendMember(clean, name, left)
		}
	}
	if len(lacks) > 0 && !f.tainted(at) {
		f.lack(at, lacks[0], s)
	}
	if !f.tainted(at) {
		return raw
	}
	return append(clean, '}')
}

// lack complains of a member that is not there. What a kind says of it later is only a
// consequence.
func (f *finder) lack(at place, name string, s *shape) {
	advice := fmt.Sprintf("give it one: %q: %s", name, cmp.Or(s.members[name].form(), "…"))
	if example := f.example(at.member(name).pointer); example != nil {
		advice = fmt.Sprintf("give it one, like %q: %s", name, brief(example))
	}
	f.mark(at)
	f.add(at, fmt.Sprintf("the member %q is missing", name), advice)
	f.taints[at.member(name).key()] = true
}

// member is the shape of the member of that name in any of the shape's forms, nil
// where there is none.
func (s *shape) member(name string) *shape {
	if s.elem != nil {
		return s.elem
	}
	for _, form := range s.forms {
		if member := form.member(name); member != nil {
			return member
		}
	}
	return s.members[name]
}

func appendMember(object []byte, name string, value []byte) []byte {
	if len(object) > 1 {
		object = append(object, ',')
	}
	key, err := jsonx.Marshal(name)
	if err != nil {
		panic(err) // the name was read from JSON
	}
	return append(append(append(object, key...), ':'), value...)
}

// array checks the elements of an array.
func (f *finder) array(at place, raw []byte, s *shape) []byte {
	var kept [][]byte
	var indexes []int
	i := 0
	gjson.ParseBytes(raw).ForEach(func(_, element gjson.Result) bool {
		if left := f.check(at.member(strconv.Itoa(i)), []byte(element.Raw), s.elem); left != nil {
			kept, indexes = append(kept, left), append(indexes, i)
		}
		i++
		return true
	})
	if !f.tainted(at) {
		return raw
	}
	f.indexes[at.key()] = indexes
	return append(append([]byte{'['}, bytes.Join(kept, []byte{','})...), ']')
}

// index is where the i-th element that check has left stands in the config.
func (f *finder) index(array place, i int) int {
	if indexes := f.indexes[array.key()]; i < len(indexes) {
		return indexes[i]
	}
	return i
}

// taint adds a problem of the value itself, see [finder.mark].
func (f *finder) taint(at place, message, advice string) {
	f.mark(at)
	f.refuse(at, message, advice)
}

// mark says that something is wrong with a value: what is found about it later may
// only be a consequence.
func (f *finder) mark(at place) {
	for pointer := at.pointer; ; pointer = pointer[:strings.LastIndexByte(pointer, '/')] {
		f.taints[place{src: at.src, pointer: pointer}.key()] = true
		if pointer == "" {
			break
		}
	}
}

// tainted reports whether something is wrong with the value or a part of it.
func (f *finder) tainted(at place) bool { return f.taints[at.key()] }

// reserved is the name of the only member of an object when it begins with "$".
func reserved(raw []byte) string {
	var only string
	count := 0
	for name := range members(raw) {
		only = name
		count++
	}
	if count == 1 && raw[0] == '{' && strings.HasPrefix(only, "$") {
		return only
	}
	return ""
}

// joined reports whether a text has a reference to a secret in it, as Jsonnet writes
// an object that is added to a text.
func joined(raw []byte) bool {
	return raw[0] == '"' && strings.Contains(gjson.ParseBytes(raw).Str, `{"$secret": {"`)
}

// isSecret reports whether the value at least tries to be a reference.
func isSecret(raw []byte) bool {
	return raw[0] == '{' && gjson.GetBytes(raw, `\$secret`).Exists()
}
