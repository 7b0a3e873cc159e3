package jsonx

import (
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

var update = flag.Bool("update", false, "rewrite the expected files under testdata")

// corpus calls f with each document of a folder under testdata.
func corpus(t testing.TB, folder string, f func(name string, raw []byte)) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", folder, "*.json"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no documents in %s: %v", folder, err)
	}
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f(path, raw)
	}
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s:\n got %s\nwant %s", path, got, want)
	}
}

func TestBadDocumentsAreRefusedWithPlaceAndReason(t *testing.T) {
	var all strings.Builder
	corpus(t, "bad", func(path string, raw []byte) {
		_, err := Check(filepath.Base(path), raw)
		var refused *SyntaxError
		if !errors.As(err, &refused) {
			t.Errorf("%s: not refused: %v", path, err)
			return
		}
		all.WriteString(err.Error() + "\n")
	})
	golden(t, filepath.Join("testdata", "bad.txt"), all.String())
}

func TestBadDocumentsAreRefusedFromAStreamHoweverItArrives(t *testing.T) {
	var all strings.Builder
	corpus(t, "bad", func(path string, raw []byte) {
		name := filepath.Base(path)
		whole := readAll(NewReader(name, strings.NewReader(string(raw))))
		dripped := readAll(NewReader(name, iotest.OneByteReader(strings.NewReader(string(raw)))))
		if beforeFound(whole) != beforeFound(dripped) {
			t.Errorf("%s: the reason depends on how the bytes arrive:\nwhole  %v\ndripped %v", path, whole, dripped)
		}
		if whole == io.EOF {
			all.WriteString(name + ": a stream of no or several documents\n")
			return
		}
		all.WriteString(whole.Error() + "\n")
	})
	golden(t, filepath.Join("testdata", "bad_stream.txt"), all.String())
}

func TestGoodDocumentsHaveOneCanonicalForm(t *testing.T) {
	corpus(t, "good", func(path string, raw []byte) {
		canonical, err := Canonical(raw)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			return
		}
		golden(t, strings.TrimSuffix(path, ".json")+".canonical", string(canonical))
		if err := readAll(NewReader("good", iotest.OneByteReader(strings.NewReader(string(raw))))); err != io.EOF {
			t.Errorf("%s: stream: %v", path, err)
		}
	})
}

func TestIndentIsStable(t *testing.T) {
	corpus(t, "good", func(path string, raw []byte) {
		indented, err := Indent(raw)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			return
		}
		again, err := Indent(indented)
		if err != nil || string(again) != string(indented) {
			t.Errorf("%s: %v: indented again\n%s\nis\n%s", path, err, indented, again)
		}
		if mustSum(t, raw) != mustSum(t, indented) {
			t.Errorf("%s: indenting changed the digest", path)
		}
	})
	got, err := Indent([]byte(`{"b":[1.50,"\u0041<"],"a":{},"c":[]}`))
	const want = "{\n  \"b\": [\n    1.50,\n    \"\\u0041<\"\n  ],\n  \"a\": {},\n  \"c\": []\n}\n"
	if err != nil || string(got) != want {
		t.Errorf("Indent = %q, %v; want %q", got, err, want)
	}
}

// beforeFound leaves out the word that was found: of one that has not arrived
// yet only its beginning is known.
func beforeFound(err error) string {
	before, _, _ := strings.Cut(err.Error(), ", found")
	return before
}

func readAll(r *Reader) error {
	for {
		if _, err := r.Next(); err != nil {
			return err
		}
	}
}

func mustSum(t testing.TB, raw []byte) string {
	t.Helper()
	sum, err := Sum(raw)
	if err != nil {
		t.Fatalf("Sum(%q): %v", raw, err)
	}
	return sum
}
