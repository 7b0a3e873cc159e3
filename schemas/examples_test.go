package schemas_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"hostkit/pkg/config"
	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
	"hostkit/pkg/names"
	"hostkit/pkg/plan"
	"hostkit/pkg/resource"
	"hostkit/schemas"
)

// example are the documents of a file of gen/examples, which fit their schema.
func example(t *testing.T, s doc.Schema, file string) []jsonx.Document {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("gen", "examples", file))
	if err != nil {
		t.Fatal(err)
	}
	schema, err := schemas.FS.Open(schemas.FileName(s))
	if err != nil {
		t.Fatal(err)
	}
	defer schema.Close()
	parsed, err := jsonschema.UnmarshalJSON(schema)
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema", parsed); err != nil {
		t.Fatal(err)
	}
	compiled := c.MustCompile("schema")
	var all []jsonx.Document
	for reader := jsonx.NewReader(file, bytes.NewReader(raw)); ; {
		d, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(d.Raw))
		if err == nil {
			err = compiled.Validate(value)
		}
		if err != nil || d.Schema() != string(s) {
			t.Errorf("%s: %s: %v", file, d.Schema(), err)
		}
		all = append(all, d)
	}
	if len(all) == 0 {
		t.Fatalf("%s is empty", file)
	}
	return all
}

func decode[T any](t *testing.T, raw []byte) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// The examples of README.md are those of one run: each follows from the one before.
func TestExamplesAreOneRun(t *testing.T) {
	host := example(t, doc.SchemaHost, "host.json")[0]
	planned := example(t, doc.SchemaPlan, "plan.json")[0]
	report := example(t, doc.SchemaReport, "report.json")[0]
	example(t, doc.SchemaConfig, "config.json")

	t.Chdir(filepath.Join("gen", "examples"))
	c, err := config.Load(t.Context(), []string{"config.json"}, config.Options{Kinds: resource.Kinds})
	if err != nil {
		t.Fatal(err)
	}
	selected, err := c.Select(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for evaluated, err := range selected.Documents() {
		if err != nil {
			t.Fatal(err)
		}
		want, got := decode[map[string]any](t, evaluated), decode[map[string]any](t, host.Raw)
		delete(got, "facts")
		delete(got, "packages")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error("host.json is not what hk-eval makes of config.json", diff)
		}
	}

	var h doc.HostDocument
	if err := jsonx.Unmarshal(host, &h); err != nil {
		t.Fatal(err)
	}
	called, err := names.ForHost(h, names.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.Decode(planned)
	if err != nil {
		t.Fatal(err)
	}
	made, _, err := plan.Make(h, doc.PackageNames{Names: called}, plan.Options{Kinds: resource.Kinds, Tool: p.Tool})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := plan.Encode(made)
	if err != nil {
		t.Fatal(err)
	}
	if decode[doc.Plan](t, raw).Digest != p.Digest {
		t.Error("plan.json is not what hk-plan makes of host.json")
	}
	r, err := plan.DecodeReport(report)
	if err != nil || r.Plan != p.Digest {
		t.Errorf("report.json is not one of plan.json: %v", err)
	}
}

func TestExamplesOfLockAndEvents(t *testing.T) {
	planned := decode[doc.Plan](t, example(t, doc.SchemaPlan, "plan.json")[0].Raw)
	example(t, doc.SchemaPackageLock, "package-lock.json")
	for _, d := range example(t, doc.SchemaEvent, "event.json") {
		if e := decode[doc.Event](t, d.Raw); e.Plan != "" && e.Plan != planned.Digest {
			t.Error("event.json is not about plan.json")
		}
	}
}
