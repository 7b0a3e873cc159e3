package main

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/invopop/jsonschema"

	"hostkit/pkg/doc"
	"hostkit/pkg/resource"
)

// generator makes the schema of one document.
type generator struct {
	comments map[string]string
	closed   bool

	reflector *jsonschema.Reflector
	names     map[string]reflect.Type // of the definitions
	unions    map[reflect.Type]reflect.Type
	open      map[reflect.Type]bool // unions in the making; true once one was met within itself
	extra     jsonschema.Definitions
	err       error
}

func (g *generator) document(v any, name doc.Schema) (*jsonschema.Schema, error) {
	g.names = map[string]reflect.Type{}
	g.unions = map[reflect.Type]reflect.Type{}
	g.open = map[reflect.Type]bool{}
	g.extra = jsonschema.Definitions{}
	g.reflector = &jsonschema.Reflector{
		Anonymous:                 true,
		AllowAdditionalProperties: !g.closed,
		ExpandedStruct:            true,
		LookupComment:             g.comment,
		Mapper:                    g.special,
		Namer:                     g.name,
		KeyNamer:                  member,
		AdditionalFields:          g.sections,
	}
	schema := g.reflector.Reflect(v)
	for def, s := range g.extra {
		schema.Definitions[def] = s
	}
	if len(schema.Definitions) == 0 {
		schema.Definitions = nil
	}
	finish(schema)
	for _, s := range schema.Definitions {
		finish(s)
	}
	property(schema, "schema").Const = string(name)
	property(schema, "schema").Type = ""
	if facts, ok := schema.Definitions["Facts"]; ok {
		property(facts, "observed").PropertyNames = &jsonschema.Schema{Pattern: doc.AddressPattern}
	}
	return schema, g.err
}

func property(s *jsonschema.Schema, name string) *jsonschema.Schema {
	p, ok := s.Properties.Get(name)
	if !ok {
		panic("no member " + name)
	}
	return p
}

// name names a definition after its type, and notices when two types of one name
// meet in a document.
func (g *generator) name(t reflect.Type) string {
	name := strings.ToUpper(t.Name()[:min(1, len(t.Name()))]) + t.Name()[min(1, len(t.Name())):]
	if other, taken := g.names[name]; taken && other != t && t.Name() != "" && g.err == nil {
		g.err = fmt.Errorf("%s and %s share the name %s", other, t, name)
	}
	g.names[name] = t
	return name
}

// member drops the fields that hold an object's remaining members: they are
// embedded under no name of their own, and all names that we write are lower
// case.
func member(name string) string {
	if r, _ := utf8.DecodeRuneInString(name); r == '$' || r >= 'a' && r <= 'z' {
		return name
	}
	return ""
}

// sections gives a service of a config the members of the kinds.
func (g *generator) sections(t reflect.Type) []reflect.StructField {
	if t != reflect.TypeFor[doc.ServiceConfig]() {
		return nil
	}
	var fields []reflect.StructField
	for _, k := range resource.Kinds {
		if s := k.Section(); s.Member != "" {
			fields = append(fields, reflect.StructField{
				Name: "Section", Type: reflect.TypeOf(s.Shape),
				Tag: reflect.StructTag(`json:"` + s.Member + `,omitzero"`),
			})
		}
	}
	return fields
}

// special gives the types whose JSON is not what their Go kind says. A kind's own
// type of text says what it looks like with a method SchemaPattern() string, and
// one that has several shapes lists them with OneOfShapes() []any.
func (g *generator) special(t reflect.Type) *jsonschema.Schema {
	if t == reflect.TypeFor[jsontext.Value]() {
		return &jsonschema.Schema{}
	}
	if make, ok := texts[t]; ok {
		s := make()
		s.Type, s.Description = "string", g.comment(t, "")
		return s
	}
	zero := reflect.Zero(t).Interface()
	if p, ok := zero.(interface{ SchemaPattern() string }); ok && t.Kind() == reflect.String {
		return &jsonschema.Schema{Type: "string", Pattern: p.SchemaPattern(), Description: g.comment(t, "")}
	}
	switch t {
	case reflect.TypeFor[doc.Bytes]():
		return oneOf(text(), base64Object())
	case reflect.TypeFor[doc.Content]():
		return oneOf(text(), base64Object(), g.file())
	case reflect.TypeFor[doc.Port]():
		return &jsonschema.Schema{Type: "integer", Minimum: "1", Maximum: "65535", Description: g.comment(t, "")}
	case reflect.TypeFor[doc.SecretSource]():
		return g.secretSource()
	}
	if u, ok := zero.(interface{ OneOfShapes() []any }); ok && t.Kind() != reflect.Pointer {
		return g.union(t, u.OneOfShapes())
	}
	return nil
}

func oneOf(s ...*jsonschema.Schema) *jsonschema.Schema { return &jsonschema.Schema{OneOf: s} }

func text() *jsonschema.Schema { return &jsonschema.Schema{Type: "string"} }

// union reflects each of several shapes; their definitions are added to the
// document's afterwards, since a mapper can't reach them. A union that holds
// itself becomes a definition of its own.
func (g *generator) union(t reflect.Type, shapes []any) *jsonschema.Schema {
	self := &jsonschema.Schema{Ref: "#/$defs/" + t.Name()}
	if _, within := g.open[t]; within || g.extra[t.Name()] != nil {
		g.open[t] = true
		return self
	}
	g.open[t] = false
	defer delete(g.open, t)
	u := oneOf()
	for _, shape := range shapes {
		g.unions[reflect.TypeOf(shape)] = t
		own := *g.reflector
		own.ExpandedStruct = false
		s := own.Reflect(shape)
		for def, schema := range s.Definitions {
			g.extra[def] = schema
		}
		s.Definitions, s.Version = nil, ""
		u.OneOf = append(u.OneOf, s)
	}
	if !g.open[t] {
		return u
	}
	u.Description = g.comment(t, "")
	g.extra[g.name(t)] = u
	return self
}

// finish sets what the library leaves open, in all parts of a schema.
func finish(s *jsonschema.Schema) {
	if s.Type == "integer" && s.Minimum == "" {
		s.Minimum = json.Number(fmt.Sprint(-maxInteger))
	}
	if s.Type == "integer" && s.Maximum == "" {
		s.Maximum = json.Number(fmt.Sprint(maxInteger))
	}
	parts := append([]*jsonschema.Schema{s.Items, s.AdditionalProperties}, s.OneOf...)
	if s.Properties != nil {
		for p := s.Properties.Oldest(); p != nil; p = p.Next() {
			parts = append(parts, p.Value)
		}
	}
	for _, part := range parts {
		if part != nil && part != jsonschema.FalseSchema {
			finish(part)
		}
	}
}
