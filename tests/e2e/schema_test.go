package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
	"hostkit/schemas"
)

// compiled are the schemas of the documents that commands write.
var compiled = sync.OnceValues(func() (map[string]*jsonschema.Schema, error) {
	all := make(map[string]*jsonschema.Schema)
	c := jsonschema.NewCompiler()
	for _, s := range []doc.Schema{doc.SchemaHost, doc.SchemaPackageLock, doc.SchemaPlan, doc.SchemaReport, doc.SchemaEvent} {
		raw, ok := schemas.Get(s)
		if !ok {
			return nil, fmt.Errorf("no schema for %s", s)
		}
		parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
		if err != nil {
			return nil, err
		}
		if err := c.AddResource(schemas.FileName(s), parsed); err != nil {
			return nil, err
		}
		if all[string(s)], err = c.Compile(schemas.FileName(s)); err != nil {
			return nil, err
		}
	}
	return all, nil
})

// validStream says what is wrong with a stream of documents.
func validStream(stream []byte) error {
	known, err := compiled()
	if err != nil {
		return err
	}
	reader := jsonx.NewReader("stdout", bytes.NewReader(stream))
	for {
		d, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		schema, ok := known[d.Schema()]
		if !ok {
			return fmt.Errorf("a document of schema %q", d.Schema())
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(d.Raw))
		if err != nil {
			return err
		}
		if err := schema.Validate(value); err != nil {
			return err
		}
	}
}

// decode reads the one document of a stream.
func decode[T any](t tb, raw []byte) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatalf("%v in\n%s", err, abridged(raw))
	}
	return v
}
