package jsonx

import (
	"bytes"
	stdjson "encoding/json"
	"errors"
	"io"
	"reflect"
	"regexp"
	"slices"
	"testing"
	"testing/iotest"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
)

func seed(f *testing.F) {
	f.Helper()
	for _, folder := range []string{"good", "bad"} {
		corpus(f, folder, func(_ string, raw []byte) { f.Add(raw) })
	}
}

// What passes means the same to both decoders, and however it arrives.
func FuzzStrict(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		doc, err := Check("fuzz", raw)
		checkStreams(t, raw, err)
		if err != nil {
			var refused *SyntaxError
			if !errors.As(err, &refused) || refused.Reason == "" || refused.Line < 1 || refused.Column < 1 ||
				refused.Offset > int64(len(raw)) || leaks.MatchString(err.Error()) {
				t.Fatalf("%#v", err)
			}
			return
		}
		var one, two any
		if err := stdjson.Unmarshal(raw, &one); err != nil {
			t.Fatalf("encoding/json refuses: %v", err)
		}
		if err := json.Unmarshal(raw, &two); err != nil {
			t.Fatalf("json/v2 refuses: %v", err)
		}
		if !reflect.DeepEqual(one, two) { // cmp takes time exponential in the depth
			t.Fatalf("the decoders differ: %v and %v", one, two)
		}
		if !bytes.Equal(doc.Raw, bytes.Trim(raw, whitespace)) {
			t.Fatalf("other bytes: %q", doc.Raw)
		}
	})
}

// leaks are words of the decoders and of Go, which no person asked for.
var leaks = regexp.MustCompile(`jsontext|unmarshal|Go |EOF|\bstruct\b|jsonx\.|%!`)

// checkStreams reads raw as a stream, whole and byte by byte: a first document
// that Check refuses must not pass there.
func checkStreams(t *testing.T, raw []byte, checked error) {
	t.Helper()
	whole, dripped := NewReader("fuzz", bytes.NewReader(raw)), NewReader("fuzz", iotest.OneByteReader(bytes.NewReader(raw)))
	for {
		a, errA := whole.Next()
		b, errB := dripped.Next()
		if (errA == nil) != (errB == nil) || errA != nil && beforeFound(errA) != beforeFound(errB) {
			t.Fatalf("whole %v, dripped %v", errA, errB)
		}
		if errA != nil {
			if checked == nil && (errA != io.EOF || whole.Count() != 1) {
				t.Fatalf("Check takes it, the stream does not: %v", errA)
			}
			return
		}
		if diff := cmp.Diff(a, b); diff != "" {
			t.Fatal(diff)
		}
		if _, err := Check("fuzz", a.Raw); err != nil {
			t.Fatalf("the stream takes what Check does not: %v", err)
		}
	}
}

func FuzzCanonical(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		once, err := Canonical(raw)
		if err != nil {
			return
		}
		again, err := Canonical(once)
		if err != nil || !bytes.Equal(once, again) {
			t.Fatalf("%s becomes %s, %v", once, again, err)
		}
		var before, after any
		if stdjson.Unmarshal(raw, &before) != nil || stdjson.Unmarshal(once, &after) != nil || !reflect.DeepEqual(before, after) {
			t.Fatalf("%s is not %s", once, raw)
		}
		indented, err := Indent(raw)
		if err != nil || mustSum(t, indented) != mustSum(t, raw) {
			t.Fatalf("indented: %s, %v", indented, err)
		}
	})
}

func FuzzSplice(f *testing.F) {
	corpus(f, "good", func(_ string, raw []byte) { f.Add(raw, []byte(`{"a": 1.50}`)) })
	f.Add([]byte(` {"f\u0061cts": 1 , "packages":[{"facts":2}],"x":"}"} `), []byte(`"x"`))
	f.Add([]byte(`{"error":1,"packages":2}`), []byte(`[]`))
	f.Fuzz(func(t *testing.T, raw, value []byte) {
		out, err := Splice(raw, "facts", value, "packages", "error")
		if err != nil {
			return
		}
		if _, err := Check("out", out); err != nil {
			t.Fatalf("%s: %v", out, err)
		}
		if got, ok := Member(bytes.Trim(out, whitespace), "facts"); !ok || !bytes.Equal(got, bytes.Trim(value, whitespace)) {
			t.Fatalf("facts is %s", got)
		}
		ours := []string{"facts", "packages", "error"}
		if diff := cmp.Diff(members(t, raw, ours), members(t, out, ours)); diff != "" {
			t.Fatalf("other members changed: %s", diff)
		}
		if a, err := SumWithout(out, "facts"); err != nil || a == mustSum(t, out) {
			t.Fatalf("SumWithout: %s, %v", a, err)
		}
	})
}

// members lists an object's members, but for some, as name and value bytes.
func members(t *testing.T, raw []byte, but []string) []string {
	t.Helper()
	d := jsontext.NewDecoder(bytes.NewReader(raw))
	if _, err := d.ReadToken(); err != nil {
		t.Fatal(err)
	}
	var list []string
	for d.PeekKind() == '"' {
		quoted, err := d.ReadValue()
		if err != nil {
			t.Fatal(err)
		}
		spelled := string(quoted)
		name, _ := jsontext.AppendUnquote(nil, quoted)
		value, err := d.ReadValue()
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(but, string(name)) {
			list = append(list, spelled+"="+string(value))
		}
	}
	return list
}

func FuzzUnmarshal(f *testing.F) {
	seed(f)
	f.Add([]byte(`{"ssh":{"port":300},"modes":{"7":1}}`))
	f.Add([]byte(`{"packages":[{"Name":1}],"wait":1,"pair":[1],"bytes":"!"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		doc, err := Check("fuzz", raw)
		if err != nil {
			return
		}
		err = Unmarshal(doc, new(settings))
		var value *ValueError
		var unknown *UnknownMemberError
		switch {
		case err == nil:
		case errors.As(err, &unknown):
			if _, _, ok := doc.NamePosition(unknown.Pointer); !ok || len(unknown.Known) == 0 {
				t.Fatalf("%#v", unknown)
			}
		case errors.As(err, &value):
			if _, _, ok := doc.Position(value.Pointer); !ok || value.Reason == "" || leaks.MatchString(value.Reason) {
				t.Fatalf("%v: %#v", err, value)
			}
		default:
			t.Fatalf("%T: %v", err, err)
		}
	})
}
