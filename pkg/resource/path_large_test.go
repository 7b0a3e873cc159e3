package resource

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/go-json-experiment/json"

	"hostkit/pkg/doc"
)

// The digest of a large file is taken by the fastest program that the host has, and
// where that fails by the one that every host has.
func TestALargeFileHasItsDigest(t *testing.T) {
	large := bytes.Repeat([]byte("0123456789abcde\n"), 1<<20)
	for name, openssl := range map[string]string{
		"from what the host has":    "",
		"from a host without":       "exit 127",
		"from one that is broken":   "echo 'wrong *line'; exit 1",
		"from one that ends midway": "printf '%064d *' 0; kill -9 $$",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root, tools := publicFolder(t), toolsOf(t, "dash")
			if openssl != "" {
				fakes := publicFolder(t)
				write(t, filepath.Join(fakes, "openssl"), "#!/bin/sh\n"+openssl+"\n", 0o755)
				tools = fakes + ":" + tools
			}
			h := newTestHostIn(t, "dash", tools)
			path, odd := filepath.Join(root, "large"), filepath.Join(root, "a\\b\nc")
			write(t, odd, "small\n", 0o644)
			err := h.make(doc.Change{
				Address: doc.NewAddress("file", path), Kind: "file", Action: doc.Create,
				Before: doc.Attributes(`{"state":"absent"}`), After: sideOf(t, large),
			})
			if err != nil {
				t.Fatal(err)
			}
			facts := h.survey(resourceOf("file", path, doc.Present, `{"content":""}`), resourceOf("file", odd, doc.Present, `{"content":""}`))
			for path, content := range map[string][]byte{path: large, odd: []byte("small\n")} {
				var seen pathObservation
				if err := json.Unmarshal(facts.Observed[doc.NewAddress("file", path)].Attributes, &seen); err != nil {
					t.Fatal(err)
				}
				if seen.Digest != digestOf(content) {
					t.Errorf("%q has the digest %q", path, seen.Digest)
				}
			}
		})
	}
}

// sideOf is the after side of a file with the content.
func sideOf(t *testing.T, content []byte) doc.Attributes {
	t.Helper()
	side, err := json.Marshal(pathState{
		State: doc.Present, Type: typeFile, Digest: digestOf(content), Content: &doc.Content{Bytes: content}, Mode: "0644",
	})
	if err != nil {
		t.Fatal(err)
	}
	return side
}
