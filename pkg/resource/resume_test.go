package resource

import (
	"testing"

	"hostkit/pkg/doc"
)

// What a step that was cut off may have left is carried on with, and nothing else is.
func TestMidway(t *testing.T) {
	const (
		fresh   = `{"state":"present","type":"directory","mode":"0750","owner":"www","group":"adm"}`
		absent  = `{"state":"absent"}`
		oldMode = `{"state":"present","type":"directory","mode":"2755","owner":"root","group":"root"}`
		file    = `"state":"present","type":"file","digest":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"`
		curl    = `"state":"present","package":"curl"`
	)
	for name, test := range map[string]struct {
		address       doc.Address
		action        doc.Action
		before, after string
		yes, no       []string
	}{
		"a folder that is made": {
			"directory:/srv/d", doc.Create, absent, fresh,
			[]string{
				`{"state":"present","type":"directory","mode":"0700","owner":"root","group":"root"}`,
				`{"state":"present","type":"directory","mode":"2700","owner":"root","group":"staff"}`,
				`{"state":"present","type":"directory","mode":"0700","owner":"www","group":"adm"}`,
			},
			[]string{
				absent, fresh, `{"state":"present","type":"file","mode":"0700","owner":"root","group":"root"}`,
				`{"state":"present","type":"directory","mode":"0755","owner":"root","group":"root"}`,
				`{"state":"present","type":"directory","mode":"0700","owner":"anna","group":"root"}`,
				`{"state":"present","type":"directory","mode":"0700","owner":"root","group":"root","real_parent":"/mnt"}`,
				`{"error":{"code":"permission_denied","message":"x"}}`, `{`, ``,
			},
		},
		"a folder that is adjusted": {
			"directory:/srv/d", doc.Update, oldMode, fresh,
			[]string{
				`{"state":"present","type":"directory","mode":"2755","owner":"www","group":"adm"}`,
				`{"state":"present","type":"directory","mode":"0755","owner":"www","group":"adm"}`,
			},
			[]string{
				absent, fresh,
				`{"state":"present","type":"directory","mode":"0750","owner":"root","group":"root"}`,
				`{"state":"present","type":"directory","mode":"2755","owner":"www","group":"root"}`,
			},
		},
		"a file that is adjusted": {
			"file:/a", doc.Update, `{` + file + `,"mode":"4755","owner":"root"}`, `{` + file + `,"mode":"4711","owner":"www"}`,
			[]string{`{` + file + `,"mode":"0755","owner":"www"}`},
			[]string{
				`{` + file + `,"mode":"1755","owner":"www"}`,
				`{"state":"present","type":"file","digest":"sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","mode":"0755","owner":"www"}`,
			},
		},
		// The new file comes to its place with all that it is to have.
		"a file that is written": {
			"file:/a", doc.Update, `{` + file + `,"mode":"0600"}`, `{"state":"present","type":"file","digest":"sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","mode":"0644"}`,
			nil,
			[]string{
				`{"state":"present","type":"file","digest":"sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","mode":"0600"}`,
				`{"state":"present","type":"file","digest":"sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc","mode":"0644"}`,
			},
		},
		"a package that is installed": {
			"package:curl", doc.Create, absent, `{` + curl + `,"held":true}`,
			[]string{
				`{` + curl + `,"status":"unpacked"}`, `{` + curl + `,"status":"half-configured"}`, `{` + curl + `,"status":"reinst-required"}`,
				`{` + curl + `,"version":"1","held":false}`, `{` + curl + `,"version":"1","held":true}`,
			},
			[]string{absent, `{"state":"present","package":"wget","status":"unpacked"}`},
		},
		"a package that is upgraded": {
			"package:curl", doc.Update, `{` + curl + `,"version":"1","held":true}`, `{` + curl + `,"version":"3","held":true}`,
			[]string{
				`{` + curl + `,"version":"1","held":false}`, `{` + curl + `,"version":"3","held":false}`, `{` + curl + `,"version":"3","held":true}`,
				`{` + curl + `,"status":"duplicated","held":false}`,
			},
			[]string{`{` + curl + `,"version":"1","held":true}`, `{` + curl + `,"version":"2","held":true}`, absent},
		},
		"a package that goes": {
			"package:curl", doc.Delete, `{` + curl + `,"version":"1"}`, absent,
			[]string{`{` + curl + `,"status":"half-installed"}`, absent},
			[]string{`{` + curl + `,"version":"1"}`, `{` + curl + `,"version":"2"}`},
		},
		"an index that is fetched": {
			"package_index:apt", doc.Create, absent, `{"state":"present"}`,
			[]string{`{"state":"present","fetched":"0"}`},
			[]string{absent, `{`},
		},
		"an index that is fetched again": {
			"package_index:apt", doc.Update, `{"state":"present","fetched":"1"}`, `{"state":"present","fetched_after":"1"}`,
			nil,
			[]string{`{"state":"present","fetched":"1"}`, `{"state":"present","fetched":"0"}`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			kind, _ := ByName(test.address.Kind())
			c := doc.Change{
				Address: test.address, Kind: kind.Name(), Action: test.action,
				Before: doc.Attributes(test.before), After: doc.Attributes(test.after),
			}
			for want, all := range map[bool][]string{true: test.yes, false: test.no} {
				for _, found := range all {
					if got := kind.(Resumer).Midway(c, doc.Attributes(found)); got != want {
						t.Errorf("%s: %t", found, got)
					}
				}
			}
		})
	}
}
