package secret

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// forms returns the ways in which programs print a value: as it is, quoted for
// a shell, escaped for JSON or a URL, and in base64. Duplicates and forms
// shorter than MinLength may be among them.
func forms(value []byte) [][]byte {
	s := string(value)
	all := [][]byte{
		value,
		// Inside single quotes, a quote is written in one of two ways.
		[]byte(strings.ReplaceAll(s, `'`, `'\''`)),
		[]byte(strings.ReplaceAll(s, `'`, `'"'"'`)),
		[]byte(backslashed(s, "\"\\$`")),
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
	return all
}

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
