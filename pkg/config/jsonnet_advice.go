package config

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/google/go-jsonnet"
	"github.com/google/go-jsonnet/ast"
	"github.com/google/go-jsonnet/toolutils"

	"hostkit/pkg/cli/suggest"
)

// missingImport is an import that failed.
type missingImport struct {
	from, name string
	err        error
}

// imported completes the problem of an import: go-jsonnet places it where what was
// imported is used first, which may be far from where its name stands.
func (i *importer) imported(found *Problem, program string) {
	for _, missing := range i.failed {
		if strings.TrimSuffix(missing.err.Error(), ".") != found.Message {
			continue
		}
		found.Advice = i.advise(missing)
		text := program
		if known, ok := i.seen[missing.from]; ok {
			text = string(known.Data())
		}
		if at := importOf(missing.from, text, missing.name); at != nil {
			found.File, found.Line, found.Column = missing.from, at.Begin.Line, at.Begin.Column
		}
		return
	}
}

// importOf is where a program imports the name first, nil where it does not.
func importOf(file, text, name string) *ast.LocationRange {
	root, err := jsonnet.SnippetToAST(file, text)
	if err != nil {
		return nil
	}
	var first *ast.LocationRange
	var walk func(node ast.Node)
	walk = func(node ast.Node) {
		var imported *ast.LiteralString
		switch node := node.(type) {
		case *ast.Import:
			imported = node.File
		case *ast.ImportStr:
			imported = node.File
		case *ast.ImportBin:
			imported = node.File
		}
		if at := node.Loc(); imported != nil && imported.Value == name && (first == nil || ast.LocationBefore(at.Begin, first.Begin)) {
			first = at
		}
		for _, child := range toolutils.Children(node) {
			walk(child)
		}
	}
	walk(root)
	return first
}

// advise says what to write in place of a path that can't be imported.
func (i *importer) advise(missing missingImport) string {
	base := filepath.Base(missing.name)
	if _, ok := suggest.Nearest(base, []string{libraryName}); ok || base == libraryName {
		return fmt.Sprintf("did you mean '%s', which is built in", libraryName)
	}
	if strings.Contains(missing.name, "://") {
		return "nothing is fetched: keep a copy in the folder of the config"
	}
	if !errors.Is(missing.err, fs.ErrNotExist) {
		return "what a config imports is a file in its folder or below, named relative to the file that imports it"
	}
	if near, ok := suggest.File(filepath.Join(filepath.Dir(missing.from), missing.name)); ok {
		if relative, err := filepath.Rel(filepath.Dir(missing.from), near); err == nil {
			return fmt.Sprintf("did you mean '%s'", relative)
		}
	}
	return "a path is relative to the file that imports it"
}

// offsetOf is where a line and column, which are from 1, stand in a text; -1 where they
// do not.
func offsetOf(text []byte, line, column int) int {
	at := 0
	for range line - 1 {
		n := strings.IndexByte(string(text[at:]), '\n')
		if n < 0 {
			return -1
		}
		at += n + 1
	}
	if at += column - 1; line < 1 || column < 1 || at > len(text) {
		return -1
	}
	return at
}

// staticError is how go-jsonnet words an error of the text: "FILE:3:5-9 what",
// or "FILE:(3:5)-(4:1) what".
var staticError = regexp.MustCompile(`(?s)^(.*?):\(?(\d+):(\d+)\)?(?:-\S+)? (.*)$`)

// placed takes the place out of the words of go-jsonnet. The text may be that of a file
// which the program imports.
func (p program) placed(found *Problem) {
	if m := staticError.FindStringSubmatch(found.Message); m != nil && (m[1] == p.name || isJsonnet(m[1])) {
		found.File, found.Message = m[1], m[4]
		found.Line, _ = strconv.Atoi(m[2])
		found.Column, _ = strconv.Atoi(m[3])
	}
}
