package cli

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
)

// wanted is what a command reads, as people make it.
var wanted = map[string]string{
	"hk-facts":   "hk-eval makes documents of a config: hk-eval CONFIG | hk-facts",
	"hk-resolve": "hk-resolve reads what hk-facts writes: hk-eval CONFIG | hk-facts | hk-resolve",
	"hk-plan":    "hk-plan reads what hk-facts and hk-resolve write: hk-eval CONFIG | hk-facts | hk-plan --out plan.json",
	"hk-apply":   "hk-apply reads a plan as hk-plan has written it, not as hk-show shows it: hk-eval CONFIG | hk-facts | hk-plan --out plan.json",
	"hk-down":    "hk-down reads a plan as hk-plan has written it, or a report as hk-apply has: hk-down report.json",
	"hk-show":    "hk-show reads what the other commands write, as they have written it",
}

// noDocument is the hint for an input that does not even begin as JSON does: a config
// in Jsonnet, or what hk-show has made of a document. It is empty for other errors.
func (s Streams) noDocument(err error) string {
	var syntax *jsonx.SyntaxError
	if !errors.As(err, &syntax) || syntax.Offset != 0 || wanted[s.Name] == "" {
		return ""
	}
	return "this is no document: " + wanted[s.Name]
}

// again is how a document is had that was cut off.
var again = map[string]string{
	string(doc.SchemaHost): "make it again: hk-eval CONFIG | hk-facts",
	string(doc.SchemaPlan): "make the plan again, and read it: hk-eval CONFIG | hk-facts | hk-plan --out plan.json",
	string(doc.SchemaReport): "hk-apply with the same plan writes another, and does nothing twice; " +
		"hk-facts --groups runs tells what each run has done",
	string(doc.SchemaEvent): "it is not written twice: hk-facts --groups runs tells what each run has done",
}

// cutOff is the hint for a document that ends in the middle, empty for other errors.
func cutOff(err error) string {
	syntax, ok := errors.AsType[*jsonx.SyntaxError](err)
	if !ok || !syntax.Cut {
		return ""
	}
	return or(again[syntax.Schema], "run again what was to write it")
}

// CheckSchema refuses, with status 3, a document of another schema than those
// that the stage accepts: the error names the ones known, or the command that
// reads it.
func CheckSchema(stage string, accept []doc.Schema, d jsonx.Document) error {
	schema := doc.Schema(d.Schema())
	if slices.Contains(accept, schema) {
		return nil
	}
	where := fmt.Sprintf("%s:%d:%d", d.Name, d.Line, d.Column)
	if bytes.HasPrefix(d.Raw, []byte("[")) {
		return Refusef("no_schema", "%s: this is an array, and documents stand one after the other", where).
			WithHint("jq -c '.[]' makes documents of its elements")
	}
	if schema == "" {
		return Refusef("no_schema", "%s: the document has no schema", where).
			WithHint("%s reads %s", stage, list(accept))
	}
	family, _, _ := strings.Cut(string(schema), "/")
	for _, known := range families {
		if knownFamily, _, _ := strings.Cut(string(known), "/"); knownFamily != family || known == schema {
			continue
		}
		return Refusef("unknown_version", "%s: %s is not a version this %s knows", where, schema, stage).
			WithHint("it knows %s: was the document written by another release?", known)
	}
	if slices.Contains(families, schema) {
		return Refusef("wrong_document", "%s: %s does not read %s", where, stage, schema).
			WithHint("%s", toward(stage, kindOf(d), typedName(d.Name)))
	}
	return Refusef("unknown_schema", "%s: %q is not a document of hostkit", where, string(schema)).
		WithHint("%s reads %s", stage, list(accept))
}

func list(schemas []doc.Schema) string {
	words := make([]string, len(schemas))
	for i, s := range schemas {
		words[i] = string(s)
	}
	return strings.Join(words, ", ")
}
