package jsonx

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestStreamOfDocuments(t *testing.T) {
	const stream = " \n{\"a\":1}{\"b\":\n2}\n\n  [3] \"x\"\n4 5\nnull\r\n{}"
	want := []Document{
		{Line: 2, Column: 1, Offset: 2, Raw: []byte(`{"a":1}`)},
		{Line: 2, Column: 8, Offset: 9, Raw: []byte("{\"b\":\n2}")},
		{Line: 5, Column: 3, Offset: 21, Raw: []byte(`[3]`)},
		{Line: 5, Column: 7, Offset: 25, Raw: []byte(`"x"`)},
		{Line: 6, Column: 1, Offset: 29, Raw: []byte(`4`)},
		{Line: 6, Column: 3, Offset: 31, Raw: []byte(`5`)},
		{Line: 7, Column: 1, Offset: 33, Raw: []byte(`null`)},
		{Line: 8, Column: 1, Offset: 39, Raw: []byte(`{}`)},
	}
	for name, src := range map[string]io.Reader{
		"whole":    strings.NewReader(stream),
		"one byte": iotest.OneByteReader(strings.NewReader(stream)),
		"with eof": iotest.DataErrReader(strings.NewReader(stream)),
	} {
		r := NewReader("", src)
		var got []Document
		for {
			doc, err := r.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			got = append(got, doc)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", name, diff)
		}
		if r.Count() != len(want) {
			t.Errorf("%s: count %d", name, r.Count())
		}
	}
}

func TestDocumentsBeforeABadOneAreReturned(t *testing.T) {
	r := NewReader("stdin", strings.NewReader("{\"a\":1}\n{\"b\":2}\n{\"c\":3,\n \"c\":4}\n{}\n"))
	for range 2 {
		if _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
	}
	const want = `stdin:4:2: duplicate member "c"`
	for range 2 {
		if _, err := r.Next(); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s, each time", err, want)
		}
	}
	if r.Count() != 2 {
		t.Errorf("count %d", r.Count())
	}
}

func TestBareDocumentsNeedWhiteSpaceBetween(t *testing.T) {
	for _, stream := range []string{"01", "1true", `1"a"`, `"a""b"`, "nullnull", "-0-0"} {
		if err := readAll(NewReader("s", strings.NewReader(stream))); err == io.EOF {
			t.Errorf("%s was taken for several documents", stream)
		}
	}
	for _, stream := range []string{"{}{}", "[][]{}", "1{}", "{}1", `"a"[1]`} {
		if err := readAll(NewReader("s", strings.NewReader(stream))); err != io.EOF {
			t.Errorf("%s: %v", stream, err)
		}
	}
}

func TestEmptyStreamIsNoError(t *testing.T) {
	for _, stream := range []string{"", " \n\t\r\n", strings.Repeat("\n", 3*MaxBytes)} {
		r := NewReader("stdin", strings.NewReader(stream))
		if _, err := r.Next(); err != io.EOF || r.Count() != 0 {
			t.Errorf("%d bytes of white space: %v, count %d", len(stream), err, r.Count())
		}
	}
}

// The one who writes may wait for what becomes of a document before writing on.
func TestDocumentIsReturnedWhileThePipeStaysOpen(t *testing.T) {
	for _, text := range []string{"{\"a\":[1]}\n", `{"a":[1]}`, "[]", `"x"`, "null", "12\n"} {
		pr, pw := io.Pipe()
		r := NewReader("stdin", pr)
		for range 3 {
			done := make(chan error, 1)
			go func() {
				_, err := r.Next()
				done <- err
			}()
			if _, err := pw.Write([]byte(text)); err != nil {
				t.Fatal(err)
			}
			select {
			case err := <-done:
				if err != nil {
					t.Fatalf("%q: %v", text, err)
				}
			case <-time.After(10 * time.Second):
				t.Fatalf("%q: still waiting", text)
			}
			if text[0] == '"' || text[0] == 'n' {
				break // bare documents need white space between
			}
		}
		_ = pw.Close()
	}
}

func TestRefusalDoesNotWaitForMoreBytes(t *testing.T) {
	for _, text := range []string{`{"a":1,}`, "{'a", `{"a":1,"a"`, "\xff\xfe{\x00", "x "} {
		pr, pw := io.Pipe()
		go func() { _, _ = pw.Write([]byte(text)) }()
		_, err := NewReader("stdin", pr).Next()
		var refused *SyntaxError
		if !errors.As(err, &refused) {
			t.Errorf("%q: %v", text, err)
		}
		_ = pr.Close()
	}
}

func TestSizeLimit(t *testing.T) {
	sized := func(n int) []byte { return []byte(`{"a":"` + strings.Repeat("x", n-8) + `"}`) }
	for _, test := range []struct {
		name   string
		stream []byte
		want   string
	}{
		{"just fits", sized(MaxBytes), "EOF"},
		{"fits with white space around", append(append(bytes.Repeat([]byte{'\n'}, MaxBytes), sized(MaxBytes)...), '\n'), "EOF"},
		{"two that fit", append(sized(MaxBytes), sized(MaxBytes)...), "EOF"},
		{"a byte too much", sized(MaxBytes + 1), "s:1:1: the document is larger than 16 MiB"},
		{"the second is too large", append([]byte("{}\n "), sized(MaxBytes+1)...), "s:2:2: the document is larger than 16 MiB"},
	} {
		if got := readAll(NewReader("s", bytes.NewReader(test.stream))); got.Error() != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
	if _, err := Check("s", sized(MaxBytes)); err != nil {
		t.Error(err)
	}
	if _, err := Check("s", sized(MaxBytes+1)); err == nil {
		t.Error("Check took a document that is too large")
	}
}

// endless is a head and a text repeated for ever; it counts what was read.
type endless struct {
	head, text string
	read       int
}

func (e *endless) Read(p []byte) (int, error) {
	n := copy(p, e.head)
	e.head = e.head[n:]
	for n < len(p) {
		n += copy(p[n:], e.text)
	}
	e.read += n
	return n, nil
}

func TestEndlessDocumentIsRefusedAtTheLimit(t *testing.T) {
	for _, src := range []*endless{
		{head: `{"a":"`, text: strings.Repeat("x", 1<<10)},
		{head: `["`, text: strings.Repeat(`\n`, 1<<10)},
		{head: "[", text: strings.Repeat("1,", 1<<10)},
		{head: "{", text: strings.Repeat(" ", 1<<10)},
		{head: "[", text: strings.Repeat("\n", 1<<10)},
		{head: "[1", text: strings.Repeat("0", 1<<10)},
		{head: "1.", text: strings.Repeat("0", 1<<10)},
	} {
		name := src.head + src.text[:2]
		_, err := NewReader("s", src).Next()
		if err == nil || !strings.HasSuffix(err.Error(), tooLarge) {
			t.Errorf("%s…: %v", name, err)
		}
		if src.read > MaxBytes+1 {
			t.Errorf("%s…: %d bytes were read", name, src.read)
		}
	}
}

func TestSourceErrorsAreNotTheDocuments(t *testing.T) {
	broken := errors.New("input/output error")
	for _, text := range []string{"", " ", `{"a":`, "{} "} {
		src := io.MultiReader(strings.NewReader(text), iotest.ErrReader(broken))
		err := readAll(NewReader("stdin", src))
		var refused *SyntaxError
		if !errors.Is(err, broken) || errors.As(err, &refused) {
			t.Errorf("after %q: %v", text, err)
		}
	}
	wrapped := fmt.Errorf("connection lost: %w", io.EOF)
	if err := readAll(NewReader("stdin", iotest.ErrReader(wrapped))); err == io.EOF {
		t.Error("a wrapped io.EOF passed for the end of the stream")
	}
	if err := readAll(NewReader("stdin", silent{})); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("a source that never gives anything: %v", err)
	}
}

type silent struct{}

func (silent) Read([]byte) (int, error) { return 0, nil }

func TestDocumentsKeepTheirBytes(t *testing.T) {
	var stream bytes.Buffer
	for i := range 2000 {
		fmt.Fprintf(&stream, `{"n":%d,"pad":"%s"}`, i, strings.Repeat("x", i%300*50))
	}
	r := NewReader("s", &stream)
	var docs []Document
	for {
		doc, err := r.Next()
		if err != nil {
			break
		}
		docs = append(docs, doc)
	}
	for i, doc := range docs {
		if !bytes.HasPrefix(doc.Raw, fmt.Appendf(nil, `{"n":%d,`, i)) || !bytes.HasSuffix(doc.Raw, []byte(`x"}`)) && i%300 > 0 {
			t.Fatalf("document %d became %.20s", i, doc.Raw)
		}
	}
	if len(docs) != 2000 {
		t.Fatalf("%d documents", len(docs))
	}
}

// Memory is one document's, however many there are.
func TestMemoryOfAStreamIsThatOfOneDocument(t *testing.T) {
	one := []byte(`{"a":"` + strings.Repeat("x", 2<<20) + `"}` + "\n")
	r := NewReader("s", &repeat{text: one, times: 60})
	var most, now runtime.MemStats
	for i := 0; ; i++ {
		if _, err := r.Next(); err != nil {
			break
		}
		if i%10 == 0 {
			runtime.GC()
			runtime.ReadMemStats(&now)
			most.HeapAlloc = max(most.HeapAlloc, now.HeapAlloc)
		}
	}
	if r.Count() != 60 {
		t.Fatalf("%d documents", r.Count())
	}
	if most.HeapAlloc > 64<<20 {
		t.Errorf("%d MiB in use for documents of 2 MiB", most.HeapAlloc>>20)
	}
}

type repeat struct {
	text  []byte
	times int
	rest  []byte
}

func (r *repeat) Read(p []byte) (int, error) {
	if len(r.rest) == 0 {
		if r.times == 0 {
			return 0, io.EOF
		}
		r.times--
		r.rest = r.text
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}
