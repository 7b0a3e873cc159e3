package main

import (
	"go/token"
	"reflect"
	"strings"

	"github.com/invopop/jsonschema"
)

// readComments gives the doc comments of packages, keyed by "path.Type" and
// "path.Type.Field".
func readComments(module string, folders ...string) (map[string]string, error) {
	r := &jsonschema.Reflector{}
	for _, folder := range folders {
		if err := r.AddGoComments(module, folder, jsonschema.WithFullComment()); err != nil {
			return nil, err
		}
	}
	return r.CommentMap, nil
}

// comment is the description of a type, or of a field of it. A shape of a union
// that is nothing by itself has the comments of the type that it stands in for,
// and a field without words of its own those of its type, where that is text.
func (g *generator) comment(t reflect.Type, field string) string {
	if u, ok := g.unions[t]; ok && !token.IsExported(t.Name()) {
		t = u
	}
	key := t.PkgPath() + "." + t.Name()
	if field == "" {
		return paragraphs(g.comments[key])
	}
	if own := g.comments[key+"."+field]; own != "" || t.Kind() != reflect.Struct {
		return paragraphs(own)
	}
	if f, ok := t.FieldByName(field); ok && texts[f.Type] != nil {
		return g.comment(f.Type, "")
	}
	return ""
}

// paragraphs undoes the folding of a comment's lines.
func paragraphs(comment string) string {
	parts := strings.Split(comment, "\n\n")
	for i, p := range parts {
		parts[i] = strings.Join(strings.Fields(p), " ")
	}
	return strings.Join(parts, "\n\n")
}
