package e2e

import (
	"slices"
	"strings"
	"testing"

	"hostkit/pkg/doc"
	"hostkit/tests/lab"
)

func TestDownTakesPackagesBack(t *testing.T) {
	t.Parallel()
	s := newArchiveSite(t, true, lab.Options{})
	s.exec("apt-get -q -y install hk-two")
	installed := func() string { return s.exec("dpkg -l") }
	before := installed()
	p := s.plan(packages("hk-needs", "hk-one", "hk-two"))
	up, report := s.reported(p)
	if got := report.Changes[0].Beside; !slices.Equal(got, []string{"hk-dep 1.0"}) {
		t.Errorf("beside: %q", got)
	}
	back := s.down(up)
	down, report := s.reported(back)
	if got := installed(); got != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, got)
	}
	for i, c := range report.Changes {
		if c.Action != doc.Delete || (len(c.Transaction) == 3) != (i == 0) {
			t.Errorf("%s %s: transaction %q", c.Action, c.Address, c.Transaction)
		}
	}
	s.reported(s.down(down))
	if got := s.exec("dpkg-query -W hk-dep hk-needs hk-one hk-two"); !strings.HasPrefix(got, "hk-dep\t1.0\nhk-needs") {
		t.Errorf("made again: %s", got)
	}
	// The plan does not know what came along.
	o := s.run(p.raw, "hk-down")
	fromPlan := decode[doc.Plan](t, o.stdout)
	if o.exit != 0 || len(fromPlan.Changes) != 0 || len(fromPlan.Irreversible) != 2 ||
		!strings.Contains(o.stderr, "server: stay as they are: package:hk-needs, package:hk-one: the plan does not say what its installation brought along") ||
		!strings.Contains(o.stderr, "server: nothing is left to take back") {
		t.Errorf("%s", o)
	}
}

// An apply that carries on with an installation does not know what the run before it
// had brought along: the way back takes the package, and says that it leaves that.
func TestDownSaysWhatACutOffInstallationLeaves(t *testing.T) {
	t.Parallel()
	s := newArchiveSite(t, true, lab.Options{})
	p := s.plan(packages("hk-needs"))
	s.reported(p)
	// As if it had been begun and nothing had come back.
	s.exec(`cd /var/lib/hostkit; { sed q journal; echo 'begun 0'; } >j; mv j journal`)
	up, report := s.reported(p)
	if c := report.Changes[0]; c.Status != doc.ChangeDone || !c.BegunBefore || len(c.Beside) != 0 {
		t.Fatalf("%s", up)
	}
	o := s.run(up, "hk-down")
	back := decode[doc.Plan](t, o.stdout)
	if o.exit != 0 || len(back.Changes) != 1 || len(back.Irreversible) != 1 || !strings.Contains(o.stderr,
		"server: stays as it is: package:hk-needs: what its transaction did to other packages stays: what the run that was cut off had brought along for it, which is not known") {
		t.Fatalf("%s", o)
	}
	s.reported(s.down(up))
	if got := s.exec("dpkg -l | sed -n 's/^ii  \\(hk-[a-z]*\\) .*/\\1/p'"); got != "hk-dep\n" {
		t.Errorf("left: %q", got)
	}
}

// What one transaction has installed, one transaction removes, and what came along with
// it: one by one, apt would bring others for what is still there.
func TestDownRemovesTogetherWhatWasInstalledTogether(t *testing.T) {
	t.Parallel()
	s := newArchiveSite(t, true, lab.Options{})
	before := s.exec("dpkg -l")
	wants := packages("hk-brings", "hk-one")
	wants["files"] = object{"/etc/hk.conf": object{"content": "x\n", "depends_on": []any{"package:hk-brings"}}}
	up, report := s.reported(s.plan(wants))
	if got := report.Changes[0].Beside; !slices.Equal(got, []string{"hk-either 1.0"}) {
		t.Errorf("beside: %q", got)
	}
	_, report = s.reported(s.down(up))
	if got := s.exec("dpkg -l"); got != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, got)
	}
	if got := report.Changes[0].Address; got != "file:/etc/hk.conf" || len(report.Changes[1].Transaction) != 3 {
		t.Errorf("%+v", report.Changes)
	}
}

func TestDownTakesPackagesBackWithEachManager(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		site func(*testing.T) *site
		has  func(*site) []string
	}{
		"dnf": {newDnfSite, (*site).rpms}, "zypper": {newZypperSite, (*site).rpms}, "pacman": {newPacmanSite, (*site).arch},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := c.site(t)
			s.applied(s.plan(packages(pack("lab-one", "version", "1.0-1"))))
			before := c.has(s)
			up, report := s.reported(s.plan(packages("lab-needs", pack("lab-one", "version", "2.0-1"))))
			if got := report.Changes[0].Beside; !slices.Equal(got, []string{"lab-dep 1.0-1"}) {
				t.Errorf("beside: %q", got)
			}
			s.reported(s.down(up))
			if got := c.has(s); !slices.Equal(got, before) {
				t.Errorf("before: %q, after: %q", before, got)
			}
		})
	}
}

func TestDownLeavesWhatOthersNeed(t *testing.T) {
	t.Parallel()
	s := newArchiveSite(t, true, lab.Options{})
	s.exec("apt-get -q -y install hk-one=1.0")
	up, _ := s.reported(s.plan(packages("hk-dep", object{"name": "hk-one", "version": "1.1"})))
	s.exec("apt-get -q -y install hk-needs")
	back := s.down(up)
	s.mustFail(back, []string{"package:hk-one not_reached", "package:hk-dep not_reached"},
		"hk-apply: error: server: the package transaction would remove what the plan does not name: hk-needs; nothing was changed")
	raw := s.must(up, "hk-down", "--ignore", "package:hk-dep")
	s.reported(planned{raw, decode[doc.Plan](t, raw)})
	if got := s.exec("dpkg-query -W hk-dep hk-needs hk-one"); got != "hk-dep\t1.0\nhk-needs\t2:3.0-1\nhk-one\t1.0\n" {
		t.Errorf("left:\n%s", got)
	}
}

func TestDownTakesARepositoryBack(t *testing.T) {
	t.Parallel()
	s := newArchiveSite(t, true, lab.Options{})
	by := newSigner(t, "vendor")
	at, _ := serve(t, vendor(t, by, "1.0"))
	state := func() string {
		return s.exec("dpkg -l; ls /etc/apt/sources.list.d /var/lib/apt/lists; sha256sum /etc/apt/sources.list.d/* 2>/dev/null || :")
	}
	before := state()
	p := s.plan(repositories(s.vendorWants(at, by), object{"name": "vendor_tool", "as": "hk-vendor"}))
	up, _ := s.reported(p)
	done := state()
	down, _ := s.reported(s.down(up))
	if got := state(); got != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, got)
	}
	want := []doc.Irreversible{{Address: "apt_repository:vendor", Reason: "the plan does not hold the sources file that was there before"}}
	if got := s.down(down).Irreversible; !slices.Equal(got, want) {
		t.Errorf("irreversible: %v", got)
	}
	s.applied(p)
	if got := state(); got != done {
		t.Errorf("made again:\n%s\nafter:\n%s", done, got)
	}
}
