package jsonx

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"

	"github.com/go-json-experiment/json/jsontext"
)

// DigestPrefix begins every digest; 64 lower-case hex digits follow.
const DigestPrefix = "sha256:"

// Canonical gives raw in the one form that RFC 8785 defines: no white space,
// members sorted by the UTF-16 code units of their names, strings and numbers
// in their shortest spelling. It checks raw as [Check] does, and since that
// refuses every number RFC 8785 would change, documents with the same form
// have the same meaning.
func Canonical(raw []byte) ([]byte, error) {
	doc, err := Check("json", raw)
	if err != nil {
		return nil, err
	}
	return doc.canonical()
}

func (d Document) canonical() ([]byte, error) {
	// As jsontext.Value.Canonicalize does it, in a buffer that need not grow: the
	// encoder wants a quarter more than it writes.
	out := bytes.NewBuffer(make([]byte, 0, len(d.Raw)+len(d.Raw)/3))
	e := jsontext.NewEncoder(out,
		jsontext.CanonicalizeRawInts(true), jsontext.CanonicalizeRawFloats(true), jsontext.ReorderRawObjects(true))
	if err := e.WriteValue(d.Raw); err != nil {
		return nil, marshalError(err)
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// Sum is the digest of raw, "sha256:" and 64 hex digits, over its [Canonical]
// bytes: white space, the order of members and the spelling of strings and
// numbers do not matter.
func Sum(raw []byte) (string, error) {
	canonical, err := Canonical(raw)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(canonical)
	return DigestPrefix + hex.EncodeToString(sum[:]), nil
}

// SumWithout is [Sum] of the object raw without its top-level member of that
// name, there or not: a document can carry its own digest. The name is a
// constant of ours; it panics for one that [Splice] would not take.
func SumWithout(raw []byte, member string) (string, error) {
	mustBeKey(member)
	doc, err := checkObject(raw)
	if err != nil {
		return "", err
	}
	return doc.SumWithout(member)
}

// SumWithout is [SumWithout] of a document that is an object.
func (d Document) SumWithout(member string) (string, error) {
	canonical, err := d.canonical()
	if err != nil {
		return "", err
	}
	// What is left is canonical too, since the others keep their order.
	sum := sha256.Sum256(Without(canonical, member))
	return DigestPrefix + hex.EncodeToString(sum[:]), nil
}
