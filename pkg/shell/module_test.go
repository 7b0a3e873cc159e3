package shell

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const moduleRoot = "../.."

// sources returns the Go files of the module, tests only if asked for, by their
// paths under its root.
func sources(t *testing.T, fset *token.FileSet, tests bool) map[string]*ast.File {
	t.Helper()
	files := map[string]*ast.File{}
	err := filepath.WalkDir(moduleRoot, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if path != moduleRoot && (name == "testdata" || strings.ContainsAny(name[:1], "._")) {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || !tests && strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
		if err != nil {
			// Another file that is being written is its own test's matter.
			t.Logf("not parsed: %v", err)
			return nil
		}
		relative, err := filepath.Rel(moduleRoot, path)
		files[filepath.ToSlash(relative)] = file
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if files["pkg/shell/script.go"] == nil {
		t.Fatalf("%s is not the module's root", moduleRoot)
	}
	return files
}

// importName returns the name under which file imports path, or "".
func importName(file *ast.File, path, name string) string {
	for _, spec := range file.Imports {
		if spec.Path.Value == strconv.Quote(path) {
			if spec.Name != nil {
				return spec.Name.Name
			}
			return name
		}
	}
	return ""
}

// Processes are started in two places: for the local connection, and for
// secrets that a command gives. Everything else goes through them. Packages for
// tests, named …test, may too, and only tests import those.
func TestWhoMayStartProcesses(t *testing.T) {
	allowed := []string{"pkg/transport", "pkg/secret/source"}
	for file, parsed := range sources(t, token.NewFileSet(), false) {
		folder := path.Dir(file)
		if strings.HasSuffix(folder, "test") || strings.HasPrefix(file, "tests/") {
			continue
		}
		for _, spec := range parsed.Imports {
			imported, _ := strconv.Unquote(spec.Path.Value)
			switch {
			case imported == "os/exec" && !slices.Contains(allowed, folder):
				t.Errorf("%s imports os/exec; only %s may", file, strings.Join(allowed, " and "))
			case strings.HasPrefix(imported, "hostkit/") && strings.HasSuffix(imported, "test"):
				t.Errorf("%s imports %s, which is for tests", file, imported)
			}
		}
	}
}

func TestThisPackageIsALeaf(t *testing.T) {
	for name, file := range sources(t, token.NewFileSet(), false) {
		if path.Dir(name) != "pkg/shell" {
			continue
		}
		for _, spec := range file.Imports {
			imported, _ := strconv.Unquote(spec.Path.Value)
			if imported == "net" || imported == "os" || strings.HasPrefix(imported, "net/") || strings.HasPrefix(imported, "os/") || strings.Contains(imported, ".") ||
				strings.HasPrefix(imported, "hostkit/") {
				t.Errorf("%s imports %s", name, imported)
			}
		}
	}
}

// The compiler refuses text that is no constant: this shows that it does.
func TestTextCannotBeMadeFromData(t *testing.T) {
	imports := importer.ForCompiler(token.NewFileSet(), "source", nil)
	compile := func(expression string) error {
		source := "package p\nimport (\"fmt\"; \"hostkit/pkg/shell\"; \"strings\")\n" +
			"var _, _, data = fmt.Sprint, strings.Builder{}, \"$(reboot)\"\nconst known = \"true\"\n" +
			"var _ = " + expression + "\n"
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, "p.go", source, 0)
		if err != nil {
			t.Fatal(err)
		}
		config := types.Config{Importer: imports}
		_, err = config.Check("p", fset, []*ast.File{file}, nil)
		return err
	}
	for _, expression := range []string{
		`shell.New("echo")`, `shell.New(known, data)`, `shell.New("echo " + known, data, data)`,
	} {
		if err := compile(expression); err != nil {
			t.Errorf("%s: %v", expression, err)
		}
	}
	for _, expression := range []string{
		`shell.New(data)`, `shell.New("echo " + data)`, `shell.New(fmt.Sprintf("echo %s", data))`,
		`shell.New((&strings.Builder{}).String())`, `shell.New(string([]byte("echo")))`, `shell.New(shell.text(data))`,
		`shell.Script{text: "echo"}`, `shell.New(strings.Join([]string{known, data}, " "))`, `shell.New([]byte(data))`,
		`shell.New(shell.New(data).String())`,
	} {
		if compile(expression) == nil {
			t.Errorf("%s compiles", expression)
		}
	}
}

// Type inference and reflection could still make text of data if they were
// handed New as a value, so it may only be called, and with what is seen to be
// constant.
func TestNewIsOnlyCalled(t *testing.T) {
	fset := token.NewFileSet()
	for path, file := range sources(t, fset, true) {
		name := importName(file, "hostkit/pkg/shell", "shell")
		if name == "" {
			continue
		}
		if name == "." {
			t.Errorf("%s: imports hostkit/pkg/shell into its own names", path)
		}
		called := map[ast.Node]bool{}
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && isNew(call.Fun, name) {
				called[call.Fun] = true
				if len(call.Args) == 0 || !looksConstant(call.Args[0]) || call.Ellipsis.IsValid() && len(call.Args) < 2 {
					t.Errorf("%s: text of shell.New is not a plain constant", fset.Position(call.Pos()))
				}
			}
			if isNew(n, name) && !called[n] {
				t.Errorf("%s: shell.New is used as a value", fset.Position(n.Pos()))
			}
			return true
		})
	}
}

func isNew(n ast.Node, name string) bool {
	selector, ok := n.(*ast.SelectorExpr)
	if !ok || selector.Sel.Name != "New" {
		return false
	}
	x, ok := selector.X.(*ast.Ident)
	return ok && x.Name == name
}

func looksConstant(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BasicLit, *ast.Ident:
		return true
	case *ast.SelectorExpr:
		_, ok := e.X.(*ast.Ident)
		return ok
	case *ast.ParenExpr:
		return looksConstant(e.X)
	case *ast.BinaryExpr:
		return e.Op == token.ADD && looksConstant(e.X) && looksConstant(e.Y)
	}
	return false
}
