// Package jsonx reads JSON strictly, gives it one canonical form, and changes
// one section of a document without touching the bytes of the others.
//
// Two JSON readers may take the same bytes for different values: of two
// members of one name gjson takes the first and encoding/json the last, a
// number of twenty digits is rounded by some, a lone surrogate is replaced by
// others. A plan could then be reviewed as one thing and applied as another.
// So every document passes [Reader] or [Check] before anything else looks at
// it, and those refuse whatever two readers could disagree about:
//
//   - what is not JSON (RFC 8259) in UTF-8 without a byte order mark
//   - what is not I-JSON (RFC 7493): duplicate members however their names are
//     escaped, lone surrogates
//   - a number beyond ±[MaxInteger], or one whose RFC 8785 form has another
//     numeric value (1.50, 1e2 and -0 pass; 1e400 and 0.10000000000000000001
//     do not)
//   - a document over [MaxBytes] or nested deeper than [MaxDepth]
//
// The grammar is that of github.com/go-json-experiment/json, which becomes the
// standard library's encoding/json/v2. No other package of ours imports it for
// reading or writing whole documents, and none of its error texts, which name
// Go types, gets out of here.
package jsonx

const (
	// MaxBytes is the size of the largest document, in bytes. The white space
	// around a document does not count.
	MaxBytes = 16 << 20
	// MaxDepth is how many objects and arrays may be open at once.
	MaxDepth = 64
	// MaxInteger is the largest magnitude of a number: 2^53-1, the end of the
	// range in which an IEEE 754 double holds every integer (RFC 7493, 2.2).
	// It binds every spelling, 1e300 included, since all doubles beyond it are
	// integers and RFC 8785 writes many of them out as such.
	MaxInteger = 1<<53 - 1
)
