package e2e

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"hostkit/pkg/doc"
	"hostkit/tests/lab"
)

// What proves the others is itself proven: each deviation must be seen.
func TestExactSeesEachDeviation(t *testing.T) {
	plan := doc.Plan{Changes: []doc.Change{
		{Address: "file:/f", Kind: "file", Action: doc.Update, Before: doc.Raw(`{"digest":"a"}`), After: doc.Raw(`{"digest":"b"}`)},
		{Address: "directory:/d", Kind: "directory", Action: doc.Create, After: doc.Raw(`{"mode":"0755"}`)},
	}}
	content := lab.Difference{Path: "/f", Change: "changed", Type: "file", Fields: []lab.Field{{Name: "sha256"}, {Name: "mtime"}}}
	folder := lab.Difference{Path: "/d", Change: "added", Type: "dir"}
	for name, c := range map[string]struct {
		differences []lab.Difference
		want        string
	}{
		"as planned":           {[]lab.Difference{content, folder}, ""},
		"a parent's time":      {[]lab.Difference{content, folder, {Path: "/", Change: "changed", Type: "dir", Fields: []lab.Field{{Name: "mtime"}}}}, ""},
		"one change not made":  {[]lab.Difference{folder}, `planned (update) and not changed: "/f"`},
		"one more":             {[]lab.Difference{content, folder, {Path: "/x", Change: "added", Type: "file"}}, "not planned: added /x"},
		"a temporary file":     {[]lab.Difference{content, folder, {Path: "/.hostkit.1", Change: "added", Type: "file"}}, "not planned: added /.hostkit.1"},
		"an unmanaged owner":   {[]lab.Difference{{Path: "/f", Change: "changed", Type: "file", Fields: []lab.Field{{Name: "owner"}}}, folder}, "owner changed"},
		"removed, not updated": {[]lab.Difference{{Path: "/f", Change: "removed", Type: "file"}, folder}, "planned as update: removed /f"},
	} {
		err := exact(plan, c.differences)
		if (c.want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// complaints is a tb that only counts.
type complaints struct {
	tb
	count int
}

func (c *complaints) Helper()               {}
func (c *complaints) Errorf(string, ...any) { c.count++ }

func TestTheWitnessKnowsTheSecretInEachForm(t *testing.T) {
	const secret = `a "secret" with more`
	for _, text := range []string{
		secret, fmt.Sprintf("%q", secret), base64.StdEncoding.EncodeToString([]byte(secret)), sum(secret), fmt.Sprintf("%x", secret),
	} {
		c := &complaints{}
		newWitness(c, secret).look("here", []byte("before "+text+" after"))
		if c.count == 0 {
			t.Errorf("it passes over %q", text)
		}
	}
	c := &complaints{}
	if newWitness(c, secret).look("here", []byte("nothing of it")); c.count > 0 {
		t.Error("it sees what is not there")
	}
}
