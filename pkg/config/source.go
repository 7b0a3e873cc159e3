package config

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-jsonnet/ast"
	"github.com/tidwall/gjson"

	"hostkit/pkg/jsonx"
)

// stdinName is what messages call the file "-".
const stdinName = "stdin"

// source is one file of a config.
type source struct {
	name   string // as given, "stdin" for "-"
	order  int
	broken bool // it, or all of its hosts or services, could not be read
	// evaluated says that document is the result of a program, so that lines
	// and columns in it mean nothing to anybody.
	evaluated bool
	// origin finds in the program where a part of the result is written.
	origin   *origin
	document jsonx.Document
	// root is the folder of the file, below which all that it names must lie;
	// nil when that can't be opened.
	root *os.Root
}

// open reads a file and checks that it is JSON, strictly. The texts that it reads are
// given to remember.
func open(ctx context.Context, name string, o Options, remember func(name string, text []byte)) (*source, error) {
	src := &source{name: name}
	dir := filepath.Dir(name)
	raw, err := read(&src.name, o.Stdin)
	if err != nil {
		return nil, err
	}
	remember(src.name, raw)
	if err := unwritten(src.name, raw); err != nil {
		return nil, err
	}
	if name == "-" {
		dir = "."
	}
	// Without the folder nothing that the config names can be read, which is
	// told where a name stands.
	src.root, _ = os.OpenRoot(dir)
	if isJsonnet(name) {
		src.evaluated = true
		p := program{name: name, dir: dir, text: string(raw), root: src.root}
		var imports *importer
		raw, imports, err = evaluate(ctx, p, o)
		for name, text := range imports.programs() {
			remember(name, text)
		}
		src.origin = &origin{program: p, imports: imports}
	}
	if err == nil {
		src.document, err = jsonx.Check(src.name, raw)
		err = src.inResult(err)
	}
	if err != nil {
		src.close()
		return nil, err
	}
	return src, nil
}

// namedBefore is the problem of a file that is among those before it, nil where it is
// not: each of its hosts and services would be refused as given twice.
func namedBefore(name string, before []string) *Problem {
	for _, first := range before {
		if name != first && !sameFile(name, first) {
			continue
		}
		if name == "-" {
			name, first = stdinName, stdinName
		}
		found := &Problem{File: name, Message: "it is given twice", Advice: "the files that are given are one config: give each of them once"}
		if name != first {
			found.Message += ", first as " + first
		}
		return found
	}
	return nil
}

func sameFile(a, b string) bool {
	first, err := os.Stat(a)
	if err != nil {
		return false
	}
	second, err := os.Stat(b)
	return err == nil && os.SameFile(first, second)
}

func isJsonnet(name string) bool {
	ending := filepath.Ext(name)
	return ending == ".jsonnet" || ending == ".libsonnet"
}

// read gives the bytes of a file, which may be larger than what is allowed by
// one byte. Of "-" it corrects the name.
func read(name *string, stdin io.Reader) ([]byte, error) {
	if *name == "-" {
		*name = stdinName
		raw, err := limited(stdin)
		if err != nil {
			return nil, fmt.Errorf("read stdin: %w", err)
		}
		if len(bytes.TrimSpace(raw)) == 0 {
			return nil, &Problem{
				Message: "no document on stdin: did the command before this one fail?",
				Advice:  "hk-eval config.json reads a file; hk-eval --init config.jsonnet writes one to begin with",
			}
		}
		return raw, nil
	}
	file, err := os.Open(*name)
	if err != nil {
		return nil, readError(*name, err)
	}
	defer file.Close()
	raw, err := limited(file)
	if err != nil {
		return nil, readError(*name, err)
	}
	return raw, nil
}

func limited(r io.Reader) ([]byte, error) { return io.ReadAll(io.LimitReader(r, jsonx.MaxBytes+1)) }

// inResult drops line and column from the error of an evaluated document.
func (s *source) inResult(err error) error {
	var syntax *jsonx.SyntaxError
	if !s.evaluated || !errors.As(err, &syntax) {
		return err
	}
	return &Problem{File: s.name, Pointer: syntax.Pointer, Message: "in the result: " + syntax.Reason, offset: syntax.Offset}
}

func (s *source) close() {
	if s.root != nil {
		_ = s.root.Close()
	}
}

// place is a value in a source.
type place struct {
	src     *source
	pointer string
	// name says that the member's name is meant and not its value.
	name bool
}

// member is the place of a member of the value.
func (p place) member(name string) place {
	return place{src: p.src, pointer: p.pointer + "/" + escape(name)}
}

// below is the place at a pointer relative to the value.
func (p place) below(pointer string) place { return place{src: p.src, pointer: p.pointer + pointer} }

// named is the place of the member's name instead of its value.
func (p place) named() place { p.name = true; return p }

// key tells places of all sources apart.
func (p place) key() string { return strconv.Itoa(p.src.order) + p.pointer }

// escape makes a member's name a token of a JSON pointer (RFC 6901).
func escape(name string) string {
	return strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1")
}

// String is how a place stands in messages: "config.json:3:5 /hosts/web".
func (p place) String() string { return p.problem("", "").Where() + " " + p.pointer }

// declaredAt is how a place stands in documents: "config.json#/hosts/web".
func (p place) declaredAt() string { return p.src.name + "#" + p.pointer }

// standing is the pointer of the value, or where that is not there of what is nearest
// around the place: a tool "erlang": "29" has a version, and no member of that name.
func (p place) standing() string {
	for pointer := p.pointer; pointer != ""; pointer = pointer[:strings.LastIndexByte(pointer, '/')] {
		if _, _, ok := p.src.document.Position(pointer); ok {
			return pointer
		}
	}
	return ""
}

// problem is something wrong at the place.
func (p place) problem(message, advice string) *Problem {
	at := p.src.document.At(p.standing())
	if p.name {
		if line, column, ok := p.src.document.NamePosition(p.pointer); ok {
			at.Line, at.Column = line, column
		}
	}
	found := &Problem{File: p.src.name, Pointer: p.pointer, Message: message, Advice: advice, order: p.src.order, offset: at.Offset}
	if !p.src.evaluated {
		found.Line, found.Column = at.Line, at.Column
	} else if written, ok := p.written(); ok {
		begin := written.value
		if p.name {
			begin = written.name
		}
		found.File, found.Line, found.Column = begin.FileName, begin.Begin.Line, begin.Begin.Column
		if found.File == p.src.name { // before what only the result tells
			found.offset = int64(offsetOf([]byte(p.src.origin.program.text), found.Line, found.Column)) - largestSource
		}
	}
	return found
}

// value is the value at a place that stands, and where it begins in the document.
func (p place) value() (start int, raw []byte) {
	start = int(p.src.document.At(p.pointer).Offset - p.src.document.Offset)
	raw, err := jsontext.NewDecoder(bytes.NewReader(p.src.document.Raw[start:])).ReadValue()
	if err != nil {
		panic(err) // the document was read before
	}
	return start, raw
}

// written is where the value is written in a program. A text that is another one than
// the program came to was only taken for it.
func (p place) written() (passage, bool) {
	at := p.standing()
	written, ok := p.src.origin.find(at)
	if !ok {
		return passage{}, false
	}
	literals, complete := p.src.origin.literals(written.sum)
	if text, isText := only(literals).(*ast.LiteralString); isText && complete {
		_, raw := place{src: p.src, pointer: at}.value()
		return written, gjson.ParseBytes(raw).String() == text.Value
	}
	return written, true
}

// members gives the members of an object in the order they stand in.
func members(raw []byte) func(yield func(name string, value []byte) bool) {
	return func(yield func(string, []byte) bool) {
		gjson.ParseBytes(raw).ForEach(func(key, value gjson.Result) bool {
			return yield(key.String(), []byte(value.Raw))
		})
	}
}
