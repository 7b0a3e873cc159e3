package doc

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// IncompleteError is a document that decodes, but in which something is missing.
type IncompleteError struct {
	// Pointer is the JSON pointer (RFC 6901) of the object or value.
	Pointer string
	// Reason is what is wrong there.
	Reason string
}

func (e *IncompleteError) Error() string {
	if e.Pointer == "" {
		return e.Reason
	}
	return e.Pointer + ": " + e.Reason
}

// Complete checks what decoding lets pass: a member that v's type always writes
// (its tag has no omitzero) must be there, and null stands for nothing. A plan
// without its `before` would otherwise be one without a precondition. raw is
// strict JSON that was decoded into a value of v's type; the first gap is
// returned, an *IncompleteError.
//
// The schemas are generated from the same tags, so both say the same.
func Complete(raw []byte, v any) error {
	d := jsontext.NewDecoder(bytes.NewBuffer(raw))
	return (&completeness{d}).value(reflect.TypeOf(v), false)
}

type completeness struct{ d *jsontext.Decoder }

var (
	rawType         = reflect.TypeFor[jsontext.Value]()
	unmarshalerType = reflect.TypeFor[json.Unmarshaler]()

	unmarshalerFromType = reflect.TypeFor[json.UnmarshalerFrom]()
)

// value checks the value that the decoder stands before. object is set when
// only an object will do, whatever the type.
func (c *completeness) value(t reflect.Type, object bool) error {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	kind := c.d.PeekKind()
	switch {
	case object && kind != jsontext.KindBeginObject:
		return c.gap("wants an object")
	case t == rawType:
		return c.d.SkipValue()
	case kind == jsontext.KindNull:
		return c.gap("null says nothing: leave the member out")
	case reflect.PointerTo(t).Implements(unmarshalerType), reflect.PointerTo(t).Implements(unmarshalerFromType):
		return c.union(t)
	case kind == jsontext.KindBeginObject && t.Kind() == reflect.Struct:
		return c.object(fieldsOf(t))
	case kind == jsontext.KindBeginObject && t.Kind() == reflect.Map:
		return c.object(fields{rest: t.Elem()})
	case kind == jsontext.KindBeginArray && t.Kind() == reflect.Slice:
		return c.array(t.Elem())
	}
	return c.d.SkipValue()
}

// union checks a value of a type that decodes itself, if that says which shapes
// it may have. Where one of them is more than a struct, as bytes are, only the type
// knows which shape an object is of.
func (c *completeness) union(t reflect.Type) error {
	if u, ok := reflect.Zero(t).Interface().(interface{ OneOfShapes() []any }); ok && c.d.PeekKind() == jsontext.KindBeginObject {
		shapes := u.OneOfShapes()
		if slices.ContainsFunc(shapes, func(shape any) bool { _, isBytes := shape.(Bytes); return isBytes }) {
			return c.d.SkipValue()
		}
		for _, shape := range shapes {
			if st := reflect.TypeOf(shape); st.Kind() == reflect.Struct {
				return c.value(st, false)
			}
		}
	}
	return c.d.SkipValue()
}

// gap is the error at the value that comes next.
func (c *completeness) gap(reason string) error {
	if err := c.d.SkipValue(); err != nil {
		return err
	}
	return &IncompleteError{string(c.d.StackPointer()), reason}
}

func (c *completeness) object(f fields) error {
	if _, err := c.d.ReadToken(); err != nil {
		return err
	}
	at := string(c.d.StackPointer())
	seen := map[string]bool{}
	for c.d.PeekKind() == jsontext.KindString {
		name, err := c.d.ReadToken()
		if err != nil {
			return err
		}
		seen[name.String()] = true
		if err := c.member(f, name.String()); err != nil {
			return err
		}
	}
	for _, name := range f.required {
		if !seen[name] {
			return &IncompleteError{at, fmt.Sprintf("the member %q is missing", name)}
		}
	}
	_, err := c.d.ReadToken()
	return err
}

func (c *completeness) member(f fields, name string) error {
	if m, known := f.known[name]; known {
		return c.value(m.t, m.object)
	}
	if f.rest != nil {
		return c.value(f.rest, false)
	}
	return c.d.SkipValue()
}

func (c *completeness) array(elem reflect.Type) error {
	if _, err := c.d.ReadToken(); err != nil {
		return err
	}
	for c.d.PeekKind() != jsontext.KindEndArray {
		if err := c.value(elem, false); err != nil {
			return err
		}
	}
	_, err := c.d.ReadToken()
	return err
}

// fields is what an object of a type holds.
type fields struct {
	known    map[string]field
	required []string
	rest     reflect.Type // of all members of a map
}

type field struct {
	t      reflect.Type
	object bool
}

func fieldsOf(t reflect.Type) fields {
	f := fields{known: map[string]field{}}
	f.add(t)
	return f
}

func (f *fields) add(t reflect.Type) {
	for sf := range t.Fields() {
		name, options, _ := strings.Cut(sf.Tag.Get("json"), ",")
		switch {
		case sf.Anonymous && name == "":
			f.add(sf.Type)
			continue
		case name == "", name == "-":
			continue
		}
		f.known[name] = field{sf.Type, sf.Tag.Get("jsonschema") == "type=object"}
		if options != "omitzero" {
			f.required = append(f.required, name)
		}
	}
}
