package jsonx

import (
	"bytes"
	"math"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// exactDigits is how many significant decimal digits a double always keeps
// (DBL_DIG of IEEE 754 binary64).
const exactDigits = 15

// numberReason says why a number literal is refused, or "".
//
// A number passes when its shortest form that reads back as the same double,
// which is what RFC 8785 (3.2.2.3) writes, has the same numeric value.
func numberReason(literal []byte) string {
	if isPlain(literal) {
		return ""
	}
	value, _ := strconv.ParseFloat(string(literal), 64) // out of range gives ±Inf or 0: both differ below
	if math.Abs(value) > MaxInteger {
		return "number " + shorten(literal) + " is beyond ±9007199254740991: write it as a string"
	}
	shortest := strconv.AppendFloat(nil, value, 'e', -1, 64)
	if toDecimal(literal).equal(toDecimal(shortest)) {
		return ""
	}
	return "number " + shorten(literal) + " would be read as " +
		string(jsontext.AppendFloat(nil, value, 64)) + ": write fewer digits, or a string"
}

// isPlain reports whether literal, without an exponent, has so few digits that
// it cannot change. It decides almost every number, without an allocation.
func isPlain(literal []byte) bool {
	if len(literal) > exactDigits {
		return false
	}
	return !bytes.ContainsAny(literal, "eE")
}

// decimal is ±0.digits × 10^exponent, with digits neither beginning nor ending
// with "0"; zero has no digits. Exponents are compared, never expanded, so
// 1e999999999 costs nothing.
type decimal struct {
	negative bool
	digits   []byte
	exponent int64
}

func toDecimal(literal []byte) decimal {
	var d decimal
	if literal[0] == '-' {
		d.negative, literal = true, literal[1:]
	}
	mantissa := literal
	if e := bytes.IndexAny(literal, "eE"); e >= 0 {
		mantissa, d.exponent = literal[:e], exponentOf(literal[e+1:])
	}
	whole, fraction, _ := bytes.Cut(mantissa, []byte{'.'})
	d.exponent += int64(len(whole))
	all := append(append(make([]byte, 0, len(mantissa)), whole...), fraction...)
	d.digits = bytes.TrimLeft(all, "0")
	d.exponent -= int64(len(all) - len(d.digits))
	d.digits = bytes.TrimRight(d.digits, "0")
	return d
}

// exponentOf saturates: a mantissa has at most MaxBytes digits, so no exponent
// this large can be brought back into a double's range.
func exponentOf(text []byte) int64 {
	n, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil || n > math.MaxInt32 || n < math.MinInt32 {
		return math.MaxInt32
	}
	return n
}

func (d decimal) equal(e decimal) bool {
	if len(d.digits) == 0 || len(e.digits) == 0 {
		return len(d.digits) == len(e.digits)
	}
	return d.negative == e.negative && d.exponent == e.exponent && bytes.Equal(d.digits, e.digits)
}

// shorten keeps a literal of a million digits out of a message.
func shorten(literal []byte) string {
	const most = 40
	if len(literal) <= most {
		return string(literal)
	}
	return string(literal[:most]) + "…"
}
