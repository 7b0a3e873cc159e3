package render_test

import (
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/width"

	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
	"hostkit/pkg/render"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// read gives the documents of a file of testdata.
func read(t *testing.T, name string) []jsonx.Document {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var all []jsonx.Document
	for r := jsonx.NewReader(name, strings.NewReader(string(raw))); ; {
		d, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, d)
	}
}

func show(t *testing.T, d jsonx.Document, o render.Options) string {
	t.Helper()
	shown, err := render.Document(d, o)
	if err != nil {
		t.Fatal(err)
	}
	return shown.Text
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Error(diff)
	}
}

func inputs(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob("testdata/*.json")
	if err != nil || len(names) == 0 {
		t.Fatal("no documents in testdata", err)
	}
	return names
}

func TestGolden(t *testing.T) {
	for _, name := range inputs(t) {
		t.Run(filepath.Base(name), func(t *testing.T) {
			for suffix, o := range map[string]render.Options{".txt": {}, ".full.txt": {Full: true}} {
				var all strings.Builder
				for _, d := range read(t, name) {
					all.WriteString(show(t, d, o))
				}
				golden(t, strings.TrimSuffix(name, ".json")+suffix, all.String())
			}
		})
	}
}

func TestColorOnlyAddsToTheText(t *testing.T) {
	for _, name := range inputs(t) {
		for _, d := range read(t, name) {
			colored := show(t, d, render.Options{Color: true})
			if d.Schema() != string(doc.SchemaEvent) && !strings.Contains(colored, "\x1b[1m") {
				t.Errorf("%s: no colour", name)
			}
			if diff := cmp.Diff(show(t, d, render.Options{}), withoutColor(colored)); diff != "" {
				t.Errorf("%s: colour changes the text: %s", name, diff)
			}
		}
	}
}

func TestLinesFitEightyColumns(t *testing.T) {
	for _, name := range inputs(t) {
		for _, d := range read(t, name) {
			for line := range strings.Lines(show(t, d, render.Options{})) {
				line = strings.TrimSuffix(line, "\n")
				if strings.HasPrefix(strings.TrimLeft(line, " "), "| ") {
					continue // a host's own output is never folded
				}
				if n := columns(line); n > 80 {
					t.Errorf("%s: %d columns: %s", name, n, line)
				}
			}
		}
	}
}

func columns(s string) int {
	n := 0
	for _, r := range s {
		n++
		if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
			n++
		}
	}
	return n
}

func TestAnEditedPlanIsNotShown(t *testing.T) {
	raw, err := os.ReadFile("testdata/plan.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, edited := range map[string]string{
		"another mode":       strings.Replace(string(raw), `"0755"`, `"4755"`, 1),
		"a further member":   strings.Replace(string(raw), `"project"`, `"extra": 1, "project"`, 1),
		"no digest":          strings.Replace(string(raw), `"digest": "sha256:e4`, `"digested": "sha256:e4`, 1),
		"a delete taken out": strings.Replace(string(raw), `"action": "delete"`, `"action": "create"`, 1),
	} {
		t.Run(name, func(t *testing.T) {
			d, err := jsonx.Check("plan.json", []byte(edited))
			if err != nil || edited == string(raw) {
				t.Fatal("bad test", err)
			}
			shown, err := render.Document(d, render.Options{})
			var refused *render.EditedError
			if !errors.As(err, &refused) || refused.Exit() != 3 || shown.Text != "" {
				t.Errorf("got %v and %q", err, shown.Text)
			}
		})
	}
	indented, err := jsonx.Indent(raw)
	if err != nil {
		t.Fatal(err)
	}
	d, err := jsonx.Check("plan.json", indented)
	if err != nil {
		t.Fatal(err)
	}
	show(t, d, render.Options{})
}

func TestUnknownDocumentsAreRefused(t *testing.T) {
	for raw, want := range map[string]string{
		`{"schema":"hostkit.plan/v2"}`: `x:1:1: unknown schema "hostkit.plan/v2"`,
		`{}`:                           `x:1:1: unknown schema ""`,
		`[]`:                           `x:1:1: unknown schema ""`,
		`{"schema":"hostkit.report/v1","status":"odd"}`: `x:1:40: /status: "odd" is not a known status: ` +
			`want one of applied, nothing_to_do, dry_run, failed, stale, busy, unreachable, interrupted, skipped, rolled_back`,
	} {
		d, err := jsonx.Check("x", []byte(raw))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := render.Document(d, render.Options{}); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", raw, err, want)
		}
	}
}
