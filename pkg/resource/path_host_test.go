package resource

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/go-json-experiment/json"

	"hostkit/pkg/doc"
)

// resourceOf is a resource with members given as JSON.
func resourceOf(kind, name string, state doc.Presence, spec string) doc.Resource {
	if spec == "" {
		spec = "{}"
	}
	return doc.Resource{
		Address: doc.NewAddress(kind, name), Kind: kind, Name: name, State: state, Spec: doc.Attributes(spec),
	}
}

func jsonOf(v any) string {
	text, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		panic(err)
	}
	return string(text)
}

// plan compares one resource with the host; nil is "as it should be".
func (h *testHost) plan(r doc.Resource) (*doc.Change, error) {
	h.t.Helper()
	facts := h.survey(r)
	d, err := pathKindOf(r.Kind).Compare(r, World{Facts: facts, Resources: []doc.Resource{r}})
	if err != nil || d.Action == "" {
		return nil, err
	}
	return &doc.Change{Address: r.Address, Kind: r.Kind, Action: d.Action, Reason: d.Reason, Before: d.Before, After: d.After}, nil
}

func (h *testHost) mustPlan(r doc.Resource) doc.Change {
	h.t.Helper()
	c, err := h.plan(r)
	if err != nil || c == nil {
		h.t.Fatalf("%s: change %v, error %v; want a change", r.Address, c, err)
	}
	return *c
}

// converge makes a resource so, and proves each promise on the way.
func (h *testHost) converge(r doc.Resource) doc.Change {
	h.t.Helper()
	c := h.mustPlan(r)
	k := pathKindOf(r.Kind)
	if found := h.recheck(c)[c.Address]; !k.Holds(c.Before, found) || k.Holds(c.After, found) {
		h.t.Fatalf("%s: before is %s, found %s", r.Address, c.Before, found)
	}
	if err := h.make(c); err != nil {
		h.t.Fatalf("%s: %v", r.Address, err)
	}
	if found := h.recheck(c)[c.Address]; !k.Holds(c.After, found) {
		h.t.Fatalf("%s: after is %s, found %s", r.Address, c.After, found)
	}
	if again, err := h.plan(r); again != nil || err != nil {
		h.t.Fatalf("%s: a second plan has %v, error %v", r.Address, jsonOf(again), err)
	}
	return c
}

func fileSpecOf(content []byte, more string) string {
	return fmt.Sprintf(`{"content":{"$base64":%q}%s}`, base64.StdEncoding.EncodeToString(content), more)
}

var hostileNames = []string{
	"plain", "two words", "new\nline", "trailing newline\n", "'quoted'", `"double"`, "$(touch pwned)", "`touch pwned`",
	"-n", "--help", `back\slash`, `\n`, "*", "ü\u202e", "a\tb", "semi;colon&", "\r", "#", "~", "%s%n", "a:b", " -> ", "\x01\x7f",
}

func TestHostilePaths(t *testing.T) {
	onEachShell(t, func(t *testing.T, h *testHost) {
		root := t.TempDir()
		for _, name := range hostileNames {
			folder := filepath.Join(root, name)
			h.converge(resourceOf("directory", folder, doc.Present, `{"mode":"0750"}`))
			file := filepath.Join(folder, name)
			h.converge(resourceOf("file", file, doc.Present, fileSpecOf([]byte(name), "")))
			got, err := os.ReadFile(file)
			if err != nil || string(got) != name {
				t.Errorf("%q holds %q, error %v", file, got, err)
			}
			link := filepath.Join(folder, "l"+name)
			h.converge(resourceOf("symlink", link, doc.Present, jsonOf(map[string]string{"to": name})))
			if to, _ := os.Readlink(link); to != name {
				t.Errorf("%q leads to %q", link, to)
			}
			for _, r := range []doc.Resource{
				resourceOf("symlink", link, doc.Absent, ""), resourceOf("file", file, doc.Absent, ""), resourceOf("directory", folder, doc.Absent, ""),
			} {
				h.converge(r)
			}
		}
		if left, _ := os.ReadDir(root); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	})
}

// All hostile paths in one look: the answer must fall into the right pieces.
func TestHostilePathsInOneLook(t *testing.T) {
	onEachShell(t, func(t *testing.T, h *testHost) {
		root := publicFolder(t)
		var rs []doc.Resource
		for i, name := range hostileNames {
			p := filepath.Join(root, name)
			rs = append(rs, resourceOf("file", p, doc.Present, `{"content":""}`))
			switch i % 4 {
			case 0, 1:
				write(t, p, strings.Repeat(name, i), 0o644)
			case 2:
				if err := os.Symlink(name+"\n' -> 'x", p); err != nil {
					t.Fatal(err)
				}
			}
		}
		facts := h.survey(rs...)
		for i, name := range hostileNames {
			var seen pathObservation
			found := facts.Observed[doc.NewAddress("file", filepath.Join(root, name))]
			if len(found.Attributes) > 0 {
				if err := json.Unmarshal(found.Attributes, &seen); err != nil {
					t.Fatal(err)
				}
			}
			switch want := strings.Repeat(name, i); {
			case i%4 < 2 && (seen.Content == nil || *seen.Content != want || seen.Digest != digestOf([]byte(want))):
				t.Errorf("%q: %s, want content %q", name, jsonOf(found), want)
			case i%4 == 2 && string(seen.To) != name+"\n' -> 'x":
				t.Errorf("%q leads to %q", name, seen.To)
			case i%4 == 3 && found.State != doc.Absent:
				t.Errorf("%q: %s", name, jsonOf(found))
			}
		}
	})
}

func write(t testing.TB, name, content string, mode uint32) {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Chmod(name, mode); err != nil {
		t.Fatal(err)
	}
}

func TestContents(t *testing.T) {
	random := make([]byte, 1<<20)
	_, _ = rand.Read(random)
	contents := map[string][]byte{
		"nothing": {}, "nul bytes": {0, 0, 0}, "a newline": []byte("\n"), "headers": []byte("hk 0 1 -\nbye\n"),
		"text without end": []byte("a"), "CRLF": []byte("a\r\nb\r\n"), "1 MiB": random, "not UTF-8": {0xff, 0xfe},
	}
	onEachShell(t, func(t *testing.T, h *testHost) {
		for name, content := range contents {
			p := filepath.Join(t.TempDir(), "f")
			h.converge(resourceOf("file", p, doc.Present, fileSpecOf(content, "")))
			got, err := os.ReadFile(p)
			if err != nil || string(got) != string(content) {
				t.Errorf("%s: %d bytes of %d, error %v", name, len(got), len(content), err)
			}
		}
	})
}

func unmarshal(text string, to any) error { return json.Unmarshal([]byte(text), to) }
