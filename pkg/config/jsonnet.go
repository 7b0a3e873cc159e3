package config

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/go-jsonnet"

	"hostkit/pkg/jsonx"
)

// library is what `import 'hostkit.libsonnet'` gives.
//
//go:embed hostkit.libsonnet
var library string

const (
	libraryName = "hostkit.libsonnet"
	// largestSource is the largest Jsonnet program. go-jsonnet's parser recurses
	// as deep as a program nests.
	largestSource = 1 << 20
	// defaultTimeout is how long an evaluation may take.
	defaultTimeout = 30 * time.Second
)

// What is said of a program that has no end.
const (
	tooDeep       = "the evaluation recurses too deeply"
	endlessAdvice = "does a function call itself, or an object contain itself, without an end?"
)

// program is a Jsonnet file to evaluate.
type program struct {
	name string // as given, for messages
	dir  string // its folder, as given
	text string
	root *os.Root // the folder
}

// evaluate returns the JSON that a Jsonnet program comes to, and what it has imported,
// nil where it did not come to an end. The program sees the files below its folder and
// nothing else: no environment, no variables, no network.
//
// go-jsonnet can't be interrupted, and a Go stack that overflows ends the
// process. So the evaluation is watched, and left behind when it takes too long
// or too much.
//
// One gap is left: std.range asks for up to 34 GB in one piece, and where the
// system refuses that much, Go ends the process before anybody can look.
func evaluate(ctx context.Context, p program, o Options) (result []byte, imports *importer, err error) {
	if len(p.text) > largestSource {
		return nil, nil, &Problem{File: p.name, Message: "a jsonnet program is larger than 1 MiB", Advice: "let long text stand in files of their own, with importstr"}
	}
	timeout := o.Timeout
	if timeout == 0 {
		timeout = defaultTimeout
	}
	type evaluated struct {
		text    string
		imports *importer
		err     error
	}
	done := make(chan evaluated, 1)
	go func() {
		imports := &importer{dir: p.dir, root: p.root, seen: map[string]jsonnet.Contents{}}
		text, err := p.run(imports, o.Trace)
		done <- evaluated{text, imports, err}
	}()
	select {
	case r := <-done:
		if r.err != nil {
			return nil, r.imports, p.problem(r.err, r.imports)
		}
		return []byte(r.text), r.imports, nil
	case err = <-overuse(ctx, timeout):
	}
	if ctx.Err() != nil {
		return nil, nil, ctx.Err()
	}
	return nil, nil, &Problem{File: p.name, Message: err.Error(), Advice: endlessAdvice}
}

func (p program) run(imports *importer, trace func(string)) (string, error) {
	node, err := jsonnet.SnippetToAST(p.name, p.text)
	if err != nil {
		return "", err
	}
	vm := jsonnet.MakeVM()
	vm.Importer(imports)
	vm.SetTraceOut(io.Discard)
	if trace != nil {
		vm.SetTraceOut(tracer(trace))
	}
	return vm.Evaluate(node)
}

// tracer hands on what std.trace prints, which is a line each.
type tracer func(line string)

func (t tracer) Write(line []byte) (int, error) {
	t(strings.TrimSuffix(string(line), "\n"))
	return len(line), nil
}

// problem places an error of go-jsonnet in the program.
func (p program) problem(err error, imports *importer) error {
	found := &Problem{File: p.name, Message: err.Error()}
	if runtime, ok := errors.AsType[jsonnet.RuntimeError](err); ok {
		found.Message = strings.TrimSuffix(runtime.Msg, ".")
		for _, frame := range runtime.StackTrace {
			if at := frame.Loc; at.FileName != "" && at.FileName != "<std>" && at.Begin.Line > 0 {
				found.File, found.Line, found.Column = at.FileName, at.Begin.Line, at.Begin.Column
				break
			}
		}
	}
	p.placed(found)
	imports.imported(found, p.text)
	switch {
	case strings.HasPrefix(found.Message, "(CRASH)"):
		found.Message = "jsonnet itself failed"
	case found.Message == "max stack frames exceeded":
		found.Message, found.Advice = tooDeep, endlessAdvice
	case strings.HasPrefix(found.Message, "Undefined external variable"):
		found.Advice = "a config is given no variables"
	case strings.HasPrefix(found.Message, "Missing argument") && found.Line == 0:
		found.Advice = "a config is given no arguments: let the function have defaults, or be called"
	case found.File == p.name && yamlStart.MatchString(p.text):
		found.Message, found.Advice = "this is yaml, not jsonnet", yamlAdvice(p.name, []byte(p.text))
	}
	if text := imports.text(found.File, p); found.Advice == "" && text != nil {
		adviseJsonnet(found, text)
	}
	found.Message = lower(found.Message)
	return found
}

// lower begins a sentence of go-jsonnet as our messages begin; a name in
// capitals stays.
func lower(s string) string {
	if len(s) > 1 && 'a' <= s[1] && s[1] <= 'z' {
		return strings.ToLower(s[:1]) + s[1:]
	}
	return s
}

// importer reads what a program imports: below its folder, or the library.
type importer struct {
	dir  string
	root *os.Root
	seen map[string]jsonnet.Contents
	// failed are the imports that could not be had.
	failed []missingImport
}

// Import implements [jsonnet.Importer]. A path is relative to the file that
// imports it.
func (i *importer) Import(from, name string) (jsonnet.Contents, string, error) {
	contents, at, err := i.find(from, name)
	if err != nil {
		i.failed = append(i.failed, missingImport{from, name, err})
	}
	return contents, at, err
}

func (i *importer) find(from, name string) (jsonnet.Contents, string, error) {
	if name == libraryName {
		return i.contents(name, func() ([]byte, error) { return []byte(library), nil })
	}
	if path.IsAbs(name) {
		return jsonnet.Contents{}, "", fmt.Errorf("%q is not a path relative to the file that imports it", name)
	}
	folder, err := filepath.Rel(i.dir, filepath.Dir(from))
	if err != nil {
		return jsonnet.Contents{}, "", fmt.Errorf("import %q: %w", name, err)
	}
	below := filepath.Join(folder, name)
	return i.contents(filepath.Join(i.dir, below), func() ([]byte, error) { return i.read(below) })
}

// contents keeps what was read: go-jsonnet wants the very same for a name.
func (i *importer) contents(at string, read func() ([]byte, error)) (jsonnet.Contents, string, error) {
	if known, ok := i.seen[at]; ok {
		return known, at, nil
	}
	raw, err := read()
	if err != nil {
		return jsonnet.Contents{}, "", err
	}
	i.seen[at] = jsonnet.MakeContentsRaw(raw)
	return i.seen[at], at, nil
}

// programs are the programs that were imported, by the names that errors give them.
func (i *importer) programs() map[string][]byte {
	programs := map[string][]byte{}
	if i == nil {
		return programs
	}
	for at, contents := range i.seen {
		if isJsonnet(at) {
			programs[at] = contents.Data()
		}
	}
	return programs
}

// text is that of the program or of one that it imports, nil where neither has the name.
func (i *importer) text(file string, p program) []byte {
	if file == p.name {
		return []byte(p.text)
	}
	return i.programs()[file]
}

func (i *importer) read(below string) ([]byte, error) {
	file, err := openBelow(i.root, below)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	raw, err := limited(file)
	if err != nil {
		return nil, fileError(below, err)
	}
	if most := largest(below); int64(len(raw)) > most {
		return nil, tooLarge(below, most)
	}
	return raw, nil
}

func largest(name string) int64 {
	if isJsonnet(name) {
		return largestSource
	}
	return jsonx.MaxBytes
}
