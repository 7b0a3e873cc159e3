package main

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/invopop/jsonschema"

	"hostkit/pkg/doc"
)

// examples has, for each document, one as it is: those of one run, beginning with the
// config.
//
//go:embed examples
var examples embed.FS

//go:embed intro.md
var intro string

// page is the reference of all documents, schemas/README.md.
type page struct {
	bytes.Buffer
	// shown are the definitions that an earlier document has shown: those of one name
	// are the same in all documents.
	shown map[string]bool
	// forms are the texts of some form, by their patterns.
	forms map[string]form
}

// form is a type of text.
type form struct{ name, description string }

func newPage(comments map[string]string) *page {
	p := &page{shown: map[string]bool{}, forms: map[string]form{}}
	g := &generator{comments: comments}
	for t, schema := range texts {
		if s := schema(); s.Pattern != "" {
			p.forms[s.Pattern] = form{formNames.Replace(t.Name()), g.comment(t, "")}
		}
	}
	p.printf("<!-- Generated from the types of pkg/doc and pkg/resource, gen/intro.md and gen/examples. Change those, then run make generate. -->\n\n")
	p.WriteString(intro)
	return p
}

var formNames = strings.NewReplacer("UserName", "User name", "KeyFingerprint", "Key fingerprint")

// end ends the page with what texts look like.
func (p *page) end() {
	p.printf("\n## Forms of text\n\n| form | meaning | pattern |\n|---|---|---|\n")
	for _, pattern := range slices.SortedFunc(maps.Keys(p.forms), func(a, b string) int {
		return strings.Compare(p.forms[a].name, p.forms[b].name)
	}) {
		f := p.forms[pattern]
		p.printf("| %s | %s | `%s` |\n", strings.ToLower(f.name), cell(f.description), cell(pattern))
	}
}

func (p *page) printf(format string, args ...any) { fmt.Fprintf(p, format, args...) }

// document shows a document: what it is, an example, its members, and the types that
// these have.
func (p *page) document(name doc.Schema, s *jsonschema.Schema) error {
	p.printf("\n## %s\n\n%s\n", name, s.Description)
	if err := p.example(name); err != nil {
		return err
	}
	p.printf("\n| member | type | required | meaning |\n|---|---|---|---|\n")
	if err := p.members(string(name), s, s); err != nil {
		return err
	}
	var names []string
	for name := range s.Definitions {
		if !p.shown[name] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		p.shown[name] = true
		if err := p.definition(name, s.Definitions[name], s); err != nil {
			return err
		}
	}
	return nil
}

func (p *page) example(name doc.Schema) error {
	file := strings.TrimSuffix(string(fileName(name)), ".v1.schema.json") + ".json"
	raw, err := examples.ReadFile("examples/" + file)
	if err != nil {
		return err
	}
	p.printf("\nFor example (schema: [`%s`](%s)):\n\n```json\n%s```\n", fileName(name), fileName(name), raw)
	return nil
}

func (p *page) definition(name string, s, root *jsonschema.Schema) error {
	p.printf("\n### %s\n", name)
	if s.Description != "" {
		p.printf("\n%s\n", s.Description)
	}
	if s.OneOf != nil || s.Properties == nil {
		p.printf("\nIt is %s.\n", p.kind(s))
		return nil
	}
	p.printf("\n| member | type | required | meaning |\n|---|---|---|---|\n")
	return p.members(name, s, root)
}

// members are the rows of an object. A member that nothing is said of is an error.
func (p *page) members(of string, s, root *jsonschema.Schema) error {
	for m := s.Properties.Oldest(); m != nil; m = m.Next() {
		meaning := m.Value.Description
		for _, part := range []*jsonschema.Schema{m.Value, m.Value.AdditionalProperties, m.Value.Items} {
			if meaning == "" && part != nil && part.Ref != "" {
				meaning, _, _ = strings.Cut(root.Definitions[defined(part)].Description, "\n\n")
			}
		}
		for _, one := range m.Value.OneOf {
			meaning += described(one)
		}
		if meaning == "" && m.Value.Const == nil {
			return fmt.Errorf("%s: nothing is said of the member %s", of, m.Key)
		}
		if m.Value.Const != nil {
			meaning = "What the document is, and its major version."
		}
		required := ""
		if slices.Contains(s.Required, m.Key) {
			required = "yes"
		}
		p.printf("| `%s` | %s | %s | %s |\n", m.Key, cell(p.kind(m.Value)), required, cell(meaning))
	}
	return nil
}

// described are the members of one of several forms, as sentences.
func described(s *jsonschema.Schema) string {
	if s.Properties == nil {
		return ""
	}
	said := ""
	for m := s.Properties.Oldest(); m != nil; m = m.Next() {
		if m.Value.Description != "" {
			said += fmt.Sprintf(" `%s`: %s", m.Key, m.Value.Description)
		}
	}
	return said
}

// cell makes text fit a table.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "\n\n", "<br>").Replace(text)
}

func defined(s *jsonschema.Schema) string { return strings.TrimPrefix(s.Ref, "#/$defs/") }

// kind says in words what a value may be.
func (p *page) kind(s *jsonschema.Schema) string {
	switch {
	case s.Ref != "":
		name := defined(s)
		return fmt.Sprintf("[%s](#%s)", name, strings.ToLower(name))
	case s.Const != nil:
		return fmt.Sprintf("`%q`", s.Const)
	case s.Enum != nil:
		var all []string
		for _, e := range s.Enum {
			all = append(all, fmt.Sprintf("`%q`", e))
		}
		return strings.Join(all, ", ")
	case s.OneOf != nil:
		var all []string
		for _, one := range s.OneOf {
			if k := p.kind(one); !slices.Contains(all, k) {
				all = append(all, k)
			}
		}
		return strings.Join(all, " or ")
	case s.Type == "array":
		return "array of " + p.kind(s.Items)
	case s.Type == "object":
		return p.object(s)
	case s.Type == "string" && p.forms[s.Pattern].name != "":
		return "[" + strings.ToLower(p.forms[s.Pattern].name) + "](#forms-of-text)"
	case s.Type == "integer" && s.Maximum != json.Number(fmt.Sprint(maxInteger)):
		return fmt.Sprintf("integer from %s to %s", s.Minimum, s.Maximum)
	case s.Type == "":
		return "any value"
	}
	return s.Type
}

func (p *page) object(s *jsonschema.Schema) string {
	switch {
	case s.Properties != nil && s.Properties.Len() > 0:
		var all []string
		for m := s.Properties.Oldest(); m != nil; m = m.Next() {
			all = append(all, fmt.Sprintf("`%q`: %s", m.Key, p.kind(m.Value)))
		}
		return "{" + strings.Join(all, ", ") + "}"
	case s.AdditionalProperties != nil && !reflect.DeepEqual(s.AdditionalProperties, jsonschema.FalseSchema):
		return "object of " + p.kind(s.AdditionalProperties)
	}
	return "object"
}
