// Package render shows HostKit's documents to people: a plan as a diff, a
// report as a table, facts as a sheet. It is text for the eyes; programs read
// the documents themselves.
//
// What a tired person must not miss comes first: the host, the secrets that
// will be used, the identity the plan is bound to, and what is deleted. Nothing
// is said by colour alone. Every text that a host or a config chose passes
// package visible, because [segment] can't be made without it, so a document
// can't move the cursor, hide a line or reverse one (CWE-150).
//
// Lines are laid out for 80 columns. Names, and lines of a file's content, are
// never cut or folded to fit, since a reviewer must be able to trust and to copy
// them; only content is bounded, and says how much was left out.
package render

import (
	"fmt"
	"strings"

	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
)

// Options say how documents are shown. The zero value is plain, bounded text.
type Options struct {
	// Color adds ECMA-48 colours.
	Color bool
	// Full leaves nothing out: all lines of every content, whole digests, the
	// names of what stays unchanged.
	Full bool
	// Summary is the other end: of each document what it is and how it ends, and what
	// it destroys. It is not set together with Full.
	Summary bool
}

// Shown is a document made readable.
type Shown struct {
	// Text ends with a newline. Without the escape sequences of Options.Color it
	// has no control character but newlines.
	Text string
	// Head is what is shown of the document beside a [Fleet] that has the rest; it may
	// be empty.
	Head string
	// Host is the name of the host that the document is about; empty for a
	// config and a package lock.
	Host string
	// Failure is the document's error member: the host failed in a stage.
	Failure *doc.HostError

	schema  doc.Schema
	changes doc.Summary
	status  doc.HostStatus
	parts   []part
}

// Grouped reports whether the document goes into a [Fleet] where there are others of
// its schema.
func (s Shown) Grouped() bool { return s.IsPlan() || s.schema == doc.SchemaReport }

// IsPlan tells the two kinds of documents apart that are grouped. A host that has
// failed has no plan.
func (s Shown) IsPlan() bool { return s.schema == doc.SchemaPlan && s.Failure == nil }

// EditedError is the refusal of a plan whose digest is not that of its bytes. To
// show it would be to vouch for it.
type EditedError struct {
	// Location is that of the digest.
	Location jsonx.Location
}

func (e *EditedError) Error() string {
	return e.Location.String() + ": the plan was edited after hk-plan wrote it"
}

// Exit is the status of refused input.
func (e *EditedError) Exit() int { return refused }

// Code is the word for programs.
func (e *EditedError) Code() string { return "digest_mismatch" }

// Hint says how to change a plan.
func (e *EditedError) Hint() string {
	return "make it again: hk-plan --only and --ignore select changes"
}

// UnknownSchemaError is the refusal of a document that is none of ours, or has
// another major version.
type UnknownSchemaError struct {
	// Location is where the document begins.
	Location jsonx.Location
	// Schema is what the document says it is; empty when it says nothing.
	Schema string
}

func (e *UnknownSchemaError) Error() string {
	return fmt.Sprintf("%s: unknown schema %q", e.Location, e.Schema)
}

// Exit is the status of refused input.
func (e *UnknownSchemaError) Exit() int { return refused }

const refused = 3

type renderer struct {
	schema doc.Schema
	render func(p *page, d jsonx.Document) (Shown, error)
}

var renderers = []renderer{
	{doc.SchemaConfig, renderConfig},
	{doc.SchemaHost, renderHost},
	{doc.SchemaPackageLock, renderLock},
	{doc.SchemaPlan, renderPlan},
	{doc.SchemaReport, renderReport},
	{doc.SchemaEvent, renderEvent},
}

// Schemas are the documents that can be shown.
func Schemas() []doc.Schema {
	known := make([]doc.Schema, len(renderers))
	for i, r := range renderers {
		known[i] = r.schema
	}
	return known
}

// Document makes a document readable, whichever of ours it is. It refuses with
// an *EditedError, an *UnknownSchemaError, or an error of package jsonx that says
// where the document is not what its schema says.
func Document(d jsonx.Document, o Options) (Shown, error) {
	schema := d.Schema()
	for _, r := range renderers {
		if string(r.schema) != schema {
			continue
		}
		p := &page{options: o}
		shown, err := r.render(p, d)
		if err != nil {
			return Shown{}, err
		}
		shown.schema, shown.Text = r.schema, p.text()
		if o.Summary && !shown.Grouped() {
			shown.Text = o.firstLine(shown)
		}
		return shown, nil
	}
	return Shown{}, &UnknownSchemaError{Location: d.At(""), Schema: schema}
}

// firstLine is what a document is, and why it failed if it did.
func (o Options) firstLine(s Shown) string {
	line, _, _ := strings.Cut(s.Text, "\n")
	p := &page{options: o}
	p.b.WriteString(line + "\n")
	if s.Failure != nil {
		p.failure(s.Failure)
	}
	return p.text()
}
