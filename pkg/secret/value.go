// Package secret holds values that must not be seen: [Value] can't be printed,
// marshalled or logged, and [Scrubber] takes known values out of captured
// output.
//
// Documents carry references (doc.SecretRef), never values. Package
// secret/source turns a reference into a Value, at the last moment and in
// hk-facts and hk-apply alone.
package secret

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
)

// mask stands wherever a value would.
const mask = "[secret]"

// ErrMarshal is what every attempt to marshal or unmarshal a Value gives. It is
// an error and not a mask, since a document with a mask in it would be taken
// for a document.
var ErrMarshal = errors.New("a secret value can't be marshalled")

// Value is the bytes of a secret. The zero Value is no secret at all. It is
// safe for use by several goroutines at once.
//
// The bytes hide in a closure, because fmt ignores the methods of an unexported
// field and prints what reflection finds, and dumpers follow pointers: of a
// function both find an address.
type Value struct {
	reveal func() []byte
	from   string
}

// New returns a Value of its own copy of b.
func New(b []byte) Value {
	kept := slices.Clone(b)
	return Value{reveal: func() []byte { return kept }}
}

// NewString returns the bytes of s as a Value.
func NewString(s string) Value { return New([]byte(s)) }

// Named returns v with the name of where it was had from, as a reference names it:
// "env HOSTKIT_SSH_PASSWORD". A value that is refused is mended there.
func (v Value) Named(from string) Value {
	v.from = from
	return v
}

// From is that name; empty where a person typed the value.
func (v Value) From() string { return v.from }

// IsZero says that there is no secret, or an empty one.
func (v Value) IsZero() bool { return v.Len() == 0 }

// Len is the number of bytes.
func (v Value) Len() int {
	if v.reveal == nil {
		return 0
	}
	return len(v.reveal())
}

// Reveal returns a copy of the bytes. Call it where they leave for their one
// destination, and nowhere before.
func (v Value) Reveal() []byte {
	if v.reveal == nil {
		return nil
	}
	return slices.Clone(v.reveal())
}

// RevealString is Reveal for an API that takes a string.
func (v Value) RevealString() string { return string(v.Reveal()) }

// String returns a mask, as do GoString, Format and LogValue.
func (v Value) String() string { return mask }

// GoString masks %#v.
func (v Value) GoString() string { return mask }

// Format masks every verb, %x and %q included.
func (v Value) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, mask) }

// LogValue masks structured logging.
func (v Value) LogValue() slog.Value { return slog.StringValue(mask) }

// MarshalText fails with ErrMarshal, as do MarshalJSON, MarshalBinary and
// GobEncode.
func (v Value) MarshalText() ([]byte, error) { return nil, ErrMarshal }

// MarshalJSON fails with ErrMarshal.
func (v Value) MarshalJSON() ([]byte, error) { return nil, ErrMarshal }

// MarshalBinary fails with ErrMarshal.
func (v Value) MarshalBinary() ([]byte, error) { return nil, ErrMarshal }

// GobEncode fails with ErrMarshal.
func (v Value) GobEncode() ([]byte, error) { return nil, ErrMarshal }

// UnmarshalText fails with ErrMarshal: a document can't hold a value.
func (v *Value) UnmarshalText([]byte) error { return ErrMarshal }

// UnmarshalJSON fails with ErrMarshal: a document can't hold a value.
func (v *Value) UnmarshalJSON([]byte) error { return ErrMarshal }
