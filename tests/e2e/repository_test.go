package e2e

import (
	"testing"

	"hostkit/tests/archive"
	"hostkit/tests/lab"
)

// newArchiveSite is a host whose apt knows our archive alone. Its index is
// fetched, unless that is left to the plan.
func newArchiveSite(t *testing.T, fetched bool, o lab.Options) *site {
	t.Helper()
	files, err := archive.Files()
	if err != nil {
		t.Fatal(err)
	}
	o.NoIndex = true
	o.Files = append(append(o.Files, files...), lab.File{Path: "/etc/apt/sources.list", Content: archive.Source})
	s := newSite(t, o)
	s.exec("rm -f /etc/apt/sources.list.d/*")
	if fetched {
		s.exec("apt-get -q update")
	}
	return s
}
