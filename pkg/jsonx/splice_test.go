package jsonx

import (
	"strings"
	"testing"
)

func TestSplice(t *testing.T) {
	for _, test := range []struct {
		name, raw, value string
		drop             []string
		want             string
	}{
		{"new member comes last", `{"a" : 1.50, "b":"\u0041"}`, ` {"x": 1} `, nil, `{"a" : 1.50, "b":"\u0041","facts":{"x": 1}}`},
		{"first member", `{ }`, `1`, nil, `{ "facts":1}`},
		{"replaced in its place", "{\"facts\" :\n [1,{\"facts\":2}] , \"z\":3}", `null`, nil, "{\"facts\" :\n null , \"z\":3}"},
		{"replaced though escaped", `{"f\u0061cts":1,"z":2}`, `3`, nil, `{"f\u0061cts":3,"z":2}`},
		{"only at the top", `{"a":{"facts":1}}`, `2`, nil, `{"a":{"facts":1},"facts":2}`},
		{"later sections dropped", `{"host":1,"packages":2,"facts":3,"error":4,"x":5}`, `6`, []string{"packages", "error", "absent"}, `{"host":1,"facts":6,"x":5}`},
		{"itself in drop", `{"facts":1,"x":2}`, `3`, []string{"facts"}, `{"facts":3,"x":2}`},
		{"all else dropped", `{"packages":1}`, `2`, []string{"packages"}, `{"facts":2}`},
		{"white space around stays", "\n {\"a\":1}\r\n", `2`, nil, "\n {\"a\":1,\"facts\":2}\r\n"},
		{
			"names that mean something to sjson", `{"web.example.org":1,"m*":2,"0":3,"a|b":4,"@x":5,"#":6,"":7}`, `8`, nil,
			`{"web.example.org":1,"m*":2,"0":3,"a|b":4,"@x":5,"#":6,"":7,"facts":8}`,
		},
		{"brackets in strings", `{"a":"}\"","b":"{[,\\"}`, `1`, nil, `{"a":"}\"","b":"{[,\\","facts":1}`},
	} {
		raw := []byte(test.raw)
		got, err := Splice(raw, "facts", []byte(test.value), test.drop...)
		if err != nil || string(got) != test.want {
			t.Errorf("%s:\n got %s, %v\nwant %s", test.name, got, err, test.want)
		}
		if string(raw) != test.raw {
			t.Errorf("%s: the input was changed: %s", test.name, raw)
		}
	}
}

func TestSpliceRefuses(t *testing.T) {
	for _, test := range []struct{ raw, value, want string }{
		{`{"a":1,"a":2}`, `1`, `json:1:8: duplicate member "a"`},
		{`[1]`, `1`, `json:1:1: the document wants to be an object, has an array`},
		{`{}`, `{"a":1,"a":2}`, `facts:1:8: duplicate member "a"`},
		{`{}`, `1, "host": 2`, `facts:1:2: more bytes after the end of the document, found ","`},
		{`{}`, ``, `facts:1:1: no json document`},
		{`{}`, strings.Repeat("[", 64) + strings.Repeat("]", 64), `facts:1:64: nested deeper than 64 levels`},
		{`{"a":"` + strings.Repeat("x", MaxBytes-10) + `"}`, `123`, `json:1:1: the document is larger than 16 MiB`},
	} {
		if got, err := Splice([]byte(test.raw), "facts", []byte(test.value)); err == nil || err.Error() != test.want {
			t.Errorf("%.40s: %.40s, %v; want %s", test.raw, got, err, test.want)
		}
	}
}

func TestNamesThatAreNoConstantsPanic(t *testing.T) {
	for _, name := range []string{"", "web.example.org", "m*", "0", "a|b", "@pretty", "#", "a\\b", "Facts", "-1", "a-b", "_", "é", ":a", "!x", "a?"} {
		for what, f := range map[string]func(){
			"Splice":      func() { _, _ = Splice([]byte(`{}`), name, []byte(`1`)) },
			"Splice drop": func() { _, _ = Splice([]byte(`{}`), "a", []byte(`1`), name) },
			"Member":      func() { _, _ = Member([]byte(`{}`), name) },
			"SumWithout":  func() { _, _ = SumWithout([]byte(`{}`), name) },
		} {
			if !panics(f) {
				t.Errorf("%s took %q", what, name)
			}
		}
	}
}

func panics(f func()) (did bool) {
	defer func() { did = recover() != nil }()
	f()
	return
}

func TestMember(t *testing.T) {
	raw := []byte(`{"a":{"facts":0}, "f\u0061cts" : [1, "\u0041" ] , "none":null, "s":"x"}`)
	for name, want := range map[string]string{"facts": `[1, "\u0041" ]`, "none": "null", "s": `"x"`, "a": `{"facts":0}`} {
		got, ok := Member(raw, name)
		if !ok || string(got) != want {
			t.Errorf("%s: %s, %v; want %s", name, got, ok, want)
		}
	}
	if got, ok := Member(raw, "absent"); ok {
		t.Errorf("absent: %s", got)
	}
	if got, ok := Member([]byte(`["a"]`), "a"); ok {
		t.Errorf("of an array: %s", got)
	}
}
