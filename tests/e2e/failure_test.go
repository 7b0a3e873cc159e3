package e2e

import (
	"slices"
	"strings"
	"testing"

	"hostkit/pkg/doc"
	"hostkit/tests/lab"
)

// mustFail fails unless the apply fails for its work, the report says of each
// change what became of it ("address status"), and stderr has the words.
func (s *site) mustFail(p planned, fates []string, words ...string) doc.Report {
	s.Helper()
	o, report := s.apply(p)
	if o.exit != 1 || report.Status != doc.StatusFailed || report.Verified || report.Error == nil {
		s.Errorf("it does not fail as it should\n%s\n--- plan\n%s", o, abridged(p.raw))
	}
	if got := fatesOf(report); !slices.Equal(got, fates) {
		s.Errorf("the report says %q, want %q\n%s", got, fates, o)
	}
	for _, w := range words {
		if !strings.Contains(o.stderr, w) {
			s.Errorf("it does not say %q\n%s", w, o)
		}
	}
	return report
}

func fatesOf(r doc.Report) []string {
	var fates []string
	for _, c := range r.Changes {
		fates = append(fates, string(c.Address)+" "+string(c.Status))
	}
	return fates
}

// done is the part of a plan that a report says is done.
func done(p doc.Plan, r doc.Report) doc.Plan {
	var changes []doc.Change
	for i, c := range p.Changes {
		if r.Changes[i].Status == doc.ChangeDone {
			changes = append(changes, c)
		}
	}
	p.Changes = changes
	return p
}

// The new content does not fit: the old one stays, nothing is left of the new
// one, and the report is true.
func TestAFullDiskLosesNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t, lab.Options{NoIndex: true, DiskSize: 8 << 20, Files: []lab.File{{Path: "/srv/big", Content: "old\n", Mode: 0o640}}})
	s.writeLocal("big.bin", []byte(strings.Repeat("0123456789abcdef", 1<<20)))
	wants := object{
		"directories": object{"/srv/a": object{}},
		"files":       object{"/srv/big": object{"from": "big.bin"}, "/srv/new": object{"from": "big.bin"}},
	}
	p := s.plan(wants)
	before := s.snapshot()
	report := s.mustFail(p, []string{"directory:/srv/a done", "file:/srv/big failed", "file:/srv/new not_reached"}, "/srv/big: no space left on device")
	if err := exact(done(p.Plan, report), before.DiffExact(s.snapshot())); err != nil {
		t.Error(err)
	}
	if again := changesOf(s.plan(wants)); !slices.Equal(again, []string{"update file:/srv/big drift", "create file:/srv/new missing"}) {
		t.Errorf("the second plan has %q", again)
	}
}

func TestAReadOnlyFolderLosesNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t, lab.Options{
		NoIndex: true, ReadOnly: []string{"/srv/ro"},
		Files: []lab.File{{Path: "/srv/ro/old", Content: "old\n"}, {Path: "/srv/ro/gone"}},
	})
	for _, c := range []struct {
		kind, name string
		want       object
	}{
		{"file", "old", object{"content": "new\n"}},
		{"file", "new", object{"content": "new\n"}},
		{"file", "gone", object{"state": "absent"}},
		{"file", "old", object{"content": "old\n", "mode": "0600"}},
		{"directory", "d", object{}},
		{"symlink", "l", object{"to": "old"}},
	} {
		sections := map[string]string{"file": "files", "directory": "directories", "symlink": "symlinks"}
		path := "/srv/ro/" + c.name
		p := s.plan(object{sections[c.kind]: object{path: c.want}})
		before := s.snapshot()
		s.mustFail(p, []string{c.kind + ":" + path + " failed"}, path+": ", "read-only file system")
		s.mustBeUnchanged(before, "a refused "+c.kind)
	}
}

// A package's own script fails in the middle: what dpkg did stands in the report.
func TestAPackageThatFailsIsReportedAsItIs(t *testing.T) {
	t.Parallel()
	s := newArchiveSite(t, true, lab.Options{})
	p := s.plan(packages("hk-broken"))
	before := s.snapshot()
	report := s.mustFail(p, []string{"package:hk-broken failed"}, "hk-broken")
	if !strings.Contains(report.Changes[0].Output, "the script of hk-broken fails") {
		t.Errorf("the report does not have what was said: %+v", report)
	}
	if got, want := transactionOf(report), []string{"hk-broken 1.0 (half-configured)"}; !slices.Equal(got, want) {
		t.Errorf("the report has the transaction %q, want %q", got, want)
	}
	if err := exact(done(p.Plan, report), withoutPackageFiles(before.Diff(s.snapshot()))); err != nil {
		t.Error(err)
	}
	if again := changesOf(s.plan(packages("hk-broken"))); !slices.Equal(again, []string{"update package:hk-broken half-configured"}) {
		t.Errorf("the second plan has %q", again)
	}
}

// Installing it would take away what nobody named.
func TestATransactionThatRemovesMoreIsRefused(t *testing.T) {
	t.Parallel()
	s := newArchiveSite(t, true, lab.Options{})
	s.exec("apt-get -q -y install hk-one")
	p := s.plan(object{"packages": []any{"hk-clash"}, "directories": object{"/srv/d": object{}}})
	before := s.snapshot()
	s.mustFail(p, []string{"directory:/srv/d not_reached", "package:hk-clash not_reached"},
		"would remove what the plan does not name: hk-one", "nothing was changed")
	s.mustBeUnchanged(before, "a refused transaction")
}

// Exim wants a cron or an anacron, and apt installs a dozen packages rather than go
// without; also where something else is installed, which may bring what it depends on.
func TestARemovalThatInstallsIsRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t, lab.Options{})
	s.exec("DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends cron exim4-base")
	const refused = "in place of what is removed the package transaction would install what the plan does not name: "
	gone := object{"name": "cron", "state": "absent"}
	before := s.snapshot()
	s.mustFail(s.plan(packages(gone)), []string{"package:cron not_reached"}, refused, "anacron", "nothing was changed")
	s.mustFail(s.plan(packages(gone, "jq")), []string{"package:cron not_reached", "package:jq not_reached"}, refused, "anacron")
	s.mustBeUnchanged(before, "a refused transaction")
	s.applied(s.plan(packages(gone, object{"name": "exim4_base", "as": "exim4-base", "state": "absent"}, "jq")))
}
