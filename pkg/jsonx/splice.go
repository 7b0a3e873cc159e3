package jsonx

import (
	"bytes"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/tidwall/gjson"
	"github.com/tidwall/sjson"
)

// Splice gives the object raw with its top-level member key set to value and
// the members named in drop taken out: a stage that runs again replaces its
// own section and drops those made from the old one. A key that is there keeps
// its place, a new one comes last. All other bytes stay as they are: white
// space, order, the spelling of strings and numbers.
//
// It checks raw and value as [Check] does; the result passes it too. key and
// drop are constants of ours: it panics for a name that is not a lower-case
// letter followed by such letters, digits and "_", since sjson takes other
// bytes (web.example.org, m*, 0) for a path.
func Splice(raw []byte, key string, value []byte, drop ...string) ([]byte, error) {
	mustBeKey(key)
	doc, err := checkObject(raw)
	if err != nil {
		return nil, err
	}
	section, err := check(key, value, MaxDepth-1)
	if err != nil {
		return nil, err
	}
	out := doc.Raw
	for _, name := range drop {
		mustBeKey(name)
		if name == key {
			continue
		}
		if out, err = sjson.DeleteBytes(out, name); err != nil {
			return nil, fmt.Errorf("drop %s: %w", name, err)
		}
	}
	if out, err = sjson.SetRawBytes(out, key, section.Raw); err != nil {
		return nil, fmt.Errorf("set %s: %w", key, err)
	}
	if len(out) > MaxBytes {
		return nil, &SyntaxError{Location: doc.At(""), Reason: tooLarge}
	}
	return around(raw, doc, out), nil
}

// Without gives the object raw without its top-level member key and the white space
// between members, and raw itself where it has none. raw must be checked already: a
// part of the Raw of a [Document]. The same names as for [Splice].
func Without(raw []byte, key string) []byte {
	mustBeKey(key)
	d := jsontext.NewDecoder(bytes.NewBuffer(raw), jsontext.AllowDuplicateNames(true))
	if _, err := d.ReadToken(); err != nil {
		return raw
	}
	out, found := append(make([]byte, 0, len(raw)), '{'), false
	for d.PeekKind() == jsontext.KindString {
		start := ahead(d, raw)
		name, err := d.ReadToken()
		drop := err == nil && name.String() == key
		if err != nil || d.SkipValue() != nil {
			return raw
		}
		if drop {
			found = true
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(out, raw[start:d.InputOffset()]...)
	}
	if !found {
		return raw
	}
	return append(out, '}')
}

// around puts back the white space that stood around the document in raw.
func around(raw []byte, doc Document, out []byte) []byte {
	before, after := raw[:doc.Offset], raw[int(doc.Offset)+len(doc.Raw):]
	if len(before)+len(after) == 0 {
		return out
	}
	return bytes.Join([][]byte{before, out, after}, nil)
}

func checkObject(raw []byte) (Document, error) {
	doc, err := Check("json", raw)
	if err != nil {
		return Document{}, err
	}
	if doc.Raw[0] != '{' {
		return Document{}, &ValueError{Location: doc.At(""), Reason: "wants to be an object, has " + kindNames[jsontext.Value(doc.Raw).Kind()]}
	}
	return doc, nil
}

// Member gives the bytes of the top-level member key as they stand in raw,
// which must be checked already: the Raw of a [Document]. They share raw's
// memory. The same names as for [Splice].
func Member(raw []byte, key string) (value []byte, ok bool) {
	mustBeKey(key)
	result := gjson.GetBytes(raw, key)
	if !result.Exists() {
		return nil, false
	}
	if i := result.Index; i > 0 && i+len(result.Raw) <= len(raw) {
		return raw[i : i+len(result.Raw) : i+len(result.Raw)], true
	}
	return []byte(result.Raw), true
}

// mustBeKey panics for a name that gjson or sjson could take for more than a
// name: only code can be wrong here, never a document.
func mustBeKey(name string) {
	for i := range len(name) {
		c := name[i]
		if 'a' <= c && c <= 'z' || i > 0 && (isDigit(c) || c == '_') {
			continue
		}
		panic(fmt.Sprintf("jsonx: %q is not a constant member name", name))
	}
	if name == "" {
		panic("jsonx: empty member name")
	}
}
