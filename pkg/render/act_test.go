package render

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hostkit/pkg/doc"
)

// What is done, and why, stands in one line where that fits; what calls for it is
// not told a second time as what it comes after.
func TestAnActIsToldInFewLines(t *testing.T) {
	long := strings.Repeat("/long", 20)
	for name, test := range map[string]struct {
		after, reason string
		depends       []doc.Dependency
		want          string
	}{
		"one line": {
			`{"pending":false,"reload":"nginx","causes":["file:/a","file:/b"]}`, "called for by file:/a, 1 more",
			[]doc.Dependency{{Address: "file:/a", Reason: "calls for it"}, {Address: "file:/b", Reason: "calls for it"}},
			"  > run      act:x  reload nginx  (called for by file:/a, 1 more)\n",
		},
		"what it needs besides": {
			`{"pending":false,"restart":"app","causes":["file:/a"]}`, "called for by file:/a",
			[]doc.Dependency{{Address: "file:/a", Reason: "calls for it"}, {Address: "package:app", Reason: "declared"}},
			"  > run      act:x  restart app  (called for by file:/a)\n      after package:app (declared)\n",
		},
		"a command that takes a line": {
			`{"pending":false,"run":["/bin/sh","-c","echo  two words","", "->"]}`, "pending since an earlier run", nil,
			"  > run      act:x  (pending since an earlier run)\n      run /bin/sh -c \"echo  two words\" \"\" ->\n",
		},
		"a cause that takes a line": {
			`{"pending":false,"reload":"nginx","causes":["file:` + long + `"]}`, "called for by file:" + long, nil,
			"  > run      act:x\n      reload nginx\n      (called for by\n      file:" + long + ")\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := &page{}
			p.change(doc.Change{
				Address: "act:x", Kind: "act", Action: doc.Run, Reason: test.reason,
				Before: doc.Attributes(`{"pending":true}`), After: doc.Attributes(test.after), DependsOn: test.depends,
			})
			if diff := cmp.Diff(test.want, p.text()); diff != "" {
				t.Error(diff)
			}
		})
	}
}
