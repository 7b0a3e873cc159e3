package config

import (
	"encoding"
	"errors"
	"reflect"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
	"hostkit/pkg/resource"
)

// shape is what may stand at a place of a config, read from a Go type.
type shape struct {
	// typ is what the value is decoded into when its parts are right.
	typ reflect.Type
	// names are the members in order of declaration, members what they hold.
	names   []string
	members map[string]*shape
	// called are the members by what other programs call them, as tags of their
	// fields have it: called:"address ip".
	called map[string]string
	// like are examples of the texts that members take, as tags of their fields have
	// them: like:"nginx".
	like map[string]string
	// required are the members that can't be left out, as doc.Complete has it.
	required []string
	// elem is what the members of a map or the elements of an array hold.
	elem *shape
	// forms are the shapes of a union, told apart by their JSON kind.
	forms []*shape
}

// oneOf is a type that is written in several forms, which it gives as zero
// values of other types.
type oneOf interface{ OneOfShapes() []any }

var (
	rawType      = reflect.TypeFor[doc.Raw]()
	secretType   = reflect.TypeFor[doc.SecretRef]()
	bytesType    = reflect.TypeFor[doc.Bytes]()
	variableType = reflect.TypeFor[doc.VariableName]()
)

// configShape is the shape of a whole config with the sections of the kinds.
func configShape(kinds []resource.Kind) *shape {
	all := shapes{}
	config := all.of(reflect.TypeFor[doc.Config]())
	service := all.of(reflect.TypeFor[doc.ServiceConfig]())
	for _, kind := range kinds {
		section := kind.Section()
		if section.Member == "" {
			continue
		}
		service.names = append(service.names, section.Member)
		service.members[section.Member] = all.of(reflect.TypeOf(section.Shape))
		for _, other := range strings.Fields(section.Called) {
			service.called[other] = section.Member
		}
	}
	return config
}

// shapes holds each type's shape, so that a type may contain itself.
type shapes map[reflect.Type]*shape

func (all shapes) of(t reflect.Type) *shape {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if s, ok := all[t]; ok {
		return s
	}
	s := &shape{typ: t}
	all[t] = s
	if union, ok := reflect.Zero(t).Interface().(oneOf); ok {
		for _, form := range union.OneOfShapes() {
			s.forms = append(s.forms, all.of(reflect.TypeOf(form)))
		}
		return s
	}
	switch t.Kind() {
	case reflect.Struct:
		if !decodesItself(t) || named(t) {
			s.members, s.called, s.like = map[string]*shape{}, map[string]string{}, map[string]string{}
			all.fields(s, t)
		}
	case reflect.Map:
		s.elem = all.of(t.Elem())
	case reflect.Slice, reflect.Array:
		if t.Elem().Kind() != reflect.Uint8 && !decodesItself(t) {
			s.elem = all.of(t.Elem())
		}
	}
	return s
}

// fields adds the members of a struct, with those of the structs it embeds.
// Members that a type keeps as they are belong to whoever knows them: of a
// service, the kinds.
func (all shapes) fields(s *shape, t reflect.Type) {
	for field := range t.Fields() {
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case field.Type == rawType && options == "embed":
		case name == "" && (field.Anonymous || options == "embed"):
			all.fields(s, field.Type)
		case name != "" && name != "-" && field.IsExported():
			s.names = append(s.names, name)
			s.members[name] = all.of(field.Type)
			s.like[name] = field.Tag.Get("like")
			for _, other := range strings.Fields(field.Tag.Get("called")) {
				s.called[other] = name
			}
			if options == "" {
				s.required = append(s.required, name)
			}
		}
	}
}

// named reports whether every field of a struct says what its member is called.
// Of a type that decodes itself its members are known then.
func named(t reflect.Type) bool {
	for field := range t.Fields() {
		if field.Tag.Get("json") == "" && !field.Anonymous {
			return false
		}
	}
	return t.NumField() > 0
}

func decodesItself(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return slices.ContainsFunc([]reflect.Type{
		reflect.TypeFor[json.Unmarshaler](), reflect.TypeFor[json.UnmarshalerFrom](),
		reflect.TypeFor[encoding.TextUnmarshaler](),
	}, p.Implements)
}

// takes reports whether the value could be one of the shape by its first byte.
func (s *shape) takes(raw []byte) bool {
	isObject, isArray := raw[0] == '{', raw[0] == '['
	switch {
	case s.typ == secretType:
		return isSecret(raw)
	case s.typ == bytesType:
		token := reserved(raw)
		return !isArray && (!isObject || token == "$base64" || token == "$file") // the last is refused in its own words
	case s.members != nil:
		return isObject
	case s.elem != nil && s.typ.Kind() == reflect.Map:
		return isObject
	case s.elem != nil:
		return isArray
	case s.typ.Kind() == reflect.String:
		return raw[0] == '"'
	case s.typ.Kind() == reflect.Bool:
		return raw[0] == 't' || raw[0] == 'f'
	}
	return !isObject && !isArray
}

// at is the shape of the value that a JSON pointer names, nil where there is
// none.
func (s *shape) at(pointer string) *shape {
	for token := range jsontext.Pointer(pointer).Tokens() {
		if s = s.member(token); s == nil {
			return nil
		}
	}
	return s
}

// isBytes reports whether a value is, or may be, written as bytes: content.
func (s *shape) isBytes() bool {
	return s.typ == bytesType || slices.ContainsFunc(s.forms, (*shape).isBytes)
}

// withoutSecret rewords an error of what is not JSON, which shows what it found,
// when that stands where a secret belongs.
func (s *shape) withoutSecret(err error) error {
	at := func(pointer string) bool {
		value := s.at(pointer)
		return value != nil && value.typ == secretType
	}
	if e, ok := errors.AsType[*jsonx.SyntaxError](err); ok && at(e.Pointer) {
		return &jsonx.SyntaxError{Location: e.Location, Reason: secretInClear}
	}
	if e, ok := errors.AsType[*Problem](err); ok && at(e.Pointer) {
		return &Problem{File: e.File, Pointer: e.Pointer, Message: secretInClear, Advice: secretAdvice}
	}
	return err
}
