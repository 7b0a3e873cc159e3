package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"hostkit/pkg/doc"
	"hostkit/pkg/plan"
	"hostkit/tests/lab"
)

// The plan was read by a person; the local file has changed since. Once the host
// alone compared digests: hk-apply made half of the plan first, a dry run saw
// nothing, and the bytes had left the machine by then.
func TestALocalFileThatChangedSinceThePlanIsRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t, lab.Options{NoIndex: true, Files: []lab.File{{Path: "/srv/f", Content: "old\n"}}})
	large := strings.Repeat("0123456789abcdef", 8<<10)
	local := filepath.Join(s.base, "large.bin")
	for words, change := range map[string]func() error{
		"large.bin has 131073 bytes and had 131072 when it was planned": func() error {
			return os.WriteFile(local, []byte(large+"x"), 0o600)
		},
		"large.bin is not the file that was planned": func() error {
			return os.WriteFile(local, []byte("x"+large[1:]), 0o600)
		},
		"large.bin: no such file or directory": func() error { return nil },
		"large.bin is not a regular file":      func() error { return syscall.Mkfifo(local, 0o600) },
		"path escapes from parent":             func() error { return os.Symlink("/etc/passwd", local) },
	} {
		s.writeLocal("large.bin", []byte(large))
		p := s.plan(object{"files": object{"/srv/f": object{"from": "large.bin"}}})
		if err := os.Remove(local); err != nil {
			t.Fatal(err)
		}
		if err := change(); err != nil {
			t.Fatal(err)
		}
		for _, flag := range []string{"--confirm", "--dry-run"} {
			s.mustRefuse(p.raw, words, "hk-apply", flag)
		}
		if err := os.RemoveAll(local); err != nil {
			t.Fatal(err)
		}
	}
}

// A plan with a right digest names a file that it was not made for: what is in it
// must not reach the host, which can read all that it is sent.
func TestAForgedPlanCanNotFetchALocalFile(t *testing.T) {
	t.Parallel()
	s := newSite(t, lab.Options{NoIndex: true})
	s.writeLocal("large.bin", []byte(strings.Repeat("x", 80<<10)))
	s.writeLocal("credentials", []byte("the key to everything\n"))
	p := s.plan(object{"files": object{"/srv/f": object{"from": "large.bin"}}})
	forged := p.Plan
	var after map[string]json.RawMessage
	if err := json.Unmarshal(forged.Changes[0].After, &after); err != nil {
		t.Fatal(err)
	}
	after["content"] = json.RawMessage(`{"$file":"credentials","size":22,"digest":` + string(after["digest"]) + `}`)
	raw, err := json.Marshal(after)
	if err != nil {
		t.Fatal(err)
	}
	forged.Changes = []doc.Change{forged.Changes[0]}
	forged.Changes[0].After = raw
	encoded, err := plan.Encode(forged)
	if err != nil {
		t.Fatal(err)
	}
	s.mustRefuse(encoded, "credentials is not the file that was planned", "hk-apply", "--confirm")
}
