package config

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"hostkit/pkg/doc"
	"hostkit/pkg/resource"
)

// fake is a kind that knows its section and nothing of hosts.
type fake struct {
	resource.Kind
	name    string
	section resource.Section
	expand  func(section doc.Raw, files resource.Files) ([]resource.Declared, []resource.Problem)
}

func (f fake) Name() string              { return f.name }
func (f fake) Section() resource.Section { return f.section }
func (f fake) Expand(section doc.Raw, files resource.Files) ([]resource.Declared, []resource.Problem) {
	return f.expand(section, files)
}

// Ties says that two things are one whose names differ in case alone, and that a
// note called g stands on the word under-g.
func (f fake) Ties(r doc.Resource) resource.Ties {
	if r.Name == "no name" {
		panic("asked of what Expand has refused")
	}
	provides := resource.Handle(strings.ToLower(string(r.Address)))
	if f.name != "note" {
		return resource.Ties{Provides: []resource.Handle{provides}}
	}
	needs := resource.Need{Handle: resource.Handle("word:under-" + r.Name), Reason: "its word"}
	return resource.Ties{Provides: []resource.Handle{provides}, Needs: []resource.Need{needs}}
}

// note is what stands in the section "notes", by name: a kind with a file, a
// secret, and something that its shape can't say.
type note struct {
	resource.Common
	Text string         `json:"text,omitzero"`
	From string         `json:"from,omitzero"`
	Mode doc.Mode       `json:"mode,omitzero"`
	Key  *doc.SecretRef `json:"key,omitzero"`
	// Word is implied, and depended on.
	Word string `json:"word,omitzero"`
}

// word stands in the array "words", alone or as an object.
type word struct {
	Name string `json:"name"`
	resource.Common
}

type wordObject word

func (w *word) UnmarshalJSON(raw []byte) error {
	if raw[0] == '"' {
		return json.Unmarshal(raw, &w.Name)
	}
	return json.Unmarshal(raw, (*wordObject)(w))
}

func (word) OneOfShapes() []any { return []any{"", wordObject{}} }

// fakes are the kinds note and word, and one that nobody can declare.
func fakes() []resource.Kind {
	return []resource.Kind{
		fake{name: "word", section: resource.Section{Member: "words", Shape: []word{}, Example: `["curl", {"name": "jq"}]`}, expand: expandWords},
		fake{name: "note", section: resource.Section{Member: "notes", Shape: map[string]note{}, Example: `{"todo": {"text": "walk"}}`}, expand: expandNotes},
		fake{name: "derived"},
	}
}

func expandWords(section doc.Raw, _ resource.Files) (all []resource.Declared, ps []resource.Problem) {
	var words []word
	if err := json.Unmarshal(section, &words); err != nil {
		panic(err)
	}
	for i, w := range words {
		at := "/" + string(rune('0'+i))
		if strings.Contains(w.Name, " ") {
			ps = append(ps, resource.Problem{Pointer: at, Message: "a word has no space", Hint: "write two"})
			continue
		}
		all = append(all, resource.Declared{Name: w.Name, Pointer: at, Common: w.Common, Spec: struct{}{}})
	}
	return all, ps
}

func expandNotes(section doc.Raw, files resource.Files) (all []resource.Declared, ps []resource.Problem) {
	var notes map[string]note
	if err := json.Unmarshal(section, &notes, json.RejectUnknownMembers(true)); err != nil {
		panic(err)
	}
	for name, n := range notes {
		at := "/" + escape(name)
		spec := struct {
			Text doc.Content    `json:"text"`
			Key  *doc.SecretRef `json:"key,omitzero"`
		}{doc.Content{Bytes: doc.Bytes(n.Text)}, n.Key}
		var err error
		switch {
		case name == "no name":
			ps = append(ps, resource.Problem{Pointer: at, Message: "a name has no space"})
		case n.From != "":
			if spec.Text, err = files.Load(n.From); err != nil {
				ps = append(ps, resource.Problem{Pointer: at + "/from", Message: err.Error()})
			}
		case n.Text == "":
			ps = append(ps, resource.Problem{Pointer: at, Message: "the note is empty"})
		}
		if n.Word != "" {
			implied := resource.Declared{Kind: "word", Implied: true, Name: n.Word, Pointer: at, Spec: struct{}{}}
			all = append(all, implied)
			n.DependsOn = append(n.DependsOn, doc.NewAddress("word", n.Word))
		}
		all = append(all, resource.Declared{Name: name, Pointer: at, Common: n.Common, Spec: spec})
	}
	return all, ps
}

// folder writes files into a new working folder. A name that ends in "/" is a
// folder; a text that begins with "-> " is a symlink.
func folder(t *testing.T, files map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range files {
		err := os.MkdirAll(filepath.Dir(name), 0o755)
		if target, ok := strings.CutPrefix(text, "-> "); ok {
			err = errors.Join(err, os.Symlink(target, name))
		} else if !strings.HasSuffix(name, "/") {
			err = errors.Join(err, os.WriteFile(name, []byte(text), 0o644))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// load reads the config of the files in the working folder.
func load(ctx context.Context, files ...string) (*Config, error) {
	return Load(ctx, files, Options{Kinds: fakes(), Stdin: strings.NewReader("")})
}

// said gives an error as hk-eval shows it.
func said(err error) string {
	var lines []string
	var problems Problems
	if errors.As(err, &problems) {
		for _, p := range problems {
			lines = append(lines, p.Error())
			if p.Advice != "" {
				lines = append(lines, "  "+p.Advice)
			}
		}
		return strings.Join(lines, "\n")
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

// documents gives everything that the selection writes.
func documents(t *testing.T, c *Config, hosts, services []string) string {
	t.Helper()
	s, err := c.Select(hosts, services)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for document, err := range s.Documents() {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(document))
	}
	return strings.Join(slices.Concat(s.Notes, all), "")
}
