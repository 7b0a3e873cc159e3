// Command gen writes the JSON schemas of HostKit's documents, and the page that
// describes them, from their Go types and from the sections that the kinds have in a
// config. It is a module of its
// own, so that what it needs does not become HostKit's.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/invopop/jsonschema"

	"hostkit/pkg/doc"
)

// documents are the schemas to write, with the Go type of each. Closed documents
// are written by people: a member that nobody knows is a mistake.
var documents = []struct {
	schema doc.Schema
	title  string
	value  any
	closed bool
}{
	{doc.SchemaConfig, "HostKit config", doc.Config{}, true},
	{doc.SchemaHost, "HostKit host document", doc.HostDocument{}, false},
	{doc.SchemaPackageLock, "HostKit package lock", doc.PackageLock{}, false},
	{doc.SchemaPlan, "HostKit plan", doc.Plan{}, false},
	{doc.SchemaReport, "HostKit report", doc.Report{}, false},
	{doc.SchemaEvent, "HostKit event", doc.Event{}, false},
}

func main() {
	root := flag.String("root", "../..", "the top `FOLDER` of the module hostkit, whose comments are read")
	out := flag.String("out", "", "the `FOLDER` to write to (default schemas/ below root)")
	flag.Parse()
	if err := run(*root, *out); err != nil {
		fmt.Fprintln(os.Stderr, "gen: error:", err)
		os.Exit(1)
	}
}

func run(root, out string) error {
	out, err := filepath.Abs(cmpOr(out, filepath.Join(root, "schemas")))
	if err != nil {
		return err
	}
	// Comments are looked up by import path, which is the path below root.
	if err := os.Chdir(root); err != nil {
		return err
	}
	comments, err := readComments("hostkit", "./pkg/doc", "./pkg/resource", "./pkg/openpgp")
	if err != nil {
		return err
	}
	page := newPage(comments)
	for _, d := range documents {
		g := &generator{comments: comments, closed: d.closed}
		schema, err := g.document(d.value, d.schema)
		if err != nil {
			return fmt.Errorf("%s: %w", d.schema, err)
		}
		schema.Title = d.title
		name := fileName(d.schema)
		schema.ID = name
		if err := write(filepath.Join(out, string(name)), schema); err != nil {
			return err
		}
		if err := page.document(d.schema, schema); err != nil {
			return err
		}
	}
	page.end()
	return os.WriteFile(filepath.Join(out, "README.md"), page.Bytes(), 0o644)
}

func cmpOr(s, otherwise string) string {
	if s != "" {
		return s
	}
	return otherwise
}

func write(path string, schema any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(schema); err != nil {
		return err
	}
	// The library's own MarshalJSON escapes for HTML whatever the encoder says.
	text := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(b.String())
	return os.WriteFile(path, []byte(text), 0o644)
}

// fileName is that of package schemas, which can't be imported before its files
// are there.
func fileName(s doc.Schema) jsonschema.ID {
	name := strings.TrimPrefix(string(s), "hostkit.")
	return jsonschema.ID(strings.ReplaceAll(name, "/", ".") + ".schema.json")
}
