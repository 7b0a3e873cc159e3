package secret

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// forms returns the ways in which programs print a value: as it is, quoted for
// a shell, escaped for JSON or a URL, in hexadecimal, and in base64. Duplicates and forms
// shorter than MinLength may be among them.
func forms(value []byte) [][]byte {
	s := string(value)
	all := [][]byte{
		value,
		// Inside single quotes, a quote is written in one of three ways.
		[]byte(strings.ReplaceAll(s, `'`, `'\''`)),
		[]byte(strings.ReplaceAll(s, `'`, `'"'"'`)),
		quotesInDoubleQuotes(s),
		[]byte(backslashed(s, "\"\\$`")),
		// As bash's printf %q does it, and its set -x.
		[]byte(homeless.Replace(backslashed(s, " \t\n'\"\\|&;()<>!{}*[]?^$`,"))),
		ansiC(value),
		[]byte(hex.EncodeToString(value)),
		[]byte(strings.ToUpper(hex.EncodeToString(value))),
		[]byte(url.QueryEscape(s)),
		[]byte(url.PathEscape(s)),
	}
	// Programs differ in whether they escape <, > and & too. Both calls replace
	// what is not UTF-8; such a value is not found inside JSON.
	escaped, _ := json.Marshal(s)
	all = append(all, unquoted(escaped))
	escaped, _ = jsontext.AppendQuote(nil, s)
	all = append(all, unquoted(escaped))
	for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		all = append(all, []byte(enc.EncodeToString(value)))
		for shift := range 3 {
			all = append(all, encodedInside(enc, value, shift))
		}
	}
	// base64 and openssl break lines.
	for _, width := range []int{76, 64} {
		all = append(all, broken(encodedInside(base64.StdEncoding, value, 0), width))
	}
	return all
}

// quotesInDoubleQuotes puts each run of single quotes into double ones, as dash
// does, which opens no single quotes that would be empty.
func quotesInDoubleQuotes(s string) []byte {
	var b strings.Builder
	for s != "" {
		rest := strings.TrimLeft(s, `'`)
		if n := len(s) - len(rest); n > 0 {
			b.WriteString(`'"` + s[:n] + `"'`)
		}
		plain, _, _ := strings.Cut(rest, `'`)
		b.WriteString(plain)
		s = rest[len(plain):]
	}
	text := b.String()
	return []byte(strings.TrimSuffix(strings.TrimPrefix(text, `'`), `'`))
}

// broken is text with line ends as far apart as width.
func broken(text []byte, width int) []byte {
	var lines [][]byte
	for line := range slices.Chunk(text, width) {
		lines = append(lines, line)
	}
	return bytes.Join(lines, []byte{'\n'})
}

// ansiC is a value as bash writes it between $' and ' in the locale C.
func ansiC(value []byte) []byte {
	const named = "\a\b\t\n\v\f\r\x1b\\'"
	var b []byte
	for _, c := range value {
		switch i := strings.IndexByte(named, c); {
		case i >= 0:
			b = append(b, '\\', `abtnvfrE\'`[i])
		case c < ' ' || c > '~':
			b = fmt.Appendf(b, `\%03o`, c)
		default:
			b = append(b, c)
		}
	}
	return b
}

// homeless writes a tilde that would be somebody's home folder as bash does.
var homeless = strings.NewReplacer(":~", `:\~`, "=~", `=\~`)

// unquoted is a JSON string without its quotes.
func unquoted(text []byte) []byte {
	return bytes.TrimSuffix(bytes.TrimPrefix(text, []byte(`"`)), []byte(`"`))
}

// backslashed puts a backslash before each of the special bytes, as within
// double quotes of a shell.
func backslashed(s, special string) string {
	var b strings.Builder
	for i := range len(s) {
		if strings.IndexByte(special, s[i]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// encodedInside returns the base64 characters that value determines by itself
// when shift bytes (modulo 3) stand before it and anything after it, as in the
// Authorization header of HTTP.
func encodedInside(enc *base64.Encoding, value []byte, shift int) []byte {
	padded := append(make([]byte, shift), value...)
	encoded := enc.WithPadding(base64.NoPadding).EncodeToString(padded)
	first := (8*shift + 5) / 6
	last := 8 * len(padded) / 6
	return []byte(encoded[first:last])
}
