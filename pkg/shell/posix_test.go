package shell

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mvdan.cc/sh/v3/syntax"
)

// Every script of the module is POSIX, and none has a here-document, which bash
// puts into a file.
func TestScriptsArePOSIX(t *testing.T) {
	fset := token.NewFileSet()
	files := sources(t, fset, false)
	constants := map[string]ast.Expr{}
	for path, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok {
				for i, name := range spec.Names {
					if i < len(spec.Values) {
						constants[filepath.Dir(path)+" "+name.Name] = spec.Values[i]
					}
				}
			}
			return true
		})
	}
	count := 0
	for path, file := range files {
		name := importName(file, "hostkit/pkg/shell", "shell")
		inside := filepath.Dir(path) == "pkg/shell"
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			local, _ := call.Fun.(*ast.Ident)
			if !isNew(call.Fun, name) && !(inside && local != nil && local.Name == "New") {
				return true
			}
			source, ok := constantText(call.Args[0], filepath.Dir(path), constants)
			if !ok {
				t.Errorf("%s: the text's constant was not found in its package", fset.Position(call.Pos()))
				return true
			}
			count++
			checkPOSIX(t, fset.Position(call.Pos()).String(), source)
			return true
		})
	}
	if count == 0 {
		t.Error("no script was found")
	}
	checkPOSIX(t, "the bootstrap", bootstrap(Path))
	_, receiver, _ := strings.Cut(receiverPayload(testBoundary), "\n")
	checkPOSIX(t, "the receiver", receiver)
	checkPOSIX(t, "the probe", ToolsProbe().Script.String())
	for _, become := range []Become{BecomeNone, BecomeSudo} {
		checkPOSIX(t, "the exec line", ExecLine(become))
	}
}

func constantText(e ast.Expr, folder string, constants map[string]ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		return constant.StringVal(constant.MakeFromLiteral(e.Value, e.Kind, 0)), e.Kind == token.STRING
	case *ast.Ident:
		value, ok := constants[folder+" "+e.Name]
		if !ok {
			return "", false
		}
		return constantText(value, folder, constants)
	case *ast.ParenExpr:
		return constantText(e.X, folder, constants)
	case *ast.BinaryExpr:
		x, okX := constantText(e.X, folder, constants)
		y, okY := constantText(e.Y, folder, constants)
		return x + y, okX && okY
	}
	return "", false
}

func checkPOSIX(t *testing.T, where, source string) *syntax.File {
	t.Helper()
	file, err := syntax.NewParser(syntax.Variant(syntax.LangPOSIX)).Parse(strings.NewReader(source), where)
	if err != nil {
		t.Errorf("%s: %v", where, err)
		return nil
	}
	syntax.Walk(file, func(n syntax.Node) bool {
		if r, ok := n.(*syntax.Redirect); ok && r.Hdoc != nil {
			t.Errorf("%s: line %d is a here-document", where, r.Pos().Line())
		}
		return true
	})
	return file
}

func TestPreludeMeansTheSameWithoutComments(t *testing.T) {
	minified := func(source string) string {
		var b bytes.Buffer
		if file := checkPOSIX(t, "the prelude", source); file != nil {
			if err := syntax.NewPrinter(syntax.Minify(true)).Print(&b, file); err != nil {
				t.Fatal(err)
			}
		}
		return b.String()
	}
	full := readPrelude()
	if minified(full) != minified(withoutComments(full)) {
		t.Error("a comment line or an empty line stands inside quotes")
	}
	// Linux takes no argument above 128 KiB; a name that the environment
	// exports could carry the receiver for a moment.
	if len(prelude) > 100_000 {
		t.Errorf("the prelude has %d bytes", len(prelude))
	}
}

// The worked example in the package comment is what really goes over the wire.
func TestPackageCommentShowsTheWire(t *testing.T) {
	comment, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	w := record(t, anyTarget(t), []Step{script(`printf 'hi'`), withContent(`cat >&2; exit 3`, "data\n")})
	_, client, _ := strings.Cut(string(w.stdin), "hkr_main ")
	for name, sent := range map[string]string{"client": "hkr_main " + client, "stdout": string(w.stdout)} {
		var block strings.Builder
		for line := range strings.Lines(sent) {
			line = strings.TrimSuffix(line, "\n")
			if line == "" {
				line = strings.Repeat(" ", 26) + "(an empty line)"
			}
			fmt.Fprintf(&block, "//\t%s\n", line)
		}
		if !bytes.Contains(comment, []byte(block.String())) {
			t.Errorf("%s: the package comment lacks\n%s", name, block.String())
		}
	}
	if !bytes.Contains(w.stderr, []byte(" B 1\ndata\n\n"+testBoundary)) {
		t.Errorf("stderr is %q", w.stderr)
	}
}
