package corpus

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/tidwall/sjson"

	"hostkit/pkg/config"
	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
	"hostkit/pkg/plan"
	"hostkit/pkg/resource"
)

// addCorpus seeds f with the documents of a folder.
func addCorpus(f *testing.F, folder string) {
	f.Helper()
	names, err := filepath.Glob(folder + "/*/*.json")
	if err != nil || len(names) == 0 {
		f.Fatalf("%s: %d files, %v", folder, len(names), err)
	}
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
}

// FuzzConfig: what hk-eval takes becomes documents that the next command reads;
// what it refuses is refused with a place.
func FuzzConfig(f *testing.F) {
	addCorpus(f, "config")
	schema := compile(f, doc.SchemaHost)
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := config.Load(context.Background(), []string{"-"}, config.Options{Kinds: resource.Kinds, Stdin: bytes.NewReader(raw)})
		if err != nil {
			var problems config.Problems
			var syntax *jsonx.SyntaxError
			if !errors.As(err, &problems) && !errors.As(err, &syntax) {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		selection, err := c.Select(nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		for document, err := range selection.Documents() {
			if err != nil {
				t.Fatal(err)
			}
			d, err := jsonx.Check("document", document)
			if err == nil {
				err = decode(d, doc.SchemaHost, grown[doc.HostDocument])
			}
			if err == nil {
				err = validate(schema, document)
			}
			if err != nil {
				t.Fatalf("%s\n%v", document, err)
			}
		}
	})
}

// FuzzPlan: a plan that hk-apply takes is written to one that it takes again, with
// the same digest, and is right by its schema.
func FuzzPlan(f *testing.F) {
	addCorpus(f, "plan")
	schema := compile(f, doc.SchemaPlan)
	f.Fuzz(func(t *testing.T, raw []byte) {
		// Nearly every change of a byte breaks the digest.
		if sum, err := jsonx.SumWithout(raw, "digest"); err == nil {
			if signed, err := sjson.SetBytes(raw, "digest", sum); err == nil {
				raw = signed
			}
		}
		d, err := jsonx.Check("plan", raw)
		if err != nil {
			return
		}
		p, err := plan.Decode(d)
		if err != nil {
			return
		}
		if d.Schema() == string(doc.SchemaPlan) {
			if err := validate(schema, raw); err != nil {
				t.Errorf("%s\n%v", raw, err)
			}
		}
		written, err := plan.Encode(p)
		if err != nil {
			t.Fatalf("%s\n%v", raw, err)
		}
		d, err = jsonx.Check("again", written)
		if err == nil {
			_, err = plan.Decode(d)
		}
		if err != nil {
			t.Fatalf("%s\n%v", written, err)
		}
	})
}

// FuzzReport: a report is read without harm, and what is read can be written.
func FuzzReport(f *testing.F) {
	addCorpus(f, "report")
	f.Fuzz(func(t *testing.T, raw []byte) {
		d, err := jsonx.Check("report", raw)
		if err != nil {
			return
		}
		var r doc.Report
		if jsonx.UnmarshalGrown(d, &r) != nil || doc.Complete(d.Raw, r) != nil {
			return
		}
		if _, err := jsonx.Marshal(r); err != nil {
			t.Fatalf("%s\n%v", raw, err)
		}
	})
}
