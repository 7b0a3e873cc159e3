package config

import (
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-jsonnet"
	"github.com/google/go-jsonnet/ast"
)

// origin finds where the parts of what a program has come to are written in it. It
// follows what can be read from the text alone: objects and arrays, what is added to
// them, variables, functions of the program and imports. Of anything else, a condition,
// a comprehension, a function of std, it says that it does not know.
type origin struct {
	program program
	imports *importer
	roots   map[string]ast.Node
	// fuel ends a search that goes round in a circle.
	fuel int
}

// written is an expression, with what its variables stand for.
type written struct {
	node  ast.Node
	scope *scope
}

// sum is expressions of which each is added to the ones behind it.
type sum []written

// scope is what variables stand for; one without a node is not known.
type scope struct {
	binds map[ast.Identifier]written
	outer *scope
}

// passage is where a part of the result is written.
type passage struct {
	// name is where the member's name stands, or the element; value its value.
	name, value ast.LocationRange
	// sum is the value.
	sum sum
}

const mostSteps = 10_000

// find gives the place of what a JSON pointer names in the result.
func (o *origin) find(pointer string) (passage, bool) {
	o.fuel = mostSteps
	root, ok := o.root(o.program.name)
	if !ok || pointer == "" {
		return passage{}, false
	}
	at := passage{sum: sum{{node: root}}}
	for token := range jsontext.Pointer(pointer).Tokens() {
		if at, ok = o.part(at.sum, token); !ok {
			return passage{}, false
		}
	}
	if at.value.Begin.Line == 0 {
		at.value = at.name
	}
	return at, at.name.Begin.Line > 0
}

// root is a program that was read, as its grammar has it.
func (o *origin) root(name string) (ast.Node, bool) {
	if root, ok := o.roots[name]; ok {
		return root, root != nil
	}
	text := o.program.text
	if name != o.program.name {
		contents, ok := o.imports.seen[name]
		if !ok {
			return nil, false
		}
		text = contents.String()
	}
	root, err := jsonnet.SnippetToAST(name, text)
	if err != nil {
		root = nil
	}
	if o.roots == nil {
		o.roots = map[string]ast.Node{}
	}
	o.roots[name] = root
	return root, root != nil
}

// part is the member or element of a value.
func (o *origin) part(of sum, token string) (passage, bool) {
	all, complete := o.literals(of)
	if len(all) == 0 {
		return passage{}, false
	}
	if array, ok := all[0].node.(*ast.Array); ok {
		i, err := strconv.Atoi(token)
		if err != nil || len(all) > 1 || !complete || i < 0 || i >= len(array.Elements) {
			return passage{}, false
		}
		element := array.Elements[i].Expr
		return passage{*element.Loc(), *element.Loc(), sum{{element, all[0].scope}}}, true
	}
	return o.member(all, complete, token)
}

// member is the member of an object that is a sum of others. One whose names are
// computed may have it.
func (o *origin) member(all []written, complete bool, name string) (passage, bool) {
	var at passage
	for _, one := range all {
		object, ok := one.node.(*ast.DesugaredObject)
		if !ok {
			return passage{}, false
		}
		field, computed := fieldOf(object, name)
		switch {
		case field == nil && computed:
			return at, len(at.sum) > 0
		case field == nil:
			continue
		case len(at.sum) == 0:
			at.name, at.value = field.LocRange, *field.Body.Loc()
		}
		at.sum = append(at.sum, written{field.Body, bound(object.Locals, one.scope)})
		if !field.PlusSuper {
			return at, true
		}
	}
	return at, complete && len(at.sum) > 0
}

// fieldOf is the field of an object that has the name, and whether one might whose name
// is computed.
func fieldOf(object *ast.DesugaredObject, name string) (field *ast.DesugaredObjectField, computed bool) {
	for i := range object.Fields {
		literal, ok := object.Fields[i].Name.(*ast.LiteralString)
		if computed = computed || !ok; ok && literal.Value == name {
			return &object.Fields[i], computed
		}
	}
	return nil, computed
}

// bound is the scope within locals, which see each other.
func bound(locals ast.LocalBinds, outer *scope) *scope {
	inner := &scope{binds: map[ast.Identifier]written{}, outer: outer}
	for _, local := range locals {
		inner.binds[local.Variable] = written{local.Body, inner}
	}
	return inner
}

// literals are the objects, arrays, functions and texts that a sum is made of, as far as
// they are known; complete says that none is missing.
func (o *origin) literals(of sum) (all []written, complete bool) {
	for _, one := range of {
		more, complete := o.literal(one)
		if all = append(all, more...); !complete {
			return all, false
		}
	}
	return all, true
}

func (o *origin) literal(of written) (all []written, complete bool) {
	if o.fuel--; o.fuel < 0 {
		return nil, false
	}
	switch node := of.node.(type) {
	case *ast.DesugaredObject, *ast.Array, *ast.Function, *ast.LiteralString, *ast.LiteralNumber:
		return []written{of}, true
	case *ast.Local:
		return o.literal(written{node.Body, bound(node.Binds, of.scope)})
	case *ast.Var:
		return o.literal(of.scope.find(node.Id))
	case *ast.Import:
		_, at, err := o.imports.find(node.Loc().FileName, node.File.Value)
		if root, ok := o.root(at); err == nil && ok {
			return o.literal(written{node: root})
		}
	case *ast.Binary:
		if node.Op == ast.BopPlus {
			return o.literals(sum{{node.Right, of.scope}, {node.Left, of.scope}})
		}
	case *ast.Index:
		if name, ok := node.Index.(*ast.LiteralString); ok {
			if at, ok := o.part(sum{{node.Target, of.scope}}, name.Value); ok {
				return o.literals(at.sum)
			}
		}
	case *ast.Apply:
		target, ok := o.literal(written{node.Target, of.scope})
		if function, isOne := only(target).(*ast.Function); ok && isOne {
			return o.literal(written{function.Body, inCall(function, node, target[0].scope, of.scope)})
		}
	}
	return nil, false
}

func only(all []written) ast.Node {
	if len(all) != 1 {
		return nil
	}
	return all[0].node
}

// find is what the variable stands for.
func (s *scope) find(id ast.Identifier) written {
	for ; s != nil; s = s.outer {
		if known, ok := s.binds[id]; ok {
			return known
		}
	}
	return written{}
}

// inCall is the scope within a function that is called.
func inCall(function *ast.Function, call *ast.Apply, own, caller *scope) *scope {
	inner := &scope{binds: map[ast.Identifier]written{}, outer: own}
	for i, parameter := range function.Parameters {
		inner.binds[parameter.Name] = written{parameter.DefaultArg, inner}
		if i < len(call.Arguments.Positional) {
			inner.binds[parameter.Name] = written{call.Arguments.Positional[i].Expr, caller}
		}
	}
	for _, argument := range call.Arguments.Named {
		inner.binds[argument.Name] = written{argument.Arg, caller}
	}
	return inner
}
