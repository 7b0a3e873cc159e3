package plan

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hostkit/pkg/doc"
)

// What a resource lacks is brought by what a config can say, in the form of the config.
// That a package brings it is more likely where the folder has its name, and no more
// than a guess.
func TestLackingIsSupplied(t *testing.T) {
	for _, c := range []struct{ handle, file, want string }{
		{"path:/a", "file:/a/b present absent", `declare /a under directories; if a package brings it, say so here: "depends_on": ["package:app"]`},
		{"path:/etc/app/d", "file:/etc/app/d/f present absent", `if package:app brings it, say so here: "depends_on": ["package:app"]; ` +
			`if not, declare /etc/app/d under directories`},
		{"path:/srv/b/c", "file:/srv/b/c/f present absent", `declare /srv/b/c, and /srv/b where the host lacks that too, under directories; `},
		{"path:/a", "file:/a/b present absent package:old", `declare /a under directories: package:old has not brought it`},
		{"user:deploy", "file:/a/b present absent", `accounts are made by a file in /etc/sysusers.d and a trigger that runs systemd-sysusers, ` +
			`or without systemd one that runs useradd or adduser, ` +
			`with "depends_on": ["trigger:NAME"] here`},
		{"user:deploy", "file:/a/b present absent bell:file:/u", `bell:file:/u makes it, as it seems, and nothing calls for that now: run ring on the host, then hk-facts`},
		{"user:deploy", "file:/a/b present absent dir:/w", `bell:file:/u makes it`},
	} {
		d := lacking(host(c.file, "dir:/etc/app present present", "package:app present absent", "package:old present present",
			"file:/u present present", "bell:file:/u present absent", "dir:/w present present bell:file:/u"),
			doc.Address(strings.Fields(c.file)[0]), c.handle)
		_, _, err := Make(d, doc.PackageNames{}, Options{Kinds: append(slices.Clip(kinds), bell{thing{"bell"}})})
		if refusal, ok := errors.AsType[*Refusal](err); !ok || !strings.HasPrefix(refusal.Hint(), c.want) {
			t.Errorf("%s: %v\n%s", c.handle, err, refusal.Hint())
		}
	}
}

// Nobody knows before what a package brings, and the plan says so.
func TestWhatMayBeBroughtIsSaid(t *testing.T) {
	d := lacking(host("file:/a/b present absent package:app", "package:app present absent"), "file:/a/b", "path:/a")
	p, _, err := Make(d, doc.PackageNames{}, Options{Kinds: kinds})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range p.Changes {
		if want := c.Address == "file:/a/b"; slices.Contains(c.Lacks, "path:/a") != want {
			t.Errorf("%s lacks %q", c.Address, c.Lacks)
		}
	}
}

// What should be absent, and is, may come with what the plan installs: a package that it
// is declared to depend on, or that has its name.
func TestWhatMayComeIsSaid(t *testing.T) {
	d := host("file:/etc/app/on/default absent absent", "file:/x absent absent package:app", "package:app present absent",
		"file:/y absent absent package:old", "package:old present present", "dir:/z present absent", "file:/z/a absent absent dir:/z",
		"file:/etc/app/d present absent")
	p, _, err := Make(d, doc.PackageNames{}, Options{Kinds: kinds})
	want := []doc.Arrival{
		{Address: "file:/etc/app/on/default", By: []doc.Address{"package:app"}},
		{Address: "file:/x", By: []doc.Address{"package:app"}},
	}
	if diff := cmp.Diff(want, p.Arrivals); diff != "" || err != nil {
		t.Error(diff, err)
	}
	p, _, err = Make(d, doc.PackageNames{}, Options{Kinds: kinds, Ignore: []doc.Address{"package:app"}})
	if len(p.Arrivals) > 0 || err != nil {
		t.Errorf("without it: %v, %v", p.Arrivals, err)
	}
}
