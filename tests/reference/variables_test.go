package reference

import (
	"go/ast"
	"regexp"
	"strings"
)

var ownVariable = regexp.MustCompile(`^HOSTKIT_[A-Z_]+$`)

// variables are the names that code reads from the environment, each with a folder
// that does: what is looked up by name, and every text that is the name of one of
// ours.
func variables(all map[string][]*ast.File) map[string]string {
	found := map[string]string{}
	constants := textConstants(all)
	for folder, files := range all {
		for _, f := range files {
			ast.Inspect(f, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.BasicLit:
					if name := text(n); ownVariable.MatchString(name) {
						found[name] = folder
					}
				case *ast.CallExpr:
					if len(n.Args) != 1 || !strings.HasSuffix(strings.ToLower(called(n.Fun)), "env") {
						return true
					}
					name := text(n.Args[0])
					if named, ok := constants[called(n.Args[0])]; ok {
						name = named
					}
					if name != "" {
						found[name] = folder
					}
				}
				return true
			})
		}
	}
	return found
}
