package shell

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"os"
	"path"
	"strings"
	"testing"

	"mvdan.cc/sh/v3/syntax"
)

// moduleScript is a text that is handed to a shell somewhere.
type moduleScript struct{ where, source string }

// moduleScripts returns the text of each shell.New in the module, and all that
// this package sends besides.
func moduleScripts(t *testing.T) []moduleScript {
	t.Helper()
	fset := token.NewFileSet()
	files := sources(t, fset, false)
	constants := map[string]ast.Expr{}
	for name, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok {
				for i := range min(len(spec.Names), len(spec.Values)) {
					constants[path.Dir(name)+" "+spec.Names[i].Name] = spec.Values[i]
				}
			}
			return true
		})
	}
	_, receiver, _ := strings.Cut(receiverPayload(testBoundary), "\n")
	scripts := []moduleScript{
		{"the bootstrap", readyForReceiver + bootstrap(Path)},
		{"the receiver", receiver},
		{"the probe", ToolsProbe().Script.String()},
	}
	for name, file := range files {
		folder := path.Dir(name)
		imported := importName(file, "hostkit/pkg/shell", "shell")
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			local, _ := call.Fun.(*ast.Ident)
			if !isNew(call.Fun, imported) && (folder != "pkg/shell" || local == nil || local.Name != "New") {
				return true
			}
			where := fset.Position(call.Pos()).String()
			source, ok := constantText(call.Args[0], folder, constants)
			if !ok {
				t.Errorf("%s: the text's constant was not found", where)
			}
			scripts = append(scripts, moduleScript{where, source})
			return true
		})
	}
	return scripts
}

// Every script of the module is POSIX, and none has a here-document, which bash
// puts into a file.
func TestScriptsArePOSIX(t *testing.T) {
	scripts := moduleScripts(t)
	if len(scripts) < 4 {
		t.Error("no shell.New was found")
	}
	for _, s := range scripts {
		checkPOSIX(t, s.where, s.source)
	}
	for _, become := range becomes {
		checkPOSIX(t, "the exec line", lineOf(t, become))
		checkPOSIX(t, "what asks for a password", become.asking("/bin/sh"))
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
	case *ast.SelectorExpr: // another package's, which has the name of its folder
		of, ok := e.X.(*ast.Ident)
		if !ok {
			return "", false
		}
		return constantText(e.Sel, "pkg/"+of.Name, constants)
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

// builtins are the commands that every POSIX shell has in itself, and bash's own
// that are only run there.
const builtins = " : . [ alias break case cd command compgen continue echo eval exec exit export false getopts kill local printf pwd " +
	"read readonly return set shift test times trap true type ulimit umask unset wait "

// What scripts call is in the list, so that a host without it is told by name.
func TestWhatScriptsCallIsInTheToolList(t *testing.T) {
	called := map[string]string{}
	declared := map[string]bool{}
	for _, s := range moduleScripts(t) {
		file := checkPOSIX(t, s.where, s.source)
		if file == nil || strings.HasPrefix(s.where, moduleRoot+"/pkg/manager/") {
			continue
		}
		syntax.Walk(file, func(n syntax.Node) bool {
			switch n := n.(type) {
			case *syntax.FuncDecl:
				declared[n.Name.Value] = true
			case *syntax.CallExpr:
				if len(n.Args) > 0 && n.Args[0].Lit() != "" {
					called[n.Args[0].Lit()] = s.where
				}
			}
			return true
		})
	}
	for name, where := range called {
		if !declared[name] && !strings.Contains(builtins, " "+name+" ") && packageOf(name) == "" {
			t.Errorf("%s: %s is neither a builtin nor in tools.go", where, name)
		}
	}
}
