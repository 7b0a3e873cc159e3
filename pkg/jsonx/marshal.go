package jsonx

import (
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Marshal gives v as JSON: the same value always as the same bytes (members in
// order of declaration, maps by name), compact, without escapes for HTML and
// without a newline at the end. A nil slice is [], a nil map {}.
//
// What it returns passes [Check]: a value that a reader would refuse, such as
// an integer beyond [MaxInteger] or a string that is not UTF-8, is an error.
func Marshal(v any) ([]byte, error) {
	raw, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return nil, marshalError(err)
	}
	if _, err := Check("", raw); err != nil {
		return nil, marshalError(err)
	}
	return raw, nil
}

// marshalError keeps what can be said without the names of Go types.
func marshalError(err error) error {
	var pointer jsontext.Pointer
	if e, ok := errors.AsType[*json.SemanticError](err); ok {
		pointer, err = e.JSONPointer, e.Err
	}
	// Within a semantic error it is that of a jsontext.Value, from the same root.
	if e, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		pointer, err = e.JSONPointer, e.Err
	}
	if e, ok := errors.AsType[*SyntaxError](err); ok {
		pointer, err = jsontext.Pointer(e.Pointer), errors.New(e.Reason)
	}
	if err == nil {
		err = errors.New("this value has no json form")
	}
	if pointer == "" {
		return fmt.Errorf("write json: %w", err)
	}
	return fmt.Errorf("write json: %s: %w", printable(string(pointer)), err)
}

// Indent gives raw for people: two spaces a level, one member or element a
// line, a newline at the end. Strings and numbers stay as they are spelled,
// members in their order; applied again it changes nothing. It checks raw as
// [Check] does.
func Indent(raw []byte) ([]byte, error) {
	doc, err := Check("json", raw)
	if err != nil {
		return nil, err
	}
	out, err := jsontext.AppendFormat(nil, doc.Raw,
		jsontext.Multiline(true), jsontext.WithIndent("  "), jsontext.PreserveRawStrings(true))
	if err != nil {
		return nil, marshalError(err)
	}
	return append(out, '\n'), nil
}
