package render_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
	"hostkit/pkg/render"
)

// A report told of a file that somebody had written meanwhile: "content (what is
// there now) - old", which is just what was there no longer, with attributes
// that nobody manages as "not planned"; and of a path that should be absent only
// "found present", where a link to /etc/passwd lay in wait.
func TestAStaleReportShowsWhatMoved(t *testing.T) {
	const (
		one = `"sha256:1111111111111111111111111111111111111111111111111111111111111111"`
		two = `"sha256:2222222222222222222222222222222222222222222222222222222222222222"`
	)
	for name, c := range map[string]struct{ planned, found, want string }{
		"another content": {
			`{"state":"present","type":"file","digest":` + one + `,"content":"old\n"}`,
			`{"state":"present","type":"file","digest":` + two + `,"mode":"0644","owner":"root","group":"root"}`,
			"    file:/f  digest planned sha256:111111111111…, found sha256:222222222222…\n",
		},
		"a managed mode too": {
			`{"state":"present","type":"file","mode":"0600","sensitive":true,"content":"old\n"}`,
			`{"state":"present","type":"file","mode":"0644","owner":"root"}`,
			"    file:/f  mode planned 0600, found 0644\n",
		},
		"a link where nothing was": {
			`{"state":"absent"}`,
			`{"state":"present","type":"symlink","to":"/etc/passwd","owner":"root"}`,
			"    file:/f  state planned absent, found present, type symlink, to /etc/passwd\n",
		},
		"gone": {
			`{"state":"present","type":"file","digest":` + one + `,"content":"old\n"}`, `{"state":"absent"}`,
			"    file:/f  state planned present, found absent\n",
		},
		"behind a link": {
			`{"state":"present","type":"file","content":"old\n"}`,
			`{"state":"present","type":"file","mode":"0644","real_parent":"/elsewhere"}`,
			"    file:/f  real_parent not planned, found /elsewhere\n",
		},
		"not to be seen": {
			`{"state":"present","content":"old\n"}`, `{"error":{"code":"permission_denied","message":"/f can't be read"}}`,
			"    file:/f\n      what is there now is not known: /f can't be read\n",
		},
		"not answered": {
			`{"state":"present","content":"old\n"}`, `null`,
			"    file:/f\n      what is there now is not known\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			raw, err := jsonx.Marshal(doc.Report{
				Schema: doc.SchemaReport, Host: doc.Host{Name: "a"}, Status: doc.StatusStale,
				Stale: []doc.Mismatch{{What: "file:/f", Planned: doc.Raw(c.planned), Found: doc.Raw(c.found)}},
			})
			if err != nil {
				t.Fatal(err)
			}
			d, err := jsonx.Check("report", raw)
			if err != nil {
				t.Fatal(err)
			}
			want := "a  STALE\n\n  not as planned: 1 difference\n" + c.want
			if diff := cmp.Diff(want, show(t, d, render.Options{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}
