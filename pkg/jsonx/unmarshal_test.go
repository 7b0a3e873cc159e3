package jsonx

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
)

type mode string

func (m *mode) UnmarshalText(text []byte) error {
	if len(text) != 4 {
		return fmt.Errorf("wants four octal digits like 0644, has %q", text)
	}
	*m = mode(text)
	return nil
}

// nameOrObject is written as a string or as an object.
type nameOrObject struct{ Name, As string }

func (n *nameOrObject) UnmarshalJSON(raw []byte) error {
	if len(raw) > 0 && raw[0] == '"' {
		return json.Unmarshal(raw, &n.Name)
	}
	return errors.New("wants a name or an object with a name")
}

type port struct {
	Port int8 `json:"port"`
}

type common struct {
	State string `json:"state"`
}

type settings struct {
	common
	Name     string          `json:"name"`
	Sudo     bool            `json:"sudo,omitzero"`
	SSH      *port           `json:"ssh"`
	Count    uint            `json:"count"`
	Small    uint16          `json:"small"`
	Size     int64           `json:"size"`
	Load     float32         `json:"load"`
	Tags     []string        `json:"tags"`
	Mode     mode            `json:"mode"`
	Modes    map[mode]int    `json:"modes"`
	Packages []nameOrObject  `json:"packages"`
	Ports    map[string]port `json:"ports"`
	Bytes    []byte          `json:"bytes"`
	Pair     [2]int          `json:"pair"`
	Wait     time.Duration   `json:"wait"`
	Any      any             `json:"any"`
	Raw      jsontext.Value  `json:"raw"`
	Hidden   string          `json:"-"`
	Plain    string
	private  int //lint:ignore U1000 a member that no document can name
}

func TestUnmarshalSaysWhereAndWhat(t *testing.T) {
	for _, test := range []struct{ raw, want string }{
		{`{"name": 1}`, `c:1:10: /name: wants a string, has a number`},
		{`{"name": {}}`, `c:1:10: /name: wants a string, has an object`},
		{`{"name": ["x"]}`, `c:1:10: /name: wants a string, has an array`},
		{`{"sudo": "yes"}`, `c:1:10: /sudo: wants true or false, has a string`},
		{`{"sudo": 1}`, `c:1:10: /sudo: wants true or false, has a number`},
		{`{"ssh": 22}`, `c:1:9: /ssh: wants an object, has a number`},
		{`{"ssh": []}`, `c:1:9: /ssh: wants an object, has an array`},
		{"{\"ssh\": {\n  \"port\" : \"22\"}}", `c:2:12: /ssh/port: wants a whole number from -128 to 127, has a string`},
		{`{"ssh": {"port": 300}}`, `c:1:18: /ssh/port: wants a whole number from -128 to 127, has 300`},
		{`{"small": -1}`, `c:1:11: /small: wants a whole number from 0 to 65535, has -1`},
		{`{"count": -1}`, `c:1:11: /count: wants a whole number, 0 or more, has -1`},
		{`{"size": 1.5}`, `c:1:10: /size: wants a whole number, has 1.5`},
		{`{"size": true}`, `c:1:10: /size: wants a whole number, has true`},
		{`{"load": "x"}`, `c:1:10: /load: wants a number, has a string`},
		{`{"tags": "x"}`, `c:1:10: /tags: wants an array, has a string`},
		{`{"tags": {"a": 1}}`, `c:1:10: /tags: wants an array, has an object`},
		{`{"tags": ["a", false]}`, `c:1:16: /tags/1: wants a string, has false`},
		{`{"mode": 644}`, `c:1:10: /mode: wants a string, has a number`},
		{`{"mode": "644"}`, `c:1:10: /mode: wants four octal digits like 0644, has "644"`},
		{`{"modes": {"0644": 1, "7": 2}}`, `c:1:28: /modes/7: wants four octal digits like 0644, has "7"`},
		{`{"packages": ["curl", 3]}`, `c:1:23: /packages/1: wants a name or an object with a name`},
		{`{"ports": {"web/a~b": {"port": "x"}}}`, `c:1:32: /ports/web~1a~0b/port: wants a whole number from -128 to 127, has a string`},
		{"{\"ports\": {\"a\\u001b\\n\": 1}}", `c:1:25: "/ports/a\x1b\n": wants an object, has a number`},
		{`{"bytes": "!"}`, `c:1:11: /bytes: wants bytes in base64`},
		{`{"bytes": 1}`, `c:1:11: /bytes: wants bytes in base64, has a number`},
		{`{"pair": [1]}`, `c:1:10: /pair: wants an array of 2 elements`},
		{`{"pair": [1, 2, 3]}`, `c:1:10: /pair: wants an array of 2 elements`},
		{`{"wait": 1}`, `c:1:10: /wait: cannot be read: no default representation`},
		{`[1]`, `c:1:1: the document wants an object, has an array`},
		{`"x"`, `c:1:1: the document wants an object, has a string`},
		{`{"nmae": 1}`, `c:1:2: unknown member "nmae"`},
		{`{"Name": "x"}`, `c:1:2: unknown member "Name"`},
		{`{"Hidden": "x"}`, `c:1:2: unknown member "Hidden"`},
		{"{\"ssh\": {\n   \"prot\" : 22}}", `c:2:4: unknown member "prot" in /ssh`},
		{`{"ports": {"a\n": {"b\u001b": 1}}}`, `c:1:20: unknown member "b\x1b" in "/ports/a\n"`},
	} {
		doc, err := Check("c", []byte(test.raw))
		if err != nil {
			t.Fatal(err)
		}
		if err := Unmarshal(doc, new(settings)); err == nil || err.Error() != test.want {
			t.Errorf("%s\n got %v\nwant %s", test.raw, err, test.want)
		}
	}
}

func TestUnmarshalErrorsLieWhereTheDocumentLiesInItsStream(t *testing.T) {
	r := NewReader("stdin", strings.NewReader("{\"name\":\"x\"}\n\n  {\"name\":\"x\"} {\"name\":3}"))
	for {
		doc, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if err := Unmarshal(doc, new(settings)); err != nil {
			const want = `stdin:3:24: /name: wants a string, has a number`
			if err.Error() != want {
				t.Errorf("got %v, want %s", err, want)
			}
			return
		}
	}
}

func TestUnknownMemberIsTyped(t *testing.T) {
	doc, err := Check("c", []byte(`{"ssh": {"prot": 1}}`))
	if err != nil {
		t.Fatal(err)
	}
	var unknown *UnknownMemberError
	if err := Unmarshal(doc, new(settings)); !errors.As(err, &unknown) {
		t.Fatal(err)
	}
	want := &UnknownMemberError{
		Location: Location{Name: "c", Line: 1, Column: 10, Offset: 9, Pointer: "/ssh/prot"},
		Member:   "prot", Known: []string{"port"},
	}
	if diff := cmp.Diff(want, unknown); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	doc.Raw = []byte(`{"x": 1}`)
	if err := Unmarshal(doc, new(settings)); !errors.As(err, &unknown) {
		t.Fatal(err)
	}
	known := "state name sudo ssh count small size load tags mode modes packages ports bytes pair wait any raw Plain"
	if diff := cmp.Diff(strings.Fields(known), unknown.Known); diff != "" {
		t.Errorf("known members (-want +got)\n%s", diff)
	}
}

func TestUnmarshalKeepsUnknownMembersWhereTheTypeDoes(t *testing.T) {
	type open struct {
		Name string         `json:"name"`
		Rest jsontext.Value `json:",embed"`
	}
	doc, err := Check("c", []byte(`{"z": {"b" : 1.50}, "name": "x", "a": "\u0041"}`))
	if err != nil {
		t.Fatal(err)
	}
	var got open
	if err := Unmarshal(doc, &got); err != nil {
		t.Fatal(err)
	}
	if want := `{"z":{"b" : 1.50},"a":"\u0041"}`; string(got.Rest) != want {
		t.Errorf("kept %s, want %s", got.Rest, want)
	}
	raw, err := Marshal(got)
	if want := `{"name":"x","z":{"b":1.50},"a":"A"}`; err != nil || string(raw) != want {
		t.Errorf("Marshal = %s, %v; want %s", raw, err, want)
	}
	got.Rest = jsontext.Value(`{"name":"y"}`)
	if raw, err := Marshal(got); err == nil {
		t.Errorf("a member twice was written: %s", raw)
	}
}

func TestUnmarshalGrownPassesOverUnknownMembersOnly(t *testing.T) {
	doc, err := Check("c", []byte(`{"later": {"x": 1}, "ssh": {"port": 22, "later": 2}}`))
	if err != nil {
		t.Fatal(err)
	}
	var got settings
	if err := UnmarshalGrown(doc, &got); err != nil || got.SSH == nil || got.SSH.Port != 22 {
		t.Errorf("got %+v, %v", got, err)
	}
	doc.Raw = []byte(`{"Name": 1, "name": 1}`)
	if err := UnmarshalGrown(doc, &got); err == nil || err.Error() != `c:1:21: /name: wants a string, has a number` {
		t.Errorf("got %v", err)
	}
}

func TestUnmarshalChecksBytesNobodyChecked(t *testing.T) {
	err := Unmarshal(Document{Name: "c", Line: 1, Column: 1, Raw: []byte(`{"name":"a","name":"b"}`)}, new(settings))
	if want := `c:1:13: duplicate member "name"`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestMarshalIsDeterministicAndStrict(t *testing.T) {
	type value struct {
		B     string         `json:"b"`
		A     map[string]int `json:"a"`
		Tags  []string       `json:"tags"`
		Empty *int           `json:"empty,omitzero"`
		Time  time.Time      `json:"time,omitzero"`
	}
	const want = `{"b":"<&>` + "\u2028" + `","a":{"":0,"a":1,"b":2,"c":3},"tags":[]}`
	for range 20 {
		raw, err := Marshal(value{B: "<&>\u2028", A: map[string]int{"c": 3, "a": 1, "b": 2, "": 0}})
		if err != nil || string(raw) != want {
			t.Fatalf("Marshal = %s, %v; want %s", raw, err, want)
		}
	}
	for _, test := range []struct {
		value any
		want  string
	}{
		{map[string]any{"a": []int64{1, MaxInteger + 1}}, "write json: /a/1: number 9007199254740992 is beyond ±9007199254740991: write it as a string"},
		{map[string]any{"a/b": "\xff"}, "write json: /a~1b: invalid UTF-8"},
		{map[string]any{"a": jsontext.Value(`{"x":1,"x":2}`)}, "write json: /a/x: duplicate object member name"},
		{map[string]any{"a": func() {}}, "write json: /a: this value has no json form"},
	} {
		if raw, err := Marshal(test.value); err == nil || err.Error() != test.want {
			t.Errorf("Marshal = %s, %v; want %s", raw, err, test.want)
		}
	}
}

func TestPositions(t *testing.T) {
	r := NewReader("s", strings.NewReader("{}\n {\"a\": {\"b\\u002fc\" :\n  [10, {\"~\":\ntrue}]},\n\"\": {\"0\": 1}}"))
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	doc, err := r.Next()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ pointer, value, name string }{
		{"", "2:2", "2:2"},
		{"/a", "2:8", "2:3"},
		{"/a/b~1c", "3:3", "2:9"},
		{"/a/b~1c/0", "3:4", "3:4"},
		{"/a/b~1c/1", "3:8", "3:8"},
		{"/a/b~1c/1/~0", "4:1", "3:9"},
		{"/", "5:5", "5:1"},
		{"//0", "5:11", "5:6"},
		{"/b", "none", "none"},
		{"/a/b~1c/2", "none", "none"},
		{"/a/b~1c/01", "none", "none"},
		{"/a/b~1c/-", "none", "none"},
		{"/a/b~1c/0/x", "none", "none"},
		{"a", "none", "none"},
		{"/a/~2", "none", "none"},
	} {
		if got := place(doc.Position(test.pointer)); got != test.value {
			t.Errorf("Position(%q) = %s, want %s", test.pointer, got, test.value)
		}
		if got := place(doc.NamePosition(test.pointer)); got != test.name {
			t.Errorf("NamePosition(%q) = %s, want %s", test.pointer, got, test.name)
		}
	}
}

func place(line, column int, ok bool) string {
	if !ok {
		return "none"
	}
	return fmt.Sprintf("%d:%d", line, column)
}

func TestSchema(t *testing.T) {
	for raw, want := range map[string]string{
		`{"schema": "hostkit.plan/v1"}`:                  "hostkit.plan/v1",
		`{"x": {"schema": "no"}, "sch\u0065ma": "a\"b"}`: `a"b`,
		`{"schema": 1}`: "",
		`{}`:            "",
		`["schema"]`:    "",
		`"schema"`:      "",
	} {
		doc, err := Check("c", []byte(raw))
		if err != nil {
			t.Fatal(err)
		}
		if got := doc.Schema(); got != want {
			t.Errorf("%s: %q, want %q", raw, got, want)
		}
	}
}
