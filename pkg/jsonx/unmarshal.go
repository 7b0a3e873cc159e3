package jsonx

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Unmarshal stores the document in the value that v points to. Names are
// matched case and all. A member that v's type does not have is refused,
// unless the type keeps such members in a field tagged `json:",embed"` of type
// jsontext.Value or a map. null leaves the zero value behind.
//
// It returns an [*UnknownMemberError], a [*ValueError], or, for a document
// that no reader of this package made, a [*SyntaxError]; the first one only.
func Unmarshal(d Document, v any) error { return unmarshal(d, v, true) }

// UnmarshalGrown is Unmarshal for documents that machines write, and whose major
// version may have grown since: members that v's type does not have are passed
// over.
func UnmarshalGrown(d Document, v any) error { return unmarshal(d, v, false) }

// UnmarshalPart is UnmarshalGrown for a value of a document that was checked before. The
// error says what is wrong with it behind a pointer that begins with at, which names the
// value, or with "" what is in it.
func UnmarshalPart(raw []byte, at string, v any) error {
	err := UnmarshalGrown(Document{Raw: raw}, v)
	var value *ValueError
	if !errors.As(err, &value) {
		return err
	}
	if at += value.Pointer; at == "" {
		return errors.New(value.Reason)
	}
	return fmt.Errorf("%s: %s", printable(at), value.Reason)
}

func unmarshal(d Document, v any, strict bool) error {
	err := json.Unmarshal(d.Raw, v, json.RejectUnknownMembers(strict))
	if err == nil {
		return nil
	}
	var semantic *json.SemanticError
	if !errors.As(err, &semantic) {
		if _, err := Check(d.Name, d.Raw); err != nil {
			return err
		}
		return &ValueError{Location: d.At(""), Reason: "cannot be read", Err: err}
	}
	pointer := string(semantic.JSONPointer)
	if errors.Is(semantic.Err, json.ErrUnknownName) {
		at, _ := d.locate(pointer, true)
		at.Pointer = pointer
		return &UnknownMemberError{
			Location: at,
			Member:   semantic.JSONPointer.LastToken(),
			Known:    MemberNames(semantic.GoType),
		}
	}
	reason, own := valueReason(semantic)
	return &ValueError{Location: d.At(pointer), Reason: reason, Err: own}
}

// valueReason words what is wrong with a value, and gives the error of the
// type's own method where it has one that failed.
func valueReason(e *json.SemanticError) (reason string, own error) {
	wants := wanted(e.GoType)
	has := kindNames[e.JSONKind]
	if decodesItself(e.GoType) && e.Err != nil && (wants != "a string" || e.JSONKind == jsontext.KindString) {
		return e.Err.Error(), e.Err
	}
	switch {
	case e.JSONKind == jsontext.KindNumber && isNumeric(e.GoType) && wants != "a string":
		has = shorten(e.JSONValue)
	case e.JSONKind == jsontext.KindEndArray && e.GoType != nil && e.GoType.Kind() == reflect.Array:
		return fmt.Sprintf("wants an array of %d elements", e.GoType.Len()), nil
	case e.JSONKind == jsontext.KindString && wants == base64Wanted:
		return "wants " + wants, nil
	}
	switch {
	case (has == wants || has == "") && e.Err != nil: // the Go type is at fault, so its author reads this
		return "cannot be read: " + e.Err.Error(), e.Err
	case has == wants || has == "":
		return "cannot be read", nil
	case wants == "":
		return "does not take " + has, nil
	}
	return "wants " + wants + ", has " + has, nil
}

var kindNames = map[jsontext.Kind]string{
	jsontext.KindNull: "null", jsontext.KindFalse: "false", jsontext.KindTrue: "true",
	jsontext.KindString: "a string", jsontext.KindNumber: "a number",
	jsontext.KindBeginObject: "an object", jsontext.KindEndObject: "an object",
	jsontext.KindBeginArray: "an array", jsontext.KindEndArray: "an array",
}

const base64Wanted = "bytes in base64"

// wanted says in a person's words which JSON a Go type takes, or "".
func wanted(t reflect.Type) string {
	if t == nil {
		return ""
	}
	if reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		return "a string"
	}
	if decodesItself(t) {
		return ""
	}
	switch k := t.Kind(); k {
	case reflect.Pointer:
		return wanted(t.Elem())
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "a string"
	case reflect.Int8, reflect.Int16, reflect.Int32:
		most := int64(1)<<(t.Bits()-1) - 1
		return fmt.Sprintf("a whole number from %d to %d", -most-1, most)
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		return fmt.Sprintf("a whole number from 0 to %d", uint64(1)<<t.Bits()-1)
	case reflect.Int, reflect.Int64:
		return "a whole number"
	case reflect.Uint, reflect.Uint64, reflect.Uintptr:
		return "a whole number, 0 or more"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Slice, reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 {
			return base64Wanted
		}
		return "an array"
	case reflect.Map, reflect.Struct:
		return "an object"
	}
	return ""
}

func isNumeric(t reflect.Type) bool {
	return t != nil && (t.Kind() >= reflect.Int && t.Kind() <= reflect.Float64)
}

// decodesItself reports whether errors about t can come from methods of t,
// whose text is ours and not the library's.
func decodesItself(t reflect.Type) bool {
	if t == nil {
		return false
	}
	p := reflect.PointerTo(t)
	return p.Implements(reflect.TypeFor[json.Unmarshaler]()) ||
		p.Implements(reflect.TypeFor[json.UnmarshalerFrom]()) ||
		p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

// MemberNames lists the members that a struct type knows, in order of
// declaration.
func MemberNames(t reflect.Type) []string {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == nil || t.Kind() != reflect.Struct {
		return nil
	}
	var names []string
	for field := range t.Fields() {
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case name == "-" && options == "":
		case name == "" && (field.Anonymous || options == "embed"):
			names = append(names, MemberNames(field.Type)...)
		case !field.IsExported():
		case name == "":
			names = append(names, field.Name)
		default:
			names = append(names, name)
		}
	}
	return names
}
