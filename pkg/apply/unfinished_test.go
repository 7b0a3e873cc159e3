package apply_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"hostkit/pkg/apply"
	"hostkit/pkg/doc"
)

// A run that was cut off behind its last step stays open until its plan, applied again,
// finds all made; an empty plan tells of it and leaves it so.
func TestARunThatWasCutOffIsClosedByItsOwnPlan(t *testing.T) {
	p, o := planFor(t, t.TempDir(), "a - 1"), optionsFor(t)
	o.Holder = "anna@laptop"
	if r := apply.Apply(t.Context(), p, o); r.Status != doc.StatusApplied {
		t.Fatalf("%+v", r.Error)
	}
	journal := filepath.Join(stateFolder(t), "journal")
	raw, err := os.ReadFile(journal)
	if err != nil {
		t.Fatal(err)
	}
	cut := strings.Join(strings.SplitAfter(string(raw), "\n")[:2], "")
	if err := os.WriteFile(journal, []byte(cut), 0o600); err != nil {
		t.Fatal(err)
	}
	said := notes(&o)
	empty := p
	empty.Changes, empty.Digest = nil, "sha256:0"
	for _, plan := range []doc.Plan{empty, p, p, empty} {
		if r := apply.Apply(t.Context(), plan, o); r.Status != doc.StatusNothingToDo {
			t.Errorf("%s, %+v", r.Status, r.Error)
		}
	}
	began := `the apply that anna@laptop began at \S+ \(plan sha256:` + p.Digest.Hex()[:12] + `…, 1 of its 1 changes begun, 0 ended\) was cut off`
	want := regexp.MustCompile(`^` + began + `, or is still under way; with the file of that plan, .*\n` + began + `; all of it is made$`)
	if got := strings.Join(*said, "\n"); !want.MatchString(got) {
		t.Errorf("notes %s", got)
	}
	if got := journalOf(t); !strings.HasSuffix(got, "begun 0\nended 0\nover nothing_to_do at TIME\n") {
		t.Errorf("the journal is\n%s", got)
	}
}
