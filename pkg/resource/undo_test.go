package resource

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"hostkit/pkg/doc"
)

// undone is what takes a change back in short: "address: before -> after", one a
// line, and then why something can't be.
func undone(kind Kind, c doc.Change, r *doc.ChangeReport) string {
	back, err := kind.Undo(c, r)
	var lines []string
	for _, b := range back {
		lines = append(lines, fmt.Sprintf("%s %s: %s -> %s", b.Action, b.Address, b.Before, b.After))
	}
	if err != nil {
		lines = append(lines, "! "+err.Error())
	}
	return strings.Join(lines, "\n")
}

func TestUndoOfPackages(t *testing.T) {
	const curl = `"state":"present","package":"curl"`
	known := &doc.ChangeReport{Beside: []string{"libcurl4 7.88", "openssl 3.0.17 (was 3.0.15)", "libc6:i386 2.36 (installed)"}}
	for name, c := range map[string]struct {
		before, after string
		report        *doc.ChangeReport
		want          string
	}{
		"installed": {
			`{"state":"absent"}`, `{` + curl + `,"candidate":"7.88"}`, known,
			`delete package:curl: {` + curl + `} -> {"state":"absent"}
delete package:libcurl4: {"state":"present","package":"libcurl4"} -> {"state":"absent"}
! what its transaction did to other packages stays: openssl 3.0.17 (was 3.0.15), libc6:i386 2.36 (installed)`,
		},
		"installed, as the plan has it": {
			`{"state":"absent"}`, `{` + curl + `}`, nil,
			"! the plan does not say what its installation brought along: take back the report of the apply",
		},
		"installed and held": {
			`{"state":"absent"}`, `{` + curl + `,"held":true}`, &doc.ChangeReport{},
			`delete package:curl: {` + curl + `,"held":true} -> {"state":"absent"}`,
		},
		"removed": {
			`{` + curl + `,"version":"7.88"}`, `{"state":"absent"}`, nil,
			`create package:curl: {"state":"absent"} -> {` + curl + `,"version":"7.88"}`,
		},
		"another version": {
			`{` + curl + `,"version":"7.88"}`, `{` + curl + `,"version":"8.0"}`, &doc.ChangeReport{},
			`update package:curl: {` + curl + `,"version":"8.0"} -> {` + curl + `,"version":"7.88"}`,
		},
		"the latest": {
			`{` + curl + `,"version":"7.88"}`, `{` + curl + `,"latest":true}`, &doc.ChangeReport{},
			`update package:curl: {` + curl + `} -> {` + curl + `,"version":"7.88"}`,
		},
		"held": {
			`{` + curl + `,"held":false}`, `{` + curl + `,"held":true}`, nil,
			`update package:curl: {` + curl + `,"held":true} -> {` + curl + `,"held":false}`,
		},
		"mended": {
			`{` + curl + `,"status":"half-configured"}`, `{` + curl + `}`, &doc.ChangeReport{},
			"! it was half-configured before, which nobody wants back",
		},
		"no package": {`{}`, `{"state":"absent"}`, nil, "! package:curl: the change names no package"},
	} {
		change := doc.Change{Address: "package:curl", Kind: "package", Before: doc.Attributes(c.before), After: doc.Attributes(c.after)}
		if got := undone(packages{}, change, c.report); got != c.want {
			t.Errorf("%s:\n%s\nwant:\n%s", name, got, c.want)
		}
	}
}

func TestUndoOfFiles(t *testing.T) {
	old, new := string(digestOf([]byte("old"))), string(digestOf([]byte("new")))
	const file = `"state":"present","type":"file"`
	for name, c := range map[string]struct {
		before, after string
		report        *doc.ChangeReport
		want          string
	}{
		"the plan holds the content": {
			`{` + file + `,"digest":"` + old + `","content":"old"}`, `{` + file + `,"digest":"` + new + `"}`, &doc.ChangeReport{Backup: "b"},
			`update file:/f: {` + file + `,"digest":"` + new + `"} -> {` + file + `,"digest":"` + old + `","content":"old"}`,
		},
		"the plan holds another content": {
			`{` + file + `,"digest":"` + old + `","content":"odd"}`, `{` + file + `,"digest":"` + new + `"}`, &doc.ChangeReport{Backup: "b"},
			`update file:/f: {` + file + `,"digest":"` + new + `"} -> {` + file + `,"digest":"` + old + `","from_backup":true}`,
		},
		"the host keeps the content": {
			`{` + file + `,"digest":"` + old + `","mode":"0600"}`, `{"state":"absent"}`, &doc.ChangeReport{Backup: "b"},
			`create file:/f: {"state":"absent"} -> {` + file + `,"digest":"` + old + `","from_backup":true,"mode":"0600"}`,
		},
		"nobody has the content": {
			`{` + file + `,"digest":"` + old + `"}`, `{` + file + `,"digest":"` + new + `"}`, &doc.ChangeReport{},
			"! its old content is neither in the plan nor kept on the host",
		},
		"no digest": {
			`{` + file + `}`, `{"state":"absent"}`, &doc.ChangeReport{Backup: "b"},
			"! the plan does not say what its old content was",
		},
		"the mode alone": {
			`{` + file + `,"digest":"` + old + `","mode":"0600"}`, `{` + file + `,"digest":"` + old + `","mode":"0644"}`, nil,
			`update file:/f: {` + file + `,"digest":"` + old + `","mode":"0644"} -> {` + file + `,"digest":"` + old + `","mode":"0600"}`,
		},
		"a secret that was not there": {
			`{"state":"absent"}`, `{` + file + `,"matches":true,"content":` + secretA + `,"mode":"0600"}`, nil,
			`delete file:/f: {` + file + `,"matches":true,"content":` + secretA + `,"mode":"0600"} -> {"state":"absent"}`,
		},
		"another secret": {
			`{` + file + `,"matches":false,"stamp":"1 2 3 4"}`, `{` + file + `,"matches":true,"content":` + secretA + `}`, &doc.ChangeReport{},
			"! its old content is neither in the plan nor kept on the host: the file holds a secret",
		},
		"the mode of a secret alone": {
			`{` + file + `,"matches":true,"mode":"0600"}`, `{` + file + `,"matches":true,"content":` + secretA + `,"mode":"0644"}`, nil,
			`update file:/f: {` + file + `,"matches":true,"mode":"0644"} -> {` + file + `,"matches":true,"content":` + secretA + `,"mode":"0600"}`,
		},
		"from a backup itself": {
			`{"state":"absent"}`, `{` + file + `,"digest":"` + old + `","from_backup":true}`, nil,
			`delete file:/f: {` + file + `,"digest":"` + old + `"} -> {"state":"absent"}`,
		},
	} {
		change := doc.Change{Address: "file:/f", Kind: "file", Before: doc.Attributes(c.before), After: doc.Attributes(c.after)}
		if got := undone(files{}, change, c.report); got != c.want {
			t.Errorf("%s:\n%s\nwant:\n%s", name, got, c.want)
		}
	}
}

// FuzzUndo: a report has no digest, so its changes may be anything. What takes them
// back is a change of the kind, whose steps can be worded or are refused.
func FuzzUndo(f *testing.F) {
	for i := range Kinds {
		f.Add(uint8(i), "/etc/x", `{"state":"absent"}`, `{"state":"present","type":"file","digest":"sha256:`+emptyDigest+`"}`, "a 1", "b")
		f.Add(uint8(i), "a", `{"state":"present","package":"a","version":"1"}`, `{"state":"absent"}`, "a 1 (was 2)", "")
	}
	f.Fuzz(func(t *testing.T, which uint8, name, before, after, beside, backup string) {
		if !utf8.ValidString(beside) || !utf8.ValidString(backup) {
			return // no document can hold that: it is refused at the door
		}
		kind := Kinds[int(which)%len(Kinds)]
		var a doc.Address
		if a.UnmarshalText([]byte(kind.Name()+":"+name)) != nil {
			return
		}
		c := doc.Change{
			Address: a, Kind: kind.Name(), Action: doc.Update,
			Before: doc.Attributes(before), After: doc.Attributes(after), DependsOn: []doc.Dependency{},
		}
		on := Site{Target: doc.Target{PackageManager: "apt"}}
		for _, r := range []*doc.ChangeReport{nil, {Backup: backup, Beside: []string{beside}}} {
			back, _ := kind.Undo(c, r)
			for i, b := range back {
				if b.Address.Kind() != kind.Name() || b.Kind != kind.Name() || i == 0 && b.Address != a || b.DependsOn == nil {
					t.Fatalf("%s is taken back by %+v", a, b)
				}
				if _, err := kind.Recheck([]doc.Change{b}, on); err == nil {
					_, _ = kind.Steps([]doc.Change{b}, on)
				}
			}
		}
	})
}
