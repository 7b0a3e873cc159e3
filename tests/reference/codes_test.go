package reference

import (
	"go/ast"
	goparser "go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// sources are the parsed files of the commands and their packages, without tests and
// fakes, by the name of their folder below root.
func sources(root string) (map[string][]*ast.File, error) {
	all := map[string][]*ast.File{}
	for _, top := range []string{"cmd", "pkg"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(path string, d fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			folder, err := filepath.Rel(root, filepath.Dir(path))
			if err != nil || strings.HasSuffix(folder, "test") {
				return err
			}
			f, err := goparser.ParseFile(token.NewFileSet(), path, nil, goparser.SkipObjectResolution)
			all[folder] = append(all[folder], f)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// carries names what holds an error's code in a package: a field, a variable, a
// parameter or a result of that name.
func carries(folder, name string) bool {
	switch name {
	case "Code", "code", "defaultCodes":
		return true
	case "What":
		return folder == "pkg/apply"
	case "Reason", "reason":
		return folder == "pkg/transport"
	}
	return false
}

var codeWord = regexp.MustCompile(`^[a-z]+(?:_[a-z]+)*$`)

// errorCodes are the words for programs that errors can have, each with a folder whose
// code says it. They are found by the names of what carries them (see [carries]).
func errorCodes(all map[string][]*ast.File) map[string]string {
	arguments, members, constants := codeArguments(all), codeFields(all), textConstants(all)
	found := map[string]string{}
	for folder, files := range all {
		add := func(e ast.Expr) {
			word := text(e)
			if named, ok := constants[called(e)]; ok {
				word = named
			}
			if codeWord.MatchString(word) {
				found[word] = folder
			}
		}
		for _, f := range files {
			ast.Inspect(f, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.CompositeLit:
					unkeyed(folder, n, members, add)
					keyed(folder, n, add)
				case *ast.AssignStmt:
					for i, to := range n.Lhs {
						if carries(folder, called(to)) && len(n.Lhs) == len(n.Rhs) {
							add(n.Rhs[i])
						}
					}
				case *ast.ValueSpec:
					for i, name := range n.Names {
						if carries(folder, name.Name) && i < len(n.Values) {
							elements(n.Values[i], add)
						}
					}
				case *ast.FuncDecl:
					returned(folder, n, add)
				case *ast.CallExpr:
					for _, i := range arguments[called(n.Fun)] {
						if i < len(n.Args) {
							add(n.Args[i])
						}
					}
				}
				return true
			})
		}
	}
	return found
}

// text is the value of a literal, or empty.
func text(e ast.Expr) string {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return ""
	}
	value, err := strconv.Unquote(lit.Value)
	if err != nil {
		return ""
	}
	return value
}

// textConstants are the constants of packages that are texts, by name.
func textConstants(all map[string][]*ast.File) map[string]string {
	found := map[string]string{}
	for _, files := range all {
		for _, f := range files {
			for _, d := range f.Decls {
				group, ok := d.(*ast.GenDecl)
				if !ok || group.Tok != token.CONST {
					continue
				}
				for _, spec := range group.Specs {
					value := spec.(*ast.ValueSpec)
					for i, name := range value.Names {
						if i < len(value.Values) && text(value.Values[i]) != "" {
							found[name.Name] = text(value.Values[i])
						}
					}
				}
			}
		}
	}
	return found
}

// called is the last name of an expression: Code of e.Code.
func called(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

// elements are the texts of a table.
func elements(e ast.Expr, add func(ast.Expr)) {
	ast.Inspect(e, func(n ast.Node) bool {
		if kv, ok := n.(*ast.KeyValueExpr); ok {
			add(kv.Value)
		}
		return true
	})
}

// returned are the codes that a function gives: a method Code, or one with a result
// of such a name.
func returned(folder string, f *ast.FuncDecl, add func(ast.Expr)) {
	if f.Type.Results == nil || f.Body == nil {
		return
	}
	var at []int
	i := 0
	for _, r := range f.Type.Results.List {
		for _, name := range r.Names {
			if carries(folder, name.Name) {
				at = append(at, i)
			}
			i++
		}
	}
	if f.Name.Name == "Code" {
		at = []int{0}
	}
	ast.Inspect(f.Body, func(n ast.Node) bool {
		if r, ok := n.(*ast.ReturnStmt); ok {
			for _, i := range at {
				if i < len(r.Results) {
					add(r.Results[i])
				}
			}
		}
		return true
	})
}

// keyed are the codes of a literal with the names of its fields. What differs on a host
// (doc.Mismatch) has a member of the same name as a failure of hk-apply.
func keyed(folder string, lit *ast.CompositeLit, add func(ast.Expr)) {
	for _, e := range lit.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok && carries(folder, called(kv.Key)) && called(lit.Type) != "Mismatch" {
			add(kv.Value)
		}
	}
}

// unkeyed are the codes of a literal without the names of its fields, or of a list of
// such.
func unkeyed(folder string, lit *ast.CompositeLit, members map[string]int, add func(ast.Expr)) {
	if list, ok := lit.Type.(*ast.ArrayType); ok {
		for _, e := range lit.Elts {
			if inner, ok := e.(*ast.CompositeLit); ok && inner.Type == nil {
				unkeyed(folder, &ast.CompositeLit{Type: list.Elt, Elts: inner.Elts}, members, add)
			}
		}
		return
	}
	i, ok := members[called(lit.Type)]
	if s, anonymous := lit.Type.(*ast.StructType); anonymous {
		i, ok = codeField(folder, s)
	}
	if ok && i < len(lit.Elts) {
		add(lit.Elts[i])
	}
}

// codeFields says, by the names of types, at which place of them a code is.
func codeFields(all map[string][]*ast.File) map[string]int {
	at := map[string]int{}
	for folder, files := range all {
		for _, f := range files {
			ast.Inspect(f, func(n ast.Node) bool {
				if spec, ok := n.(*ast.TypeSpec); ok {
					if s, ok := spec.Type.(*ast.StructType); ok {
						if i, ok := codeField(folder, s); ok {
							at[spec.Name.Name] = i
						}
					}
				}
				return true
			})
		}
	}
	return at
}

func codeField(folder string, s *ast.StructType) (at int, ok bool) {
	for _, field := range s.Fields.List {
		for _, name := range field.Names {
			if carries(folder, name.Name) {
				return at, true
			}
			at++
		}
	}
	return 0, false
}

// codeArguments says, by the names of functions, which arguments are codes.
func codeArguments(all map[string][]*ast.File) map[string][]int {
	at := map[string][]int{}
	for folder, files := range all {
		for _, f := range files {
			for _, d := range f.Decls {
				fn, ok := d.(*ast.FuncDecl)
				if !ok {
					continue
				}
				i := 0
				for _, p := range fn.Type.Params.List {
					for _, name := range p.Names {
						if carries(folder, name.Name) {
							at[fn.Name.Name] = append(at[fn.Name.Name], i)
						}
						i++
					}
				}
			}
		}
	}
	return at
}
