package doc_test

import (
	"strings"
	"testing"

	"hostkit/pkg/doc"
)

func TestComplete(t *testing.T) {
	change := func(more string) string { return `{"changes":[{` + more + `}]}` }
	type some struct {
		Either  []either             `json:"either,omitzero"`
		Changes []doc.Change         `json:"changes"`
		ByName  map[string]*doc.Host `json:"by_name,omitzero"`
		Any     doc.Raw              `json:"any,omitzero"`
	}
	const rest = `"address":"a:b","kind":"a","action":"create","reason":"","depends_on":[]`
	for raw, want := range map[string]string{
		change(rest + `,"before":{},"after":{"x":null}`): "",
		change(rest + `,"after":{}`):                     `/changes/0: the member "before" is missing`,
		change(rest + `,"before":null,"after":{}`):       "/changes/0/before: wants an object",
		change(rest + `,"before":[],"after":{}`):         "/changes/0/before: wants an object",
		`{"changes":null}`:                               "/changes: null says nothing: leave the member out",
		`{"changes":[null]}`:                             "/changes/0: null says nothing: leave the member out",
		`{"changes":[],"any":null,"later":null}`:         "",
		`{"changes":[],"by_name":{"a/b":{}}}`:            `/by_name/a~1b: the member "name" is missing`,
		`{"changes":[],"by_name":{"b":{"name":"b"}}}`:    "",
		`{"changes":[],"by_name":{"b":null}}`:            "/by_name/b: null says nothing: leave the member out",
		`{"changes":[],"by_name":{"b":{"ssh":null}}}`:    "/by_name/b/ssh: null says nothing: leave the member out",
		`{}`: `the member "changes" is missing`,
	} {
		got := ""
		if err := doc.Complete([]byte(raw), some{}); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", raw, got, want)
		}
	}
}

// A value of a union says which it is: an empty object is none of them.
func TestUnionsWantExactlyOneMember(t *testing.T) {
	for _, raw := range []string{
		`{}`, `null`, `{"$base64":null}`, `{"$base64":"AA"}`, `{"$base64":"A\nA=="}`, `{"$base64":"AA==","x":1}`,
		`{"$file":"f"}`, `{"$file":"f","size":1}`, `1`,
	} {
		var c doc.Content
		if err := c.UnmarshalJSON([]byte(raw)); err == nil {
			t.Errorf("content %s was taken", raw)
		}
	}
	for _, raw := range []string{
		`{}`, `{"env":""}`, `{"env":"A","file":""}`, `{"env":"A","file":null}`, `{"env":"A","command":[]}`,
		`{"command":[]}`, `{"command":["a",null]}`, `{"vault":"x"}`, `null`, `"A"`, `{"env":1}`, `{"env":"my geheim!"}`, `{"env":"$A"}`,
	} {
		var s doc.SecretSource
		if err := s.UnmarshalJSON([]byte(raw)); err == nil {
			t.Errorf("secret %s was taken", raw)
		} else if strings.Contains(err.Error(), "geheim") {
			t.Errorf("what is in place of a name is shown: %v", err)
		}
	}
}

// either is a name, or an object with one.
type either struct{}

func (*either) UnmarshalJSON([]byte) error { return nil }
func (either) OneOfShapes() []any          { return []any{"", doc.HostName{}} }
