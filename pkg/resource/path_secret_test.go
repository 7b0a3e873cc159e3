package resource

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hostkit/pkg/doc"
)

// mustHide fails where something tells what a secret is.
func (h *testHost) mustHide(texts ...string) {
	h.t.Helper()
	for _, value := range h.secrets {
		for _, text := range texts {
			if strings.Contains(text, value) || strings.Contains(text, digestOf([]byte(value)).Hex()) {
				h.t.Errorf("it tells what the secret is: %s", text)
			}
		}
	}
}

// told is all that documents have of a resource and its change.
func (h *testHost) told(r doc.Resource, c doc.Change) []string {
	return []string{jsonOf(h.survey(r)), jsonOf(c), string(h.recheck(c)[c.Address])}
}

func TestSecretFiles(t *testing.T) {
	onEachShell(t, func(t *testing.T, h *testHost) {
		p := filepath.Join(t.TempDir(), "-a\nb")
		r := resourceOf("file", p, doc.Present, `{"content":`+secretA+`}`)
		for _, value := range []string{"first\n", "x", "\x00\xff" + strings.Repeat("0123456789abcdef", 1<<16-1)} {
			h.secrets = map[doc.VariableName]string{"HOSTKIT_A": value}
			c := h.converge(r)
			if got, err := os.ReadFile(p); err != nil || string(got) != value {
				t.Fatalf("it holds %d bytes, error %v; want %d", len(got), err, len(value))
			}
			if value != "x" {
				h.mustHide(h.told(r, c)...)
			}
		}
		if info, err := os.Stat(p); err != nil || info.Mode() != 0o600 {
			t.Errorf("%v, error %v", info.Mode(), err)
		}
		h.converge(resourceOf("file", p, doc.Present, `{"content":`+secretA+`,"mode":"0640"}`))
		if got := h.backupsOf(); got != "" {
			t.Errorf("kept: %s", got)
		}
	})
}

// What changed between a plan and its steps is noticed, whether or not it was known
// if the file holds the secret.
func TestSecretFilesThatChangeMeanwhile(t *testing.T) {
	onEachShell(t, func(t *testing.T, h *testHost) {
		p := filepath.Join(t.TempDir(), "p")
		r := resourceOf("file", p, doc.Present, `{"content":`+secretA+`}`)
		for _, value := range []string{"", "geheim"} {
			write(t, p, "old", 0o600)
			h.secrets = map[doc.VariableName]string{"HOSTKIT_A": value}
			c := h.mustPlan(r)
			h.secrets = map[doc.VariableName]string{"HOSTKIT_A": "geheim"}
			if found := h.recheck(c)[c.Address]; !(files{}).Holds(c.Before, found) || (files{}).Holds(c.After, found) {
				t.Errorf("%s: found %s", c.Before, found)
			}
			write(t, p, "older", 0o600)
			if found := h.recheck(c)[c.Address]; (files{}).Holds(c.Before, found) || (files{}).Holds(c.After, found) {
				t.Errorf("%s, changed: found %s", c.Before, found)
			}
			write(t, p, "geheim", 0o600)
			found := h.recheck(c)[c.Address]
			if !(files{}).Holds(c.After, found) {
				t.Errorf("%s, made: found %s", c.Before, found)
			}
			h.mustHide(string(found))
		}
	})
}

// A secret that is taken back is compared, too: a file that holds something else is
// nobody's to remove.
func TestSecretFilesTakenBack(t *testing.T) {
	onEachShell(t, func(t *testing.T, h *testHost) {
		p := filepath.Join(t.TempDir(), "p")
		h.secrets = map[doc.VariableName]string{"HOSTKIT_A": "geheim"}
		up := h.converge(resourceOf("file", p, doc.Present, `{"content":`+secretA+`}`))
		back, err := files{}.Undo(up, nil)
		mustDo(t, err)
		h.secrets["HOSTKIT_A"] = "rotated"
		if found := h.recheck(back[0])[up.Address]; (files{}).Holds(back[0].Before, found) {
			t.Errorf("it would remove another secret: %s", found)
		}
		h.secrets["HOSTKIT_A"] = "geheim"
		if found := h.recheck(back[0])[up.Address]; !(files{}).Holds(back[0].Before, found) {
			t.Errorf("it would not remove %s", found)
		}
		mustDo(t, h.make(back[0]))
		if _, err := os.Lstat(p); !os.IsNotExist(err) {
			t.Errorf("it is there: %v", err)
		}
		if got := h.backupsOf(); got != "" {
			t.Errorf("kept: %s", got)
		}
	})
}
