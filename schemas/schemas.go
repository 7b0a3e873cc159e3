// Package schemas holds the JSON schemas of HostKit's documents, draft 2020-12.
// They are generated from the Go types of package doc and from the sections of
// the kinds; a test makes them again and compares.
//
// The config is written by people: an unknown member is an error. The other
// documents are written by commands, and v1 only grows, so their schemas let
// unknown members pass; what is one of several forms (a secret reference,
// content) is closed everywhere.
//
// The schemas refuse what the strict decoder refuses (jsonx.Unmarshal and
// doc.Complete), and no more: a plan's digest, say, is not theirs to check. They
// have no names on the web: a `$ref` from one's own schema, and an editor's
// `$schema`, is a path to the file.
package schemas

import (
	"embed"
	"strings"

	"hostkit/pkg/doc"
)

//go:generate go run -C gen . -root ../..

// FS holds a file *.v1.schema.json for each document.
//
//go:embed *.schema.json
var FS embed.FS

// All are the documents that have one, in the order of the pipe.
var All = []doc.Schema{
	doc.SchemaConfig, doc.SchemaHost, doc.SchemaPackageLock, doc.SchemaPlan, doc.SchemaReport, doc.SchemaEvent,
}

// FileName is the name of a document's schema: "plan.v1.schema.json" for
// hostkit.plan/v1.
func FileName(s doc.Schema) string {
	name := strings.TrimPrefix(string(s), "hostkit.")
	return strings.ReplaceAll(name, "/", ".") + ".schema.json"
}

// Get returns the schema of a document.
func Get(s doc.Schema) ([]byte, bool) {
	raw, err := FS.ReadFile(FileName(s))
	return raw, err == nil
}
