package imports_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A stage is a function from document to document: streams, arguments and the
// exit status belong to pkg/cli, and its caller in cmd/.
func TestOnlyCliHasTheProcess(t *testing.T) {
	banned := []string{"Stdin", "Stdout", "Stderr", "Exit", "Args"}
	for _, p := range packages(t) {
		if !strings.HasPrefix(p.name(), "pkg/") || p.name() == "pkg/cli" {
			continue
		}
		for _, file := range p.GoFiles {
			fset := token.NewFileSet()
			parsed, err := parser.ParseFile(fset, filepath.Join(p.Dir, file), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(parsed, func(n ast.Node) bool {
				selector, ok := n.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				if x, ok := selector.X.(*ast.Ident); ok && x.Name == "os" && slices.Contains(banned, selector.Sel.Name) {
					t.Errorf("%s: os.%s", fset.Position(n.Pos()), selector.Sel.Name)
				}
				return true
			})
		}
	}
}
