// Package corpus holds documents that are right and documents with one mistake,
// and proves that the schemas and the decoders judge them alike.
//
// A file in bad/ is named after its one mistake. What no schema can see, since
// the mistake is in the bytes and not in the values, is in bad-syntax/.
package corpus

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/tidwall/gjson"

	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
	"hostkit/pkg/resource"
	"hostkit/schemas"
)

// documents are the folders, each with the Go type of its documents and how many
// bad ones there are at least.
var documents = []struct {
	folder string
	schema doc.Schema
	decode func(d jsonx.Document) error
	bad    int
}{
	{"config", doc.SchemaConfig, decodeConfig, 12},
	{"host", doc.SchemaHost, grown[doc.HostDocument], 4},
	{"package-lock", doc.SchemaPackageLock, grown[doc.PackageLock], 4},
	{"plan", doc.SchemaPlan, grown[doc.Plan], 12},
	{"report", doc.SchemaReport, grown[doc.Report], 4},
	{"event", doc.SchemaEvent, grown[doc.Event], 4},
}

func compile(t testing.TB, name doc.Schema) *jsonschema.Schema {
	t.Helper()
	raw, ok := schemas.Get(name)
	if !ok {
		t.Fatalf("no schema for %s", name)
	}
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(schemas.FileName(name), parsed); err != nil {
		t.Fatal(err)
	}
	return c.MustCompile(schemas.FileName(name))
}

func validate(s *jsonschema.Schema, raw []byte) error {
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return err
	}
	return s.Validate(parsed)
}

// decode is the door of a stage: the right document, its type, and nothing
// missing.
func decode(d jsonx.Document, schema doc.Schema, into func(jsonx.Document) error) error {
	if d.Schema() != string(schema) {
		return fmt.Errorf("it is a %q", d.Schema())
	}
	return into(d)
}

// grown decodes a document that a command wrote.
func grown[T any](d jsonx.Document) error {
	var v T
	if err := jsonx.UnmarshalGrown(d, &v); err != nil {
		return err
	}
	return doc.Complete(d.Raw, v)
}

// decodeConfig decodes what a person wrote, with the sections of all kinds.
func decodeConfig(d jsonx.Document) error {
	var c doc.Config
	if err := jsonx.Unmarshal(d, &c); err != nil {
		return err
	}
	if err := doc.Complete(d.Raw, c); err != nil {
		return err
	}
	var errs []error
	for _, s := range c.Services {
		gjson.ParseBytes(s.Sections).ForEach(func(member, section gjson.Result) bool {
			errs = append(errs, decodeSection(member.Str, []byte(section.Raw)))
			return true
		})
	}
	return errors.Join(errs...)
}

func decodeSection(member string, raw []byte) error {
	for _, k := range resource.Kinds {
		s := k.Section()
		if s.Member == "" || s.Member != member {
			continue
		}
		d, err := jsonx.Check(member, raw)
		if err != nil {
			return err
		}
		if err := jsonx.Unmarshal(d, reflect.New(reflect.TypeOf(s.Shape)).Interface()); err != nil {
			return err
		}
		return doc.Complete(raw, s.Shape)
	}
	return fmt.Errorf("no kind has a section %q", member)
}

func files(t *testing.T, pattern string, atLeast int) []string {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil || len(names) < atLeast {
		t.Fatalf("%s: %d files, want %d or more (%v)", pattern, len(names), atLeast, err)
	}
	return names
}

func TestSchemaAndDecoderJudgeAlike(t *testing.T) {
	for _, document := range documents {
		schema := compile(t, document.schema)
		for verdict, atLeast := range map[string]int{"good": 2, "bad": document.bad} {
			for _, name := range files(t, document.folder+"/"+verdict+"/*.json", atLeast) {
				t.Run(strings.TrimSuffix(name, ".json"), func(t *testing.T) {
					raw, err := os.ReadFile(name)
					if err != nil {
						t.Fatal(err)
					}
					d, err := jsonx.Check(name, raw)
					if err != nil {
						t.Fatalf("not strict JSON: it belongs to bad-syntax/: %v", err)
					}
					bySchema, byDecoder := validate(schema, raw), decode(d, document.schema, document.decode)
					good := verdict == "good"
					if (bySchema == nil) != good {
						t.Errorf("the schema says: %v", bySchema)
					}
					if (byDecoder == nil) != good {
						t.Errorf("the decoder says: %v", byDecoder)
					}
				})
			}
		}
	}
}

func TestBadSyntaxIsRefusedBeforeAnySchema(t *testing.T) {
	for _, name := range files(t, "bad-syntax/*.json", 10) {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var refused *jsonx.SyntaxError
		if _, err := jsonx.Check(name, raw); !errors.As(err, &refused) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// A plan in good/ is one that hk-apply would take.
func TestGoodPlansCarryTheirDigest(t *testing.T) {
	for _, name := range files(t, "plan/good/*.json", 2) {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sum, err := jsonx.SumWithout(raw, "digest")
		if err != nil || gjson.GetBytes(raw, "digest").Str != sum {
			t.Errorf("%s: its digest is %s (%v)", name, sum, err)
		}
	}
}
