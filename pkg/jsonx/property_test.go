package jsonx

import (
	stdjson "encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"
)

// A digest depends on the value alone, never on how it is spelled.
func TestDigestIsThatOfTheValue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := drawValue(3).Draw(t, "value")
		one, two := spell(t, v), spell(t, v)
		a, err := Sum([]byte(one))
		if err != nil {
			t.Fatalf("%s: %v", one, err)
		}
		b, err := Sum([]byte(two))
		if err != nil {
			t.Fatalf("%s: %v", two, err)
		}
		if a != b {
			t.Fatalf("%s and %s have two digests", one, two)
		}
		other := `[` + one + `]`
		if c, err := Sum([]byte(other)); err != nil || c == a {
			t.Fatalf("%s has the digest of %s: %v", other, one, err)
		}
	})
}

func drawValue(depth int) *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		most := 5
		if depth == 0 {
			most = 3
		}
		switch rapid.IntRange(0, most).Draw(t, "kind") {
		case 0:
			return nil
		case 1:
			return rapid.Bool().Draw(t, "bool")
		case 2:
			return rapid.Float64Range(-MaxInteger, MaxInteger).Draw(t, "number")
		case 3:
			return rapid.String().Draw(t, "string")
		case 4:
			return rapid.SliceOfN(drawValue(depth-1), 0, 4).Draw(t, "array")
		default:
			return rapid.MapOfN(rapid.String(), drawValue(depth-1), 0, 4).Draw(t, "object")
		}
	})
}

// spell writes a value with random white space, escapes and order of members.
func spell(t *rapid.T, v any) string {
	space := func() string { return rapid.SampledFrom([]string{"", " ", "\n", "\r\n\t"}).Draw(t, "space") }
	text := func(s string) string {
		if rapid.Bool().Draw(t, "escaped") {
			return escaped(s)
		}
		return quoted(s)
	}
	var out string
	switch v := v.(type) {
	case float64:
		raw, _ := stdjson.Marshal(v)
		out = string(raw)
		if !strings.ContainsAny(out, "eE.") {
			out += rapid.SampledFrom([]string{"", ".0", "e0", ".00E+0"}).Draw(t, "number")
		}
	case string:
		out = text(v)
	case []any:
		var parts []string
		for _, e := range v {
			parts = append(parts, spell(t, e))
		}
		out = "[" + space() + strings.Join(parts, ",") + "]"
	case map[string]any:
		var parts []string
		for name, e := range v {
			parts = append(parts, space()+text(name)+space()+":"+spell(t, e))
		}
		slices.Sort(parts)
		parts = rapid.Permutation(parts).Draw(t, "order")
		out = "{" + strings.Join(parts, ",") + space() + "}"
	default:
		raw, _ := stdjson.Marshal(v)
		out = string(raw)
	}
	return space() + out + space()
}

func quoted(s string) string {
	raw, _ := jsontext.AppendQuote(nil, s)
	return string(raw)
}

// escaped spells every UTF-16 code unit of s as \uXXXX.
func escaped(s string) string {
	var b strings.Builder
	for _, unit := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&b, `\u%04X`, unit)
	}
	return `"` + b.String() + `"`
}

func TestAMemberTwiceIsRefusedHoweverSpelledAndDeep(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.String().Draw(t, "name")
		depth := rapid.IntRange(0, MaxDepth-1).Draw(t, "depth")
		object := `{` + quoted(name) + `: 1, ` + escaped(name) + `: 2}`
		raw := strings.Repeat("[", depth) + object + strings.Repeat("]", depth)
		_, err := Check("c", []byte(raw))
		if err == nil || !strings.Contains(err.Error(), ": duplicate member ") {
			t.Fatalf("%s: %v", raw, err)
		}
	})
}
