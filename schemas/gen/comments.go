package main

import (
	"go/token"
	"reflect"
	"regexp"
	"strings"
	"unicode"

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
		return forReaders(t, t.Name(), paragraphs(g.comments[key]))
	}
	if own := g.comments[key+"."+field]; own != "" || t.Kind() != reflect.Struct {
		return forReaders(t, field, paragraphs(own))
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

var (
	// docLink is how a Go comment refers to another type.
	docLink = regexp.MustCompile(`\[([A-Z]\w*)\]`)
	none    = regexp.MustCompile(`\bnil\b`)
)

// forReaders turns the comment of a Go type or field into one for those who see
// JSON: a member stands there beside its description, so what the comment begins
// with is left out where the rest is a phrase, and other fields have the names of
// their members.
func forReaders(t reflect.Type, name, comment string) string {
	comment = none.ReplaceAllString(docLink.ReplaceAllString(comment, "$1"), "absent")
	for t.Kind() == reflect.Map || t.Kind() == reflect.Slice || t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	called := name
	if t.Kind() == reflect.Struct {
		for _, f := range reflect.VisibleFields(t) {
			member, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if member == "" {
				continue
			}
			comment = rename(comment, f.Name, member)
			if f.Name == name {
				called = "`" + member + "`"
			}
		}
	}
	for _, verb := range []string{" is ", " are "} {
		if rest, ok := strings.CutPrefix(comment, called+verb); ok {
			return capital(rest)
		}
	}
	return comment
}

func capital(text string) string {
	runes := []rune(text)
	runes[0] = unicode.ToUpper(runes[0])
	return string(runes)
}

// rename puts a member's name in the place of a field's. A field of one word is a
// word like any other where it begins a sentence, unless it begins the comment: that
// is how Go comments begin.
func rename(comment, field, member string) string {
	oneWord := strings.ToLower(field[1:]) == field[1:]
	var b strings.Builder
	at := 0
	for _, m := range regexp.MustCompile(`\b`+field+`\b`).FindAllStringIndex(comment, -1) {
		before := strings.TrimSpace(comment[:m[0]])
		b.WriteString(comment[at:m[0]])
		if at = m[1]; oneWord && before != "" && strings.ContainsAny(before[len(before)-1:], ".:;\"") {
			b.WriteString(comment[m[0]:m[1]])
		} else {
			b.WriteString("`" + member + "`")
		}
	}
	return b.String() + comment[at:]
}
