package resource

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
	"hostkit/pkg/shell"
)

const emptyDigest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// FuzzLook: a host may answer anything to the question what is at some paths. What
// hk-facts writes then is a document that the next command reads.
func FuzzLook(f *testing.F) {
	sections := func(parts ...string) []byte { return []byte(strings.Join(parts, "\x00")) }
	whole := sections(
		"0:root\n1000:me\n", "0:root\n",
		"f/d", "l/d", "c/d", "first", "second", "", "2",
		"/\n/proc\n/d/c\n",
		"81a4:1:0:0:0:root:root:/d/f\na1ff:1:1000:0:4:me:root:/d/l\n41ed:2:0:5:4096:root:UNKNOWN:/d/c\n",
		"755:/\n755:/d\n", "zaway", "", "1 proc\n",
		emptyDigest+"  /d/f\n", "1 0\n", "",
	)
	f.Add(whole, byte(0), uint8(0))
	f.Add(sections("", "", "f/d", "l/d", "n/d", "", "", "", "n'/d/l' -> 'away'\n", "", "", "", ""), byte(1), uint8(0))
	f.Add(sections("", "", "m/d", "p/d", "n/d", "", "", "", "", "", "", "", ""), byte(2), uint8(1))
	f.Add([]byte(strings.ReplaceAll(string(whole), "e3b0", "E3B0")), byte(0), uint8(0))
	f.Add([]byte(strings.ReplaceAll(string(whole), ":0:root:root:/d/f", ":9223372036854775807:root:root:/d/f")), byte(0), uint8(0))
	f.Add([]byte(strings.ReplaceAll(string(whole), "\x002\x00", "\x00-2\x00")), byte(0), uint8(0))
	f.Fuzz(func(t *testing.T, answer []byte, kind byte, status uint8) {
		wanted := []string{typeFile, typeDirectory, typeSymlink}[kind%3]
		owner := Ownership{Owner: "me", Group: "0"}
		paths := []string{"/d/f", "/d/l", "/d/c"}
		l := looks(wanted, paths, func(string) bool { return true }, func(string) []Ownership { return []Ownership{owner} })[0]
		v, err := l.read(shell.Result{Stdout: answer, Status: int(status)})
		if err != nil {
			return
		}
		for _, p := range paths {
			seen, err := v.observation(wanted, p, owner, hider{})
			if err != nil {
				t.Fatalf("%s: %v", p, err)
			}
			mustBeReadable(t, seen)
			found := v.found(wanted, p, hider{}, pathState{Owner: doc.Bytes("me")})
			if _, err := json.Marshal(found); err != nil {
				t.Fatalf("%s: %v", p, err)
			}
			found.heldBy(found)
		}
	})
}

// mustBeReadable writes an observation and reads it as the next command does.
func mustBeReadable(t *testing.T, seen doc.Observation) {
	t.Helper()
	raw, err := jsonx.Marshal(seen)
	if err != nil {
		t.Fatal(err)
	}
	d, err := jsonx.Check("observation", raw)
	if err != nil {
		t.Fatalf("%v in %s", err, raw)
	}
	var back doc.Observation
	if err := jsonx.UnmarshalGrown(d, &back); err != nil {
		t.Fatalf("%v in %s", err, raw)
	}
	if back.Error != nil || len(back.Attributes) == 0 {
		return
	}
	var attributes pathObservation
	if err := json.Unmarshal(back.Attributes, &attributes); err != nil {
		t.Fatalf("%v in %s", err, raw)
	}
	if attributes.EntryCount < len(attributes.Entries) || attributes.Size < 0 {
		t.Fatalf("it can't be: %s", raw)
	}
}
